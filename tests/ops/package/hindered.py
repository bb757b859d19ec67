"""Upgrades that cannot do all by themselves: what is installed is installed once more, which runs all
that an upgrade runs."""
from contextlib import contextmanager

from go_on import CONF, MIGRATE, check_cron, is_whole
from host import Load, attempt, eventually, is_active, main_process, run, sql

INSTALL = "dpkg --install /root/whole.deb"
DATABASE = "systemctl start mariadb.socket mariadb.service"
TIMER = "concert-cron.timer"
ONE_FOR_ALL = "mysql://one_for_all:word@/concert?socket=/run/mysqld/mysqld.sock"


@contextmanager
def root_shut_out():
    """The database's administrator gives root a password, as many do."""
    sql("ALTER USER root@localhost IDENTIFIED BY 'word'")
    try:
        yield
    finally:
        run("mariadb --password=word "
            "--execute 'ALTER USER root@localhost IDENTIFIED VIA unix_socket'")


def upgrade(findings, when, restarted=True, timer=True, script=INSTALL):
    """What it said."""
    before = main_process()
    code, said = attempt(script)
    findings.check(code == 0 and (main_process() != before) == restarted,
                   f"{when}: it succeeds, concertd is {'' if restarted else 'not '}restarted", said)
    findings.check(is_active(TIMER) == timer,
                   f"{when}: the timer {'runs' if timer else 'is stopped'}", said)
    return said


def without_root(findings):
    """The rights are there, then one is not."""
    right = "SELECT ON concert.queue_gap"
    with root_shut_out(), Load(findings, "upgrade without root"):
        upgrade(findings, "root is not let in")
        eventually("every worker is there", is_whole)
    check_cron(findings, "upgrade without root")
    sql(f"REVOKE {right} FROM concert@localhost")
    with root_shut_out():
        said = upgrade(findings, "a right lacks", restarted=False)
    sql(f"GRANT {right} TO concert@localhost")
    findings.check("WRONG concertd account" in said and "s/'localhost'/'HOST'/" in said
                   and "systemctl restart concertd" in said,
                   "a right lacks: it says whose, and what to do", said)


def without_secret(findings):
    """The schema is right, then it is not, then a line of the configuration lets migrate."""
    run(f"mv {MIGRATE} /root/kept")
    upgrade(findings, "nothing to migrate")
    sql("UPDATE concert.schema_migration SET applied_at = NULL ORDER BY version DESC LIMIT 1")
    said = upgrade(findings, "nobody may migrate", restarted=False, timer=False)
    findings.check(f"{TIMER} is stopped: nobody is admitted" in said and "concertctl migrate" in said,
                   "nobody may migrate: it says so, and what to do", said)
    sql("CREATE USER one_for_all@localhost IDENTIFIED BY 'word'; "
        "GRANT ALL ON concert.* TO one_for_all@localhost")
    run(f"echo 'database_url = {ONE_FOR_ALL}' >>{CONF}")
    upgrade(findings, "a line lets migrate")
    sql("DROP USER one_for_all@localhost")
    run(f"sed -i '/^database_url = /d' {CONF}\n"
        f"mv /root/kept {MIGRATE}\n"
        "concertctl doctor\n"
        "systemctl restart concertd")


def without_database(findings):
    """MariaDB, which its socket would restart, is back once the package says that it waits."""
    run("systemctl stop mariadb.socket mariadb.service")
    said = upgrade(findings, "MariaDB is down for a while", script=f"""
      {INSTALL} 2>&1 | while IFS= read -r line; do
        echo "$line"
        [[ $line != *"waiting up to a minute"* ]] || {DATABASE}
      done""")
    findings.check("waiting up to a minute" in said, "MariaDB is down for a while: it waits", said)
    run(DATABASE)
    eventually("every worker is there", is_whole)
    check_cron(findings, "upgrade that waited")
