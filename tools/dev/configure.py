"""What the environment asks of a stack, and the configuration files that follow from it."""
import base64
import dataclasses
import getpass
import grp
import hashlib
import os
import pathlib
import re
import shutil

from processes import Failure, output_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH_KEYS = ("token_key_file", "accepted_token_key_file", "identity_key_file", "charge_key_file", "ticket_key_file",
             "listen_socket", "nginx_answers_log")
KEYS = tuple(re.findall(r"^#?([a-z_]+) =", (ROOT / "systemd/concert.conf.example").read_text(encoding="utf-8"), re.M))
ORIGINS = r"((https?://[a-z0-9.-]+(:[0-9]+)?|\*)(,|$))*"


@dataclasses.dataclass
class Wanted:
    """The environment's settings, with defaults. `asked` holds those that the environment sets itself."""
    port: str
    address: str
    cron_seconds: float
    preset: str
    programs: pathlib.Path
    var: pathlib.Path
    listen_socket: pathlib.Path
    cors_origins: list
    asked: dict

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def conf(self):
        return self.var / "concert.conf"

    @property
    def cron_state(self):
        """STATE_DIRECTORY of concert-cron, which systemd gives elsewhere."""
        return self.var / "cron"

    @property
    def own_database(self):
        return "CONCERT_DATABASE_URL" not in os.environ

    @property
    def own_memcached(self):
        return "CONCERT_MEMCACHED_SERVERS" not in os.environ


def read_environment():
    """Raises Failure with a message that names the variable."""
    for key in PATH_KEYS:  # programs run in other folders than this one
        name = f"CONCERT_{key.upper()}"
        if os.environ.get(name):
            os.environ[name] = os.path.abspath(os.environ[name])
    preset = os.environ.get("CONCERT_PRESET") or "release"
    var = pathlib.Path(os.environ.get("CONCERT_VAR") or ROOT / "build/var").resolve()
    names = ["PORT", "ADDRESS", "CRON_SECONDS", "CORS_ORIGINS", *(key.upper() for key in KEYS)]
    asked = {f"CONCERT_{name}": os.environ[f"CONCERT_{name}"] for name in names if f"CONCERT_{name}" in os.environ}
    wanted = Wanted(
        port=os.environ.get("CONCERT_PORT", "8080"), address=os.environ.get("CONCERT_ADDRESS", "127.0.0.1"),
        cron_seconds=_cron_seconds(os.environ.get("CONCERT_CRON_SECONDS", "1")), preset=preset,
        programs=pathlib.Path(os.environ.get("CONCERT_BIN") or ROOT / "build" / preset), var=var,
        listen_socket=pathlib.Path(os.environ.get("CONCERT_LISTEN_SOCKET") or var / "concertd.sock"),
        cors_origins=_origins(os.environ.get("CONCERT_CORS_ORIGINS", "")), asked=asked)
    _check(wanted)
    return wanted


def _cron_seconds(text):
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text):
        raise Failure(f"CONCERT_CRON_SECONDS must be a number of seconds, not '{text}'.")
    return float(text)


def _origins(text):
    if not re.fullmatch(ORIGINS, text):
        raise Failure("CONCERT_CORS_ORIGINS must be origins like https://tickets.example.org, or *, separated by "
                      f"commas, not '{text}'.")
    origins = [origin for origin in text.split(",") if origin]
    for origin in origins:
        port = re.search(r":([0-9]+)$", origin)
        if port and (port[1] != str(int(port[1])) or not 0 < int(port[1]) < 65536):
            raise Failure(f"CONCERT_CORS_ORIGINS: the port of {origin} must be from 1 to 65535.")
        if re.fullmatch(r"http://.*:80|https://.*:443", origin):
            raise Failure(f"CONCERT_CORS_ORIGINS: a browser names {origin} without its port, which is the usual one.")
        if origins.count(origin) > 1:
            raise Failure(f"CONCERT_CORS_ORIGINS names {origin} twice.")
    return origins


def _check(wanted):
    if not re.fullmatch(r"[1-9][0-9]{0,4}", wanted.port) or int(wanted.port) > 65535:
        raise Failure(f"CONCERT_PORT must be a port from 1 to 65535, not '{wanted.port}'.")
    if wanted.address not in ("127.0.0.1", "0.0.0.0"):
        raise Failure(f"CONCERT_ADDRESS must be 127.0.0.1 or 0.0.0.0 (all addresses), not '{wanted.address}'.")
    if not re.fullmatch(r"[A-Za-z0-9._/+@~=-]+", str(wanted.var)):
        raise Failure(f"the state folder '{wanted.var}' has a character in its path that a socket's address cannot "
                      "carry. Name another with CONCERT_VAR.")
    for socket in (wanted.var / "memcached.sock", wanted.listen_socket):
        if len(str(socket)) > 107:
            raise Failure(f"a unix socket's path may have 107 bytes, and {socket} has {len(str(socket))}. Name a "
                          "shorter state folder with CONCERT_VAR.")


