"""The benchmarks, with their ceilings in the same run. See docs/performance.md."""

import argparse
import json
import signal
import statistics
import sys

import growth
import halls
import profile_table
from bench_stack import Stack


ONE_DATE = 2000  # the most seats that are chosen from under one lock


class Row:
    """One use case: what measures it, what measures its ceiling, and the ratio it should reach."""

    def __init__(self, name, target, ours, ceiling, ceiling_name):
        self.name, self.target = name, target
        self.ours, self.ceiling, self.ceiling_name = ours, ceiling, ceiling_name
        self.rates, self.ceilings, self.p99 = [], [], []

    def measure(self):
        # One right after the other: what else the machine does then touches both.
        ceiling = self.ceiling()
        ours = self.ours()
        for what, result in (("ceiling", ceiling), ("service", ours)):
            if result["errors"] or result.get("ranOut"):
                sys.exit(f"bench: {self.name}: the {what} had errors: {result}")
        self.ceilings.append(ceiling["requests"] / ceiling["seconds"])
        self.rates.append(ours["requests"] / ours["seconds"])
        self.p99.append(ours.get("p99ms", 0))

    def ratio(self):
        return statistics.median(r / c for r, c in zip(self.rates, self.ceilings))

    def line(self):
        return (f"| {self.name} | {statistics.median(self.rates):,.0f} | {statistics.median(self.p99):.1f} "
                f"| {self.ceiling_name} {statistics.median(self.ceilings):,.0f} | {self.ratio():.2f} | {self.target:.2f} |")


def reading(stack, name, target, kind, seconds):
    """A read, against null answering as many bytes."""
    users = stack.users(kind)
    size = stack.answer_bytes(name, users)
    return Row(name, target, lambda: no_refusals(stack.wrk(name, stack.users(kind), seconds)),
               lambda: no_refusals(stack.null(users, size, seconds)), "null")


def writing(stack, name, target, count, kind, seconds):
    """A write, against its statements alone."""
    return Row(name, target,
               lambda: no_refusals(stack.wrk(name, stack.fill(kind, count), seconds)),
               lambda: stack.bare_sql(name, stack.fill(kind, count), seconds), "SQL")


def no_refusals(result):
    result["errors"] += result["refused"]
    return result


def losing(stack, target, seconds):
    """64 clients on one seat: every answer but the first is a refusal."""
    def ours():
        result = stack.wrk("one_seat", stack.one_seat_users(), seconds)
        result["errors"] += result["requests"] - result["refused"] > 1
        return result
    users = stack.users("active")
    return Row("64 clients on one seat", target, ours,
               lambda: no_refusals(stack.null(users, 300, seconds, "null_post")), "null POST")


def choosing(stack, target):
    """64 clients for which the service chooses seats, all in one date, for a second: it has no more seats."""
    return Row("best available", target,
               lambda: no_refusals(stack.wrk("best", stack.fill("one-date", ONE_DATE), 1)),
               lambda: stack.bare_sql("best", stack.fill("one-date", ONE_DATE), 1), "SQL")


def measure(rows, rounds):
    for round_ in range(rounds):
        for row in rows:
            print(f"bench: round {round_ + 1} of {rounds}: {row.name}", file=sys.stderr)
            row.measure()


def use_cases(stack, seconds):
    stack.settle()
    supply = int(6000 * seconds)  # more than can be held or paid in that time
    return [
        reading(stack, "poll", 0.75, "waiting", seconds),
        reading(stack, "dates", 0.75, "active", seconds),
        reading(stack, "balance", 0.60, "active", seconds),
        reading(stack, "seats", 0.50, "active", seconds),
        losing(stack, 0.60, seconds),
        writing(stack, "issue", 0.50, 1000, "active", seconds),
        writing(stack, "charge", 0.60, 1000, "active", seconds),
        writing(stack, "hold", 0.60, supply, "active", seconds),
        choosing(stack, 0.60),
        writing(stack, "pay", 0.60, supply, "holding", seconds),
    ]


def first_table(stack, rounds, seconds):
    rows = use_cases(stack, seconds)
    measure(rows, rounds)
    print("\n| what | per s | p99 ms | ceiling per s | ratio | target |")
    print("|---|---:|---:|---:|---:|---:|")
    for row in rows:
        print(row.line())
    return {row.name: row.ratio() for row in rows}


