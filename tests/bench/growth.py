"""What must not grow with the data: polling, the cron, the statements, memory, the start."""

import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

from bench_stack import PORT, PROGRAMS, VAR, Stack, run

SHORT_LINE, LONG_LINE = 1_000, 1_000_000
SALES, BALANCES = 10_000_000, 3_000_000


def log(text):
    print(f"bench: {text}", file=sys.stderr)


def polls(stack, users, seconds):
    """Polls per second of new workers, lest the chance by which they met memcached's threads stay for all rounds."""
    publish(stack)
    stack.reload()
    stack.wrk("poll", users, 1)
    result = stack.wrk("poll", users, seconds)
    return result["requests"] / result["seconds"]


def place_error(stack, users, samples=100):
    """The greatest difference between the position that a poll answers and the database's count, in places and in parts."""
    worst, worst_part = 0, 0.0
    for line in random.sample(users.read_text().splitlines(), samples):
        token, _, _, _, seq, _ = line.split("\t")
        answer = json.loads(run("curl", "-sf", f"http://127.0.0.1:{stack.port}/token/refresh", "-H", f"token: {token}"))
        exact = 1 + int(stack.sql(f"SELECT COUNT(*) FROM token WHERE queue_id = 1 AND state = 'WAITING' AND seq < {seq}"))
        worst = max(worst, abs(answer["position"] - exact))
        worst_part = max(worst_part, abs(answer["position"] - exact) / exact)
    return worst, worst_part


def publish(stack):
    """The time of a maintenance pass, which publishes the queue to memcached, in milliseconds."""
    return stack.program("bench_latency", "pass")["ms"]


def pass_ms(stack, count):
    """Milliseconds of a pass that admits 952, with `count` waiting."""
    waiting = int(stack.sql("SELECT waiting_count FROM queue"))
    if waiting < count:
        stack.fill("waiting", count - waiting, 1)
        publish(stack)
    before = int(stack.sql("SELECT waiting_count FROM queue"))
    stack.dev("ctl", "queue", "resume")
    ms = publish(stack)
    stack.dev("ctl", "queue", "pause")
    admitted = before - int(stack.sql("SELECT waiting_count FROM queue"))
    if admitted != 952:
        sys.exit(f"bench: a pass admitted {admitted}, not 952")
    return ms


def idle_passes(stack, rounds=9):
    """Milliseconds of a pass that finds nothing to do: by the clock, and of them the database's."""
    stack.sql("SET GLOBAL userstat = 1; FLUSH USER_STATISTICS")
    clock = statistics.median(publish(stack) for _ in range(rounds))
    busy_s = float(stack.sql("SELECT busy_time FROM information_schema.user_statistics WHERE user = 'concert'"))
    stack.sql("SET GLOBAL userstat = 0")
    return clock, 1000 * busy_s / rounds


def print_turn_by_turn(name, digits, target, measure, sides, rounds):
    """A row of medians: of the short line, of the long one, and of their ratios."""
    short, long = [], []
    for round_ in range(rounds):
        turns = list(zip((short, long), sides))
        for results, side in turns if round_ % 2 == 0 else reversed(turns):
            results.append(measure(*side))
    ratio = statistics.median(b / a for a, b in zip(short, long))
    print(f"| {name} | {statistics.median(short):,.{digits}f} | {statistics.median(long):,.{digits}f} "
          f"| {ratio:.2f} | {target:.2f} |")


def line(stack, beside):
    """A long line in `stack` against a short one in `beside`, turn by turn."""
    lengths = {beside: SHORT_LINE, stack: LONG_LINE}
    users = {}
    for of, length in lengths.items():
        log(f"filling a line of {length:,}")
        of.dev("ctl", "queue", "pause")
        users[of] = of.fill("waiting", length, SHORT_LINE)
        write_back(of)
    print("\n| of a line of 1,000,000 against 1,000 | short | long | ratio | target |\n|---|---:|---:|---:|---:|")
    print_turn_by_turn("polls per s", 0, 0.90, polls, [(of, users[of], 4) for of in lengths], rounds=9)
    worst, part = place_error(stack, users[stack])
    print_turn_by_turn("a pass that admits 952, ms", 1, 1.50, pass_ms, lengths.items(), rounds=5)
    print(f"\nplace in line: off by at most {worst} places, {100 * part:.2f} % (target 10 places or 1 %)")
    idle, idle_in_database = idle_passes(stack)
    print(f"a pass with nothing to do: {idle_in_database:.2f} ms of database time (target 5), {idle:.2f} ms by the clock")


def status(stack, name):
    return int(stack.sql(f"SELECT variable_value FROM information_schema.global_status WHERE variable_name = '{name}'"))


def write_back(stack):
    """Has the database write what the filling left dirty, lest the first use cases pay for that."""
    stack.sql("SET GLOBAL innodb_max_dirty_pages_pct = 0")
    while status(stack, "INNODB_BUFFER_POOL_PAGES_DIRTY") > 1000:
        time.sleep(1)
    stack.sql("SET GLOBAL innodb_max_dirty_pages_pct = DEFAULT")


