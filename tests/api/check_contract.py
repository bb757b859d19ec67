#!/usr/bin/env python3
"""Holds recorded HTTP exchanges against openapi.yaml.

A record is a file of JSON lines, one exchange each:
  {"method", "path" (the raw target, with query), "requestBody" (string or null),
   "status", "headers" (names in lower case), "body" (string)}

Exit 0: all is as the contract says. 1: a violation, or with --require-coverage a gap.
2: nothing to judge: an empty or malformed record, or wrong usage.
"""
import argparse
import collections
import datetime
import json
import pathlib
import re
import sys
import urllib.parse

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
PROBLEM = "application/problem+json"
# What nginx may answer before it knows which operation is meant.
EDGE = {"400": "BadRequest", "404": "NotFound", "405": "MethodNotAllowed", "413": "BodyTooLarge",
        "414": "UriTooLong", "429": "RateLimited", "502": "BadGateway", "503": "Unavailable",
        "504": "GatewayTimeout"}
SHOWN_OF_A_KIND = 20
SHOWN_CHARACTERS = 600


class RecordError(Exception):
    """The record cannot be judged."""


# --- schemas ---------------------------------------------------------------------------------

def _pattern(validator, pattern, instance, _schema):
    # `$` and `\d` as JSON Schema means them: the very end, and ASCII digits.
    exact = re.sub(r"\$$", r"\\Z", pattern)
    if validator.is_type(instance, "string") and not re.search(exact, instance, re.ASCII):
        yield ValidationError(f"{instance!r} does not match {pattern}")


def _format(validator, name, instance, _schema):
    if name == "date-time" and validator.is_type(instance, "string"):
        try:
            datetime.datetime.strptime(instance, "%Y-%m-%dT%H:%M:%S.%fZ")
        except ValueError:
            yield ValidationError(f"{instance!r} is no time that exists")


def _is_integer(_checker, instance):
    return isinstance(instance, int) and not isinstance(instance, bool)


# The contract refuses 1.0 where it wants an integer, JSON Schema by itself does not.
Validator = validators.extend(
    Draft202012Validator, {"pattern": _pattern, "format": _format},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer))


def schema_errors(schema, value):
    """What `value` breaks of `schema`, as text; a token's own text is never in it."""
    for error in Validator(schema).iter_errors(value):
        where = "/".join(str(step) for step in error.absolute_path) or "the whole"
        what = "does not have the form of a token" if where == "token" else error.message
        yield f"{where}: {shown(what, 300)}"


