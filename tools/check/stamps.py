"""Checks of single files, which run again only where the result can have changed.

A check that passed leaves a stamp in build/stamps. Its name is a hash of everything that the result depends on: the
file, its direct and indirect includes of ours, the command, and the version of the tool.
"""
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
STAMPS = ROOT / "build/stamps"
KEPT_S = 30 * 86400
INCLUDE = re.compile(rb'^\s*#\s*include "([^"]+)"', re.MULTILINE)


class Checks:
    """Commands to run, each for one file, at most one per processor, with the processor time that others leave."""

    def __init__(self, tool, include_folders):
        self._version = subprocess.run([tool, "--version"], check=True, stdout=subprocess.PIPE).stdout
        self._folders = [ROOT / folder for folder in include_folders]
        self._todo, self._skipped, self._failed = [], 0, 0
        self._printing = threading.Lock()

    def add(self, path, command, cwd=ROOT, more=b""):
        """`more` is what the outcome depends on besides the file and the command."""
        words = [str(word) for word in command]
        parts = [self._version, more, " ".join(words).encode(), *self._contents(pathlib.Path(path))]
        stamp = STAMPS / hashlib.sha256(b"\0".join(parts)).hexdigest()
        if stamp.exists():
            os.utime(stamp)
            self._skipped += 1
        else:
            self._todo.append((pathlib.Path(path), words, cwd, stamp))

    def run(self):
        """Returns the exit status: 1 if a command failed. What it printed is printed."""
        STAMPS.mkdir(parents=True, exist_ok=True)
        _forget_old()
        # The largest first, so that none is left for the end.
        self._todo.sort(key=lambda todo: -sum(map(len, self._contents(todo[0]))))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda todo: self._check(*todo), self._todo))
        print(f"{len(self._todo)} checked, {self._skipped} unchanged since they passed, {self._failed} failed")
        return 1 if self._failed else 0

    def _check(self, path, words, cwd, stamp):
        done = subprocess.run(["nice", "-n", "19", *words], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", check=False)
        if done.returncode == 0:
            stamp.touch()
            return
        with self._printing:
            self._failed += 1
            print(f"error: in {path}:\n{done.stdout}", flush=True)

    def _contents(self, path):
        """The contents of a file and of all files of ours that it includes, by name."""
        seen, todo = {}, [path]
        while todo:
            file = todo.pop()
            if file not in seen:
                seen[file], included = _read(file)
                todo += [found for name in included if (found := self._find(name, file))]
        return [seen[file] for file in sorted(seen)]

    def _find(self, name, includer):
        for folder in (includer.parent, *self._folders):
            if (folder / name).is_file():
                return folder / name
        return None


@functools.cache
def _read(file):
    content = file.read_bytes()
    return content, [name.decode() for name in INCLUDE.findall(content)]


def _forget_old():
    for stamp in STAMPS.iterdir():
        if time.time() - stamp.stat().st_mtime > KEPT_S:
            stamp.unlink(missing_ok=True)


def fail(text):
    sys.exit(f"check: {text}")
