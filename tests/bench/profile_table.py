"""Where the processor time of a request goes: by program and, in a worker, by library. By Linux's perf."""

import shutil
import sys

from bench_stack import VAR, run

HERTZ = 997
DATA = VAR / "perf.data"
RECORD = ("perf", "record", "--quiet", "--all-cpus", f"--freq={HERTZ}", f"--output={DATA}", "--")

WORKERS = ("concertd", "bench_null_serv")  # as the kernel cuts them
# In a worker, by what is in the name of a library.
LIBRARIES = {"kernel": "[kernel", "libfcgi": "libfcgi", "JWT": "libjwt libjansson libb64 libcrypto",
             "libmemcached": "libmemcached", "connector": "libmysqlcppconn libmariadb",
             "own code": "concertd bench_null"}
# Most of the last is what the libraries before it allocate.
ALL_ELSE = "libc, libstdc++, jsoncpp"
COLUMNS = ("wrk", "nginx", "memcached", "database", *LIBRARIES, ALL_ELSE, "others")


def column(thread, library):
    if thread in WORKERS:
        return next((name for name, parts in LIBRARIES.items() if any(part in library for part in parts.split())),
                    ALL_ELSE)
    if thread.startswith(("memcached", "mc-")):
        return "memcached"
    if thread.startswith(("mariadbd", "mysqld", "ib_")):
        return "database"
    return thread if thread in COLUMNS else "others"


def samples():
    """The samples of the last recording, by column."""
    counts = dict.fromkeys(COLUMNS, 0)
    report = run("perf", "report", f"--input={DATA}", "--stdio", "--quiet", "--fields=sample,comm,dso",
                 "--field-separator=|")
    for line in filter(None, report.splitlines()):
        count, thread, library = (part.strip() for part in line.split("|"))
        counts[column(thread, library)] += int(count)
    return counts


def line(name, measurement):
    """A line of the table: microseconds of processor time per request."""
    result = measurement()
    us = {name: count / HERTZ * 1e6 / result["requests"] for name, count in samples().items()}
    cells = " | ".join(f"{us[column]:.0f}" for column in COLUMNS)
    return f"| {name} | {sum(us.values()):.0f} | {cells} |"


def print_for(stack, rows):
    """Prints it for `rows`, and for those of their ceilings that are HTTP."""
    if shutil.which("perf") is None:
        sys.exit("bench: --profile needs perf (Debian: linux-perf), and root or kernel.perf_event_paranoid=-1")
    stack.before_wrk = RECORD
    print("\n| CPU µs per request | all | " + " | ".join(COLUMNS) + " |\n|---|" + "---:|" * (len(COLUMNS) + 1))
    for row in rows:
        if row.ceiling_name != "SQL":
            print(line(f"{row.ceiling_name} for: {row.name}", row.ceiling))
        print(line(row.name, row.ours))
    stack.before_wrk = ()
