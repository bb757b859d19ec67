"""What is installed on the machine, and what is only fetched into build/."""
import getpass
import os
import pathlib
import shlex
import shutil
import subprocess

from configure import ROOT
from processes import Failure, output_of, pause, run_step, run_whole_step, say

RUN = """g++ cmake ninja-build pkg-config libfcgi-dev libmysqlcppconn-dev libmemcached-dev
    libjsoncpp-dev libboost-dev libboost-program-options-dev libboost-test-dev libfmt-dev libjwt-dev
    libssl-dev libsystemd-dev libutf8proc-dev libcurl4-openssl-dev libcli11-dev ca-certificates curl openssl procps
    tzdata mariadb-server-core mariadb-client-core memcached nginx""".split()
PACKAGE = "build-essential debhelper fakeroot lintian".split()
TEST = """clang-format clang-tidy clang libclang-rt-14-dev python3-yaml
    python3-jsonschema systemd systemd-container debootstrap git logrotate galera-4 chromium nftables iproute2""".split()
LONG = ["faketime", "libreoffice-calc-nogui"]
BENCH = ["wrk"]
PROFILE = ["linux-perf"]

# Debian starts these servers at installation and at boot; the stack has its own.
AUTOSTARTED = {"nginx", "memcached"}
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")


def node():
    """The packages that bring npm, if it is missing."""
    return [] if shutil.which("node") and shutil.which("npm") else ["nodejs", "npm"]


def _as_root(command):
    """A password can be asked for only from the terminal, so sudo is no step; Ctrl-C reaches it."""
    if os.geteuid() == 0:
        # An interrupted dpkg leaves packages half installed.
        return run_whole_step(command)
    status = subprocess.run(["sudo", *command], check=False).returncode
    pause(0)
    return status


def are_given():
    """Whether the environment says that nothing is installed or built."""
    return os.environ.get("CONCERT_SKIP_BUILD") == "1"


def install_missing(names):
    """Installs missing packages, without starting their servers."""
    if are_given():
        return
    listed = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *names],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
    installed = {line.split()[0] for line in listed.splitlines() if line.endswith(" installed")}
    missing = [name for name in names if name not in installed]
    if not missing:
        return
    say(f"installing {' '.join(missing)}")
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o",
           "DPkg::Lock::Timeout=600"]
    forbid = not POLICY.exists()
    if forbid:
        _as_root(["sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' >{POLICY}; chmod 755 {POLICY}"])
    try:
        # Both repair an interrupted installation.
        _as_root(["env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "--configure", "-a"])
        _as_root([*apt, "update"])
        if _as_root([*apt, "install", "-y", "--fix-broken", "--no-install-recommends", *missing]):
            raise Failure(f"cannot install {' '.join(missing)}; apt-get's reason is above.")
        services = [name for name in missing if name in AUTOSTARTED]
        if services and shutil.which("systemctl"):
            _as_root(["systemctl", "--quiet", "disable", *services])
    finally:
        if forbid:
            subprocess.run([*([] if os.geteuid() == 0 else ["sudo"]), "rm", "-f", str(POLICY)], check=False)


def fetch_promtool():
    """promtool, of Debian's package prometheus, in build/prometheus. Nothing is installed."""
    folder, made = ROOT / "build/prometheus", ROOT / "build/prometheus.new"
    if os.access(folder / "promtool", os.X_OK):
        return
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    download = ["apt-get", "-qq", "-o", f"APT::Sandbox::User={getpass.getuser()}", "download", "prometheus"]
    if run_step(download, cwd=made) != 0:  # the package lists may be missing or outdated
        _as_root(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600", "update"])
        _require(run_step(download, cwd=made), "promtool cannot be fetched")
    _unpack(made.glob("prometheus_*.deb"), made / "root")
    (made / "root/usr/bin/promtool").rename(made / "promtool")
    shutil.rmtree(made / "root")
    made.rename(folder)


def fetch_mysql():
    """MySQL, which this Debian does not have, from Debian unstable in build/mysql, with an empty database. Nothing is
    installed: it runs with its own libraries, by its own loader."""
    folder, made = ROOT / "build/mysql", ROOT / "build/mysql.new"
    if os.access(folder / "mysqld", os.X_OK):
        return
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(made, ignore_errors=True)
    for name in ("root", "lists/partial", "cache/archives/partial"):
        (made / name).mkdir(parents=True)
    (made / "status").touch()
    (made / "sources.list").write_text(
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {_mirror()} sid main\n")
    options = {"Dir::Etc::SourceList": made / "sources.list", "Dir::Etc::SourceParts": "/dev/null",
               "Dir::Etc::Preferences": "/dev/null", "Dir::Etc::PreferencesParts": "/dev/null", "Dir::State": made,
               "Dir::State::lists": made / "lists", "Dir::State::status": made / "status",
               "Dir::Cache": made / "cache", "Acquire::Languages": "none",
               "APT::Sandbox::User": getpass.getuser(), "Debug::NoLocking": "1", "Dpkg::Use-Pty": "0"}
    apt = ["apt-get", "-qq", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
    _require(run_step([*apt, "update"]), "Debian unstable's lists cannot be fetched")
    _require(run_step([*apt, "install", "-y", "--no-install-recommends", "--download-only", "mysql-server-core"]),
             "MySQL cannot be fetched")
    root = made / "root"
    _unpack((made / "cache/archives").glob("*.deb"), root)
    loader = next(path for lib in ("usr/lib64", "usr/lib") for path in sorted((root / lib).rglob("ld-linux*")))
    libraries = next((root / "usr/lib").rglob("libc.so.6")).parent
    final = shlex.quote(str(folder / "root"))  # as the script will find it
    (made / "mysqld").write_text(
        f'#!/bin/sh\nroot={final}\nexec "$root/{loader.relative_to(root)}" --library-path '
        f'"$root/{libraries.relative_to(root)}" "$root/usr/sbin/mysqld" --no-defaults --basedir="$root/usr" "$@"\n')
    for name in ("cache", "lists"):
        shutil.rmtree(made / name)
    made.rename(folder)
    with open(folder / "initialize.log", "wb") as log:
        status = run_step(["sh", folder / "mysqld", "--initialize-insecure", f"--user={getpass.getuser()}",
                           "--secure-file-priv=NULL", f"--datadir={folder / 'data'}"], stdout=log, stderr=log)
    _require(status, f"mysqld could not make its database; see {folder}/initialize.log")
    (folder / "mysqld").chmod(0o755)  # marks a complete folder


def _mirror():
    targets = output_of(["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"])
    for line in targets.splitlines():
        address, _, release = line.partition(" ")
        if release == "bookworm":
            return address
    raise Failure("no source of bookworm in /etc/apt, from which MySQL's source follows.")


def _unpack(debs, folder):
    for deb in debs:
        _require(run_step(["dpkg-deb", "-x", deb, folder]), f"{deb} cannot be unpacked")


def _require(status, what):
    if status:
        raise Failure(f"{what}; the reason is above.")
