#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The hypervisor's sources through a second compiler, clang."""

import os

import tree


def job(path, name):
    return name, [os.environ["CLANG"], "--target=aarch64-linux-gnu",
                  "-Wno-unknown-warning-option", "-fsyntax-only",
                  *os.environ["CLANG_FLAGS"].split(), str(path)], ""


def main():
    tap = tree.Tap()
    if not os.environ["CLANG"]:
        tap.result("clang is installed", ["configure found no clang"])
        tap.finish()
    sources = [name for name in os.environ["EL2_SOURCES"].split()
               if name.endswith(".c")]
    groups = tree.by_folder([tree.TOP / name for name in sources])
    for folder, group in groups.items():
        problems = []
        for _, errors in tree.compile_all(
                [job(path, path.name) for path in group]):
            problems += errors
        tap.result(f"clang: {folder}", problems)
    tap.finish()


if __name__ == "__main__":
    main()