def parse_json(text):
    """Strict JSON: no repeated key, no NaN. Raises ValueError."""
    def no_repeats(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key is repeated")
        return dict(pairs)

    def no_constant(word):
        raise ValueError(f"{word} is not JSON")

    return json.loads(text, object_pairs_hook=no_repeats, parse_constant=no_constant)


def text_errors(schema, text):
    """As schema_errors, for a value that travels as text: a header, path or query value."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?[0-9]{1,30}", text):
        return list(schema_errors(schema, int(text)))
    return list(schema_errors(schema, text))


# --- the contract ----------------------------------------------------------------------------

class Contract:
    """openapi.yaml with every local $ref put in place."""

    def __init__(self, document):
        self._document = document
        paths = self.expand(document["paths"])
        self.edge = {status: self.expand(document["components"]["responses"][name])
                     for status, name in EDGE.items()}
        self.operations = {}
        self._templates = []
        for template, item in paths.items():
            methods = {m.upper(): item[m] for m in METHODS if m in item}
            for method, operation in methods.items():
                own = operation.get("parameters", [])
                operation["parameters"] = item.get("parameters", []) + own
                self.operations[method, template] = operation
            self._templates.append((template, template.split("/"), methods))
        # A literal segment precedes a parameter, from the left.
        self._templates.sort(key=lambda entry: [s.startswith("{") for s in entry[1]])

    def expand(self, node):
        if isinstance(node, list):
            return [self.expand(item) for item in node]
        if not isinstance(node, dict):
            return node
        rest = {key: self.expand(value) for key, value in node.items() if key != "$ref"}
        if "$ref" not in node:
            return rest
        target = self._document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        constraints = {k: v for k, v in rest.items() if k not in ("description", "summary")}
        target = self.expand(target)
        return {"allOf": [target, constraints]} if constraints else target

    def find(self, path):
        """The template of a path, its methods and parameters; None if there is none."""
        segments = path.split("/")
        for template, parts, methods in self._templates:
            if len(parts) == len(segments) and all(
                    segment != "" if part.startswith("{") else part == segment
                    for part, segment in zip(parts[1:], segments[1:])):
                values = {part[1:-1]: segment for part, segment in zip(parts, segments)
                          if part.startswith("{")}
                return template, methods, values
        return None

    def codes(self):
        """Every code that an answer may have, less those of defects."""
        return set().union(*(codes_of(response) for operation in self.operations.values()
                             for response in operation["responses"].values()))


def codes_of(response):
    """The codes a response declares; none for a success or a defect."""
    schema = response.get("content", {}).get(PROBLEM, {}).get("schema", {})
    if response.get("x-defect"):
        return set()
    return {code for part in schema.get("allOf", [])
            for code in part.get("properties", {}).get("code", {}).get("enum", [])}


# --- one exchange ----------------------------------------------------------------------------

Verdict = collections.namedtuple("Verdict", "operation code violations")


def judge(contract, exchange):
    """What an exchange was, and what it breaks of the contract."""
    method, status = exchange["method"], str(exchange["status"])
    found, odd = locate(contract, exchange)
    template, methods, values = found or ("(unknown path)", {}, {})
    head = method == "HEAD"
    operation = methods.get("GET" if head and "HEAD" not in methods else method)
    faults = []
    if operation:
        responses = operation["responses"]
        if status == "308":
            responses = {status: {"headers": contract.edge["404"]["headers"]}}
            faults += moved_faults(exchange)
        faults += path_faults(operation, values, exchange, odd)
        faults += request_faults(operation, exchange)
        if status == "405" and not head:
            faults.append("a method that the path has was answered with 405")
    else:
        responses, fault = edge_responses(contract, found, method, status)
        faults += fault
    response = responses.get(status)
    code = None
    if response is None:
        faults.append(f"status {status} is not declared here")
        faults += header_faults({"headers": contract.edge["400"]["headers"]}, exchange)
    else:
        if response.get("x-defect"):
            faults.append(f"a {status} is a defect, whatever the contract says of its form")
        code, more = response_faults(response, exchange, head)
        faults += more
    if status == "405" and found:
        faults += allow_faults(exchange, methods)
    return Verdict((method, template) if operation and not head else None, code, faults)


def locate(contract, exchange):
    """Finds the path. `odd` is a path that a server may understand in two ways."""
    target = exchange["path"]
    if "://" in target.split("?")[0]:
        target = "/" + target.split("://", 1)[1].partition("/")[2]
    raw = target.split("?")[0].split("#")[0]
    plain = without_slashes(urllib.parse.unquote(raw))
    odd = plain != raw or "/." in plain
    found = contract.find(raw)
    if found is None and '"NOT_FOUND"' not in exchange["body"]:
        found = contract.find(plain)
    return found, odd


def without_slashes(path):
    """The path that another with more slashes stands for."""
    return re.sub(r"/+", "/", path).rstrip("/") or "/"


def moved_faults(exchange):
    """A read of a path with more slashes is sent to the path itself, on the same host."""
    path, mark, query = exchange["path"].partition("?")
    plain = without_slashes(path)
    if exchange["method"] not in ("GET", "HEAD") or plain == path:
        return ["only a read of a path with more slashes may be 308"]
    if exchange["headers"].get("location") != plain + mark + query:
        return [f"Location is not {plain + mark + query}"]
    return []


def edge_responses(contract, found, method, status):
    """What may be answered where there is no operation, and the fault if it is not that."""
    responses = dict(contract.edge)
    if found is None:
        if method not in ("TRACE", "CONNECT"):  # nginx refuses these before it looks at the path
            del responses["405"]
        return responses, [] if status in responses else ["an unknown path must be 404 NOT_FOUND"]
    _, methods, values = found
    if method in ("TRACE", "CONNECT") and any("internal" in one.get("tags", []) for one in methods.values()):
        del responses["405"]  # nginx answers 404 for the operator's paths then
        return responses, [] if status in responses else ["an operator's path must be 404 NOT_FOUND to this method"]
    parameters = next(iter(methods.values()))["parameters"]
    if all(id_is(parameters, name, value) is True for name, value in values.items()):
        del responses["404"]
    return responses, [] if status in responses else [
        "a method that the path does not have must be 405 METHOD_NOT_ALLOWED"]


def id_is(parameters, name, value):
    """True for a valid value of a path parameter, False for none, None where it is open."""
    schema = next(p["schema"] for p in parameters if p["in"] == "path" and p["name"] == name)
    value = urllib.parse.unquote(value)
    if schema.get("type") == "integer" and re.fullmatch(r"0[0-9]+", value):
        return None  # leading zeros: the contract does not say
    return not text_errors(schema, value)


def path_faults(operation, values, exchange, odd):
    """An id that is none must not succeed; NOT_FOUND must not be said of a good path."""
    if odd:
        return []
    verdicts = [id_is(operation["parameters"], name, value) for name, value in values.items()]
    if exchange["status"] < 400 and False in verdicts:
        return ["a path segment that is not a valid id was accepted"]
    inside = "internal" in operation.get("tags", [])  # 404 to everybody but the operator
    if exchange["status"] == 404 and all(v is True for v in verdicts) and not inside:
        if '"NOT_FOUND"' in exchange["body"]:
            return ["a path that exists was answered with NOT_FOUND"]
    return []


def request_faults(operation, exchange):
    """What succeeded although the contract refuses the request."""
    if exchange["status"] >= 400:
        return []
    faults = []
    query = urllib.parse.parse_qs(exchange["path"].partition("?")[2], keep_blank_values=True)
    for parameter in operation["parameters"]:
        given = query.get(parameter["name"], []) if parameter["in"] == "query" else []
        if len(given) > 1 or any(text_errors(parameter["schema"], value) for value in given):
            faults.append(f"the query's {parameter['name']} should have been refused")
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        try:
            errors = list(schema_errors(schema, parse_json(exchange["requestBody"] or "")))
        except (ValueError, RecursionError) as error:
            errors = [str(error)]
        faults += [f"the request should have been refused: {error}" for error in errors]
    return faults


def response_faults(response, exchange, head):
    """The code of the answer, if it is a problem, and what is wrong with the answer."""
    headers, body = exchange["headers"], exchange["body"]
    faults = list(header_faults(response, exchange))
    content = response.get("content")
    if content is None or head:
        return None, faults + (["there must be no body"] if body else [])
    kind, _, rest = headers.get("content-type", "").partition(";")
    charset = re.search(r"charset=\"?([^\s;\"]+)", rest, re.IGNORECASE)
    kind = kind.strip().lower()
    if kind not in content:
        return None, faults + [f"content-type is {kind or 'missing'}, not {', '.join(content)}"]
    if charset and charset[1].lower() != "utf-8":
        faults.append(f"the charset is {charset[1]}, not utf-8")
    value = body
    if kind.endswith("json"):
        try:
            value = parse_json(body)
        except (ValueError, RecursionError) as error:
            return None, faults + [f"the body is not JSON: {shown(str(error), 300)}"]
    faults += schema_errors(content[kind]["schema"], value)
    if isinstance(value, dict):
        faults += agreement_faults(value, exchange, kind == PROBLEM)
        return value.get("code") if kind == PROBLEM else None, faults
    return None, faults


def agreement_faults(value, exchange, is_problem):
    """Where body, status and headers say the same thing twice."""
    headers = exchange["headers"]
    if is_problem and value.get("requestId") != headers.get("x-request-id"):
        yield "requestId is not the header X-Request-Id"
    waits = not is_problem and value.get("status") == "WAITING" and "pollAfterSeconds" in value
    if waits and headers.get("retry-after") != str(value["pollAfterSeconds"]):
        yield "a waiting answer must repeat pollAfterSeconds as Retry-After"


def header_faults(response, exchange):
    for name, header in response.get("headers", {}).items():
        value = exchange["headers"].get(name.lower())
        if value is None:
            if header.get("required"):
                yield f"header {name} is missing"
        else:
            for error in text_errors(header["schema"], value):
                yield f"header {name}: {error.removeprefix('the whole: ')}"


def allow_faults(exchange, methods):
    allowed = {word.strip() for word in exchange["headers"].get("allow", "").split(",")}
    missing = sorted(set(methods) - allowed)
    extra = sorted(allowed - set(methods) - {"HEAD", "OPTIONS", ""})
    if missing:
        yield f"Allow lacks {', '.join(missing)}"
    if extra or exchange["method"] in allowed:
        yield f"Allow names what the path does not have: {', '.join(extra) or exchange['method']}"


# --- reports ---------------------------------------------------------------------------------

def shown(text, limit=SHOWN_CHARACTERS):
    """Text fit to print: without tokens, control characters escaped, not endless."""
    text = re.sub(r"eyJ[\w-]*(?:\.[\w-]*){0,2}", "<token>", text)
    text = re.sub(r"[\w-]{8,}\.[\w-]{8,}\.[\w-]*", "<token>", text)
    text = re.sub(r"""(\\*["']token\\*["']\s*:\s*\\*["'])[^"'\\]*""", r"\1<token>", text)
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"


def print_violations(where, exchange, violations, kinds):
    """Prints them and the exchange, but of many of one kind only the first."""
    printed = False
    for violation in violations:
        kind = (exchange["method"], exchange["status"], re.sub(r"\d+|'[^']*'", "#", violation))
        kinds[kind] += 1
        if kinds[kind] <= SHOWN_OF_A_KIND:
            print(f"VIOLATION {where}: {violation}")
            printed = True
    if not printed:
        return
    print(f"  > {exchange['method']} {shown(exchange['path'])}")
    if exchange["requestBody"]:
        print(f"  > {shown(exchange['requestBody'])}")
    names = ("content-type", "x-request-id", "cache-control", "retry-after", "allow", "x-cache")
    known = [f"{n}: {exchange['headers'][n]}" for n in names if n in exchange["headers"]]
    print(f"  < {exchange['status']} {shown('; '.join(known))}")
    if exchange["body"]:
        print(f"  < {shown(exchange['body'])}")


class Coverage:
    """What was seen, of what the contract declares. Only faultless answers count."""

    def __init__(self, contract):
        self._contract = contract
        self._seen = {key: collections.Counter() for key in contract.operations}
        self._codes = collections.Counter()

    def add(self, verdict, status):
        if verdict.operation:
            self._seen[verdict.operation][str(status), verdict.code] += 1
        if verdict.code:
            self._codes[verdict.code] += 1

    def print(self):
        print(f"Coverage of {len(self._seen)} operations, as status and code, with counts:")
        for (method, template), seen in self._seen.items():
            declared = {(status, code)
                        for status, response in self._responses(method, template).items()
                        for code in codes_of(response) or {None}
                        if status != "405" and not response.get("x-defect")
                        and (code != "NOT_FOUND" or "{" in template)}
            print(f"  {method} {template}")
            counted = [f"{name(key)} x{seen[key]}" for key in in_order(seen)]
            print("    seen:  " + (", ".join(counted) or "-"))
            print("    never: " + (", ".join(map(name, in_order(declared - set(seen)))) or "-"))

    def _responses(self, method, template):
        return self._contract.operations[method, template]["responses"]

    def gaps(self, excepted):
        for (method, template), seen in self._seen.items():
            if not any(status.startswith("2") for status, _ in seen):
                yield f"{method} {template} was never seen to succeed"
        for code in sorted(self._contract.codes() - set(self._codes) - excepted):
            yield f"code {code} was never seen"


def name(key):
    """A pair of status and code, as text."""
    return " ".join(filter(None, key))


def in_order(keys):
    return sorted(keys, key=lambda key: (key[0], key[1] or ""))


# --- the program -----------------------------------------------------------------------------

def read_record(file):
    """Yields (place, exchange). Raises RecordError on a line that is none."""
    with open(file, encoding="utf-8", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                exchange = json.loads(line)
                good = (isinstance(exchange["status"], int) and isinstance(exchange["body"], str)
                        and isinstance(exchange["method"], str)
                        and isinstance(exchange["path"], str)
                        and isinstance(exchange["requestBody"], (str, type(None))))
                exchange["headers"] = {key.lower(): value if isinstance(value, str) else
                                       ", ".join(value)
                                       for key, value in exchange["headers"].items()}
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise RecordError(f"{file}:{number}: not an exchange ({error!r})") from error
            if not good:
                raise RecordError(f"{file}:{number}: not an exchange")
            yield f"{file}:{number}", exchange


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("record", nargs="+", help="a file of JSON lines")
    parser.add_argument("--spec", default=ROOT / "openapi.yaml", help="default: openapi.yaml")
    parser.add_argument("--require-coverage", action="store_true",
                        help="fail if an operation never succeeded or a code was never seen")
    parser.add_argument("--except", dest="excepted", nargs="+", action="extend", default=[],
                        metavar="CODE", help="codes that need not be seen (after the records)")
    return parser.parse_args(argv)


def run(options):
    with open(options.spec, encoding="utf-8") as text:
        contract = Contract(yaml.safe_load(text))
    excepted = {code for word in options.excepted for code in word.split(",")}
    unknown = excepted - contract.codes()
    if unknown:
        raise RecordError(f"--except names codes that the contract lacks: {sorted(unknown)}")
    coverage, kinds, exchanges = Coverage(contract), collections.Counter(), 0
    for file in options.record:
        for where, exchange in read_record(file):
            exchanges += 1
            verdict = judge(contract, exchange)
            print_violations(where, exchange, verdict.violations, kinds)
            if not verdict.violations:
                coverage.add(verdict, exchange["status"])
    if exchanges == 0:
        raise RecordError("the record is empty, so nothing was judged")
    for kind, count in kinds.items():
        if count > SHOWN_OF_A_KIND:
            print(f"and {count - SHOWN_OF_A_KIND} more like: {kind[0]} {kind[1]}: {shown(kind[2])}")
    coverage.print()
    gaps = list(coverage.gaps(excepted))
    for gap in gaps:
        print(f"GAP {gap}")
    broken = sum(kinds.values())
    print(f"{exchanges} exchanges, {broken} violations, {len(gaps)} gaps")
    return 1 if broken or (gaps and options.require_coverage) else 0


def main(argv=None):
    try:
        return run(arguments(argv))
    except (RecordError, OSError, yaml.YAMLError) as error:
        print(f"check_contract: {shown(str(error))}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
