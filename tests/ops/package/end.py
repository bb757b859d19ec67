"""Backup, restore into an empty server, removal, and what a purge leaves."""
import os
import subprocess

from begin import UNITS, has_ticket
from host import API, FOLDER, Load, attempt, eventually, is_active, manual, run, sales, sql

USER = "concert-reservation"

# What servers, systemd and dpkg write by themselves, and where this test writes.
OTHERS = ("/dev", "/proc", "/sys", "/tmp", "/trial", "/root", "/var/tmp", "/var/cache",
          "/var/lib/mysql", "/var/lib/dpkg", "/var/lib/apt", "/var/log/journal", "/var/log/apt",
          "/run/systemd", "/run/mysqld", "/run/log", "/run/udev", "/var/lib/systemd/timers",
          "/var/lib/nginx")
# Kept by the tools that change the list of users, or removed by hand according to the manual.
EXPECTED = {"/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/.pwd.lock",
            "/etc/nginx/sites-enabled/default", "/run/credentials"}


def snapshot():
    """Every path that a package could leave."""
    found = set()
    for folder, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if os.path.join(folder, name) not in OTHERS]
        found |= {os.path.join(folder, name) for name in folders + files}
    return found


def back_up(findings):
    """While the sale goes on; returns the seats sold before and after the dump."""
    with Load(findings, "backup"):
        before = sum(sales().values())
        dump = manual("operating.md", "Backup and restore")[0]
        run("mkdir -p /root/backup && cd /root/backup\n" + dump)
        after = sum(sales().values())
    return before, after


def restore(findings, sold, buyer, token):
    """All of the host's data is lost first."""
    run("""
      systemctl stop concert-cron.timer concert-cron.service concertd.socket concertd.service \\
        mariadb.socket mariadb.service
      find /var/lib/mysql /etc/concert-reservation -mindepth 1 -delete
      mariadb-install-db --user=mysql --skip-test-db --force
      systemctl start mariadb.socket mariadb.service""")
    said = run("cd /root/backup\n" + manual("operating.md", "Backup and restore")[1])
    findings.check("WRONG" not in said, "restored into an empty server; audit finds nothing", said)
    restored = sum(sales().values())
    findings.check(sold[0] <= restored <= sold[1],
                   f"restored: {restored} seats sold, {sold[0]} before the dump, {sold[1]} after")
    findings.check(has_ticket(buyer, token), "the first buyer sees the ticket, with the old token")
    with Load(findings, "after the restore"):
        pass
    findings.check(attempt("concertctl audit")[0] == 0, "concertctl audit finds nothing after that")


def remove(findings, package):
    """While a pass waits for a table that an administrator has locked. Then it is installed once
    more: what was configured comes back as it was."""
    with subprocess.Popen(["mariadb", "concert"], stdin=subprocess.PIPE, text=True) as administrator:
        administrator.stdin.write("LOCK TABLES token WRITE;\n")
        administrator.stdin.flush()
        eventually("a pass waits for the table", lambda: sql(
            "SELECT 1 FROM information_schema.processlist WHERE user = 'concert_cron' "
            "AND state LIKE 'Waiting for table%'"))
        run("apt-get remove concert-reservation")
        runs = [unit for unit in UNITS if is_active(unit)]
        runs += attempt(f"pgrep --uid {USER} --list-full")[1].splitlines()
        administrator.stdin.close()
    findings.check(not runs, "removed: nothing of it runs", " ".join(runs))
    code, said = attempt("nginx -t")
    findings.check(code == 0, "removed: nginx takes its configuration", said)
    said = run(f"apt-get install {FOLDER}/{package}")
    findings.check(all(is_active(unit) for unit in UNITS), "installed again: it goes on", said)
    with Load(findings, "after removal and installation"):
        pass


def purge(findings, before):
    """After a pass that failed, which systemd remembers."""
    run("systemctl stop concert-cron.timer\n"
        "systemctl start concert-cron.service\n"
        "echo nonsense >>/etc/concert-reservation/concert.conf")
    kept = "/var/lib/concert-reservation/concert.conf"
    code, said = attempt("systemctl start concert-cron.service\n"
                         "journalctl --unit concert-cron --priority 3 --lines 1 --output cat")
    findings.check(code == 0 and kept in said,
                   "a pass that meets a mistake goes on with its copy, and says so", said)
    owner = run(f"stat -c '%U %a' {kept}").strip()
    findings.check(owner == f"{USER} 600", "only its owner may read the copy", owner)
    run(f"rm {kept}\n! systemctl start concert-cron.service")
    said = run("apt-get purge concert-reservation")
    left = snapshot() - before - EXPECTED
    findings.check(not left, "purged: no file is left", " ".join(sorted(left)) + said)
    gone = before - snapshot() - EXPECTED
    findings.check(not gone, "purged: nothing else is gone", " ".join(sorted(gone)))
    dangling = run("find /etc /usr /var -xdev -xtype l")
    findings.check("concert" not in dangling, "purged: no link leads nowhere", dangling)
    units = attempt("systemctl list-unit-files --no-legend 'concert*' || true\n"
                    "systemctl list-units --all --no-legend 'concert*'")[1]
    findings.check(not units, "purged: systemd knows no unit of it", units)
    accounts = sql("SELECT user, host FROM mysql.global_priv WHERE user LIKE 'concert%'")
    findings.check(not accounts, "purged: the database has no account of it", accounts)
    owned = run(f"find / -xdev \\( -user {USER} -or -group {USER} \\) -print\n"
                f"pgrep --uid {USER} || true")
    findings.check(not owned, "purged: its user owns no file and no process", owned)
    code, said_by_nginx = attempt(f"curl -s {API}/readyz")
    findings.check(code == 7, "purged: nginx has let its site go", said_by_nginx)
    run("ln -s ../sites-available/default /etc/nginx/sites-enabled/\n"
        "nginx -q -t && systemctl reload nginx")
    eventually("nginx serves its own site", lambda: attempt(f"curl -sf {API}/")[0] == 0)
    status = run(f"curl -s --output /dev/null --write-out '%{{http_code}}' {API}/readyz")
    findings.check(status == "404", "purged: nginx serves another site in its place", status)
    tickets = sql("SELECT COUNT(*) FROM concert.payment")
    findings.check(int(tickets) > 0 and "stays" in said,
                   f"purged: the database stays with {tickets} payments, and it says so", said)
