"""The stack of ./dev: one supervisor, and the servers that it starts and keeps alive.

Each server runs in a session of its own, so that a Ctrl-C meant for the supervisor does not reach it, and it can be
stopped with all its workers. Everything of a stack is in one state folder; its lock names the one supervisor.
"""
import fcntl
import os
import pathlib
import signal
import socket
import sys
import time
import uuid

import configure
import demo
from checks import PROGRAMS
from processes import (
    Failure, end_all, end_session, fail, is_alive, leave, pause, run_whole_step, say, session_members, start)
from servers import SERVERS

READY_S = 90
DOWN_S = 150


class Lock:
    """Held by the supervisor of a state folder while it lives."""

    def __init__(self, var):
        self._var = var
        self._file = None

    def take(self):
        self._var.mkdir(parents=True, exist_ok=True)
        file = open(self._var / "dev.lock", "a", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def is_here(self):
        """Whether the state folder is still the one whose lock was taken."""
        try:
            return os.path.samestat(os.stat(self._var / "dev.lock"), os.fstat(self._file.fileno()))
        except FileNotFoundError:
            return False

    def is_taken(self):
        if not (self._var / "dev.lock").exists():
            return False
        if not self.take():
            return True
        self._file.close()
        return False


class Stack:
    """The servers of one state folder, from the supervisor's side."""

    def __init__(self, wanted, lock):
        self._wanted = wanted
        self._lock = lock
        self._var = wanted.var
        self._running = {}  # name: (process, when it was started)

    # ---- Starting

    def start(self):
        for name in PROGRAMS:
            _require_program(self._wanted, name)
        stop_orphans(self._var)
        self._require_free_port()
        configure.write_state(self._wanted)
        for name in SERVERS:
            (self._var / f"{name}.log").write_text("")
        own = [name for name, is_own in (("memcached", self._wanted.own_memcached),
                                         ("mariadb", self._wanted.own_database)) if is_own]
        for name in own:
            SERVERS[name].prepare(self._wanted)
            self._start_server(name)
        self._wait_until_ready(*own)
        self._migrate()
        demo.load(self._wanted)
        self._start_server("concertd")
        self._start_server("nginx")
        self._wait_until_ready("concertd", "nginx")
        (self._var / "ready.new").write_text(f"{self._wanted.url}\n")
        (self._var / "ready.new").rename(self._var / "ready")

    def _require_free_port(self):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(self._wanted.port))) == 0:
                raise Failure(f"port {self._wanted.port} is taken by another program. Name another with CONCERT_PORT.")

    def _start_server(self, name):
        with open(self._var / f"{name}.log", "ab") as log:
            process = start(SERVERS[name].command(self._wanted), stdout=log, stderr=log)
        (self._var / f"{name}.pid").write_text(f"{process.pid}\n")
        self._running[name] = (process, time.monotonic())

    def _require_alive(self, name):
        if self._running[name][0].poll() is None:
            return
        log = (self._var / f"{name}.log").read_text(errors="replace")
        print("\n".join(log.splitlines()[-5:]), file=sys.stderr)
        raise Failure(f"{name} ended while it was being started; the reason is above, and in {self._var}/{name}.log.")

    def _migrate(self):
        """Brings the schema up to date; waits for a database that does not answer yet, as one of another host may."""
        end = time.monotonic() + READY_S
        log_path = self._var / "migrate.log"
        while True:
            with open(log_path, "wb") as log:
                # A migration must not be interrupted: it cannot be undone.
                status = run_whole_step([self._wanted.programs / "concertctl", "--config", self._wanted.conf,
                                         "migrate"], stdout=log, stderr=log)
            if status == 0:
                return
            for name in self._running:
                self._require_alive(name)
            if status != 75 or time.monotonic() > end:  # 75: the database does not answer yet
                print(log_path.read_text(errors="replace"), file=sys.stderr, end="")
                raise Failure(f"concertctl migrate failed with exit {status}.")
            pause(0.1)

    def _wait_until_ready(self, *names):
        end = time.monotonic() + READY_S
        for name in names:
            while not SERVERS[name].is_ready(self._wanted):
                for started in self._running:
                    self._require_alive(started)
                if time.monotonic() > end:
                    raise Failure(f"{name} is not ready after {READY_S} s; see {self._var}/*.log.")
                pause(0.05)

    # ---- Keeping it alive

    def keep(self):
        """Restarts servers that die and runs the cron, until a signal ends the wait."""
        next_pass = time.monotonic()
        while True:
            pause(0.1)
            # The lock, not the configuration: an editor may replace that file.
            if not self._lock.is_here():
                raise Failure(f"{self._var} was deleted; stopping what runs in it.")
            self._restart_dead()
            now = time.monotonic()
            if self._wanted.cron_seconds > 0 and now >= next_pass and self._is_cron_done():
                self._start_server("cron")
                next_pass = now + self._wanted.cron_seconds

    def _is_cron_done(self):
        return "cron" not in self._running or self._running["cron"][0].poll() is not None

    def _restart_dead(self):
        for name, (process, started) in list(self._running.items()):
            # A server that keeps dying is not restarted in a tight loop.
            if name == "cron" or process.poll() is None or time.monotonic() - started < 0.5:
                continue
            say(f"{name} ended; starting it again (see {self._var}/{name}.log)")
            end_session(process.pid, grace_s=0.2)  # its orphans hold the socket or the port
            self._start_server(name)

    # ---- Stopping

    def stop(self):
        (self._var / "ready").unlink(missing_ok=True)
        for name in SERVERS:
            if name in self._running:
                _stop_server(self._var, name, self._running[name][0].pid)
            (self._var / f"{name}.pid").unlink(missing_ok=True)
        (self._var / "dev.pid").unlink(missing_ok=True)


