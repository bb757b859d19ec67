#!/usr/bin/env python3
"""Tests of verify-draw: what it prints and how it ends, for files and over HTTP."""
import http.server
import json
import pathlib
import subprocess
import tempfile
import threading
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[1]
TOOL = ROOT / "tools/verify-draw"
VECTORS = {vector["name"]: vector for vector in
           json.loads((ROOT / "tests/vectors/draw.json").read_text(encoding="utf-8"))}


def drawn(name="a Korean public value", **other):
    """The `draw` of a queue whose draw is the vector `name`."""
    vector = VECTORS[name]
    return {key: vector[key] for key in ("commitment", "entries", "publicValue", "seed")} | other


class VerifyDraw(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)

    def saved(self, draw, name="queue.json"):
        path = self.folder / name
        path.write_text(json.dumps({"queueId": 7, "phase": "OPEN", "draw": draw}), encoding="utf-8")
        return path

    def run_tool(self, *words):
        done = subprocess.run([TOOL, *map(str, words)], capture_output=True, text=True, timeout=120, check=False)
        self.assertNotIn("Traceback", done.stderr)
        return done

    def assert_holds(self, *words):
        done = self.run_tool(*words)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def assert_ends(self, status, said, *words):
        done = self.run_tool(*words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertIn(said, done.stderr)


class APlace(VerifyDraw):
    def test_is_printed_alone_on_a_line(self):
        for name, vector in VECTORS.items():
            source, entries = self.saved(drawn(name)), vector["entries"]
            entry_at = vector.get("entryAt") or {str(place): entry for place, entry in enumerate(vector["order"], 1)}
            for place in {1, 2, entries} & set(map(int, entry_at)):
                with self.subTest(name, place=place):
                    self.assertEqual(self.assert_holds(source, entry_at[str(place)]), f"{place}\n")

    def test_that_was_told_is_checked(self):
        source = self.saved(drawn())
        entry = VECTORS["a Korean public value"]["order"][2]
        self.assertEqual(self.assert_holds(source, entry, 3), "3\n")
        for wrong in (1, 2, 4, 20, 21, 10**30):
            self.assert_ends(1, f"entry {entry} has place 3, not {wrong}", source, entry, wrong)

    def test_is_of_an_entry_that_took_part(self):
        self.assert_ends(1, "no entry 21: 20 took part", self.saved(drawn()), 21)
        self.assert_ends(1, "no entry 1: 0 took part", self.saved(drawn("nobody")), 1)

    def test_follows_the_public_value_and_the_number_of_entries(self):
        fair = [self.assert_holds(self.saved(drawn()), entry) for entry in (1, 2, 3, 4)]
        for other in ({"publicValue": "x"}, {"publicValue": ""}, {"entries": 19}):
            source = self.saved(drawn(**other))
            self.assertNotEqual([self.assert_holds(source, entry) for entry in (1, 2, 3, 4)], fair, other)


class ADraw(VerifyDraw):
    def test_without_an_entry_is_described(self):
        said = self.assert_holds(self.saved(drawn()))
        for part in ("the one that was promised", "20", "제1250회"):
            self.assertIn(part, said)
        self.assertNotIn("Without", said)

    def test_without_a_public_value_says_what_it_does_not_prove(self):
        for none in ("", None):
            self.assertIn("no more", self.assert_holds(self.saved(drawn("one entry", publicValue=none))))
            self.assertEqual(self.assert_holds(self.saved(drawn("one entry", publicValue=none)), 1), "1\n")

    def test_that_is_not_opened_says_so(self):
        for entries in (None, 20):
            source = self.saved(drawn(seed=None, entries=entries, publicValue=None))
            self.assert_ends(1, "not opened yet", source)
            self.assert_ends(1, "not opened yet", source, 1, 1)

    def test_that_is_none_says_so(self):
        self.assert_ends(1, "no opening was set", self.saved(None))

    def test_whose_seed_is_not_the_one_promised_is_not_fair(self):
        for other in (VECTORS["a seed of zeros"]["seed"], drawn()["commitment"]):
            source = self.saved(drawn(seed=other))
            self.assert_ends(1, "NOT FAIR", source)
            self.assert_ends(1, "NOT FAIR", source, 1)

    def test_that_is_malformed_is_not_fair(self):
        seed, commitment = drawn()["seed"], drawn()["commitment"]
        for other in ({"seed": seed[:-1]}, {"seed": seed + "00"}, {"seed": seed.upper()}, {"seed": f" {seed[1:]}"},
                      {"seed": 7}, {"commitment": commitment.upper()}, {"commitment": None}, {"commitment": ""},
                      {"entries": None}, {"entries": "20"}, {"entries": 20.0}, {"entries": True},
                      {"entries": "20", "seed": None}):
            with self.subTest(other):
                self.assert_ends(1, "malformed", self.saved(drawn(**other)))


class Before(VerifyDraw):
    def assert_changed(self, name, before, now):
        with self.subTest(before=before, now=now):
            self.assert_ends(1, f"NOT FAIR: {name} was", self.saved(now), "--before", self.saved(before, "before.json"))

    def test_nothing_that_was_fixed_has_changed(self):
        now = self.saved(drawn())
        for earlier in (drawn(), drawn(seed=None), drawn(seed=None, publicValue=None), drawn(seed=None, publicValue=""),
                        drawn(seed=None, publicValue=None, entries=None)):
            before = self.saved(earlier, "before.json")
            self.assert_holds(now, "--before", before)
            self.assert_holds("--before", before, now, 1)

    def test_a_commitment_that_has_changed_is_not_fair(self):
        other = drawn("a seed of zeros")
        same_but = drawn(seed=other["seed"], commitment=other["commitment"])
        self.assert_changed("commitment", drawn(seed=None, entries=None, publicValue=None), same_but)
        self.assert_changed("commitment", drawn(seed=None), same_but | {"seed": None})

    def test_entries_that_have_changed_once_they_were_fixed_are_not_fair(self):
        self.assert_changed("entries", drawn(seed=None), drawn(entries=19))
        self.assert_changed("entries", drawn(seed=None, entries=0), drawn())
        self.assert_changed("entries", drawn(seed=None), drawn(seed=None, entries=None))

    def test_a_public_value_that_has_changed_once_it_was_set_is_not_fair(self):
        self.assert_changed("publicValue", drawn(seed=None), drawn(publicValue="other"))
        self.assert_changed("publicValue", drawn(seed=None), drawn(publicValue=""))
        self.assert_changed("publicValue", drawn(publicValue=""), drawn())

    def test_a_seed_cannot_be_taken_back(self):
        self.assert_changed("seed", drawn(), drawn(seed=None))

    def test_what_has_no_draw_promised_nothing(self):
        self.assert_ends(2, "no opening was set", self.saved(drawn()), "--before", self.saved(None, "before.json"))


class WrongUsage(VerifyDraw):
    def test_ends_with_2(self):
        source = self.saved(drawn())
        for words in ((), (source, 0), (source, -1), (source, "x"), (source, 1.5), (source, 1, 0), (source, 1, "first"),
                      (source, 1, 1, 1), (source, "--before"), (source, "--other"), ("--before", source)):
            with self.subTest(words):
                self.assert_ends(2, "usage", *words)

    def test_a_source_that_cannot_be_read_ends_with_2(self):
        for name, text in (("empty", ""), ("html", "<html>"), ("list", "[]"), ("number", "1"), ("other", "{}"),
                           ("word", '{"draw": "x"}'), ("lone", '{"draw": {"publicValue": "\\ud800"}}'),
                           ("value", '{"draw": {"publicValue": 1}}')):
            (self.folder / name).write_text(text)
            self.assert_ends(2, "cannot be read", self.folder / name)
            self.assert_ends(2, "cannot be read", self.saved(drawn()), "--before", self.folder / name)
        for source in (self.folder, self.folder / "missing", "http://127.0.0.1:1/queues/1", "http://[/", "x://y"):
            self.assert_ends(2, "cannot be read", source)


class OverHttp(VerifyDraw):
    def test_a_queue_is_read_at_its_address(self):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                found = self.path == "/queues/7"
                body = json.dumps({"queueId": 7, "draw": drawn()} if found else {"code": "QUEUE_NOT_FOUND"}).encode()
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        queues = f"http://127.0.0.1:{server.server_port}/queues"
        entry = VECTORS["a Korean public value"]["order"][0]
        self.assertEqual(self.assert_holds(f"{queues}/7", entry), "1\n")
        self.assertEqual(self.assert_holds(f"{queues}/7", "--before", self.saved(drawn(seed=None)), entry, 1), "1\n")
        self.assert_ends(2, "404", f"{queues}/8", entry)


class AnAnswerThatCannotBeWritten(VerifyDraw):
    def test_is_no_verdict(self):
        source = self.saved(drawn())
        for words in ([source], [source, "1"]):
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                done = subprocess.run([TOOL, *map(str, words)], stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=120, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(done.stderr,
                                 "verify-draw: the answer cannot be written: No space left on device\n")

    def test_keeps_its_status_where_nobody_can_be_told(self):
        with open("/dev/full", "wb") as full:
            for status, words in ((1, [self.saved(drawn()), "1", "1"]), (2, ["/nowhere"])):
                done = subprocess.run([TOOL, *map(str, words)], stderr=full, stdout=full, timeout=120, check=False)
                self.assertEqual(done.returncode, status, words)


class TheTool(unittest.TestCase):
    def test_is_short_enough_to_read(self):
        self.assertLess(len(TOOL.read_text(encoding="utf-8").splitlines()), 60)


if __name__ == "__main__":
    unittest.main()
