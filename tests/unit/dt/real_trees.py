#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare dt/ with the oracle on every device tree of Debian's kernel.

Also on one tree alone, for people: real_trees.py TREE...
"""

import glob
import os
import subprocess
import sys

import oracle

BATCH = 64


def dump(trees):
    """What the hypervisor's code says: a list of lines for each tree."""
    run = subprocess.run(["tests/unit/dt/dt-dump", *trees], stdout=subprocess.PIPE,
                         check=True, text=True)
    found = []
    for line in run.stdout.splitlines():
        if line.startswith("tree "):
            found.append([])
        else:
            found[-1].append(line)
    return found


def gather(lines):
    """The lines in the oracle's terms."""
    rows, irqs, reserved, banks = {}, {}, [], []
    for line in lines:
        word = line.split(" ")
        if word[0] == "region":
            start, size = int(word[1], 16), int(word[2], 16)
            row = line[line.index("(") + 1:line.index(")")]
            rows.setdefault(row, []).append((start, start + size))
        elif word[0] == "irq":
            irqs[int(word[1])] = word[2] == "edge"
        elif word[0] == "reserved":
            start, size = int(word[1], 16), int(word[2], 16)
            reserved.append((start, start + size, word[3], word[4]))
        elif word[0] == "bank":
            start, size = int(word[1], 16), int(word[2], 16)
            banks.append((start, start + size))
    return ({row: oracle.union(i) for row, i in rows.items()}, irqs, reserved,
            banks)


def show(what, ours, theirs):
    print("# %s" % what)
    for mark, some in (("ours", ours), ("oracle", theirs)):
        print("#   only %s: %s" % (mark, some))


def differs(tree, lines):
    with open(tree, "rb") as file:
        want = oracle.Tree(file.read())
    rows, irqs, reserved, banks = gather(lines)
    expected = want.expected()
    wrong = 0
    for row in sorted(set(rows) | set(expected)):
        ours, theirs = rows.get(row, []), expected.get(row, [])
        if ours != theirs:
            wrong += 1
            show("row " + row,
                 [(hex(a), hex(b)) for a, b in oracle.minus(ours, theirs)],
                 [(hex(a), hex(b)) for a, b in oracle.minus(theirs, ours)])
    for what, ours, theirs in (("irqs", irqs, want.irqs()),
                               ("reserved", reserved, want.reserved),
                               ("banks", banks, want.banks)):
        if ours != theirs:
            wrong += 1
            one, two = (set(x.items() if isinstance(x, dict) else x)
                        for x in (ours, theirs))
            show(what, one - two, two - one)
    return wrong


def main():
    trees = sys.argv[1:] or sorted(
        glob.glob(os.environ["ARM64"] +
                  "/root/usr/lib/linux-image-*/**/*.dtb", recursive=True))
    if not trees:
        print("1..0 # SKIP no device trees of Debian's kernel package")
        return
    print("1..%d" % len(trees))
    number = 0
    for start in range(0, len(trees), BATCH):
        batch = trees[start:start + BATCH]
        for tree, lines in zip(batch, dump(batch), strict=True):
            number += 1
            bad = differs(tree, lines)
            print("%s %d - %s" % ("not ok" if bad else "ok", number,
                                  os.path.basename(tree)))


main()