def _require_program(wanted, name):
    path = wanted.programs / name
    if os.access(path, os.X_OK):
        return path
    given = os.environ.get("CONCERT_BIN")
    raise Failure(f"{path} is not there, where CONCERT_BIN has it." if given else
                  f"{path} is not there; ./dev up builds it.")


def _stop_server(var, name, leader):
    number = SERVERS[name].stop
    if name == "mariadb" and "ready for connections" not in (var / "mariadb.log").read_text(errors="replace"):
        number = signal.SIGKILL  # 10.11 forgets a SIGTERM that comes while it starts, with nothing to save
    end_session(leader, number, SERVERS[name].grace_s)


def stop_orphans(var):
    """Stops the servers that a killed supervisor left behind. A process is ours if it is in the noted session and its
    messages go to our folder: process ids are reused, above all after a reboot."""
    for name in SERVERS:
        leader = _read_pid(var / f"{name}.pid")
        if leader is None:
            continue
        if any(_writes_below(pid, var) for pid in session_members(leader)):
            say(f"stopping {name}, left behind as process {leader}")
            _stop_server(var, name, leader)
        (var / f"{name}.pid").unlink(missing_ok=True)


def _read_pid(path):
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _writes_below(pid, var):
    try:
        return os.readlink(f"/proc/{pid}/fd/2").startswith(f"{var}/")
    except OSError:
        return False


# ---- What ./dev does with it


def supervise(wanted):
    """Starts the stack and keeps it alive until a signal comes."""
    lock = Lock(wanted.var)
    if not lock.take():
        raise Failure("the stack is running already; ./dev down stops it.")
    stack = Stack(wanted, lock)
    try:
        (wanted.var / "ready").unlink(missing_ok=True)
        (wanted.var / "dev.pid").write_text(f"{os.getpid()}\n")
        stack.start()
        greet(wanted.url, wanted.var)
        stack.keep()
    finally:
        end_all()
        stack.stop()


