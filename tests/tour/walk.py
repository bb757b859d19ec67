#!/usr/bin/env python3
"""A whole tour: announced with its halls, sold to 2,000 buyers at once, moved, repriced and cancelled meanwhile, and
brought to the doors. Exit 0: everything is as the buyers and the organiser were told. 1: something is not.

It takes two minutes: ./dev test --long tour, or walk.py FOLDER_OF_THE_PROGRAMS."""
import asyncio
import csv
import io
import json
import pathlib
import random
import signal
import sys
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fuzz" / "over_http"))
from stack import Stack  # noqa: E402 pylint: disable=wrong-import-position

from buyers import Buyer  # noqa: E402 pylint: disable=wrong-import-position
from spreadsheet import open_csv  # noqa: E402 pylint: disable=wrong-import-position

SECRET = b"the secret of a payment service that signs vouchers"
BUYERS = 2000
POINTS = 1_000_000
SECTIONS, ROWS, SEATS = 10, 10, 20
TITLE, FORMULA = "겨울 나그네", "=1+1"
KILLS = 3
OPENING, MOVED, REPRICED, CANCELLED = range(4)


def say(text):
    print(f"tour: {text}", flush=True)


def require(is_so, what):
    if not is_so:
        raise SystemExit(f"tour: not so: {what}")


def layout():
    """Ten sections of ten rows; the front ones cost more, and each section has two places for wheelchairs."""
    return [{"section": str(101 + section), "category": "R" if section < 4 else "S",
             "price": 150_000 if section < 4 else 90_000,
             "rows": [{"row": chr(ord("A") + row), "from": 1, "to": SEATS, "accessible": [1, 2] if row == 0 else []}
                      for row in range(ROWS)]}
            for section in range(SECTIONS)]


def tour_file():
    dates = [{"key": f"night-{night}", "startsAt": f"2099-03-0{night + 1}T19:30:00+09:00", "layout": layout(),
              "onSaleAt": "2099-01-01T00:00:00Z"} for night in range(4)]
    plain = {"key": "matinee", "startsAt": "2099-03-08T15:00:00+09:00", "seats": 50, "price": 1000}
    return {"concerts": [
        {"key": "winter", "title": TITLE, "venue": "예술의전당", "timeZone": "Asia/Seoul", "dates": dates},
        {"key": "formula", "title": FORMULA, "venue": "+hall", "dates": [plain]}]}


