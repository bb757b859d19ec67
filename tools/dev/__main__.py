"""The developer's runner; ./dev is its entry, and ./dev help says what it does."""
import signal

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until they are caught, a Ctrl-C ends this program at once
signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # ./dev blocks it until here

import os
import sys

import configure
import processes
import servers
from processes import Failure, Stopped, fail

USAGE = """\
Usage: ./dev run        install what is missing, build, start the stack with its demo; Ctrl-C stops it
       ./dev up | down  the same in the background
       ./dev ctl ...    concertctl against that stack
       ./dev cron       one pass of concert-cron against that stack
       ./dev server NAME FOLDER [OPTION...]  one server alone, in the foreground, with its data in FOLDER
                        (cron, nginx, concertd, memcached, mariadb, mysql)
       ./dev test [X]   install what is missing, build, run every test; with X only those whose names
                        begin with X (unit, store, api, fault, ops, http_fuzz, openapi_client,
                        browser, check, fuzz); asan: with sanitizers, those suites too for which the
                        whole has no time (fault, ops)
       ./dev test package  the Debian package on a systemd of its own, in a container; as root
       ./dev test --long [X]  what takes an hour: ten minutes of faults each way (history, load), the
                        table of faults (faults), one rule after the other taken away (mutants), and
                        a tour from its announcement to the doors (tour)
       ./dev test --plain  what takes half an hour once a week: every file compiled by itself, and
                        clang-tidy on each
       ./dev test --mysql [X]  the store and api tests against a MySQL, not MariaDB
       ./dev graph      the include graph of app/, by folder and subject; exit 1 if an include points
                        upwards or there is a cycle
       ./dev package    build/package/concert-reservation_<version>_amd64.deb
       ./dev bench      the benchmarks, with their ceilings in the same run (25 minutes); --quick: the
                        first table, in 3; --growth: only what must not grow; --halls: only large halls;
                        --profile: where the processor time of a request goes

Environment, besides CONCERT_<KEY> for any key of concert.conf:
  CONCERT_PORT          nginx listens here (8080)
  CONCERT_ADDRESS       on this address (127.0.0.1; 0.0.0.0 for all)
  CONCERT_CRON_SECONDS  seconds from one concert-cron to the next (1); 0 for none, and every
                        ./dev cron admits CONCERT_ADMIT_PER_PASS
  CONCERT_RATE_LIMIT    on: enables the rate limits per address and token
  CONCERT_CORS_ORIGINS  origins whose pages may call the API, separated by commas; * for what is the
                        same for every user (none)
  CONCERT_DEMO          0: no demo concerts
  CONCERT_BUFFER_POOL   memory of the private MariaDB (256M)
  CONCERT_VAR           state folder (build/var)
  CONCERT_PRESET        CMake preset to build and run (release)
  CONCERT_BIN           folder of the programs to run (build/<preset>); with it run and up build nothing
                        (test, bench and package build all the same)
  CONCERT_SKIP_BUILD    1: nothing is installed or built
With CONCERT_DATABASE_URL no private MariaDB is started, with CONCERT_MEMCACHED_SERVERS (empty too)
no private memcached.
"""


def server(words):
    """Becomes one server. It starts faster without what a whole stack takes, so that is not imported."""
    if len(words) < 2 or words[0] not in servers.ALL:
        return usage_error()
    name, os.environ["CONCERT_VAR"], *options = words
    wanted = configure.read_environment()
    processes.catch_signals()
    return servers.become(name, wanted, options)


def on_a_stack(action, words):
    import checks
    import stack
    wanted = configure.read_environment()
    if action in PROGRAMS:
        return stack.exec_program(wanted, PROGRAMS[action], words)
    processes.catch_signals()
    if action in ("run", "up") and not stack.Lock(wanted.var).is_taken():
        checks.prepare(wanted)
    return {"run": stack.supervise, "up": stack.up, "supervise": stack.supervise, "down": stack.down}[action](wanted)


def with_tree(action, words):
    import checks
    configure.read_environment()
    processes.catch_signals()
    processes.adopt_orphans()
    return getattr(checks, action)(words)


def usage_error():
    print(USAGE, end="", file=sys.stderr)
    return 2


PROGRAMS = {"ctl": "concertctl", "cron": "concert-cron"}
ACTIONS = {action: on_a_stack for action in ("run", "up", "supervise", "down", *PROGRAMS)} | {
    action: with_tree for action in ("test", "bench", "package")}


HELP = ("help", "--help", "-h")
# Their words are options of another program, which has a help of its own.
PASSED_ON = (*PROGRAMS, "server")
WITHOUT_WORDS = ("run", "up", "down", "graph", "package")


def act(action, words):
    if action in HELP or (action not in PASSED_ON and any(word in HELP for word in words)):
        print(USAGE, end="", flush=True)
        return 0
    if action in WITHOUT_WORDS and words:
        return usage_error()
    if action == "server":
        return server(words)
    if action == "graph":
        import graph
        return graph.draw()
    return ACTIONS[action](action, words) if action in ACTIONS else usage_error()


def main(words):
    os.environ.update(LC_ALL="C.UTF-8", PATH=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    try:
        return act(words[0] if words else "help", words[1:])
    except Failure as failure:
        # A signal to the whole group ends a step as well: its failure is no reason of its own.
        return processes.stop_status() or fail(failure)
    except Stopped as stopped:
        return stopped.status
    except OSError as error:
        return fail(f"error: {error}.")
    finally:
        processes.end_all()


sys.exit(main(sys.argv[1:]))
