#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""clang-format decides layout: no C file differs from what it would write."""

import os

import tree


def job(path, name):
    return name, [os.environ["CLANG_FORMAT"], "--dry-run", "-Werror",
                  f"--style=file:{tree.TOP}/.clang-format", str(path)], ""


def main():
    tap = tree.Tap()
    if not os.environ["CLANG_FORMAT"]:
        tap.result("clang-format is installed",
                   ["configure found no clang-format"])
        tap.finish()
    for folder, group in tree.by_folder(tree.files(".c", ".h")).items():
        problems = []
        for name, errors in tree.compile_all(
                [job(path, path.name) for path in group]):
            if errors:
                problems += [f"run clang-format -i {folder}/{name}"]
                problems += errors[:3]
        tap.result(f"format: {folder}", problems)
    tap.finish()


if __name__ == "__main__":
    main()
