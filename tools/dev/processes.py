"""Processes in sessions of their own, and signals that are never lost.

Every wait goes through pause(), which a signal ends at once: INT, TERM and HUP become Stopped. A handler
writes to a pipe (signal.set_wakeup_fd) and raises nothing, so a signal can come at any point.
"""
import ctypes
import os
import select
import signal
import subprocess
import sys
import time

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Failure(Exception):
    """A failure, with a message for the user."""


class Stopped(Exception):
    """A signal asked this program to end."""

    def __init__(self, number):
        super().__init__(number)
        self.status = 128 + number


class _Signals:
    """The signals received; the wakeup pipe ends a wait in progress."""

    asked = None
    leaving = False
    pipe = None


PR_SET_CHILD_SUBREAPER = 36
_adopts = False


def say(text):
    print(f"dev: {text}", flush=True)


def catch_signals():
    """From here on a stop signal ends the next wait. A child's end wakes a wait as well."""
    read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    _Signals.pipe = read
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def note(number, _frame):
        _Signals.asked = _Signals.asked or number

    for number in STOP_SIGNALS:
        signal.signal(number, note)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    # A script starts its background jobs with SIGQUIT ignored, which their children would inherit.
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def stop_status():
    """The status to exit with if a stop signal has come, else None."""
    return 128 + _Signals.asked if _Signals.asked else None


def adopt_orphans():
    """From here on every orphaned descendant becomes a child of this program, so that end_all() finds it."""
    global _adopts
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    _adopts = True


def leave():
    """From here on signals are ignored: stopping is not interrupted."""
    _Signals.leaving = True


def release_signals():
    """From here on signals do what they do by default, as a program that replaces this one expects. Raises Stopped if
    one has come."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    pause(0)
    for number in (*STOP_SIGNALS, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)  # one that came meanwhile ends this program here


def pause(seconds):
    """Waits, at most so long; returns early when a child ends. Raises Stopped once a signal has come."""
    if _Signals.asked and not _Signals.leaving:
        raise Stopped(_Signals.asked)
    if _Signals.pipe is None:
        time.sleep(seconds)
        return
    if select.select([_Signals.pipe], [], [], seconds)[0]:
        os.read(_Signals.pipe, 4096)
    if _adopts:
        _reap_adopted()
    if _Signals.asked and not _Signals.leaving:
        raise Stopped(_Signals.asked)


def wait_for(process):
    """The exit status of a process of ours; 128 + n where signal n ended it."""
    while process.poll() is None:
        pause(0.5)
    return _exit_status(process)


def _exit_status(process):
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def start(command, **more):
    """Starts a command in a session of its own, with nothing to read."""
    words = [str(word) for word in command]
    try:
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True, **more)
    except FileNotFoundError as error:
        raise Failure(f"cannot run {words[0]}: {error.strerror}.") from error


def is_alive(pid):
    return _state(pid) not in (None, "Z", "X")


def _fields(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            # The name may hold blanks and brackets. After it: state, parent, group, session.
            return stat.read().rpartition(")")[2].split()
    except OSError:
        return None


def _state(pid):
    fields = _fields(pid)
    return fields[0] if fields else None


def session_members(leader):
    """The living processes of a session."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        fields = _fields(name)
        if fields and int(fields[3]) == leader and fields[0] not in "ZX":
            found.append(int(name))
    return found


def _send(number, *pids):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def end_session(leader, number=signal.SIGTERM, grace_s=10.0):
    """Signals a session's leader (the members, where the leader is gone) and waits until nothing of the session
    lives. What still lives after `grace_s`, or 1 s after the leader's end, is killed."""
    _send(number, *([leader] if is_alive(leader) else session_members(leader)))
    end = time.monotonic() + grace_s
    while True:
        _reap(leader)
        members = session_members(leader)
        if not is_alive(leader):
            if not members:
                return
            end = min(end, time.monotonic() + 1)
        if time.monotonic() >= end:
            _send(signal.SIGKILL, leader, *members)
        pause(0.03)


def _reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


_steps = set()


def run_step(command, **more):
    """Runs a command to its end and returns its exit status. A stop signal ends it with all that it started."""
    process = start(command, **more)
    _steps.add(process.pid)
    status = wait_for(process)
    _steps.remove(process.pid)
    return status


def run_whole_step(command, **more):
    """The same for a command that must not be interrupted: a stop signal ends this program after it."""
    process = start(command, **more)
    process.wait()
    pause(0)
    return _exit_status(process)


def output_of(command, **more):
    """What a command prints; Failure if it fails."""
    process = start(command, stdout=subprocess.PIPE, text=True, **more)
    out, _ = process.communicate()
    pause(0)
    if process.returncode:
        raise Failure(f"{' '.join(str(word) for word in command)} failed with exit {process.returncode}.")
    return out


def end_all():
    """Ends the steps that a signal interrupted and, after adopt_orphans(), every descendant."""
    leave()
    for pid in list(_steps):
        end_session(pid, grace_s=1.5 if _adopts else 10.0)
    _steps.clear()
    while _adopts and (below := _descendants()):
        _send(signal.SIGKILL, *below)
        pause(0.02)


def _descendants():
    children = {}
    for name in os.listdir("/proc"):
        fields = _fields(name) if name.isdigit() else None
        if fields and fields[0] not in "ZX":
            children.setdefault(int(fields[1]), []).append(int(name))
    found, todo = [], [os.getpid()]
    while todo:
        todo += (below := children.get(todo.pop(), []))
        found += below
    return found


def _reap_adopted():
    """Takes the exit statuses of adopted processes; those of steps are for wait_for()."""
    try:
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and ended.si_pid not in _steps:
            _reap(ended.si_pid)
    except ChildProcessError:
        pass


def fail(text, status=1):
    """Prints the reason and returns the status to exit with."""
    sys.stdout.flush()
    print(f"dev: {text}", file=sys.stderr, flush=True)
    return status
