"""From the package to the first ticket, following the manual."""
import os
import re

from host import API, FOLDER, attempt, cron_has_passed, eventually, is_active, manual, run, sales

DOC = "/usr/share/doc/concert-reservation"
UNITS = ["concertd.socket", "concertd.service", "concert-cron.timer"]
# What the administrator does in each editor of the manual.
EDITS = {
    "/etc/concert-reservation/concert.conf": """
conf=/etc/concert-reservation/concert.conf
sed -i 's/^#workers = .*/# of the administrator\\nworkers = 12/' $conf
grep -x 'workers = 12' $conf
""",
    "/etc/nginx/nginx.conf": """
main=/etc/nginx/nginx.conf
values=/usr/share/concert-reservation/nginx/main-settings.conf
connections=$(grep -o 'worker_connections [0-9]*;' $values)
sed -i "s/worker_connections [0-9]*;/$connections/" $main
grep '^worker_rlimit_nofile' $values >> $main
grep "$connections" $main
""",
}


def install(findings, package):
    """The first line of the manual. Nothing serves before it is configured."""
    line = manual("README.md", "Install")[0].splitlines()[0]
    said = run(re.sub(r"\./\S+\.deb", f"{FOLDER}/{package}", line))
    findings.check("not yet configured" in said and "README.Debian" in said,
                   "installation says that nothing is configured, and where the instructions are", said)
    absent = [page for page in ("README.Debian", "README.md", "SECURITY.md", "docs/operating.md")
              if not os.path.isfile(f"{DOC}/{page}")]
    findings.check(not absent, f"the manual is in {DOC}", ", ".join(absent))
    findings.check(not any(is_active(unit) for unit in UNITS), "nothing was started")
    enabled = attempt("systemctl is-enabled " + " ".join(UNITS))[1].split()
    findings.check(enabled == ["disabled"] * 3, "nothing was enabled", str(enabled))
    code, said = attempt("systemctl start concertd")
    findings.check(code != 0, "concertd does not start before it is configured", said)
    said = run("systemctl stop concertd.socket concertd.service\n"
               "journalctl --unit concertd --output cat")
    findings.check("database_url" in said and "/etc/concert-reservation/secrets" in said,
                   "its journal says which key is missing and where it belongs", said)
    run("systemctl reset-failed")


def configure(findings):
    """The rest of the manual's lines, with an edit in place of each editor."""
    lines = manual("README.md", "Install")[0].splitlines()[1:]
    said = run("\n".join(EDITS[line.split()[1]] if line.startswith("editor ") else line
                         for line in lines))
    findings.check("WRONG" not in said and '{"status":"ready"}' in said,
                   "the manual's lines leave a service that is ready", said)
    findings.check(all(is_active(unit) for unit in UNITS), "socket, service and timer are active")
    code, said = attempt("concertctl doctor")
    unsaid = [subject for subject in ("identity", "charging", "rate limits", "HTTPS")
              if not re.search(f"^OPEN +{subject} ", said, re.M)]
    findings.check(code == 0 and not unsaid, "the doctor names what is open as installed", said)
    key = run("stat -c '%U:%G %a' /etc/concert-reservation/secrets/ticket.key").strip()
    findings.check(key == "root:root 600" and re.search("^ok +ticket key +signs with", said, re.M),
                   "the key of the tickets is made, and only root can read it", f"{key}\n{said}")
    log = run("stat -c '%U:%G %a' /var/log/nginx/concert-reservation.log").strip()
    findings.check(log == "www-data:adm 640", "nginx's log is not world-readable", log)


def redeem_voucher(findings):
    """As installed nobody charges; then by the manual. Charging is open to the users of what follows."""
    conf = "/etc/concert-reservation/concert.conf"
    key, voucher = manual("operating.md", "Vouchers")
    join = manual("README.md", "Try it")[1].split("\n\n")[:2]
    setting = run(f"grep '^charging' {conf}")
    findings.check(setting == "charging = voucher\n", "as installed a charge needs a voucher", setting)
    redeem = re.sub(r"^API=.*$", f"API={API}", "\n".join(join), flags=re.M) + f"\n{voucher}"
    secret = "/etc/concert-reservation/secrets/charge.key"
    run(f"cd /root\n{key}")
    refused = run(f"cd /root\n{redeem}")
    findings.check("VOUCHER_INVALID" in refused, "without a key every voucher is refused", refused)
    run(f"install -m 600 /root/charge.key {secret}\nsystemctl restart concertd")
    said = run(f"cd /root\n{redeem}")
    findings.check('"balance":10000' in said, "a voucher made by the manual is redeemed", said)
    run(f"sed -i 's/^charging = .*/charging = open/' {conf}\nrm {secret}\nsystemctl restart concertd")


def look_at_units(findings):
    services = ["concertd.service", "concert-cron.service"]
    code, said = attempt("systemd-analyze verify --man=no " + " ".join(UNITS + services))
    findings.check(code == 0 and not said, "systemd-analyze verify has nothing to say", said)
    for unit in services:
        said = attempt(f"systemd-analyze security --no-pager {unit}")[1]
        exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
        value = float(exposure[1]) if exposure else 10
        findings.check(value <= 1.2, f"systemd-analyze security {unit}: {value}, at most 1.2", said)
    burst = attempt("readlink /run/systemd/units/log-rate-limit-burst:concertd.service")[1].strip()
    findings.check(burst == "10000000", "journald is configured not to drop a busy sale's lines", burst)


def sell_first_ticket(findings):
    """Runs the README's "Try it" through nginx; returns the buyer and the token."""
    run("concertctl concert add --title First --venue Hall\n"
        "concertctl date add --concert 1 --starts-at $(date --utc --date '+90 days' +%FT%TZ) "
        "--seats 50 --price 50000")
    commands = manual("README.md", "Try it")[1]
    commands = re.sub(r"^API=.*$", f"API={API}", commands, flags=re.M)
    said = run(commands + '\necho; echo "$ME $TOKEN"')
    buyer, token = said.split()[-2:]
    paid = re.search(r'"status":\s*"PAID"', said)
    findings.check(paid and sales() == {1: 2}, "first sale: two seats, paid through nginx", said)
    findings.check(has_ticket(buyer, token), "the buyer sees the ticket")
    codes = re.findall(r'"code": *"([^"]+)"', said)
    verdict = attempt(f"concertctl ticket verify {codes[0]}") if codes else (1, said)
    findings.check(len(codes) == 2 and verdict[0] == 0, "a ticket of the manual is valid at the door", verdict[1])
    eventually("concert-cron has passed", cron_has_passed)
    findings.check(attempt("concertctl audit")[0] == 0, "concertctl audit finds nothing")
    return buyer, token


def has_ticket(buyer, token):
    said = attempt(f"curl -sf -H 'token: {token}' {API}/client/{buyer}/reservations")[1]
    return bool(re.search(r'"status":\s*"PAID"', said))