def write_state(wanted):
    """Writes every configuration file of the stack at each start, and the keys once."""
    for folder in ("nginx/snippets", "nginx/temp", "secrets"):
        (wanted.var / folder).mkdir(parents=True, exist_ok=True)
    # concert-cron must not fall back on a configuration that it kept of an earlier stack.
    shutil.rmtree(wanted.cron_state, ignore_errors=True)
    wanted.cron_state.mkdir(mode=0o700)
    key = wanted.var / "token.key"
    if not key.exists() or key.stat().st_size == 0:
        _write_secret(key, base64.b64encode(os.urandom(48)).decode())
    ticket_key = wanted.var / "ticket.key"
    if not ticket_key.exists() or ticket_key.stat().st_size == 0:
        _write_secret(ticket_key, output_of(["openssl", "genpkey", "-algorithm", "ed25519"]))
    password = hashlib.sha256(key.read_bytes()).hexdigest()[:32]
    url = _database_url(wanted, password)
    _write_secret(wanted.conf, _concert_conf(wanted, url))
    # A pass that finds the file half written takes the account from here.
    _write_secret(wanted.var / "secrets/concert-cron.database_url", url + "\n")
    _write_secret(wanted.var / "mariadb.sql", _accounts(password))
    _write_secret(wanted.var / "asked.env", asked_text(wanted))
    _write_nginx_conf(wanted)


def asked_text(wanted):
    """What the environment sets of what a running stack cannot change, a line each."""
    return "".join(f"{name}={value!r}\n" for name, value in wanted.asked.items())


def _write_secret(path, text):
    """Puts a file that only its owner may read in place of the old one, whole."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.rename(path)


def _database_url(wanted, password):
    """The account of this stack's programs. A # would begin a comment."""
    given = os.environ.get("CONCERT_DATABASE_URL")
    if given is not None:
        return given.replace("#", "%23")
    socket = str(wanted.var / "mariadb.sock").replace("@", "%40")
    return f"mysql://concert:{password}@/concert?socket={socket}"


def _concert_conf(wanted, database_url):
    """What the environment sets is in the file too, so that a later `./dev ctl` means the same stack."""
    values = {"token_key_file": wanted.var / "token.key", "ticket_key_file": wanted.var / "ticket.key",
              "listen_socket": wanted.listen_socket,
              "memcached_servers": wanted.var / "memcached.sock", "site_url": wanted.url,
              "nginx_answers_log": wanted.var / "nginx.answers"}
    if wanted.cron_seconds == 0:
        values["admit_interval_seconds"] = 0  # every pass run by hand is a full one
    values |= {key: os.environ[f"CONCERT_{key.upper()}"] for key in KEYS if f"CONCERT_{key.upper()}" in os.environ}
    values["database_url"] = database_url
    lines = [f"{key} = {values[key]}" for key in KEYS if key in values]
    return "\n".join(["# Written by ./dev at every start.", *lines]) + "\n"


def _accounts(password):
    return f"""\
CREATE DATABASE IF NOT EXISTS concert CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE OR REPLACE USER concert@localhost IDENTIFIED BY '{password}';
GRANT ALL ON `concert%`.* TO concert@localhost;
"""


def _write_nginx_conf(wanted):
    """The site as it is shipped, with this stack's port, socket and logs, below a main file of its own."""
    folder = wanted.var / "nginx"
    snippets = folder / "snippets/concert-reservation"
    snippets.unlink(missing_ok=True)
    snippets.symlink_to(ROOT / "nginx/snippets")
    site = (ROOT / "nginx/concert-reservation.conf").read_text(encoding="utf-8")
    site = site.replace("listen 80 ", f"listen {wanted.address}:{wanted.port} ")
    if os.environ.get("CONCERT_RATE_LIMIT") == "on":
        site = re.sub(r"# *(include .*/rate-limit.conf;)", r"\1", site)
    site = re.sub(r"(access|error)_log .*reservation(.error)?.log.*;", "", site)
    site = site.replace("snippets/concert-reservation/cors-origins.conf", f"{folder}/cors-origins.conf")
    (folder / "cors-origins.conf").write_text(_cors_origins(wanted.cors_origins), encoding="utf-8")
    answers = os.environ.get("CONCERT_NGINX_ANSWERS_LOG") or wanted.var / "nginx.answers"
    for shipped, own in (("/var/log/nginx/concert-reservation.answers", answers),
                         ("/var/lib/nginx/concert-reservation ", f"{folder}/kept "),
                         ("unix:/run/concert-reservation/concertd.sock", f"unix:{wanted.listen_socket}")):
        site = site.replace(shipped, str(own))
    (folder / "site.conf").write_text(site, encoding="utf-8")
    user = f"user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name};" if os.geteuid() == 0 else ""
    temp = "".join(f"    {kind}_temp_path {folder}/temp/{name};\n" for kind, name in (
        ("client_body", "body"), ("proxy", "proxy"), ("fastcgi", "fastcgi"), ("uwsgi", "uwsgi"), ("scgi", "scgi")))
    (folder / "nginx.conf").write_text(f"""\
include {ROOT}/nginx/main-settings.conf;
{user}
daemon off;
pid {wanted.var}/nginx.pid;
error_log {wanted.var}/nginx.log warn;
http {{
{temp}    include {folder}/site.conf;
}}
""", encoding="utf-8")


def _cors_origins(origins):
    """The map of cors-origins.conf with these origins."""
    named = "".join(f'    "{origin}" $http_origin;\n' for origin in origins if origin != "*")
    anybody, unknown = ("*" if "*" in origins else ""), ("*" if origins else "")
    return f'map $http_origin $concert_cors_origin {{\n    "" "{unknown}";\n{named}    default "{anybody}";\n}}\n'