class Tour:
    """The organiser's side of it: concertctl, and what it printed."""

    def __init__(self, stack):
        self._stack = stack
        self.concert, self.dates = 0, []

    def ctl(self, *words):
        return self._stack.run("ctl", *map(str, words))

    def ctl_json(self, *words):
        return json.loads(self.ctl(*words, "--json"))

    def announce(self):
        file = pathlib.Path(self._stack.folder, "tour.json")
        file.write_text(json.dumps(tour_file()))
        require(self.ctl_json("concert", "import", file, "--dry-run")["addedDates"] == 5, "a dry run counts five dates")
        self.ctl("concert", "import", file)
        require("nothing to do" in self.ctl("concert", "import", file), "the same file again does nothing")
        concerts = {c["title"]: c["concertId"] for c in self.ctl_json("concert", "list")["concerts"]}
        self.concert = concerts[TITLE]
        self.dates = [d["concertDateId"] for d in self.ctl_json("date", "list", "--concert", self.concert)["dates"]]
        require(self.states() == ["SCHEDULED"] * 4, "nothing is on sale before its time")

    def states(self):
        return [date["state"] for date in self.announced()["dates"]]

    def announced(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self._stack.port}/catalogue/{self.concert}") as answer:
            return json.load(answer)

    def open(self):
        for date in self.dates:
            self.ctl("date", "set", "--date", date, "--on-sale-at", "2020-01-01T00:00:00Z", "--why", "the sale opens")
        time.sleep(2)  # the catalogue is nginx's for so long
        require(self.states() == ["ON_SALE"] * 4, "the sale has begun")

    def move(self):
        told = self.ctl("date", "set", "--date", self.dates[MOVED], "--starts-at", "2099-04-02T19:30:00+09:00",
                        "--venue", "작은 홀", "--why", "the hall is flooded")
        say(told.strip())

    def reprice(self):
        say(self.ctl("date", "price", "--date", self.dates[REPRICED], "--category", "S", "--price", 70_000,
                     "--why", "it sells badly").strip())

    def cancel(self):
        """Killed some times at any point, then run to its end."""
        words = ("date", "cancel", "--date", str(self.dates[CANCELLED]), "--why", "the singer is ill")
        for _ in range(KILLS):
            command = self._stack.begin("ctl", *words)
            time.sleep(random.uniform(0.05, 0.4))
            command.send_signal(signal.SIGKILL)
            command.wait()
        say(self.ctl(*words).strip())

    def door_list(self, date):
        """{(seat number, reservation): status} of a date's tickets."""
        text = self.ctl("ticket", "list", "--date", date, "--csv").removeprefix("\ufeff")
        return {(int(row["seat"]), int(row["reservationId"])): row["status"] for row in csv.DictReader(io.StringIO(text))}

    def verify(self, code):
        """What concertctl says of a ticket's code."""
        done = self._stack.outcome("ctl", "ticket", "verify", code, "--json")
        answer = json.loads(done.stdout)
        require((done.returncode == 0) == (answer["status"] == "VALID"), "only a valid ticket is exit 0")
        return answer["status"]


