"""The concerts that a new stack shows."""
import datetime
import json
import os

from processes import output_of, say

CONCERTS = (("Evening at the Harbour", "Harbour Hall", 50000, 30),
            ("Strings in Winter", "Old Opera", 80000, 45),
            ("The Big Night", "City Arena", 120000, 90))
DATES = 3


def load(wanted):
    """Loads the demo where there is no concert yet; one that was interrupted is completed."""
    if os.environ.get("CONCERT_DEMO") == "0":
        return
    unfinished = wanted.var / "demo.unfinished"
    known = [concert["concertId"] for concert in _ctl(wanted, "concert", "list")["concerts"]]
    if known and not unfinished.exists():
        return
    say("loading the demo concerts")
    unfinished.touch()
    for index, (title, venue, price, first_day) in enumerate(CONCERTS):
        if index < len(known):
            concert = known[index]
        else:
            concert = _ctl(wanted, "concert", "add", "--title", title, "--venue", venue)["concertId"]
        present = len(_ctl(wanted, "date", "list", "--concert", concert)["dates"])
        for number in range(present, DATES):
            day = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=first_day + 7 * number)
            _ctl(wanted, "date", "add", "--concert", concert, "--seats", 50, "--price", price + 10000 * number,
                 "--starts-at", f"{day:%Y-%m-%d}T19:00:00.000Z")
    unfinished.unlink()


def _ctl(wanted, *words):
    program = wanted.programs / "concertctl"
    return json.loads(output_of([program, "--config", wanted.conf, *words, "--json"]))
