"""Building, and the tests: CTest runs all of them, by name and label."""
import os
import re
import subprocess
import time

import packages
from configure import ROOT
from processes import Failure, run_step, say

PROGRAMS = ("concertd", "concert-cron", "concertctl")


def build(preset, *targets):
    """Builds a preset (or some targets of it); prints nothing if there is nothing to do."""
    if packages.are_given():
        return
    ninja, presets = ROOT / "build" / preset / "build.ninja", ROOT / "CMakePresets.json"
    if not ninja.exists() or ninja.stat().st_mtime < presets.stat().st_mtime:
        say(f"configuring build/{preset}")
        _require(run_step(["cmake", "--preset", preset, "--log-level=WARNING"], cwd=ROOT), f"configuring {preset}")
    command = ["cmake", "--build", "--preset", preset, *(["--target", *targets] if targets else [])]
    dry = subprocess.run([*command, "--", "-n"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False).stdout
    if "no work to do" in dry:
        return
    say(f"building build/{preset}")
    _require(run_step(command, cwd=ROOT), f"building {preset}")


def prepare(wanted):
    """What the stack needs: packages, and the three programs unless CONCERT_BIN has them."""
    packages.install_missing(packages.RUN)
    if not os.environ.get("CONCERT_BIN"):
        build(wanted.preset, *PROGRAMS)


def test(words):
    """`./dev test`: all, or the tests whose names begin with a word. Returns the exit status."""
    packages.install_missing([*packages.RUN, *packages.PACKAGE, *packages.TEST, *packages.node()])
    since = time.monotonic()
    if words[:1] == ["--long"]:
        packages.install_missing(packages.LONG)
        build("release")
        return _ctest("-C", "Long", "-L", "^long$", "-R", f"^long_{re.escape(''.join(words[1:]))}", "--verbose")
    if words == ["--plain"]:
        build("plain")
        build("release")  # CTest reads the tests from there
        return _ctest("-C", "Plain", "-L", "^plain$", "--verbose")
    if words[:1] == ["--mysql"]:
        packages.fetch_mysql()
        build("release")
        run_step([ROOT / "build/mysql/mysqld", "--version"])
        os.environ["TEST_MYSQL"] = str(ROOT / "build/mysql")
        return _ctest("-R", f"^({words[1] if words[1:] else 'store|api|contract'})")
    packages.fetch_promtool()
    if not words:
        for preset in ("release", "asan", "fuzz"):
            build(preset)
        status = _ctest()
    else:
        build("release")
        if words[0].startswith(("asan", "fuzz")):
            build("asan" if words[0].startswith("asan") else "fuzz")
        status = _ctest("-C", "Sanitized", "-R", f"^{re.escape(words[0])}")
    say(f"{'all passed' if status == 0 else 'some tests failed; they are listed above'}, after "
        f"{time.monotonic() - since:.0f} s")
    return status


def _ctest(*options):
    log = ROOT / "build" / f"test-{os.getpid()}.log"
    status = run_step(["ctest", "--preset", "release", "--output-log", log, *options], cwd=ROOT)
    if status:
        _show_failures(log)
    log.unlink(missing_ok=True)
    return 1 if status else 0


def _show_failures(log):
    """Prints only the lines that say what failed: the tests' output is long."""
    for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
        if re.search(r"\berror: in |Test .*(Failed|Timeout)|^[A-Za-z]*Error: ", line):
            print(line)


def package(_):
    """build/package/concert-reservation_<version>_amd64.deb. debian/rules builds in build/release too, so nothing is
    built twice."""
    packages.install_missing([*packages.RUN, *packages.PACKAGE])
    build("release", *PROGRAMS, "manual")
    out = ROOT / "build/package"
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.deb"):
        old.unlink()
    made = "build/package/concert-reservation"
    _require(run_step(["dpkg-buildpackage", "--build=binary", "--no-sign", "--no-pre-clean",
                       "--buildinfo-option=-ubuild/package", f"--buildinfo-file={made}.buildinfo",
                       "--changes-option=-ubuild/package", f"--changes-file={made}.changes"], cwd=ROOT),
             "building the package")
    deb = next(out.glob("concert-reservation_*.deb"))
    _require(run_step(["lintian", "--fail-on", "error,warning", deb]), "lintian")
    say(f"built {deb}")
    return 0


def bench(words):
    packages.install_missing([*packages.RUN, *packages.BENCH, *(packages.PROFILE if "--profile" in words else [])])
    build("release", *PROGRAMS, "bench")
    return run_step(["python3", ROOT / "tests/bench/bench.py", *words])


def _require(status, what):
    if status:
        raise Failure(f"{what} failed with exit {status}; the reason is above.")
