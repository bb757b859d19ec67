#!/usr/bin/env python3
"""trial.py PACKAGE NEWER: the package test, on a booted host that has nothing of it yet.
Exit 0 only if all holds."""
import sys
import time

import begin
import end
import go_on
import hindered
from host import Failed, Findings, attempt


def steps(findings, package, newer):
    """Names and calls, in their order."""
    kept = {}
    return [
        ("the host before", lambda: kept.update(paths=end.snapshot())),
        ("installation", lambda: begin.install(findings, package)),
        ("configuration", lambda: begin.configure(findings)),
        ("voucher", lambda: begin.redeem_voucher(findings)),
        ("units", lambda: begin.look_at_units(findings)),
        ("first sale", lambda: kept.update(ticket=begin.sell_first_ticket(findings))),
        ("reload", lambda: go_on.reload(findings)),
        ("refused reload", lambda: go_on.refused_reload(findings)),
        ("restart", lambda: go_on.restart(findings)),
        ("another password", lambda: go_on.change_password(findings)),
        ("kill -9 of the master", lambda: go_on.kill_master(findings)),
        ("kill -9 of workers", lambda: go_on.kill_workers(findings)),
        ("upgrade", lambda: go_on.upgrade(findings, newer)),
        ("upgrades that fail", lambda: go_on.break_off(findings, newer)),
        ("upgrades that root cannot help", lambda: hindered.without_root(findings)),
        ("upgrades that may not migrate", lambda: hindered.without_secret(findings)),
        ("upgrade while MariaDB is down", lambda: hindered.without_database(findings)),
        ("units of the new version", lambda: begin.look_at_units(findings)),
        ("backup", lambda: kept.update(sold=end.back_up(findings))),
        ("restore", lambda: end.restore(findings, kept["sold"], *kept["ticket"])),
        ("removal", lambda: end.remove(findings, newer)),
        ("purge", lambda: end.purge(findings, kept["paths"])),
    ]


def main():
    findings = Findings()
    begun = time.monotonic()
    for name, step in steps(findings, *sys.argv[1:3]):
        print(f"{name} ({time.monotonic() - begun:.0f} s)", flush=True)
        try:
            step()
        except Failed as error:
            findings.check(False, f"{name}: {error}")
            print(attempt("journalctl --no-pager --lines 60 --priority 5")[1])
            break
    sys.exit(0 if findings.summary() else 1)


main()