async def sell(tour, port):
    """All buyers at once. Meanwhile a date is moved, one repriced, one cancelled."""
    buyers = [Buyer(port, SECRET, POINTS) for _ in range(BUYERS)]
    wishes = [{"concertDateId": tour.dates[i % 4], "bestAvailable": {"count": 1 + i // 4 % 4, "category": "RS"[i // 16 % 2]}}
              for i in range(BUYERS)]
    purchases = [asyncio.create_task(buyer.buy(wish)) for buyer, wish in zip(buyers, wishes)]
    while sum(buyer.paid is not None for buyer in buyers) < BUYERS // 3:
        await asyncio.sleep(0.05)
        for purchase in purchases:
            if purchase.done():
                purchase.result()
    begun = sum(buyer.paid is not None for buyer in buyers)
    for change in (tour.move, tour.reprice, tour.cancel):
        await asyncio.to_thread(change)
    await asyncio.gather(*purchases)
    say(f"{BUYERS} buyers: {begun} had paid when the changes began, {sum(b.paid is not None for b in buyers)} in all")
    for start in range(0, BUYERS, 200):
        await asyncio.gather(*(buyer.look() for buyer in buyers[start:start + 200]))
    return buyers


def check_buyers(tour, buyers):
    cancelled = tour.dates[CANCELLED]
    refusals = {buyer.refusal for buyer in buyers if buyer.refusal}
    require(refusals <= {"DATE_CANCELLED", "HOLD_EXPIRED"}, f"only the cancelled date is refused: {refusals}")
    for buyer in buyers:
        paid = buyer.paid
        if paid is None:
            require(buyer.balance == buyer.charged, f"user {buyer.user} bought nothing and has every point")
            continue
        is_cancelled = paid["concertDateId"] == cancelled
        price = sum(seat["price"] for seat in paid["seats"])
        require(price == paid["totalPrice"], "a reservation costs what its seats do")
        require(buyer.balance == buyer.charged - (0 if is_cancelled else price), f"the balance of user {buyer.user}")
        require({ticket["status"] for ticket in buyer.tickets} == {"VOID" if is_cancelled else "VALID"},
                f"the tickets of user {buyer.user}")
        rows = {(seat["section"], seat["row"]) for seat in paid["seats"]}
        numbers = paid["seatNumbers"]
        require(len(rows) == 1 and numbers[-1] - numbers[0] == len(numbers) - 1, "best available seats are side by side")
        require(paid["title"] == TITLE and paid["timeZone"] == "Asia/Seoul", "a reservation says which concert it is for")
    moved = next(b.paid for b in buyers if b.paid and b.paid["concertDateId"] == tour.dates[MOVED])
    require(moved["venue"] == "작은 홀" and moved["startsAt"].startswith("2099-04-02T10:30"), "buyers see the move")
    prices = {seat["price"] for b in buyers if b.paid and b.paid["concertDateId"] == tour.dates[REPRICED]
              for seat in b.paid["seats"]}
    require(prices == {150_000, 90_000, 70_000}, f"some bought at the old prices, some at the new: {prices}")


def check_doors(tour, buyers):
    for date in tour.dates:
        sold = {(ticket["seatNumber"], buyer.paid["reservationId"]): ticket["status"]
                for buyer in buyers if buyer.paid and buyer.paid["concertDateId"] == date for ticket in buyer.tickets}
        require(tour.door_list(date) == sold, f"the door list of date {date} has exactly the buyers' tickets")
        seats = [seat for (seat, _), status in sold.items() if status == "VALID"]
        require(len(seats) == len(set(seats)), f"no seat of date {date} is sold twice")
    with_tickets = [buyer for buyer in buyers if buyer.tickets]
    for buyer in random.sample(with_tickets, 20):
        ticket = buyer.tickets[0]
        require(tour.verify(ticket["code"]) == ticket["status"], f"ticket {ticket['ticketId']} is {ticket['status']}")
        require(tour.verify(ticket["code"][:-4] + "AAAA") == "FORGED", "an altered code is forged")
    say(f"the door lists have {sum(len(b.tickets) for b in buyers)} tickets, as the buyers have")


def check_books(tour, buyers):
    report = {date["concertDateId"]: date for date in tour.ctl_json("sale", "report")["dates"]}
    for date in tour.dates:
        paid = sum(b.paid["totalPrice"] for b in buyers if b.paid and b.paid["concertDateId"] == date)
        refunded = paid if date == tour.dates[CANCELLED] else 0
        require((report[date]["revenue"], report[date]["refunded"]) == (paid - refunded, refunded),
                f"the revenue of date {date}: {report[date]}, paid {paid}")
    require(tour.ctl("audit").strip() != "", "the audit is clean")
    rows, formulas = open_csv(tour.ctl("sale", "report", "--csv").encode())
    titles = {row[1] for row in rows[1:]}
    require(formulas == 0 and TITLE in titles and "'" + FORMULA in titles, f"a spreadsheet shows the titles: {titles}")
    rows, formulas = open_csv(tour.ctl("date", "bookings", "--date", tour.dates[OPENING], "--csv").encode())
    bought = sum(b.paid is not None and b.paid["concertDateId"] == tour.dates[OPENING] for b in buyers)
    require(formulas == 0 and len(rows) == bought + 1, "a spreadsheet shows every booking")
    say("the books balance, and a spreadsheet opens them right")


def main():
    programs = pathlib.Path(sys.argv[1]).resolve()
    secret = pathlib.Path(programs, "tour-charge.key")
    secret.write_bytes(SECRET)
    with Stack(programs, CONCERT_DEMO="0", CONCERT_CHARGING="voucher", CONCERT_CHARGE_KEY_FILE=str(secret),
               CONCERT_ACTIVE_LIMIT="300", CONCERT_ADMIT_PER_PASS="200", CONCERT_CRON_SECONDS="1",
               CONCERT_HOLD_SECONDS="300") as stack:
        tour = Tour(stack)
        tour.announce()
        tour.open()
        buyers = asyncio.run(sell(tour, stack.port))
        check_buyers(tour, buyers)
        check_doors(tour, buyers)
        check_books(tour, buyers)
    say("all is as it was told")


main()