def request_log(rounds, seconds, without):
    """What a line per request costs, written to a file: the ratios of the first table once more."""
    with Stack(CONCERT_REQUEST_LOG="on") as stack:
        stack.settle()
        rows = [
            reading(stack, "dates", 0.75, "active", seconds),
            reading(stack, "balance", 0.60, "active", seconds),
            writing(stack, "charge", 0.60, 1000, "active", seconds),
        ]
        measure(rows, rounds)
    print("\n| with a log line per request | of the ceiling | without |\n|---|---:|---:|")
    for row in rows:
        print(f"| {row.name} | {row.ratio():.2f} | {without[row.name]:.2f} |")


def journeys(stack, rounds, seconds):
    stack.resume_admission()
    rates = {8: [], 64: [], 512: []}
    p99 = {8: [], 64: [], 512: []}
    for _ in range(rounds):
        for clients in rates:
            result = stack.clients("journey", clients, seconds, users=stack.seats(1500 * seconds))
            if result["errors"]:
                sys.exit(f"bench: journeys of {clients} clients had errors: {result}")
            rates[clients].append(result["requests"] / result["seconds"])
            p99[clients].append(result["p99ms"])
    median = {clients: statistics.median(rate) for clients, rate in rates.items()}
    print("\n| whole journeys | per s | p99 ms |\n|---|---:|---:|")
    for clients, rate in median.items():
        print(f"| {clients} clients | {rate:,.0f} | {statistics.median(p99[clients]):.0f} |")
    print(f"\n512 clients against 64: {median[512] / median[64]:.2f} (target 0.80)")


def crowd(stack, rounds):
    print()
    for _ in range(rounds):
        result = stack.clients("crowd", users=stack.fill("active", 3000))
        print(f"3,000 users on one seat: {result['ms']} ms, {json.dumps(result['outcomes'])}")


def shares(stack, seconds):
    print("\n| clients that only read | per s | least share | most share | p99 ms |")
    print("|---|---:|---:|---:|---:|")
    for clients in (16, 64, 256, 1000):
        result = stack.clients("shares", clients, seconds, "/token/refresh", users=stack.users("waiting"))
        print(f"| {clients} | {result['requests'] / result['seconds']:,.0f} | {result['leastShare']:.2f} "
              f"| {result['mostShare']:.2f} | {result['p99ms']:.1f} |")


def overload(stack, seconds):
    """Five times the joins that the machine can serve, as fast as they come, whatever the answers."""
    full = no_refusals(stack.wrk("issue", stack.users("active"), seconds))
    most = full["requests"] / full["seconds"]
    result = stack.clients("overload", int(5 * most), 4 * seconds)
    seconds_after = 1
    while stack.wrk("issue", stack.users("active"), 1)["refused"] and seconds_after < 60:
        seconds_after += 1
    print(f"\n5 times the load: {5 * most:,.0f} joins per s, {result['served'] / result['seconds']:,.0f} served, p99 "
          f"{result['p99ms']:.0f} ms against {full['p99ms']:.0f} ms at full load: {result['p99ms'] / full['p99ms']:.1f} "
          f"(target 3); {result['shed'] / result['seconds']:,.0f} per s answered 503 BUSY, p99 {result['shedP99ms']:.0f} ms; "
          f"other answers: {result['errors']}; the longest answer {result['longestMs']:.0f} ms; within {seconds_after} s "
          f"after it nobody is refused")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench")
    parser.add_argument("--quick", action="store_true", help="the first table only, in under 3 minutes")
    parser.add_argument("--seconds", type=int, default=5, help="how long each measurement takes")
    parser.add_argument("--growth", action="store_true", help="only what grows: queues, tables, memory")
    parser.add_argument("--halls", action="store_true", help="only large halls, and a cancellation beside a sale")
    parser.add_argument("--profile", action="store_true", help="only where the processor time goes, by perf")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # into a file or a pipe, too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("bench: asked to stop"))
    if options.growth:
        growth.run_all()
        return
    if options.halls:
        halls.run_all()
        return
    if options.profile:
        with Stack() as stack:
            profile_table.print_for(stack, use_cases(stack, options.seconds))
        return
    with Stack() as stack:
        ratios = first_table(stack, rounds=3, seconds=2 if options.quick else options.seconds)
        if not options.quick:
            shares(stack, options.seconds)
            journeys(stack, rounds=3, seconds=options.seconds)
            crowd(stack, rounds=3)
            overload(stack, options.seconds)
        stack.audit()
    if not options.quick:
        request_log(rounds=3, seconds=options.seconds, without=ratios)
        growth.run_all()
        halls.run_all()


main()
