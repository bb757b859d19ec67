"""A stack of its own for the benchmarks: ./dev's, with its ceilings beside it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/release"
VAR = ROOT / "build/bench"
PORT = 18080
WORKERS = 16
WRK_CLIENTS = 64


def run(*command, **more):
    """The output of a command; ends the run if it fails."""
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=False, **more)
    if done.returncode != 0:
        sys.exit(f"bench: {' '.join(str(word) for word in command[:3])} failed with {done.returncode}")
    return done.stdout


class Stack:
    """Started on entry, stopped on exit; the data is new each time. Its null service is one port further."""

    def __init__(self, var=VAR, port=PORT, **settings):
        self.var, self.port, self.null_port = var, port, port + 1
        self.environment = os.environ | {
            "CONCERT_VAR": str(var), "CONCERT_PORT": str(port), "CONCERT_DEMO": "0",
            "CONCERT_WORKERS": str(WORKERS), "CONCERT_ACTIVE_LIMIT": "100000000",
            "CONCERT_WORKER_REQUESTS": "0", "CONCERT_BUFFER_POOL": "4G", "CONCERT_SKIP_BUILD": "1",
            "CONCERT_REQUEST_LOG": "off", "CONCERT_SLOW_QUERY_MS": "0"} | settings
        self.own = []
        self.files = 0
        self.kept = {}
        self.before_wrk = ()  # a command that runs wrk, to look at it

    def __enter__(self):
        subprocess.run(["rm", "-rf", self.var], check=True)
        try:
            self.dev("up")
            self.start_null()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self.own:
            process.send_signal(signal.SIGTERM)
            process.wait()
        self.dev("down")

    def dev(self, *words):
        return run(ROOT / "dev", *words, env=self.environment)

    def start_null(self):
        """The null service behind a second nginx with the same configuration."""
        folder = self.var / "null"
        for name in ("snippets", "temp"):
            (folder / "nginx" / name).mkdir(parents=True)
        (folder / "nginx/snippets/concert-reservation").symlink_to(ROOT / "nginx/snippets")
        for name in ("site.conf", "nginx.conf", "cors-origins.conf"):
            text = (self.var / "nginx" / name).read_text()
            text = text.replace(f"{self.var}/concertd.sock", f"{folder}.sock")
            text = text.replace(f":{self.port} ", f":{self.null_port} ")
            (folder / "nginx" / name).write_text(text.replace(f"{self.var}/nginx", f"{folder}/nginx"))
        null = [PROGRAMS / "bench_null_service", self.var / "null.sock", str(WORKERS), "kept"]
        self.own.append(subprocess.Popen(null))
        self.own.append(subprocess.Popen([ROOT / "dev", "server", "nginx", folder]))
        time.sleep(1)

    def sql(self, statement):
        return run("mariadb", "-S", self.var / "mariadb.sock", "-N", "-B", "concert", "-e", statement).strip()

    def program(self, name, *words):
        return json.loads(run(PROGRAMS / name, self.var / "concert.conf", *words))

    def fill(self, what, *numbers, config=None):
        """Fills the database and returns the file with a line for each user."""
        self.files += 1
        path = self.var / f"users-{self.files}.tsv"
        with open(path, "w", encoding="ascii") as out:
            command = (PROGRAMS / "bench_fill", config or self.var / "concert.conf", what, *numbers)
            subprocess.run([str(word) for word in command], stdout=out, check=True)
        return path

    def settle(self):
        """A queue of waiting users, which the cron publishes; nobody is admitted."""
        self.dev("ctl", "queue", "pause")
        self.kept["waiting"] = self.fill("waiting", 10_000, 1000)
        time.sleep(2)

    def resume_admission(self):
        self.fill("empty-queue")
        self.dev("ctl", "queue", "resume")
        time.sleep(2)

    def users(self, kind):
        """Users for repeated use; active ones are renewed, because they live ten minutes."""
        if kind == "active":
            self.kept[kind] = self.fill("active", 1000)
        return self.kept[kind]

    def seats(self, count):
        return self.fill("seats", count)

    def one_seat_users(self):
        path = self.fill("active", 1000)
        lines = [line.split("\t") for line in path.read_text().splitlines()]
        same = ["\t".join([line[0], line[1], *lines[0][2:]]) for line in lines]
        path.write_text("\n".join(same) + "\n")
        return path

    def answer_bytes(self, name, users):
        """The size of an answer's body."""
        self.wrk(name, users, 1)  # caches are filled
        token, user, concert, date, *_ = users.read_text().splitlines()[0].split("\t")
        path = {"poll": "/token/refresh", "dates": f"/concerts/{concert}/dates", "balance": f"/client/{user}/balance",
                "seats": f"/concerts/{concert}/dates/{date}/seats"}[name]
        return len(run("curl", "-sf", f"http://127.0.0.1:{self.port}{path}", "-H", f"token: {token}"))

    def wrk(self, scenario, users, seconds, port=None, size=0):
        """Returns requests, seconds, errors, refusals and latencies."""
        url = f"http://127.0.0.1:{port or self.port}"
        output = run(*self.before_wrk, "wrk", "-t2", f"-c{WRK_CLIENTS}", f"-d{seconds}s",
                     "-s", ROOT / "tests/bench/wrk/requests.lua", url, "--", scenario, users, size)
        return json.loads(output.splitlines()[-1])

    def null(self, users, size, seconds, scenario="null"):
        return self.wrk(scenario, users, seconds, self.null_port, size)

    def bare_sql(self, use_case, users, seconds):
        with open(users, encoding="ascii") as lines:
            return json.loads(run(PROGRAMS / "bench_bare_sql", self.var / "concert.conf", use_case, WORKERS, seconds,
                                  stdin=lines))

    def clients(self, what, *words, users=None):
        with open(users or os.devnull, encoding="ascii") as lines:
            return json.loads(run(PROGRAMS / "bench_clients", what, self.port, *words, stdin=lines))

    def audit(self):
        print(f"\naudit: {self.dev('ctl', 'audit').strip()}")

    def master(self):
        return int((self.var / "concertd.pid").read_text())

    def workers(self):
        return set(run("pgrep", "-P", self.master()).split())

    def reload(self):
        """Returns once every worker is a new one."""
        before = self.workers()
        os.kill(self.master(), signal.SIGHUP)
        while len(now := self.workers()) != WORKERS or now & before:
            time.sleep(0.05)

    def worker_memory_kib(self):
        return [int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
                for pid in self.workers()]
