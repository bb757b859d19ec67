#!/usr/bin/env python3
"""Sends requests made from openapi.yaml, good, spoilt and hostile, through nginx to the service.

Whatever is sent: no answer is 5xx, none is missing or late, each is one that the contract has for
the call, and nothing succeeds without a genuine token. The same seed makes the same choices.

HTTP_FUZZ_SEED (random), HTTP_FUZZ_SECONDS (20). Exit 0: nothing was found. 1: something was.
"""
import argparse
import collections
import os
import pathlib
import random
import sys
import time

import yaml

from generate import Generator
from stack import ROOT, People, Stack
from wire import Unanswered, Wire

sys.path.insert(0, str(ROOT / "tests" / "api"))
from check_contract import (  # noqa: E402 pylint: disable=wrong-import-position
    PROBLEM, Contract, judge, parse_json, schema_errors, shown)

FEWEST = 3000  # requests, however slow the machine is
SPOILT_ONE_IN = 8


class Fuzzer:
    """Asks and judges. What is found is in `findings`, as text."""

    def __init__(self, document, stack, chance):
        self._contract = Contract(document)
        self._security = document["security"]  # of operations that name none of their own
        self._problem = self._contract.expand(document["components"]["schemas"]["Problem"])
        self._stack, self._chance = stack, chance
        dates = stack.dates()
        self._people = People(stack, sum(dates.values(), []), chance)
        self._people.renew()
        self._generator = Generator(self._contract, self._people, dates, chance)
        self._wire = Wire(stack.port)
        self.findings = []
        self.asked = 0
        self.succeeded = collections.Counter()
        self.statuses = collections.Counter()

    def ask_one(self):
        """Sends one request, and judges its answer."""
        if self._people.are_few():
            self._people.renew()
        request = self._generator.request()
        head = request.method == b"HEAD"
        spoilt = not head and self._chance.randrange(SPOILT_ONE_IN) == 0
        sent = self._generator.spoilt_bytes(request) if spoilt else request.bytes()
        self.asked += 1
        try:
            answer = self._wire.ask(sent, head)
        except Unanswered as error:
            self._find(request, sent, [str(error)])
            return
        self.statuses[answer[0]] += 1
        if spoilt:
            self._wire.close()
            faults = self._faults_of_spoilt(answer)
        else:
            faults = self._faults(request, answer)
        if answer[0] >= 500:
            faults.append("the service failed")
        if faults:
            self._find(request, sent, [*faults, f"{answer[0]} {answer[1]} {answer[2]!r}"])

    def _faults(self, request, answer):
        status, headers, body = answer
        target, text = request.target.decode("latin-1"), None
        if request.body is not None:
            # What is not UTF-8 is shown to the judge as no JSON at all.
            text = request.body.decode("latin-1" if not is_utf8(request.body) else "utf-8")
            text = text if is_utf8(request.body) else "not UTF-8: " + text
        verdict = judge(self._contract, {
            "method": request.method.decode(), "path": target, "requestBody": text,
            "status": status, "headers": headers, "body": body.decode("utf-8")})
        faults = list(verdict.violations)
        if verdict.operation and status < 300:
            if request.token in ("none", "forged", "two") and self._is_guarded(verdict.operation):
                faults.append(f"it succeeded with {request.token} token")
            self.succeeded[verdict.operation] += 1
            self._note(request, verdict.operation, body)
        if verdict.operation and status == 409 and request.user is not None:
            # A refusal that names all live holds: these can be paid for.
            named = parse_json(body.decode()).get("paymentIds")
            request.user.reservations = named or request.user.reservations
        return faults

    def _is_guarded(self, operation):
        security = self._contract.operations[operation].get("security", self._security)
        return security and {} not in security

    def _faults_of_spoilt(self, answer):
        """Nobody knows what a spoilt request asks for; its answer still is a good one."""
        status, headers, body = answer
        if status < 400:
            return []
        if headers.get("content-type") != PROBLEM:
            return ["the error is no problem"]
        value = parse_json(body.decode("utf-8"))
        faults = list(schema_errors(self._problem, value))
        known = self._contract.codes() | {"BAD_REQUEST"}
        if value.get("status") != status or value.get("code") not in known:
            faults.append("the problem is none of the contract")
        if value.get("requestId") != headers.get("x-request-id"):
            faults.append("requestId is not the header X-Request-Id")
        return faults

    def untried(self):
        """Operations that never succeeded: what comes after their first checks was not tried."""
        return [" ".join(o) for o in self._contract.operations if not self.succeeded[o]]

    def _note(self, request, operation, body):
        """What a success has changed for the user."""
        if request.user is None:
            return
        if operation == ("POST", "/reservation"):
            request.user.reservations.append(parse_json(body.decode())["reservationId"])
        elif operation == ("DELETE", "/token"):
            request.user.state = "LEFT"
        elif operation in (("POST", "/payment/{paymentId}"), ("POST", "/payments")):
            request.user.state = "USED"

    def _find(self, request, sent, faults):
        self.findings.append("\n".join([
            f"FOUND by request {self.asked}, with {request.token} token:",
            *(f"  {shown(fault)}" for fault in faults),
            f"  > {shown(sent.decode('latin-1'), 2000)}"]))
        print(self.findings[-1], flush=True)


def is_utf8(text):
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def fuzz(stack, seed, seconds):
    """Returns the fuzzer after its run."""
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
    fuzzer = Fuzzer(document, stack, random.Random(seed))
    end = time.monotonic() + seconds
    while (time.monotonic() < end or fuzzer.asked < FEWEST) and len(fuzzer.findings) < 10:
        fuzzer.ask_one()
    return fuzzer


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("programs", type=pathlib.Path, help="the folder of concertd and the others")
    programs = parser.parse_args().programs
    seed = os.environ.get("HTTP_FUZZ_SEED") or str(random.SystemRandom().randrange(10**9))
    seconds = float(os.environ.get("HTTP_FUZZ_SECONDS", "20"))
    print(f"seed {seed}: the same choices again with HTTP_FUZZ_SEED={seed}", flush=True)
    with Stack(programs.resolve()) as stack:
        fuzzer = fuzz(stack, seed, seconds)
        print(f"{fuzzer.asked} requests; answers: {dict(sorted(fuzzer.statuses.items()))}")
        audit = stack.run("ctl", "audit", "--json")
        if fuzzer.findings:
            print(f"seed {seed}: {len(fuzzer.findings)} findings. The end of concertd's log:")
            print(shown(stack.log("concertd"), 5000))
            return 1
    if fuzzer.untried():
        print(f"seed {seed}: nothing was found, but these never succeeded: {fuzzer.untried()}")
        return 1
    print(f"nothing found; audit: {audit.strip()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
