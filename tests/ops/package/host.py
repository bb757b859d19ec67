"""What the steps of the package test share: the host's commands, the manual's words, the findings."""
import json
import os
import re
import subprocess
import sys
import tempfile
import time

from load import SEATS

FOLDER = "/trial"
WORKERS = 12  # as the edited configuration has it
API = "http://127.0.0.1"


class Failed(Exception):
    """A step cannot continue."""


class Findings:
    """What was found, printed as it is and once more at the end."""

    def __init__(self):
        self.all, self.counts = [], []

    def check(self, ok, text, why=""):
        self.all.append((bool(ok), text))
        because = f": {why}" if why and not ok else ""
        print(f"  {'ok   ' if ok else 'WRONG'} {text}{because}", flush=True)

    def count(self, name, requests, failed, allowed):
        self.counts.append((name, requests, failed, allowed))
        self.check(failed <= allowed,
                   f"{name}: {requests} requests, {failed} failed, at most {allowed} may")

    def summary(self):
        wrong = [text for ok, text in self.all if not ok]
        print(f"\n{'under load':<32}{'requests':>10}{'failed':>8}{'at most':>9}")
        for name, requests, failed, allowed in self.counts:
            print(f"{name:<32}{requests:>10}{failed:>8}{allowed:>9}")
        print(f"{len(self.all)} findings, {len(wrong)} wrong")
        for text in wrong:
            print(f"  WRONG {text}")
        return not wrong


def attempt(script, stdin=subprocess.DEVNULL):
    """Runs lines of a shell, all of which must succeed; their exit code and all that they said."""
    options = {"input": stdin} if isinstance(stdin, str) else {"stdin": stdin}
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    return done.returncode, done.stdout


def run(script, stdin=subprocess.DEVNULL):
    """The same; what fails ends the test."""
    code, said = attempt(script, stdin)
    if code != 0:
        raise Failed(f"exit {code} of:\n{script}\n{said}")
    return said


def eventually(what, holds, seconds=120):
    """Waits for it; how long a slow machine takes is no finding."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"timed out waiting for: {what}")
        time.sleep(0.05)


def manual(document, heading):
    """The blocks of commands below a heading of a document."""
    with open(f"{FOLDER}/{document}", encoding="utf-8") as file:
        text = file.read()
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.S | re.M)
    if not found:
        raise Failed(f"{document} has no heading {heading}")
    return re.findall(r"^```\n(.*?)^```$", found[1], re.S | re.M)


def main_process():
    return int(run("systemctl show --property MainPID --value concertd.service"))


def workers():
    master = main_process()
    return {int(pid) for pid in attempt(f"pgrep --parent {master}")[1].split()} if master else set()


def is_active(unit):
    return attempt(f"systemctl --quiet is-active {unit}")[0] == 0


def sales():
    """Seats sold, by the date's id."""
    report = json.loads(run("concertctl sale report --json"))
    return {date["concertDateId"]: date["sold"] for date in report["dates"]}


def metric(name):
    """Its value, or None while it is not reported."""
    code, text = attempt(f"curl -sf {API}/metrics")
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
    return float(found[1]) if code == 0 and found else None


def cron_has_passed():
    """Whether concert-cron reported a successful pass to this concertd."""
    return metric('concert_cron_passes_total{outcome="done"}')


def sql(statement):
    """The rows of an answer, as root of the host's database."""
    return run(f'mariadb --skip-column-names -e "{statement}"').strip()


class Load:
    """Users who buy seats of a new date and count their requests, from their first full purchase to
    1 s after the block's end."""
    dates = 0

    def __init__(self, findings, name, allowed=0):
        self.findings, self.name, self.allowed = findings, name, allowed

    def __enter__(self):
        Load.dates += 1
        day = run(f"date --utc --date '+{100 + Load.dates} days' +%FT19:30:00Z").strip()
        added = run("concertctl date add --concert 1 --price 100 "
                    f"--seats {SEATS} --starts-at {day} --json")
        self.date = json.loads(added)["concertDateId"]
        handle, self.going_on = tempfile.mkstemp()
        os.close(handle)
        command = [sys.executable, f"{FOLDER}/load.py", self.going_on, str(self.date)]
        self.clients = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        if not self.clients.stdout.readline():
            raise Failed("the load did not begin")
        return self

    def __exit__(self, kind, error, trace):
        if not kind:
            time.sleep(1)
        os.remove(self.going_on)
        counted = json.loads(self.clients.communicate()[0])
        self.findings.count(self.name, counted["requests"], counted["failed"], self.allowed)
        for failure in counted["failures"]:
            print(f"        {failure}")
        if kind:
            return
        # Every acknowledged ticket exists; a payment whose answer was lost may have been made.
        sold, acknowledged = sales()[self.date], counted["paid"]
        self.findings.check(acknowledged <= sold <= acknowledged + counted["failed"],
                            f"{self.name}: {acknowledged} payments acknowledged, {sold} seats sold")
