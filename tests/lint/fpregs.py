#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The image leaves the guest's FP and SIMD registers alone.

Every function is disassembled.  Those of libfdt may use them (they run where
nobody's registers are loaded), and those whose purpose it is to save and load
them.
"""

import os
import re
import subprocess

import tree

FUNCTION = re.compile(r"^[0-9a-f]+ <([^>]+)>:$")
INSTRUCTION = re.compile(r"^\s*[0-9a-f]+:\t[0-9a-f ]+\t(\S+)\s*(.*)$")
TARGET = re.compile(r"\b[0-9a-f]+ <[^>]*>|//.*")
REGISTER = re.compile(r"(?<![\w#])([bhsdqv]([12]?\d|3[01]))(?![\w])")


def uses(lines):
    """Functions that use a register, each with the first instruction."""
    found = {}
    name = None
    for line in lines:
        function = FUNCTION.match(line)
        instruction = INSTRUCTION.match(line)
        if function:
            name = function.group(1)
        elif instruction and not instruction.group(1).startswith("."):
            operands = TARGET.sub("", instruction.group(2))
            if REGISTER.search(operands):
                found.setdefault(name, " ".join(instruction.groups()))
    return found


def output_of(*command):
    return subprocess.run(command, check=True, text=True,
                          stdout=subprocess.PIPE).stdout.splitlines()


def symbols_of(path):
    """The functions that an object or archive defines."""
    return {line.split()[-1] for line in output_of(os.environ["CROSS_NM"], path)
            if re.search(r" [tTwW] ", line)}


def main():
    tap = tree.Tap()
    allowed = symbols_of(os.environ["ARM64_LIBFDT"])
    for source in os.environ["FP_SOURCES"].split():
        allowed |= symbols_of(f"el2/{source}.o")
    lines = output_of(os.environ["CROSS_OBJDUMP"], "-d", "xen/entresol.elf")
    found = uses(lines)
    tap.result("the image was disassembled", [] if any(
        FUNCTION.match(line) for line in lines) else ["no function found"])
    tap.result("libfdt is linked and recognised",
               [] if allowed & set(found) else
               ["no use at all: the check has lost its eyes"])
    tap.result("no use of FP or SIMD registers elsewhere", [
        f"{name}: {what}" for name, what in found.items()
        if name not in allowed])
    tap.finish()


if __name__ == "__main__":
    main()
