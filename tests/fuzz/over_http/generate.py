"""Requests: an operation of openapi.yaml, as it should be or spoilt."""
import base64
import dataclasses
import hashlib
import hmac
import json
import re

from values import (ODD_HEADERS, ODD_KEYS, ODD_TEXTS, ODD_TYPES, json_text, sample, spoil,
                    spoil_text)

METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT",
           b"BREW", b"PROPFIND"]
ODD_PATHS = [b"/", b"//", b"/token/", b"/Token", b"//queue", b"/concerts//?limit=1",
             b"/concerts/1", b"/.", b"/..", b"/*", b"/token/../queue", b"/%2e%2e/queue", b"/queue%00", b"/queue%2F", b"/queue;x", b"/%",
             b"/.problem/bad-request", b"/client//balance", b"/favicon.ico",
             b"/concerts/1/dates/1", b"/a" * 200, b"/" + b"a" * 9000, b"/index.php?x=1"]
OTHER_KEY = b"a key that the service does not have"


@dataclasses.dataclass
class Request:
    """What is sent, and what the judge has to know of it."""
    method: bytes
    target: bytes
    headers: list
    body: bytes = None
    chunked: bool = False
    token: str = "none"  # what kind of token goes along
    user: object = None  # whose genuine one it is

    def bytes(self):
        """The request as it goes over the wire; its length comes last in the head."""
        lines = [self.method + b" " + self.target + b" HTTP/1.1"]
        lines += [name + b": " + value for name, value in self.headers]
        if self.chunked:
            size = max(1, len(self.body) // 3)
            parts = [self.body[i:i + size] for i in range(0, len(self.body), size)] + [b""]
            lines.append(b"Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
        else:
            if self.body is not None:
                lines.append(b"Content-Length: %d" % len(self.body))
            body = self.body or b""
        return b"\r\n".join(lines) + b"\r\n\r\n" + body


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def forge(token, chance):
    """A token that the service has not signed, made of one that it has."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    odd = chance.choice([-1, 0, 2**63, 1.5, "x", None, [], {"a": 1}, "\0", "é" * 50])
    claims[chance.choice(list(claims))] = odd
    altered = base64url(json.dumps(claims).encode())
    none = base64url(chance.choice([b'{"alg":"none"}', b'{"alg":"NONE","typ":"JWT"}', b"{}", b"[]",
                                    b'{"alg":"RS256"}', b'{"alg":{"a":1}}', b"\xff"]))
    own = base64url(hmac.digest(OTHER_KEY, f"{header}.{altered}".encode(), hashlib.sha256))
    at = chance.randrange(len(signature) - 1)
    edited = signature[:at] + ("A" if signature[at] != "A" else "B") + signature[at + 1:]
    return chance.choice([
        f"{header}.{altered}.{signature}", f"{header}.{altered}.{own}", f"{none}.{payload}.",
        f"{none}.{payload}.{signature}", f"{none}.{altered}.", f"{header}.{payload}.{edited}",
        f"{header}.{payload}", f"{header}.{payload}.", f"{token}.{signature}", f"{token}A", "x",
        "..", "." * 2000, "é", "e30.e30.e30", token[1:], token[:-1], "A" * 6000,
        f"{token}, {token}"])


class Generator:
    """Makes one request after the other, all of them from one source of chance."""

    def __init__(self, contract, people, dates, chance):
        self._operations = [(method, template, operation)
                            for (method, template), operation in contract.operations.items()]
        self._people, self._dates, self._chance = people, dates, chance
        self._concert = 0

    def request(self):
        """A request, well formed as HTTP."""
        method, template, operation = self._chance.choice(self._operations)
        self._concert = self._chance.choice(list(self._dates))
        request = Request(method.encode(), b"", [(b"Host", b"x")])
        self._add_token(request)
        request.target = self._path(template, request.user) + self._query(operation)
        self._add_headers(request, operation)
        self._add_body(request, operation)
        if self._one_in(20):
            request.method = self._chance.choice(METHODS)
        if self._one_in(30):
            request.target = self._chance.choice(ODD_PATHS)
        return request

    def spoilt_bytes(self, request):
        """The request with its head damaged. Its end is not: the server shall not wait for more.
        Nor is it taken for HTTP/0.9, whose answers have no head."""
        spoilt = self._spoilt_bytes(request.bytes())
        while not re.match(rb"[\r\n]*[^\r\n]* HTTP/", spoilt):
            spoilt = self._spoilt_bytes(request.bytes())
        return spoilt

    def _spoilt_bytes(self, whole):
        end = whole.rfind(b"\r\n", 0, whole.index(b"\r\n\r\n"))
        head, rest = whole[:end], whole[end:]
        at = self._chance.randint(0, len(head))
        odd = self._chance.choice([
            b"\x00", b"\r", b"\n", b" ", b"\t", b":", b"\xff", b"\x7f", b"\x01", b"%", b"\r\n ",
            b"\r\nX", b"\r\n: x", b"\r\nX: " + b"a" * 9000, b"\r\nHost: y", b"\r\nA: b" * 500,
            b"\r\nContent-Length: 0", b"\r\nTransfer-Encoding: gzip", b"HTTP/1.0", b"HTTP/9.9",
            bytes([self._chance.randrange(256)])])
        ways = [head[:at] + odd + head[at:], head[:at] + head[at + 1:], head + odd,
                head.replace(b" /", b" http://x/", 1), head.replace(b"HTTP/1.1", b"HTTP/2.0", 1),
                head.replace(b"HTTP/1.1", b"HTTP/1.0", 1), head.replace(b"\r\n", b"\n"),
                head.replace(b"Host: x", b"Host: ", 1), head.lower(), b"\r\n\r\n" + head,
                head.replace(b" /", b"  /", 1), head.replace(b" /", b" ", 1)]
        return self._chance.choice(ways) + rest

    def _one_in(self, count):
        return self._chance.randrange(count) == 0

    def _add_token(self, request):
        chance = self._chance
        state = chance.choices(["ACTIVE", "WAITING", "LEFT", "forged", "none", "two"],
                               [60, 10, 8, 12, 5, 5])[0]
        request.token = state
        if state == "none":
            return
        request.user = self._people.of("ACTIVE" if state in ("forged", "two") else state)
        token = request.user.token
        if state == "forged":
            token, request.user = forge(token, chance), None
        token = token.encode()
        other = self._people.of("WAITING").token.encode()
        ways = {"two": [[(b"token", token), (b"Authorization", b"Bearer " + other)],
                        [(b"token", token), (b"token", other)]]}
        request.headers += chance.choice(ways.get(state, [
            [(b"token", token)], [(b"Authorization", b"Bearer " + token)], [(b"TOKEN", token)],
            [(b"token", token), (b"authorization", b"bearer " + token)]]))

    def _known(self, name, user):
        """An id that exists, most of the time the user's own."""
        chance = self._chance
        if user is None or self._one_in(8):
            user = self._people.of("ACTIVE")
        if name in ("userId", "clientId"):
            return user.name
        if name == "concertId":
            return self._concert
        if name == "queueId":
            return 1  # the main one
        if name == "concertDateId":
            return chance.choice(self._dates[self._concert])
        if name == "seatNumber":
            return chance.randint(1, 50)
        if name == "seatNumbers":
            return chance.sample(range(1, 51), chance.randint(1, 3))
        if name in ("reservationId", "paymentId"):
            return chance.choice(user.reservations[-3:] or [chance.randint(1, 50)])
        if name == "paymentIds":
            all_known = user.reservations or [chance.randint(1, 50)]
            return chance.choice([all_known[-50:], all_known[-50:], all_known[-1:]])
        return None

    def _path(self, template, user):
        def value(found):
            if self._one_in(8):
                return self._chance.choice(ODD_TEXTS)
            return str(self._known(found[1].decode(), user)).encode()
        return re.sub(rb"\{(\w+)\}", value, template.encode())

    def _query(self, operation):
        chance, pairs = self._chance, []
        for parameter in operation["parameters"]:
            if parameter["in"] != "query" or self._one_in(2):
                continue
            name = parameter["name"].encode()
            for _ in range(chance.choice([1, 1, 1, 1, 2])):
                value = str(sample(parameter["schema"], chance, lambda _: None)).encode()
                pairs.append(name + b"=" + (chance.choice(ODD_TEXTS) if self._one_in(3) else value))
        if self._one_in(10):
            pairs.append(chance.choice([b"", b"x", b"=", b"&&", b"limit", b"%6Cimit=1", b"a=%zz",
                                        b"limit[]=1", b"token=x", b"\xff", b"x=" + b"y" * 3000]))
        return b"?" + b"&".join(pairs) if pairs else b""

    def _add_headers(self, request, operation):
        chance = self._chance
        takes_key = any(p["name"] == "Idempotency-Key" for p in operation["parameters"])
        if self._one_in(3 if takes_key else 30):
            key = chance.choice(ODD_KEYS) if self._one_in(2) else b"key-%d" % chance.randrange(20)
            request.headers += [(b"Idempotency-Key", key)] * chance.choice([1, 1, 1, 2])
        for _ in range(chance.choice([0, 0, 0, 1, 2])):
            request.headers.append(chance.choice(ODD_HEADERS))
        if self._one_in(10):
            request.headers.append((b"Connection", b"close"))
        # A Host of its own is a second one, which is a mistake of its own.
        names = [name for name, _ in request.headers]
        if names.count(b"Host") == 2:
            request.headers.pop(0)

    def _add_body(self, request, operation):
        chance = self._chance
        if "requestBody" in operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            value = sample(schema, chance, lambda name: self._known(name, request.user))
            if self._one_in(3):
                value = spoil(value, chance)
            request.body = json_text(value).encode()
            if self._one_in(10):
                request.body = spoil_text(request.body, chance)
        elif request.method != b"GET" or self._one_in(10):
            request.body = chance.choice([b"", b"", b"{}", b"x" * 100, b"\x00" * 17000])
        if request.body is None:
            return
        request.chunked = self._one_in(15)
        kind = chance.choice(ODD_TYPES) if self._one_in(12) else b"application/json"
        request.headers.append((b"Content-Type", kind))
