#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Size limits: functions, parameters, files, headers."""

import re

import tree

FUNCTION_LINES = 60
PARAMETERS = 5
FILE_LINES = 800
HEADER_LINES = 250

# Lines that only say which case leads where: a function that is four fifths
# of these is a dispatch table and may be as long as it has cases.
DISPATCH = re.compile(
    r"^\s*((case\b.*|default):|return\b.*;|break;|\[.*\] = .*,)\s*(/\*.*\*/)?$")
NO_FUNCTION = re.compile(r"^(static |const |extern )*(struct|union|enum)\b[^(]*$")


def functions(lines):
    """(line of its first brace, signature, body lines) of each function."""
    start = None
    for index, line in enumerate(lines):
        if line.startswith("{"):
            start = index
        elif line.startswith("}") and start is not None:
            signature = []
            back = start - 1
            while back >= 0 and lines[back].strip() and not re.match(
                    r"^[}#]|.*[;{/]$", lines[back]):
                signature.insert(0, lines[back])
                back -= 1
            joined = " ".join(signature)
            if "(" in joined and not NO_FUNCTION.match(joined):
                yield start + 1, joined, lines[start + 1:index]
            start = None


def parameters(signature):
    """How many parameters the outermost parentheses hold."""
    inside = signature[signature.index("(") + 1:]
    depth = commas = 0
    for char in inside:
        if char == ")" and depth == 0:
            break
        depth += {"(": 1, ")": -1}.get(char, 0)
        commas += char == "," and depth == 0
    return commas + 1


def problems_of(path, text):
    lines = text.splitlines()
    limit = HEADER_LINES if path.endswith(".h") else FILE_LINES
    if len(lines) > limit:
        yield 1, f"{len(lines)} lines, at most {limit}"
    if not path.endswith((".c", ".h")):
        return
    for number, signature, body in functions(lines):
        name = signature.split("(")[0].split()[-1].lstrip("*")
        dispatch = sum(1 for line in body if DISPATCH.match(line))
        if len(body) > FUNCTION_LINES and dispatch < 0.8 * len(body):
            yield number, f"{name}() has {len(body)} lines, " \
                f"at most {FUNCTION_LINES}"
        if path.startswith("xen/") and parameters(signature) > PARAMETERS:
            yield number, f"{name}() has {parameters(signature)} parameters," \
                f" at most {PARAMETERS}"


if __name__ == "__main__":
    tree.lint("sizes", tree.files(".c", ".h", ".S", ".py"), problems_of)
