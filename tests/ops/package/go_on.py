"""Reload, restart and upgrade lose no request; a killed worker loses at most the one in its hands."""
import os
import re
import signal

from host import (API, FOLDER, WORKERS, Load, attempt, cron_has_passed, eventually, is_active,
                  main_process, manual, run, sql, workers)
from load import CLIENTS

CONF = "/etc/concert-reservation/concert.conf"
MIGRATE = "/etc/concert-reservation/secrets/migrate.database_url"
WRONG_URL = "mysql://concert_migrate:wrong@/concert?socket=/run/mysqld/mysqld.sock"


def is_whole():
    return len(workers()) == WORKERS


def reload(findings):
    with Load(findings, "systemctl reload, 3 times"):
        for _ in range(3):
            before = workers()
            run("systemctl reload concertd")
            eventually("every worker is a new one", lambda: not before & workers() and is_whole())


def refused_reload(findings):
    """A mistake in the configuration, which the next start would not survive."""
    before = workers()
    with Load(findings, "systemctl reload, the configuration being wrong"):
        run(f"sed -i 's/^workers = 12/workers = many/' {CONF}")
        status, said = attempt("systemctl reload concertd")
        run(f"sed -i 's/^workers = many/workers = 12/' {CONF}")
    findings.check(status != 0, "a reload with a wrong configuration fails", said)
    findings.check(workers() == before, "it replaces no worker")
    said = attempt(f"journalctl -u concertd -o cat | grep -F '{CONF}:'")[1]
    findings.check("`workers`" in said, "it names the line", said)


def restart(findings):
    with Load(findings, "systemctl restart, 3 times"):
        for _ in range(3):
            run("systemctl restart concertd")
            eventually("every worker is there", is_whole)


def change_password(findings):
    """By the manual."""
    secret = "cat /etc/concert-reservation/secrets/concertd.database_url"
    before = run(secret)
    with Load(findings, "change of a database password"):
        said = run(manual("operating.md", "Change secrets")[0])
        eventually("every worker is there", is_whole)
    findings.check("WRONG" not in said and run(secret) != before, "the password is another", said)


def upgrade(findings, package):
    """By the manual, with Enter pressed at each prompt."""
    version = package.split("_")[1]
    line = manual("operating.md", "Upgrade")[0]
    with Load(findings, "upgrade with a migration"):
        said = run(re.sub(r"\./\S+\.deb", f"{FOLDER}/{package}", line), stdin="\n" * 9)
        eventually("every worker is there", is_whole)
    served = run(f"curl -sf {API}/metrics")
    findings.check(f'version="{version}"' in served, f"{version} serves", said)
    doctor = attempt("concertctl doctor")
    findings.check(doctor[0] == 0, "the schema is what the new version wants", doctor[1])
    findings.check(sql("SELECT COUNT(trial_note) FROM concert.reservation") == "0",
                   "its migration was run")
    conf = run(f"cat {CONF}; stat -c '%U:%G %a' {CONF}")
    as_it_was = ("# of the administrator\nworkers = 12\n" in conf and
                 "Of the next version" not in conf and "root:concert-reservation 640" in conf)
    findings.check(as_it_was, "the edited configuration is as it was", conf)
    unit = run("systemctl show --property NeedDaemonReload --property Description concertd")
    findings.check("NeedDaemonReload=no" in unit and "the next version" in unit,
                   "the new unit is in force", unit)
    findings.check("nginx -t && systemctl reload nginx" in said,
                   "it says that nginx has the old snippets still", said)
    run("nginx -t -q && systemctl reload nginx")
    eventually("nginx has the snippets of the new version",
               lambda: "X-Trial: newer" in run(f"curl -si {API}/concerts"))
    check_cron(findings, "upgrade")


def check_cron(findings, after):
    """The service counts passes from its own start."""
    findings.check(is_active("concert-cron.timer"), f"the timer runs after the {after}")
    eventually("concert-cron has passed", cron_has_passed)


def break_off(findings, package):
    """An upgrade that ends in its preinst, and one whose migration cannot log in."""
    version = package.split("_")[1] + "+1"
    repack = f"""
      cd $(mktemp -d)
      dpkg-deb --raw-extract {FOLDER}/{package} tree
      sed -i 's/^Version: .*/Version: {version}/' tree/DEBIAN/control
      dpkg-deb -Znone --build tree /root/whole.deb
      printf '#!/bin/sh\\nexit 1\\n' >tree/DEBIAN/preinst
      chmod 755 tree/DEBIAN/preinst
      dpkg-deb -Znone --build tree /root/broken.deb"""
    run(repack)
    with Load(findings, "upgrades broken off, then mended"):
        before = main_process()
        code, said = attempt("dpkg --install /root/broken.deb")
        findings.check(code != 0 and is_active("concert-cron.timer"),
                       "an upgrade that was broken off leaves the timer running", said)
        run(f"mv {MIGRATE} /root/kept && echo '{WRONG_URL}' >{MIGRATE}")
        code, said = attempt("dpkg --install /root/whole.deb")
        findings.check(code != 0 and "dpkg --configure -a" in said,
                       "a migration that fails says what to do", said)
        findings.check(main_process() == before, "meanwhile the old concertd serves")
        run(f"mv /root/kept {MIGRATE} && dpkg --configure -a")
        findings.check(main_process() != before, "mended, the new one does")
        eventually("every worker is there", is_whole)
    check_cron(findings, "mended upgrade")


def kill_master(findings):
    """It has no request in its hands, and its workers end with what they have."""
    with Load(findings, "kill -9 of the master, 3 times"):
        for _ in range(3):
            before = main_process()
            os.kill(before, signal.SIGKILL)
            eventually("systemd has started another",
                       lambda: main_process() not in (0, before) and is_whole())


def kill_workers(findings):
    """Four, one after another, then all at once."""
    with Load(findings, "kill -9 of workers") as load:
        for number in [1, 1, 1, 1, WORKERS]:
            before = workers()
            for pid in sorted(before)[:number]:
                os.kill(pid, signal.SIGKILL)
            load.allowed += min(number, CLIENTS)
            eventually("others took their place",
                       lambda: is_whole() and len(before - workers()) >= number)
