#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who may include whom: the layers of the tree, as one table."""

import os
import re

import tree

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')

# Freestanding headers of the C language, and those xen/lib/libc stands in for.
C_HEADERS = {"assert.h", "limits.h", "stdalign.h", "stdarg.h", "stdatomic.h",
             "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h"}

# Where the compiler looks, in this order.
SEARCH = ["xen/include", "xen/core", "xen", "tests/guest/lib"]

VOCABULARY = ["xen/include/core", "xen/include/arch", "xen/include/public"]

# What is below the memory chain of a guest, each including all before it.
FRAME = ["xen/core/frame"]
S2 = FRAME + ["xen/core/s2"]
P2M = S2 + ["xen/core/p2m"]
MEMMAP = P2M + ["xen/core/memmap"]

# folder: the other folders it may include.  The longest match counts, and a
# folder always includes itself.  "libxen" are the headers <xen/...> of the Xen
# ABI, "libfdt" is <libfdt.h>, "host" any header of the build machine.
MAY_INCLUDE = {
    "xen/include/public": ["libxen"],
    "xen/include/core": ["xen/include/public", "libxen"],
    "xen/include/arch": ["xen/include/core", "xen/include/public", "libxen"],
    "xen/include/xen": [],
    "xen/lib": VOCABULARY + ["libxen"],
    "xen/core/frame": VOCABULARY + ["xen/lib", "libxen"],
    "xen/core/s2": VOCABULARY + ["xen/lib", "libxen"] + FRAME,
    "xen/core/p2m": VOCABULARY + ["xen/lib", "libxen"] + S2,
    "xen/core/memmap": VOCABULARY + ["xen/lib", "libxen"] + P2M,
    "xen/core/dt": VOCABULARY + ["xen/lib", "libxen", "libfdt"] + MEMMAP,
    # The subsystems above the chain know each other.
    "xen/core": VOCABULARY + ["xen/lib", "libxen", "xen/core"],
    "xen/drivers": VOCABULARY + ["xen/lib", "libxen"],
    "xen/arch/arm64": VOCABULARY + ["xen/lib", "xen/core", "libxen"],
    "xen/arch/host": VOCABULARY + ["xen/lib", "xen/core", "libxen", "host"],
    "xen/boot": VOCABULARY + ["xen/lib", "xen/core", "xen/drivers",
                              "xen/arch/arm64", "libxen", "libfdt"],
    "tests/unit": VOCABULARY + ["xen/lib", "xen/core", "xen/arch/host",
                                "libxen", "libfdt", "host"],
    # What of boot/ is pure: the command line, kernel images.
    "tests/unit/boot": VOCABULARY + ["xen/lib", "xen/core", "xen/boot",
                                     "xen/arch/host", "libxen", "host"],
    "tests/fuzz": VOCABULARY + ["xen/lib", "xen/core", "xen/arch/host",
                                "tests/unit/support", "libxen", "libfdt",
                                "host"],
    "tests/model": VOCABULARY + ["xen/lib", "xen/core", "xen/arch/host",
                                 "libxen", "libfdt", "host"],
    # Programs of their own, with texts and numbers of the hypervisor.
    "tools": ["xen/include/public", "xen/include/core", "xen/lib", "libxen",
              "libfdt", "host"],
    "tests/tools": VOCABULARY + ["xen/lib", "xen/core", "xen/arch/host",
                                 "tests/unit/support", "tools", "libxen",
                                 "libfdt", "host"],
    # Programs that run in dom0.
    "tests/boot": ["xen/include/public", "libxen", "host"],
    "tests/guest": ["xen/include/public", "libxen", "libfdt"],
}

# Single headers that more may include than their folder's place allows, and
# why.
EXCEPTIONS = {
    "xen/core/domain/epoch.h": "epochs know nothing of domains",
    "xen/include/arch/cpu.h": "locks need to know the CPU they are taken on",
}


def inside(path, folder):
    return path == folder or path.startswith(folder + "/")


def layer_of(path):
    matches = [f for f in MAY_INCLUDE if inside(path, f)]
    return max(matches, key=len, default=None)


def target_of(path, bracket, name):
    """The file of this tree, or the outside library, that is included."""
    if name in ("libfdt.h", "fdt.h"):
        return "libfdt"
    if name.startswith("xen/") and bracket == "<":
        return "libxen"
    for base in [os.path.dirname(path)][bracket == "<":] + SEARCH:
        if (tree.TOP / base / name).is_file():
            return os.path.normpath(os.path.join(base, name))
    if bracket == '"':
        return f"missing {name}"
    return "c" if name in C_HEADERS else "host"


def allowed(path, layer, target):
    if target == "c" or target in EXCEPTIONS:
        return True
    own = os.path.dirname(path) if layer == "xen/core" else layer
    if inside(target, own):
        return True
    return any(inside(target, other) for other in MAY_INCLUDE[layer])


def problems_of(path, text):
    layer = layer_of(path)
    if layer is None:
        if path.endswith((".c", ".h", ".S")) and path.startswith("xen/"):
            yield 1, "this folder is in no layer"
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            target = target_of(path, *match.groups())
            if not allowed(path, layer, target):
                yield number, f"{layer} must not include {match.group(2)}" \
                    f" ({target})"


if __name__ == "__main__":
    tree.lint("layers", tree.files(".c", ".h", ".S"), problems_of)