def statements(stack):
    """Each use case's time in the database, on 10,000 sales and on 10,000,000, in one server, turn by turn."""
    small = stack.var / "small.conf"
    small.write_text((stack.var / "concert.conf").read_text().replace("/concert?", "/concert_small?"))
    stack.sql("CREATE DATABASE concert_small CHARACTER SET utf8mb4")
    run(PROGRAMS / "concertctl", "--config", small, "migrate")
    run(PROGRAMS / "bench_fill", small, "history", 10_000, 3_000)
    log(f"filling {SALES:,} sales")
    begun = time.monotonic()
    run(PROGRAMS / "bench_fill", stack.var / "concert.conf", "history", SALES, BALANCES)
    for database in ("concert", "concert_small"):
        tables = ", ".join(f"{database}.{table}" for table in ("user", "seat", "reservation", "token", "payment"))
        stack.sql(f"ANALYZE TABLE {tables}")
    filled = time.monotonic() - begun
    write_back(stack)
    times = {"small": {}, "large": {}}
    from_disk = {"small": 0, "large": 0}
    for turn in range(5):
        for name, config in (("small", small), ("large", stack.var / "concert.conf")):
            users = stack.fill("veterans", 400, config=config)
            before = status(stack, "INNODB_BUFFER_POOL_READS")
            with open(users, encoding="ascii") as lines:
                result = json.loads(run(PROGRAMS / "bench_latency", config, "use-cases", stdin=lines))
            if turn > 0:  # the first warms both
                from_disk[name] += status(stack, "INNODB_BUFFER_POOL_READS") - before
                for use_case, us in result.items():
                    times[name].setdefault(use_case, []).append(us)
    print(f"\n(filled in {filled:.0f} s)\n\n| µs in the database | 10,000 sales | {SALES:,} | ratio | target |")
    print("|---|---:|---:|---:|---:|")
    for use_case, small_us in times["small"].items():
        a, b = statistics.median(small_us), statistics.median(times["large"][use_case])
        print(f"| {use_case} | {a:.0f} | {b:.0f} | {b / a:.2f} | 1.30 |")
    print(f"\npages read from disk meanwhile: {from_disk['small']:,} and {from_disk['large']:,}")


def resume_admission_after(stack, joins):
    while int(stack.sql("SELECT waiting_count FROM queue")) < joins:
        time.sleep(1)
    stack.dev("ctl", "queue", "resume")


def spike(stack):
    stack.fill("empty-queue")
    stack.dev("ctl", "queue", "pause")  # everybody waits until all have joined
    active = int(stack.sql("SELECT active_count FROM queue"))
    limit = active + 30_000
    stack.dev("ctl", "queue", "set", "--active-limit", str(limit))
    log("200,000 join, then poll for 60 s")
    passes = f"while sleep 1; do '{PROGRAMS}/concert-cron' --config '{stack.var}/concert.conf'; done"
    cron = subprocess.Popen(["bash", "-c", passes], stderr=subprocess.DEVNULL, start_new_session=True)
    resuming = threading.Thread(target=resume_admission_after, args=(stack, 200_000))
    resuming.start()
    result = stack.clients("spike", 200_000, 256, 60)
    resuming.join()
    os.killpg(cron.pid, signal.SIGTERM)
    cron.wait()
    most = int(stack.sql("SELECT active_count FROM queue"))
    print(f"\n200,000 joins over 256 connections: {json.dumps(result)}")
    print(f"active at the end: {most:,}, limit {limit:,}: {'holds' if most <= limit else 'EXCEEDED'}")


def memory():
    with Stack(CONCERT_WORKERS="1") as stack:
        stack.settle()
        users = stack.users("active")
        done, sizes = 0, {}
        for least in (10_000, 1_000_000):
            while done < least:
                for scenario, of in (("poll", stack.users("waiting")), ("dates", users), ("seats", users), ("balance", users)):
                    done += stack.wrk(scenario, of, 1 if least == 10_000 else 5)["requests"]
                users = stack.users("active")
                done += stack.wrk("charge", users, 1)["requests"]
            sizes[done] = stack.worker_memory_kib()[0]
        (few, small), (many, large) = sizes.items()
        print(f"\na worker after {few:,} requests: {small:,} KiB; after {many:,}: {large:,} KiB; "
              f"ratio {large / small:.3f} (target 1.05)")
        start(stack)


def start(stack):
    """From exec to READY=1."""
    times = []
    for _ in range(5):
        path = str(stack.var / "notify.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            environment = os.environ | {"NOTIFY_SOCKET": path, "CONCERT_LISTEN_SOCKET": str(stack.var / "start.sock"),
                                        "CONCERT_WORKERS": "16"}
            begun = time.monotonic()
            process = subprocess.Popen([PROGRAMS / "concertd", "--config", stack.var / "concert.conf"], env=environment,
                                       stderr=subprocess.DEVNULL)
            while b"READY=1" not in notify.recv(1000):
                pass
            times.append(time.monotonic() - begun)
            process.terminate()
            process.wait()
        os.unlink(path)
    print(f"concertd is ready after {1000 * statistics.median(times):.0f} ms (target 500)")


def run_all():
    with Stack(CONCERT_CRON_SECONDS="0") as stack:
        with Stack(VAR.with_name("bench_short"), PORT + 2, CONCERT_CRON_SECONDS="0") as beside:
            line(stack, beside)
        spike(stack)
        stack.audit()
    with Stack(CONCERT_CRON_SECONDS="0", CONCERT_BUFFER_POOL="8G") as stack:  # holds all of it
        statements(stack)
    memory()
