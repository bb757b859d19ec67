#!/usr/bin/env python3
"""Tests of check_contract.py: what it lets pass, and that it catches every kind of breach."""
import contextlib
import copy
import io
import json
import pathlib
import sys
import tempfile
import unittest

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_contract  # noqa: E402  (the path above is needed first)

with open(check_contract.ROOT / "openapi.yaml", encoding="utf-8") as text:
    DOCUMENT = yaml.safe_load(text)
CONTRACT = check_contract.Contract(DOCUMENT)
USER = "4b7a1c8e-6f0d-4e53-9a54-1f2c3d4e5f60"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"
ID = "8c1f5f0e-2d3a-4d0b-9a6e-0f3a7a1c9b52"
TOKEN = {"token": JWT, "userId": USER, "queueId": 1, "status": "WAITING", "position": 3, "place": 9,
         "estimatedWaitSeconds": 9, "pollAfterSeconds": 2, "expiresAt": "2026-11-21T09:00:00.000Z",
         "message": None, "stock": None, "entry": None, "phase": "OPEN",
        "opensAt": None, "serverTime": "2026-11-20T09:00:00.000Z"}
BALANCE = {"userId": USER, "balance": 5}


def exchange(method, path, status, body, request=None, **headers):
    if not isinstance(body, str):
        body = json.dumps(body)
    kind = "application/json" if status < 400 else check_contract.PROBLEM
    base = {"x-request-id": ID, "cache-control": "no-store", "content-type": kind}
    base.update({name.replace("_", "-"): value for name, value in headers.items()})
    return {"method": method, "path": path, "requestBody": request, "status": status, "body": body,
            "headers": {name: value for name, value in base.items() if value is not None}}


def problem(status, code, **more):
    return {"type": "about:blank", "title": "T", "status": status, "detail": "D.", "code": code,
            "requestId": ID, **more}


def issued(**changes):
    return exchange("POST", "/token", 201, {**TOKEN, **changes}, json.dumps({"userId": USER}),
                    retry_after="2")


def balance(body=None, **headers):
    return exchange("GET", f"/client/{USER}/balance", 200, body or BALANCE, **headers)


def hold(request, status=201):
    seats = [{"seatNumber": seat, "label": str(seat), "section": None, "row": None, "category": None,
              "price": 0, "refunded": False} for seat in (1, 2)]
    body = {"reservationId": 1, "paymentId": 1, "status": "HELD", "concertId": 1, "concertDateId": 7,
            "title": "Autumn Night", "venue": "City Hall", "startsAt": "2026-11-20T19:00:00.000Z",
            "timeZone": "UTC", "seatNumbers": [1, 2], "seats": seats, "totalPrice": 0,
            "refundedAmount": 0, "heldUntil": "2026-11-20T09:00:00.000Z"}
    return exchange("POST", "/reservation", status, body, request)


