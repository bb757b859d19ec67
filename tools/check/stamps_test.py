#!/usr/bin/env python3
"""Tests of stamps.py: which checks run again."""
import pathlib
import tempfile
import unittest

import stamps


class AStamp(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = pathlib.Path(scratch.name)
        stamps.STAMPS = self.root / "stamps"
        self.write("a.cc", '#include "sub/b.h"\n')
        self.write("sub/b.h", '#pragma once\n#include "c.h"\n')
        self.write("sub/c.h", "#pragma once\n")
        self.write("beside.h", "#pragma once\n")

    def write(self, name, text):
        (self.root / name).parent.mkdir(exist_ok=True)
        (self.root / name).write_text(text)

    def count_of_runs(self, *command, more=b""):
        """How often the command runs for a.cc, and whether it succeeds."""
        stamps._read.cache_clear()
        counter = self.root / "runs"
        counter.write_text("")
        checks = stamps.Checks("true", [self.root])
        checks.add(self.root / "a.cc", ["sh", "-c", f"echo >>{counter}; {' '.join(command) or 'true'}"], more=more)
        status = checks.run()
        return len(counter.read_text().splitlines()), status

    def test_keeps_an_unchanged_file_from_being_checked_again(self):
        self.assertEqual(self.count_of_runs(), (1, 0))
        self.write("beside.h", "// it is not included\n")
        self.assertEqual(self.count_of_runs(), (0, 0))

    def test_is_not_of_a_file_whose_includes_have_changed(self):
        self.count_of_runs()
        for name in ("a.cc", "sub/b.h", "sub/c.h"):
            text = (self.root / name).read_text()
            self.write(name, text + "// changed\n")
            self.assertEqual(self.count_of_runs(), (1, 0), name)

    def test_is_not_of_another_command_or_configuration(self):
        self.count_of_runs()
        self.assertEqual(self.count_of_runs("true", "2"), (1, 0))
        self.assertEqual(self.count_of_runs(more=b"other checks"), (1, 0))

    def test_is_not_left_by_a_check_that_failed(self):
        self.assertEqual(self.count_of_runs("false"), (1, 1))
        self.assertEqual(self.count_of_runs("false"), (1, 1))


if __name__ == "__main__":
    unittest.main()
