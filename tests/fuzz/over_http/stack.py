"""A whole running service of its own, and users in every state."""
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid

from wire import Wire

ROOT = pathlib.Path(__file__).resolve().parents[3]
PR_SET_PDEATHSIG = 1


_claims = []


def free_port():
    """Claimed as in tests/support/sockets.cc: no other test takes it while this process lives."""
    for port in range(12000, 31001):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0concert-test-port-{port}")
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        with socket.socket() as some:
            some.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                some.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError("no port is free")


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Stack:
    """`./dev run` on programs that are built, with its demo concerts and no cron unless `settings` say otherwise."""

    def __init__(self, programs, **settings):
        self.folder = tempfile.mkdtemp(prefix="fuzz-")
        self.port = free_port()
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CONCERT_")},
            "CONCERT_VAR": self.folder, "CONCERT_PORT": str(self.port),
            "CONCERT_BIN": str(programs), "CONCERT_SKIP_BUILD": "1", "CONCERT_CRON_SECONDS": "0",
            "CONCERT_WORKERS": "6", "CONCERT_ACTIVE_LIMIT": "100000",
            "CONCERT_ADMIT_PER_PASS": "100000", "CONCERT_HOLD_SECONDS": "30",
            "CONCERT_SEAT_LIMIT": "50", "CONCERT_HOLDS_PER_VISIT": "1000000", **settings}
        with open(f"{self.folder}/run.log", "wb") as log:
            self._runner = subprocess.Popen(
                [ROOT / "dev", "run"], env=self._environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, preexec_fn=end_with_parent)

    def __enter__(self):
        while not os.path.exists(f"{self.folder}/ready"):
            if self._runner.poll() is not None:
                raise RuntimeError(f"the stack did not start: {self.log('run')}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self._runner.terminate()
        self._runner.wait()
        shutil.rmtree(self.folder)

    def log(self, server, lines=40):
        """The end of a server's log."""
        file = pathlib.Path(self.folder, f"{server}.log")
        return "\n".join(file.read_text("utf-8", "replace").splitlines()[-lines:])

    def run(self, *words):
        """What a command of ./dev prints. Raises CalledProcessError."""
        return self.outcome(*words, check=True).stdout

    def outcome(self, *words, check=False):
        """How a command of ./dev ended, and what it printed."""
        return subprocess.run([ROOT / "dev", *words], env=self._environment, check=check,
                              capture_output=True, text=True)

    def begin(self, *words):
        """Starts a command of ./dev and does not wait for it."""
        return subprocess.Popen([ROOT / "dev", *words], env=self._environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def dates(self):
        """The dates of each concert: {concertId: [concertDateId]}."""
        concerts = json.loads(self.run("ctl", "concert", "list", "--json"))["concerts"]
        return {c["concertId"]: [d["concertDateId"] for d in json.loads(
                    self.run("ctl", "date", "list", "--concert", str(c["concertId"]),
                             "--json"))["dates"]] for c in concerts}


class User:
    """Somebody with a queue token: ACTIVE, WAITING, LEFT or USED."""

    def __init__(self, name, token, state):
        self.name, self.token, self.state = name, token, state
        self.reservations = []


class People:
    """Some users in every state. Requests change their states; renew() makes new ones."""

    def __init__(self, stack, dates, chance):
        self._stack, self._dates, self._chance = stack, dates, chance
        self._wire = Wire(stack.port)
        self.users = []

    def renew(self):
        """Nobody waits afterwards but the new waiting users."""
        self._stack.run("ctl", "queue", "resume")
        self._stack.run("cron")
        self.users = [self._join() for _ in range(60)]
        for user in self.users:
            amount = self._chance.choice([1, 10**7, 10**7])
            self._ask(user, "PATCH", f"/user/{user.name}/charge", {"amount": amount})
        for user in self.users[:10]:
            user.state = "LEFT"
            self._ask(user, "DELETE", "/token")
        for user in self.users[10:]:
            self._hold(user)
        self._stack.run("ctl", "queue", "pause")
        self.users += [self._join() for _ in range(15)]

    def of(self, state):
        """A user in that state."""
        return self._chance.choice([user for user in self.users if user.state == state])

    def are_few(self):
        """Whether requests have left too few users active."""
        return sum(user.state == "ACTIVE" for user in self.users) < 15

    def _join(self):
        name = str(uuid.UUID(int=self._chance.getrandbits(128)))
        answer = self._ask(None, "POST", "/token", {"userId": name})
        return User(name, answer["token"], answer["status"])

    def _hold(self, user):
        """A free seat, where there is one."""
        date, seats = self._chance.choice(self._dates), self._chance.sample(range(1, 51), 50)
        for seat in seats:
            try:
                held = self._ask(user, "POST", "/reservation",
                                 {"concertDateId": date, "seatNumber": seat})
            except RuntimeError:
                continue
            user.reservations.append(held["reservationId"])
            return

    def _ask(self, user, method, path, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        token = f"token: {user.token}\r\n" if user else ""
        head = (f"{method} {path} HTTP/1.1\r\nHost: x\r\n{token}Content-Type: application/json\r\n"
                f"Content-Length: {len(text)}\r\n\r\n")
        status, _, answer = self._wire.ask(head.encode() + text)
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer!r}")
        return json.loads(answer) if answer else None
