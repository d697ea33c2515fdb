#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The lints themselves: each finds what bad_samples/ holds, and what it says
is what the sample's second line promises; none minds good_samples/."""

import os
import re
import subprocess
import tempfile

import clang
import format as layout
import fpregs
import headers
import layers
import sizes
import text
import tree

HERE = tree.TOP / "tests/lint"
PROMISE = re.compile(r"lint: ([a-z ]+); as: (\S+?)(?:; says: (.*?))? \*/")


def compiled(job):
    return [line for _, errors in tree.compile_all([job]) for line in errors]


def registers(path, virtual):
    """What fpregs finds in the sample's object.  A bad sample has to be
    compiled with FP registers allowed to show any."""
    flags = [flag for flag in os.environ["CROSS_FLAGS"].split()
             if flag != "-mgeneral-regs-only"]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.environ["CROSS_CC"], *flags, "-Wno-error", "-w",
                        "-c", str(path), "-o", f"{folder}/o"], check=True)
        found = fpregs.uses(fpregs.output_of(
            os.environ["CROSS_OBJDUMP"], "-d", f"{folder}/o"))
    return [f"{name}: {what}" for name, what in found.items()]


def on_text(lint):
    def run(path, virtual):
        return [what for _, what in
                lint.problems_of(virtual, path.read_text(encoding="utf-8"))]
    return run


LINTS = {
    "layers": on_text(layers),
    "sizes": on_text(sizes),
    "text": on_text(text),
    "headers": lambda path, virtual: compiled(headers.job(path, virtual)),
    "clang": lambda path, virtual: compiled(clang.job(path, virtual)),
    "format": lambda path, virtual: compiled(layout.job(path, virtual)),
    "fpregs": registers,
}


def main():
    tap = tree.Tap()
    for kind in ["bad", "good"]:
        for path in sorted((HERE / f"{kind}_samples").iterdir()):
            promise = PROMISE.search(path.read_text(encoding="utf-8"))
            names, virtual, says = promise.groups()
            for name in names.split():
                found = LINTS[name](path, virtual)
                if kind == "good":
                    problems = found
                elif any(says in problem for problem in found):
                    problems = []
                else:
                    problems = [f"expected: {says}", *found]
                tap.result(f"{name}: {kind}_samples/{path.name}", problems)
    tap.finish()


if __name__ == "__main__":
    main()
