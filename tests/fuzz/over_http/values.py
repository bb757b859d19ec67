"""Values: such as openapi.yaml asks for, and such as it does not."""
import json
import uuid

# In place of a segment of a path or of a query's value, percent-encoded where HTTP needs it.
ODD_TEXTS = [
    b"", b"0", b"-1", b"+1", b"01", b"1.0", b"1e3", b"%31", b"0x1", b"9223372036854775807",
    b"9223372036854775808", b"9007199254740992", b"9" * 40, b"%20", b"%001", b"1%00", b"%", b"%z",
    b"%2", b"%zz", b"%2F", b"1%2F2", b"..", b"%2e%2e", b".", b"%252e", b"%C0%AF", b"%u0031", b"'",
    b"1;x", b"%27%20OR%201=1", b"x" * 300, b"null", b"NaN", b"true", b"\xc3\xa9", b"\xff\xfe",
    b"%FF%FE", b"{concertId}", b"[]", b"*", b"~", b"1,2", b"AVAILABLE", b"available", b"100",
    b"101", b"00000000-0000-0000-0000-000000000000", b"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    b"4b7a1c8e6f0d4e539a541f2c3d4e5f60", b"{4b7a1c8e-6f0d-4e53-9a54-1f2c3d4e5f60}"]

# In place of a value in JSON, as text; the last ones are no JSON.
ODD_JSON = [
    "null", "true", "false", '""', '"1"', "0", "-1", "-0", "1.0", "1.5", "1e3", "1E400", "-1e999",
    "1e-400", "9007199254740991", "9007199254740992", "9223372036854775807", "9223372036854775808",
    "-9223372036854775809", "18446744073709551616", "1" + "0" * 400, "1001", "[]", "{}", "[1]",
    "[1, 1]", "[null]", '{"a": 1}', "[" * 60 + "]" * 60, "[" * 2000 + "]" * 2000,
    str(list(range(1, 1001))), str([10**i for i in range(25)]), '"\\u0000"', '"\\ud800"',
    '"\\ud83d\\ude00"', '"é"', '"' + "a" * 5000 + '"', "\"'; DROP TABLE user; --\"",
    '"00000000-0000-0000-0000-000000000000"', '"4b7a1c8e-6f0d-4e53-9a54-1f2c3d4e5f60\\u0000"',
    "NaN", "Infinity", "01", "+1", ".5", "1.", "0x10", "'a'", '"\t"', '"\\x"', "tru", "", "1 2",
    "undefined", "/**/1"]

ODD_TYPES = [b"", b"text/plain", b"application/json; charset=utf-16", b"application/jsonx",
             b"APPLICATION/JSON", b"application/json ; a=b", b"application/x-www-form-urlencoded",
             b"multipart/form-data; boundary=x", b"application/json, text/plain", b";", b"\xff",
             b"application/json\t", b"a" * 1000]

# Headers that no call takes, or that other servers have stumbled over.
ODD_HEADERS = [
    (b"X-Request-Id", b"a"), (b"X-Request-Id", b"z" * 65), (b"X-Request-Id", b'a"b\\c'),
    (b"X-Request-Id", b"\xc3\xa9"), (b"X-Request-Id", b""), (b"Accept", b"text/html;q=0"),
    (b"Accept-Encoding", b"gzip, br;q=1"), (b"Content-Encoding", b"gzip"), (b"Cookie", b"a" * 4000),
    (b"Expect", b"100-continue"), (b"Range", b"bytes=0-0,-1"), (b"If-None-Match", b"*"),
    (b"If-Modified-Since", b"Thu, 01 Jan 2037 00:00:00 GMT"), (b"Upgrade", b"h2c"),
    (b"X-HTTP-Method-Override", b"DELETE"), (b"X-Forwarded-For", b"127.0.0.1, ::1, x"),
    (b"Forwarded", b"for=unknown"), (b"Origin", b"null"), (b"Te", b"trailers"), (b"Status", b"500"),
    (b"X-Accel-Redirect", b"/metrics"), (b"Proxy", b"http://x"), (b"REMOTE_ADDR", b"127.0.0.1"),
    (b"Token2", b"x"), (b"Idempotency_Key", b"x"), (b"Authorization", b"Basic dTpw"),
    (b"Authorization", b"Bearer"), (b"Authorization", b""), (b"Host", b"[::1]:80"),
    (b"Traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    (b"Traceparent", b"00-*/--"), (b"Traceparent", b"00-" + b"4" * 4000)]

ODD_KEYS = [b"", b" ", b"k", b"k" * 255, b"k" * 256, b"\xc3\xa9", b"a\tb", b"a b~", b'"\\']


class Odd(str):
    """JSON text that stands for itself."""


def json_text(value):
    """JSON, but for what is odd in it."""
    if isinstance(value, Odd):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(json_text, value)) + "]"
    return json.dumps(value)


def sample(schema, chance, known):
    """A value that the schema takes. `known` gives ids that exist, by the name of the property."""
    if "oneOf" in schema:
        return sample(chance.choice(schema["oneOf"]), chance, known)
    kind = schema.get("type")
    if kind == "object":
        return {name: known(name) or sample(schema["properties"][name], chance, known)
                for name in schema.get("required", [])}
    if kind == "array":
        count = chance.randint(max(1, schema.get("minItems", 0)), 4)
        return list({sample(schema["items"], chance, known): None for _ in range(count)})
    if kind == "integer":
        most = chance.choice([10, 60, 1000, 10**6, schema.get("maximum", 10**6)])
        least = schema.get("minimum", 0)
        return chance.randint(least, max(least, min(most, schema.get("maximum", most))))
    if "enum" in schema:
        return chance.choice(schema["enum"])
    return str(uuid.UUID(int=chance.getrandbits(128)))


def spoil(value, chance):
    """The value with something odd somewhere in it."""
    if isinstance(value, dict) and value and chance.random() < 0.8:
        name = chance.choice(list(value))
        kind = chance.randrange(6)
        if kind == 0:
            return {k: v for k, v in value.items() if k != name}
        if kind == 1:
            return {**value, chance.choice(["x", "userId", "seatNumbers", "seatNumber", "amount"]):
                    Odd(chance.choice(ODD_JSON))}
        return {**value, name: spoil(value[name], chance)}
    if isinstance(value, list) and value and chance.random() < 0.6:
        at = chance.randrange(len(value))
        return value[:at] + [spoil(value[at], chance)] * chance.randint(1, 2) + value[at + 1:]
    return Odd(chance.choice(ODD_JSON))


def spoil_text(text, chance):
    """The bytes of a body, with some of them changed."""
    at = chance.randint(0, len(text))
    odd = chance.choice([b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"{", b"}", b'"', b"\\",
                         b",", b"//x\n", b"/*", b"\r\n", bytes([chance.randrange(256)])])
    return chance.choice([
        text[:at], text[:at] + odd + text[at:], text[at:], text + odd, text + text,
        b"[" + text + b"]", b"\xef\xbb\xbf" + text, text.replace(b"}", b"," + text[1:], 1), b"",
        b"[" * 16000, b'{"a":' * 3000, text.ljust(16384), text.ljust(16385), text.ljust(60000),
        text.decode().encode("utf-16"), chance.randbytes(chance.randint(1, 200))])