def check(lines, *options):
    """Runs the program on a record; its exit code and everything it printed."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for line in lines:
            file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        file.flush()
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = check_contract.main([file.name, *options])
    return code, out.getvalue()


def header_text(header):
    schema = header["schema"]
    default = schema.get("const", schema.get("enum", [schema.get("minimum")])[0])
    return str(header.get("example", default))


REVALIDATED = {"cache_control": "private, no-cache", "etag": 'W/"a-b"'}


def declared_exchanges():
    """One exchange for every example of every answer of every operation."""
    for (method, template), operation in CONTRACT.operations.items():
        path, values = template, {"userId": USER, "clientId": USER}
        for parameter in operation["parameters"]:
            name = parameter["name"]
            path = path.replace("{%s}" % name, values.get(name, "7"))
        request = next(iter(examples(operation.get("requestBody", {}))), None)
        for status, response in operation["responses"].items():
            if status == "405" or response.get("x-defect"):
                continue
            headers = {name.lower().replace("-", "_"): header_text(header)
                       for name, header in response["headers"].items() if name != "X-Request-Id"}
            kind = next(iter(response.get("content", {"": None})))
            for value in list(examples(response)) or [""]:
                at = path
                if isinstance(value, dict) and value.get("code") == "NOT_FOUND":
                    at = path.replace("7", "x").replace(USER, "x") if "{" in template else "/none"
                if isinstance(value, dict) and "pollAfterSeconds" in value:
                    headers.pop("retry_after", None)
                    if value["pollAfterSeconds"] is not None:
                        headers["retry_after"] = str(value["pollAfterSeconds"])
                yield exchange(method, at, int(status), value, request and json.dumps(request),
                               **{**headers, "content_type": kind or None})


def examples(holder):
    for media in holder.get("content", {}).values():
        if "example" in media:
            yield media["example"]
        yield from (entry["value"] for entry in media.get("examples", {}).values())


class CheckContractTest(unittest.TestCase):
    def passes(self, *exchanges):
        for one in exchanges:
            self.assertEqual([], check_contract.judge(CONTRACT, one).violations, one)

    def breaks(self, one, *words):
        violations = check_contract.judge(CONTRACT, one).violations
        for word in words:
            self.assertTrue(any(word in v for v in violations), f"{word!r} not in {violations}")

    def test_every_example_of_the_contract_passes_and_covers_it(self):
        record = list(declared_exchanges())
        record.append(exchange("PUT", "/token", 405, problem(405, "METHOD_NOT_ALLOWED"),
                               allow="POST, DELETE"))
        self.assertGreater(len(record), 200)
        code, out = check(record, "--require-coverage")
        self.assertEqual(0, code, out)
        self.assertIn(f"{len(record)} exchanges, 0 violations, 0 gaps", out)

    def test_every_schema_is_a_schema(self):
        for name, schema in CONTRACT.expand(DOCUMENT["components"]["schemas"]).items():
            with self.subTest(name):
                check_contract.Validator.check_schema(schema)

    def test_a_literal_segment_beats_a_parameter(self):
        document = copy.deepcopy(DOCUMENT)
        document["paths"]["/{anything}/token"] = {"get": {"responses": {}}}
        contract = check_contract.Contract(document)
        self.assertEqual("/client/token", contract.find("/client/token")[0])
        self.assertEqual("/{anything}/token", contract.find("/other/token")[0])
        self.assertIsNone(contract.find("/concerts//dates"))

    def test_request_id_is_needed_on_every_answer(self):
        self.breaks(balance(x_request_id=None), "X-Request-Id is missing")
        self.breaks(balance(x_request_id="a b"), "X-Request-Id")
        self.breaks(exchange("DELETE", "/token", 299, "", x_request_id=None),
                    "X-Request-Id is missing", "status 299")
        self.breaks(exchange("GET", "/queue", 503, problem(503, "BUSY"), retry_after="1",
                             x_request_id="other"), "requestId is not")

    def test_headers_are_held_to_the_contract(self):
        self.breaks(balance(cache_control=None), "Cache-Control is missing")
        self.breaks(balance(cache_control="max-age=9"), "Cache-Control")
        self.breaks(balance(content_type="text/html"), "content-type is text/html")
        self.breaks(balance(content_type="application/json; charset=latin1"), "charset")
        self.breaks(exchange("GET", "/queue", 503, problem(503, "BUSY")), "Retry-After is missing")
        self.breaks(exchange("GET", "/queue", 503, problem(503, "BUSY"), retry_after="soon"),
                    "Retry-After")
        dates = {"concertId": 1, "title": "T", "dates": []}
        self.passes(exchange("GET", "/concerts/1/dates", 200, dates, x_cache="HIT", **REVALIDATED))
        self.breaks(exchange("GET", "/concerts/1/dates", 200, dates), "X-Cache is missing")
        self.breaks({**issued(), "headers": {**issued()["headers"], "retry-after": "3"}},
                    "must repeat pollAfterSeconds")

    def test_bodies_are_held_to_the_schema(self):
        self.passes(balance(), balance(content_type="application/json; charset=UTF-8"))
        self.breaks(balance({"userId": USER}), "'balance' is a required property")
        self.breaks(balance({**BALANCE, "more": 1}), "more")
        self.breaks(balance({**BALANCE, "balance": -1}), "minimum")
        self.breaks(balance({**BALANCE, "balance": 5.0}), "integer")
        self.breaks(balance({**BALANCE, "balance": True}), "integer")
        self.breaks(balance({**BALANCE, "userId": USER.upper()}), "userId")
        self.breaks(balance({**BALANCE, "userId": USER + "\n"}), "userId")
        self.breaks(balance("{"), "not JSON")
        self.breaks(balance('{"userId":"%s","balance":1,"balance":1}' % USER), "repeated")
        self.breaks(balance('{"userId":"%s","balance":NaN}' % USER), "not JSON")
        self.breaks(exchange("DELETE", "/token", 204, "{}"), "no body")

    def test_times_are_real_and_exact(self):
        for wrong in ("2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000+00:00",
                      "2026-13-21T09:00:00.000Z", "2026-11-21T09:00:00.000Z\n"):
            self.breaks(issued(expiresAt=wrong), "expiresAt")

    def test_a_token_agrees_with_its_state(self):
        self.passes(issued(), issued(estimatedWaitSeconds=None),
                    issued(status="ACTIVE", position=0, estimatedWaitSeconds=0))
        self.breaks(issued(position=0), "position")
        self.breaks(issued(status="ACTIVE", estimatedWaitSeconds=0), "position")
        self.breaks(issued(status="ACTIVE", position=0), "estimatedWaitSeconds")
        self.breaks(issued(pollAfterSeconds=0), "pollAfterSeconds")

    def test_status_and_code_must_be_declared(self):
        path = f"/client/{USER}/balance"
        self.breaks(exchange("GET", path, 410, problem(410, "HOLD_EXPIRED")), "status 410")
        self.breaks(exchange("GET", path, 401, problem(401, "TOKEN_WAITING")), "TOKEN_WAITING")
        self.breaks(exchange("GET", path, 401, problem(403, "TOKEN_INVALID")), "401 was expected")
        self.breaks(exchange("GET", path, 500, problem(500, "INTERNAL_ERROR")), "defect")

    def test_members_of_a_problem_belong_to_their_code(self):
        def refused(status, code, **more):
            return exchange("POST", "/reservation", status, problem(status, code, **more), "{}")
        taken = [{"seatNumber": 1, "status": "SOLD"}]
        self.passes(refused(422, "SEAT_INVALID", field="seatNumbers"),
                    refused(409, "SEAT_UNAVAILABLE", seats=taken), refused(409, "SEAT_UNAVAILABLE", seats=[]),
                    refused(409, "NOT_TOGETHER", largest=3))
        self.breaks(refused(422, "SEAT_INVALID"), "'field' is a required")
        self.breaks(refused(422, "IDEMPOTENCY_KEY_REUSED", field="amount"), "amount")
        self.breaks(refused(409, "SEAT_UNAVAILABLE"), "'seats' is a required")
        self.breaks(refused(409, "NOT_TOGETHER"), "'largest' is a required")
        self.breaks(refused(409, "SEAT_LIMIT", largest=3), "False schema")
        self.breaks(refused(409, "SEAT_UNAVAILABLE", seats=[{"seatNumber": 1,
                                                             "status": "AVAILABLE"}]), "AVAILABLE")
        self.breaks(refused(409, "SEAT_LIMIT", seats=taken), "False schema")
        self.breaks(refused(409, "SEAT_LIMIT", sql="SELECT"), "sql")

    def test_an_unknown_path_is_not_found(self):
        gone = problem(404, "NOT_FOUND")
        self.passes(exchange("GET", "/nothing", 404, gone), exchange("PUT", "/token/", 404, gone),
                    exchange("HEAD", "/nothing", 404, ""),
                    exchange("GET", "/" + "a" * 9000, 414, problem(414, "URI_TOO_LONG")))
        self.breaks(exchange("GET", "/nothing", 200, "{}"), "unknown path must be 404")
        self.breaks(exchange("GET", "/nothing", 404, problem(404, "DATE_NOT_FOUND")), "DATE_NOT")
        self.breaks(exchange("GET", "/nothing", 404, "<html>", content_type="text/html"),
                    "content-type")
        self.breaks(exchange("GET", "/queue", 404, gone), "a path that exists")

    def test_an_undeclared_method_is_not_allowed(self):
        refusal = problem(405, "METHOD_NOT_ALLOWED")
        self.passes(exchange("PUT", "/token", 405, refusal, allow="DELETE, POST"),
                    exchange("OPTIONS", "/queue", 405, refusal, allow="GET, HEAD"),
                    exchange("DELETE", "/concerts/x/dates", 404, problem(404, "NOT_FOUND")))
        self.breaks(exchange("PUT", "/token", 405, refusal), "Allow is missing")
        self.breaks(exchange("PUT", "/token", 405, refusal, allow="POST"), "Allow lacks DELETE")
        self.breaks(exchange("PUT", "/queue", 405, refusal, allow="GET, PUT"), "Allow names")
        self.breaks(exchange("PUT", "/token", 200, TOKEN), "must be 405")
        self.breaks(exchange("PUT", "/token", 404, problem(404, "NOT_FOUND")), "must be 405")
        self.breaks(exchange("GET", "/queue", 405, refusal, allow="GET"), "answered with 405")

    def test_a_read_with_more_slashes_is_sent_to_the_path_itself(self):
        def moved(method, path, location):
            return exchange(method, path, 308, "", location=location, content_type=None)
        self.passes(moved("GET", "/concerts/?limit=2", "/concerts?limit=2"),
                    moved("HEAD", "//token//refresh", "/token/refresh"),
                    {**issued(), "path": "/token/"})
        self.breaks(moved("GET", "/concerts/", "//concerts"), "Location is not /concerts")
        self.breaks(moved("GET", "/concerts", "/concerts"), "only a read")
        self.breaks(moved("POST", "/token/", "/token"), "only a read")
        self.breaks(moved("GET", "//evil.example/", "/evil.example"), "must be 404")

    def test_head_is_as_get_without_a_body(self):
        refusal = exchange("HEAD", "/queue", 405, "", allow="GET")
        self.passes(exchange("HEAD", "/queue", 200, "", **REVALIDATED), refusal,
                    exchange("HEAD", "/reservation", 405, "", allow="POST"))
        self.breaks(exchange("HEAD", "/queue", 200, "{}"), "no body")
        self.breaks(exchange("HEAD", "/reservation", 200, ""), "must be 405")

    def test_a_success_needs_a_request_that_is_good(self):
        self.passes(hold('{"concertDateId":7,"seatNumber":1,"unknown":1}'))
        for wrong in ('{"concertDateId":7}', '{"concertDateId":7,"seatNumber":1,"seatNumbers":[1]}',
                      '{"concertDateId":7,"seatNumbers":[1,1]}', '[]', None,
                      '{"concertDateId":7.0,"seatNumber":1}', '{"concertDateId":7,'
                      '"concertDateId":7,"seatNumber":1}',
                      '{"concertDateId":7,"seatNumbers":[1],"seatNumber":null}',
                      '{"concertDateId":7,"seatNumber":1,"bestAvailable":null}',
                      '{"concertDateId":7,"seatNumbers":[1],"bestAvailable":null}',
                      '{"concertDateId":7,"bestAvailable":null}',
                      '{"concertDateId":7,"bestAvailable":{"count":1},"seatNumbers":null}',
                      '{"concertDateId":7,"bestAvailable":{"count":1,"section":""}}',
                      '{"concertDateId":7,"bestAvailable":{"count":1,"category":""}}'):
            self.breaks(hold(wrong), "should have been refused")
        page = {"concerts": [], "next": None}
        self.passes(exchange("GET", "/concerts?limit=100&after=1&other=", 200, page,
                             **REVALIDATED))
        for wrong in ("limit=0", "limit=101", "limit=", "after=0", "limit=1&limit=2", "limit=1.0"):
            self.breaks(exchange("GET", f"/concerts?{wrong}", 200, page), "have been refused")
        for wrong in ("x", "-1", "0", "9" * 5000):
            dates = {"concertId": 1, "title": "T", "dates": []}
            self.breaks(exchange("GET", f"/concerts/{wrong}/dates", 200, dates, x_cache="HIT"),
                        "a path segment")

    def test_no_token_is_printed(self):
        leaked = "xxxxxxxxxxxx.yyyyyyyyyyyyyy.zzzzzzzz"
        record = [issued(more=1), issued(token=JWT + "="), issued(token="short.but.secret!"),
                  balance({**BALANCE, "token": leaked}),
                  exchange("GET", f"/nothing?token={JWT}", 200, JWT, JWT),
                  exchange("GET", "/nothing", 200, JWT.split(".", maxsplit=1)[0])]
        code, out = check(record)
        self.assertEqual(1, code)
        for secret in (*JWT.split("."), leaked, "short.but.secret"):
            self.assertNotIn(secret, out)

    def test_many_breaches_of_a_kind_are_printed_in_part(self):
        code, out = check([balance(cache_control=None)] * 50)
        self.assertEqual(1, code)
        self.assertEqual(check_contract.SHOWN_OF_A_KIND, out.count("VIOLATION"))
        self.assertIn("and 30 more like", out)
        self.assertIn("50 exchanges, 50 violations", out)

    def test_gaps_fail_only_where_coverage_is_required(self):
        self.assertEqual(0, check([balance()])[0])
        code, out = check([balance()], "--require-coverage")
        self.assertEqual(1, code)
        self.assertIn("GAP code SEAT_LIMIT was never seen", out)
        self.assertIn("GAP POST /token was never seen to succeed", out)
        self.assertNotIn("GAP GET /client/{clientId}/balance", out)
        self.assertNotIn("INTERNAL_ERROR", out)
        out = check([balance()], "--require-coverage", "--except", "SEAT_LIMIT", "BUSY")[1]
        self.assertNotIn("GAP code SEAT_LIMIT", out)
        self.assertIn("GAP code SEAT_INVALID", out)

    def test_a_faulty_answer_covers_nothing(self):
        out = check([balance(cache_control=None)])[1]
        self.assertIn("GAP GET /client/{clientId}/balance was never seen to succeed", out)

    def test_what_cannot_be_judged_is_exit_2(self):
        for lines in ([], ["", " "], ["{"], ["[]"], ['{"method":"GET"}'],
                      [{**balance(), "status": "200"}]):
            self.assertEqual(2, check(lines)[0], lines)
        self.assertEqual(2, check([balance()], "--except", "NO_SUCH_CODE")[0])
        self.assertEqual(2, check([balance()], "--spec", "/nonexistent")[0])


if __name__ == "__main__":
    unittest.main()
