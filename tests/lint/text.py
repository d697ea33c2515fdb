#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What every file must have or must not: licence, comments, braces."""

import re

import tree

SPDX = "SPDX-License-Identifier: BSD-2-Clause"
C_SUFFIXES = (".c", ".h", ".S")

# Put together so that this file does not contain what it forbids.
FORBIDDEN = [
    (re.compile("TO" + "DO|FIX" + "ME|XX" + "X:"), "unfinished work"),
    (re.compile("https?:" + "//"), "an address on the network"),
    (re.compile(r"(^|[\s\"'=])/(work|home|tmp/[a-z-]+)" + "/"),
     "a path of somebody's machine"),
    (re.compile(r"[ \t]+$"), "white space at the end"),
]
BRANCH = re.compile(r"^\s*(\} )?(else\b|if \(|for \(|while \()")
NO_BRACE = re.compile(r"^\s*((\} )?else )?(if|for|while) \(.*\)$|"
                      r"^\s*(\} )?else$")


def statement(lines, index):
    """The line joined with its continuations, up to balanced parentheses."""
    joined = lines[index]
    while joined.count("(") > joined.count(")") and index + 1 < len(lines):
        index += 1
        joined += " " + lines[index].strip()
    return joined


def problems_of(path, text):
    lines = text.splitlines()
    if not any(SPDX in line for line in lines[:2]):
        yield 1, "no SPDX line at the top"
    for number, line in enumerate(lines, 1):
        for pattern, what in FORBIDDEN:
            if pattern.search(line):
                yield number, what
        if not path.endswith(C_SUFFIXES):
            continue
        if re.match(r"^\s*//", line):
            yield number, "comments are /* ... */"
        if path.endswith((".c", ".h")) and not line.endswith("\\") and \
                BRANCH.match(line) and \
                NO_BRACE.match(statement(lines, number - 1)):
            yield number, "a branch or loop without braces"


if __name__ == "__main__":
    tree.lint("text", tree.files(
        ".c", ".h", ".S", ".py", ".sh", ".lds", ".mk", ".dts", ".dtsi",
        ".dtso", ""), problems_of)
