"""The table of servers: how each is started, when it answers, how it is stopped.

Everything of a server is in one folder: its data, socket, configuration and log. ./dev run supervises servers by this
table. Tests and benchmarks start one with `./dev server NAME FOLDER [OPTION...]`, which becomes that server.
"""
import collections
import dataclasses
import getpass
import os
import pathlib
import shutil
import signal
import socket

from configure import ROOT
from processes import Failure, release_signals, run_step, say


@dataclasses.dataclass(frozen=True)
class Server:
    """One row. Every function takes the wanted stack: its folder, programs and addresses."""
    name: str
    command: collections.abc.Callable  # the words to run
    is_ready: collections.abc.Callable
    stop: int                          # the signal that asks it to end
    grace_s: float                     # seconds to end in; what runs longer is killed
    prepare: collections.abc.Callable = lambda wanted: wanted.var.mkdir(parents=True, exist_ok=True)


# ---- Commands. Options that a caller adds come last and win.

def _cron(wanted):
    return ["env", f"STATE_DIRECTORY={wanted.cron_state}", wanted.programs / "concert-cron", "--config", wanted.conf]


def _nginx(wanted):
    return ["nginx", "-e", wanted.var / "nginx.log", "-c", wanted.var / "nginx/nginx.conf"]


def _concertd(wanted):
    return [wanted.programs / "concertd", "--config", wanted.conf]


def _memcached(wanted):
    as_root = ["-u", "root"] if os.geteuid() == 0 else []
    return ["memcached", "-s", wanted.var / "memcached.sock", "-m", "64", "-c", "1024", *as_root]


def _database_options(wanted, name):
    return [f"--user={getpass.getuser()}", f"--datadir={wanted.var / name}", f"--tmpdir={wanted.var / f'{name}-tmp'}",
            f"--socket={wanted.var / f'{name}.sock'}", f"--pid-file={wanted.var / name / 'server.pid'}",
            "--skip-name-resolve", "--skip-log-bin", "--performance-schema=OFF", "--max-connections=400",
            "--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_ci",
            f"--innodb-buffer-pool-size={os.environ.get('CONCERT_BUFFER_POOL') or '256M'}"]


def _mariadb(wanted):
    accounts = wanted.var / "mariadb.sql"
    return ["mariadbd", "--no-defaults", *_database_options(wanted, "mariadb"), "--skip-networking",
            *([f"--init-file={accounts}"] if accounts.exists() else [])]


def _mysql(wanted):
    return [mysql_folder() / "mysqld", *_database_options(wanted, "mysql"), "--skip-networking", "--mysqlx=OFF",
            "--secure-file-priv=NULL"]


def mysql_folder():
    return pathlib.Path(os.environ.get("TEST_MYSQL") or ROOT / "build/mysql")


# ---- Data

def _prepare_mariadb(wanted):
    """Makes the data folder where there is none. Where the folder has an account file, as in a stack, root logs in as
    the owner of the socket; elsewhere it has no password."""
    data, new, log = wanted.var / "mariadb", wanted.var / "mariadb.new", wanted.var / "mariadb-install.log"
    (wanted.var / "mariadb-tmp").mkdir(parents=True, exist_ok=True)
    if data.is_dir():
        return
    say("creating the database folder")
    shutil.rmtree(new, ignore_errors=True)
    of_root = (["--auth-root-authentication-method=socket", f"--auth-root-socket-user={getpass.getuser()}"]
               if (wanted.var / "mariadb.sql").exists() else ["--auth-root-authentication-method=normal"])
    with open(log, "wb") as out:
        status = run_step(["mariadb-install-db", "--no-defaults", f"--user={getpass.getuser()}", f"--datadir={new}",
                           f"--tmpdir={wanted.var / 'mariadb-tmp'}", "--skip-test-db", "--force", *of_root],
                          stdout=out, stderr=out)
    if status:
        raise Failure(f"cannot create a database folder: see {log}.")
    new.rename(data)


def _prepare_mysql(wanted):
    data = wanted.var / "mysql"
    (wanted.var / "mysql-tmp").mkdir(parents=True, exist_ok=True)
    if data.is_dir():
        return
    shutil.copytree(mysql_folder() / "data", data)
    # Each server has a UUID, which was made with the data.
    (data / "auto.cnf").unlink(missing_ok=True)


# ---- Readiness

def _answers(path, request=b""):
    """Whether a server at a Unix socket sends something, after `request`."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
            client.sendall(request)
            return client.recv(1) != b""
        except OSError:
            return False


def _is_service_ready(wanted):
    """Through nginx."""
    import urllib.request  # it takes as long to import as everything else together
    try:
        with urllib.request.urlopen(f"{wanted.url}/readyz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


# ---- The table, in the order of stopping

SERVERS = {server.name: server for server in (
    Server("cron", _cron, lambda wanted: True, signal.SIGTERM, 5),
    Server("nginx", _nginx, _is_service_ready, signal.SIGQUIT, 10),
    Server("concertd", _concertd, _is_service_ready, signal.SIGTERM, 35),
    Server("memcached", _memcached, lambda wanted: _answers(wanted.var / "memcached.sock", b"version\r\n"),
           signal.SIGTERM, 5),
    # The greeting is sent once the server takes logins.
    Server("mariadb", _mariadb, lambda wanted: _answers(wanted.var / "mariadb.sock"), signal.SIGTERM, 60,
           _prepare_mariadb))}
# No stack has it; tests that are run against it start it.
MYSQL = Server("mysql", _mysql, lambda wanted: _answers(wanted.var / "mysql.sock"), signal.SIGTERM, 60, _prepare_mysql)
ALL = SERVERS | {MYSQL.name: MYSQL}


def become(name, wanted, options):
    """Prepares a server's folder and replaces this program by the server, in the foreground."""
    server = ALL[name]
    server.prepare(wanted)
    words = [str(word) for word in [*server.command(wanted), *options]]
    release_signals()
    try:
        os.execvp(words[0], words)
    except OSError as error:
        raise Failure(f"cannot run {words[0]}: {error.strerror}.") from error
