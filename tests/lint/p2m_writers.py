#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/p2m-writers.md against the source: who changes a p2m, and who hears."""

import re

import tree

ROW = re.compile(r"^\| `(xen/[^`]+)` \| `(\w+)` \| ([^|]+) \| ([^|]+) \|$",
                 re.M)
EVENT = re.compile(r"(left|none, because \w+)")
FUNCTION = re.compile(r"^[a-z][^;{}]*?\b(\w+)\(([^;{}]*)\)\n\{\n(.*?)^\}",
                      re.M | re.S)
# Inside xen/core/p2m: what ends in a change of the table.
CHANGES = re.compile(r"\b(change|map|s2_apply\w*|p2m_unmap|p2m_map)\(")


def functions(path):
    """(name, whether it is static, body) of each function of a file."""
    for match in FUNCTION.finditer(path.read_text(encoding="utf-8")):
        yield match[1], match[0].startswith("static"), match[3]


def sources():
    return [path for path in tree.files(".c") if
            str(path.relative_to(tree.TOP)).startswith("xen/")]


def in_p2m(path):
    return "core/p2m/" in str(path)


def ways():
    """Functions that change a p2m: those of the p2m itself, and what others
    put around them for more than one user."""
    names = {name for path in sources() if in_p2m(path)
             for name, static, body in functions(path)
             if not static and CHANGES.search(body)}
    return names | {"memory_map_over"}


def writers():
    calls = re.compile(rf"\b({'|'.join(sorted(ways()))})\(")
    return {(str(path.relative_to(tree.TOP)), name)
            for path in sources() if not in_p2m(path)
            for name, _, body in functions(path) if calls.search(body)}


def main():
    tap = tree.Tap()
    text = (tree.TOP / "docs/p2m-writers.md").read_text(encoding="utf-8")
    rows = ROW.findall(text)
    listed = {(path, name) for path, name, _, _ in rows}
    found = writers()
    tap.result("the p2m's own functions are found",
               [] if {"p2m_map", "p2m_unmap", "p2m_destroy"} <= ways()
               else [str(ways())])
    tap.result("every writer has a row",
               [f"{path}: {name}()" for path, name in sorted(found - listed)])
    tap.result("every row has a writer",
               [f"{path}: {name}()" for path, name in sorted(listed - found)])
    tap.result("every row says what is heard",
               [f"{path}: {name}(): {event}" for path, name, _, event in rows
                if not EVENT.match(event)])
    tap.result("no writer twice",
               [] if len(rows) == len(listed) else ["a row too many"])
    tap.finish()


if __name__ == "__main__":
    main()
