# SPDX-License-Identifier: BSD-2-Clause
"""What the lints share: the files of the tree, and TAP on standard output."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
FOLDERS = ["xen", "tests", "tools", "scripts", "dts", ".ci"]


def files(*suffixes, top=TOP):
    """Files with one of these endings, but for samples of bad code and the
    inputs of fuzzers."""
    found = []
    for folder in FOLDERS:
        for path in sorted((top / folder).rglob("*")):
            if path.is_file() and path.suffix in suffixes and not any(
                    part.startswith("bad_") or
                    part in ("__pycache__", "corpus", "corpora", "seeds")
                    for part in path.relative_to(top).parts):
                found.append(path)
    return found


def by_folder(paths, top=TOP):
    """The paths grouped by the folder that holds them."""
    groups = {}
    for path in paths:
        folder = str(path.relative_to(top).parent)
        groups.setdefault(folder, []).append(path)
    return groups


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def result(self, what, problems):
        self.count += 1
        if problems:
            self.failed += 1
        print(f"{'not ok' if problems else 'ok'} {self.count} - {what}")
        for problem in problems:
            print(f"# {problem}")

    def finish(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed or not self.count else 0)


def lint(name, paths, problems_of):
    """Judge each file; one result for each folder."""
    tap = Tap()
    for folder, group in by_folder(paths).items():
        problems = []
        for path in group:
            text = path.read_text(encoding="utf-8")
            problems += [f"{path.relative_to(TOP)}:{line}: {what}"
                         for line, what in problems_of(
                             str(path.relative_to(TOP)), text)]
        tap.result(f"{name}: {folder}", problems)
    tap.finish()


def compile_all(jobs):
    """Run (what, command, input) side by side; yield (what, its errors)."""
    def run(job):
        what, command, source = job
        done = subprocess.run(command, input=source, text=True, check=False,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode == 0:
            return what, []
        return what, done.stdout.splitlines()[:12] or ["no message"]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(run, jobs)