def up(wanted):
    """Starts a supervisor in the background; returns 0 once the service answers."""
    lock, ready = Lock(wanted.var), wanted.var / "ready"
    if lock.is_taken():
        if ready.exists() and not wanted.conf.exists():
            raise Failure(_gone(wanted))
        say("the stack is running already")
        return _follow(wanted, lambda: lock.is_taken(), ready)
    wanted.var.mkdir(parents=True, exist_ok=True)
    ready.unlink(missing_ok=True)
    with open(wanted.var / "dev.log", "wb") as log:
        supervisor = start([sys.executable, "-BS", pathlib.Path(__file__).parent, "supervise"], stdout=log, stderr=log)
    try:
        return _follow(wanted, lambda: supervisor.poll() is None, ready)
    except BaseException:
        leave()
        end_session(supervisor.pid, grace_s=120)
        raise


def _follow(wanted, supervisor_lives, ready):
    while not ready.exists():
        pause(0.05)
        if supervisor_lives() or ready.exists():
            continue
        print((wanted.var / "dev.log").read_text(errors="replace"), file=sys.stderr, end="")
        raise Failure("the stack did not start; the reason is above.")
    _require_as_asked(wanted)
    greet(ready.read_text().strip(), wanted.var)
    return 0


def _require_as_asked(wanted):
    """Fails if the environment asks for another configuration than the one that runs."""
    running = (wanted.var / "asked.env").read_text().splitlines()
    for line in configure.asked_text(wanted).splitlines():
        if line not in running:
            raise Failure(f"the stack runs already, and not with this {line.partition('=')[0]}. ./dev down, then "
                          "./dev up takes it.")


def down(wanted):
    """Stops the supervisor, and what a killed one left behind. Data stays."""
    if not wanted.var.is_dir():
        return 0
    lock, end, pid = Lock(wanted.var), time.monotonic() + DOWN_S, None
    while not lock.take():
        pid = _read_pid(wanted.var / "dev.pid") or pid
        if time.monotonic() > end:
            raise Failure(f"the supervisor, process {pid}, does not stop; see {wanted.var}/dev.log.")
        if pid and is_alive(pid):
            os.kill(pid, signal.SIGTERM)
        pause(0.1)
    while pid and is_alive(pid) and time.monotonic() < end:
        pause(0.02)
    stop_orphans(wanted.var)
    for name in ("dev.pid", "ready"):
        (wanted.var / name).unlink(missing_ok=True)
    return 0


def exec_program(wanted, program, words):
    """Becomes a program of the stack, so that its output is all that is printed."""
    path = _require_program(wanted, program)
    if not wanted.conf.exists():
        if Lock(wanted.var).is_taken():
            is_ready = (wanted.var / "ready").exists()
            return fail(_gone(wanted) if is_ready else "the stack is starting; ./dev up waits until it answers.")
        return fail(f"there is no stack in {wanted.var} yet; ./dev up makes one.")
    # For `top`: the address of the running stack, which CONCERT_PORT need not be.
    ready = wanted.var / "ready"
    url = ready.read_text().strip() if ready.exists() else wanted.url
    os.environ.setdefault("CONCERT_METRICS_URL", f"{url}/metrics")
    os.environ["STATE_DIRECTORY"] = str(wanted.cron_state)
    os.execv(path, [str(path), "--config", str(wanted.conf), *words])


def _gone(wanted):
    return f"the stack is running, but {wanted.conf} is gone. ./dev down, then ./dev up makes it again."


def greet(url, var):
    body = f'{{"userId": "{uuid.uuid4()}"}}'
    print(f"""
The service answers at {url}  (logs: {var}/*.log). Try:

  TOKEN=$(curl -s {url}/token -H 'Content-Type: application/json' -d '{body}' | sed 's/.*"token": *"\\([^"]*\\)".*/\\1/')
  curl -s {url}/queue
  curl -si {url}/concerts -H "token: $TOKEN"
""", flush=True)
