"""Backup, restore into an empty server, removal, and what a purge leaves."""
import os

from begin import UNITS, has_ticket
from host import API, FOLDER, Load, attempt, is_active, manual, run, sales, sql

# What servers, systemd and dpkg write by themselves, and where the trial writes.
OTHERS = ("/dev", "/proc", "/sys", "/tmp", "/trial", "/root", "/var/tmp", "/var/cache",
          "/var/lib/mysql", "/var/lib/dpkg", "/var/lib/apt", "/var/log/journal", "/var/log/apt",
          "/run/systemd", "/run/mysqld", "/run/log", "/run/udev", "/var/lib/systemd/timers",
          "/var/lib/nginx")
# Kept by whoever changes the list of users; what the manual takes away itself.
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
      systemctl stop concert-cron.timer concertd.socket concertd.service mariadb.service
      find /var/lib/mysql /etc/concert-reservation -mindepth 1 -delete
      mariadb-install-db --user=mysql --skip-test-db --force
      systemctl start mariadb.service""")
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
    """And install it once more: what was configured comes back as it was."""
    run("apt-get remove concert-reservation")
    findings.check(not any(is_active(unit) for unit in UNITS), "removed: nothing of it runs")
    code, said = attempt("nginx -t")
    findings.check(code == 0, "removed: nginx takes its configuration", said)
    said = run(f"apt-get install {FOLDER}/{package}")
    findings.check(all(is_active(unit) for unit in UNITS), "installed again: it goes on", said)
    with Load(findings, "after removal and installation"):
        pass


def purge(findings, before):
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
    user = "concert-reservation"
    owned = run(f"find / -xdev \\( -user {user} -or -group {user} \\) -print\n"
                f"pgrep --uid {user} || true")
    findings.check(not owned, "purged: its user owns no file and no process", owned)
    code, text = attempt("nginx -t && systemctl reload nginx && ! curl -sf " + API + "/readyz")
    findings.check(code == 0, "purged: nginx serves without it", text)
    tickets = sql("SELECT COUNT(*) FROM concert.payment")
    findings.check(int(tickets) > 0 and "stays" in said,
                   f"purged: the database stays with {tickets} payments, and it says so", said)
