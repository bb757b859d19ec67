"""A hall of 60,000 seats: what it costs beside a small one, how fast it sells out, and a cancellation beside a sale."""

import json
import signal
import statistics
import subprocess
import sys
import threading
import time

from bench_stack import PROGRAMS, ROOT, Stack

PRICE = 1000
SOLD_OUT, EACH = 50_000, 4


def section(name, rows, seats):
    return {"section": name, "category": "A", "price": PRICE,
            "rows": [{"row": str(row + 1), "from": 1, "to": seats} for row in range(rows)]}


def layouts():
    """By key: 500 sections with one of 50, 30 of 2,000, one of 2,000, and what is sold out."""
    return {
        "many": [section("small", 5, 10), *(section(f"s{i}", 6, 20) for i in range(499))],
        "large": [section(f"l{i}", 40, 50) for i in range(30)],
        "best": [section(f"b{i}", 40, 50) for i in range(30)],
        "sold": [section(f"o{i}", 100, 20) for i in range(SOLD_OUT // 2000)],
    }


def add_halls(stack):
    """Imports them. Returns {key: concertDateId}, and says how long the import took."""
    file = stack.var / "halls.json"
    dates = [{"key": key, "startsAt": f"2099-01-0{at + 1}T20:00:00Z", "layout": layout}
             for at, (key, layout) in enumerate(layouts().items())]
    file.write_text(json.dumps({"concerts": [{"key": "halls", "title": "Halls", "venue": "Here", "dates": dates}]}))
    begun = time.monotonic()
    added = json.loads(stack.dev("ctl", "concert", "import", file, "--json"))
    print(f"\nimport of {len(dates)} halls, 230,000 seats in all: {time.monotonic() - begun:.1f} s")
    return dict(zip(layouts(), added["concertDateIds"])), added["concertIds"][0]


def users_of(stack, count, concert, date, seats):
    """Active users, each with one of `seats` of the date."""
    path = stack.fill("active", count)
    lines = [line.split("\t") for line in path.read_text().splitlines()]
    path.write_text("".join("\t".join([line[0], line[1], str(concert), str(date), str(seat), line[5]]) + "\n"
                            for line, seat in zip(lines, seats)))
    return path


def latency(stack, *words, users):
    with open(users, encoding="ascii") as lines:
        done = subprocess.run([PROGRAMS / "bench_latency", stack.var / "concert.conf", *words], stdin=lines,
                              stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def database_time(stack, concert, dates):
    """Microseconds on one connection, against a date of 50 seats and against reads of as many rows: the median of
    the rounds' ratios, and the figures of the last round."""
    count, ratios, rows = 200, {}, []
    for _ in range(3):
        plain = latency(stack, "use-cases", users=stack.fill("active", count))
        hall = latency(stack, "hall", "small",
                       users=users_of(stack, count, concert, dates["many"], range(51, 51 + count)))
        large = latency(stack, "hall", "l3", users=users_of(stack, count, concert, dates["large"], range(1, 1 + count)))
        rows = [
            ("a hold on a date of 60,000", hall["hold"], "on one of 50", plain["hold"]),
            ("a section of 50 of 60,000", hall["section"], "a date of 50", plain["seats"]),
            ("best available in it", hall["best available"], "a hold on one of 50", plain["hold"]),
            ("a section of 2,000", large["section without the guard"], "2,000 rows by primary key",
             large["rows of the section"]),
            ("the list of 500 sections", hall["list without the guard"], "500 rows by primary key",
             hall["rows of the list"])]
        for name, ours, _, ceiling in rows:
            ratios.setdefault(name, []).append(ours / ceiling)
    print("\n| database time, one connection | µs | against | µs | ratio | target |\n|---|---:|---|---:|---:|---:|")
    for name, ours, other, ceiling in rows:
        print(f"| {name} | {ours:,.0f} | {other} | {ceiling:,.0f} | {statistics.median(ratios[name]):.2f} | 1.30 |")


def best_available(stack, concert, dates):
    """64 clients in one section of 2,000, for a second: more would empty it. Each round has another section."""
    rates, before = [], deadlocks(stack)
    for round_ in range(5):
        result = stack.wrk("best_in_section", users_of(stack, 4000, concert, dates["best"], [f"b{round_}"] * 4000), 1)
        rates.append((result["requests"] - result["refused"]) / result["seconds"])
        if result["errors"]:
            sys.exit(f"bench: best available had errors: {result}")
    print(f"\nbest available, 64 clients in one section of 2,000: {statistics.median(rates):,.0f} per s (target 500), "
          f"{deadlocks(stack) - before} deadlocks")


def deadlocks(stack):
    return int(stack.sql("SELECT variable_value FROM information_schema.global_status "
                         "WHERE variable_name = 'Innodb_deadlocks'") or 0)


def sell_out(stack, dates):
    result = stack.clients("sell", 64, dates["sold"], EACH)
    if result["errors"]:
        sys.exit(f"bench: the sale had errors: {result}")
    journeys_per_s = journeys(stack, 64)["requests"] / 5
    buyers_per_s = result["sold"] / result["seconds"]
    print(f"\n{result['sold'] * EACH:,} seats sold out, {EACH} a buyer, from the token to the payment: "
          f"{result['seconds']:.1f} s (target 60), p99 of a buyer {result['p99ms']:.0f} ms; {buyers_per_s:,.0f} buyers "
          f"per s, {buyers_per_s / journeys_per_s:.2f} of the whole journeys of 64 clients")


def cancel(stack, dates):
    """50,000 tickets are refunded beside a sale; the command is killed on the way and run again."""
    alone = journeys(stack)
    command = ["ctl", "date", "cancel", "--date", str(dates["sold"]), "--why", "bench"]
    begun, beside, kills = time.monotonic(), [], 3

    def sale():
        while not done.is_set():
            beside.append(journeys(stack))
    done, thread = threading.Event(), threading.Thread(target=sale)
    thread.start()
    try:
        for _ in range(kills):
            killed = subprocess.Popen([str(ROOT / "dev"), *command], env=stack.environment, stdout=subprocess.DEVNULL)
            time.sleep(3)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
        said = stack.dev(*command).strip()
        seconds = time.monotonic() - begun
    finally:
        done.set()
        thread.join()
    p99 = statistics.median(result["p99ms"] for result in beside)
    print(f"\n{said}\nbeside a sale, with {kills} kill -9: {seconds:.0f} s (target 120); p99 of the sale's journeys "
          f"{p99:.0f} ms against {alone['p99ms']:.0f} ms: {p99 / alone['p99ms']:.2f} (target 1.50)")


def journeys(stack, clients=8):
    result = stack.clients("journey", clients, 5, users=stack.seats(5000))
    if result["errors"]:
        sys.exit(f"bench: the sale had errors: {result}")
    return result


def run_all():
    with Stack(CONCERT_SEAT_LIMIT="1000", CONCERT_HOLDS_PER_VISIT="1000000") as stack:
        dates, concert = add_halls(stack)
        database_time(stack, concert, dates)
        best_available(stack, concert, dates)
        sell_out(stack, dates)
        cancel(stack, dates)
        stack.audit()
