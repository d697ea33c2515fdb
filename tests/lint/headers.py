#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every header compiles alone, with the flags of the code that it serves."""

import os

import tree


def command_for(path):
    """The compiler and flags for a header, by its folder."""
    if path.startswith(("xen/arch/host/", "tests/unit/", "tests/fuzz/",
                        "tests/model/", "tests/tools/", "tools/")):
        compiler, flags = os.environ["CC"], os.environ["HOST_FLAGS"]
    elif path.startswith("tests/guest/"):
        compiler, flags = os.environ["CROSS_CC"], os.environ["GUEST_FLAGS"]
    else:
        compiler, flags = os.environ["CROSS_CC"], os.environ["CROSS_FLAGS"]
    return [*compiler.split(), *flags.split(), "-Wno-unused-function",
            "-fsyntax-only", "-x", "c", "-"]


def job(path, name):
    return name, command_for(name), f'#include "{path}"\n'


def main():
    tap = tree.Tap()
    for folder, group in tree.by_folder(tree.files(".h")).items():
        problems = []
        for _, errors in tree.compile_all(
                [job(path, str(path.relative_to(tree.TOP)))
                 for path in group]):
            problems += errors
        tap.result(f"headers compile alone: {folder}", problems)
    tap.finish()


if __name__ == "__main__":
    main()
