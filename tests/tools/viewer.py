#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""entresol-memmap on saved maps: text, JSON, pictures, options, bad files."""

import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SRC = Path(os.environ.get("srcdir", ".")) / "tests/tools"
TOOL = "tests/tools/entresol-memmap"
MAKER = "tests/tools/memmap"
SVG = "{http:" + "//www.w3.org/2000/svg}"

# Fonts of the labels: DejaVu Sans Mono at 10 pixels.
GLYPH, ABOVE, BELOW = 6.02, 8, 2
LABELS = ("addr", "size", "gap", "name", "name hid", "hid", "detail")


class Tap:
    """Results, numbered; what a failed one is about goes into comments."""

    def __init__(self):
        self.count = self.failed = 0

    def result(self, what, problems):
        problems = list(problems)
        self.count += 1
        self.failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {self.count} - {what}")
        for problem in problems[:20]:
            print(f"# {problem}")

    def finish(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


def run(*arguments):
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True,
                          timeout=60, check=False)


def show(kind, path, *more):
    """What the tool prints of a map; it must be content."""
    done = run(f"--{kind}", "--from", str(path), *more)
    if done.returncode or done.stderr:
        raise RuntimeError(f"{kind} of {path}: {done.stderr}")
    return done.stdout


def different(wanted, got):
    """The lines that are not the same."""
    lines = zip(wanted.splitlines() + ["(end)"], got.splitlines() + ["(end)"])
    return [f"line {n}: '{b}', wanted '{a}'"
            for n, (a, b) in enumerate(lines, 1) if a != b]


# ---------------------------------------------------------------------- JSON

def contradictions(d):
    """Regions, hidden parts, view and table say the same about each place."""
    regions = d["regions"]
    for r in regions[1:]:
        parent = regions[r["parent"]]
        if r["depth"] != parent["depth"] + 1:
            yield f"{r['name']}: depth {r['depth']}"
    for h in d["hidden"]:
        for s in d["view"]:
            if s["region"] == h["region"] and s["via"] is None and \
                    s["ipa"] < h["ipa"] + h["size"] and \
                    h["ipa"] < s["ipa"] + s["size"]:
                yield f"{h['name']} is hidden and shows at {s['ipa']:#x}"
    for s in d["view"]:
        if s["pa"] is None:
            continue
        inside = [t for t in d["table"] if t["ipa"] < s["ipa"] + s["size"] and
                  s["ipa"] < t["ipa"] + t["size"]]
        for t in inside:
            if t["ipa"] - t["pa"] != s["ipa"] - s["pa"] or \
                    t["attribute"] != s["attribute"]:
                yield f"the table at {t['ipa']:#x} is not {s['name']}"
        # An interposer above takes it away from the table.
        if not inside and not s["below"]:
            yield f"{s['name']} is not in the table"
    leaves = {"4K": 1 << 12, "2M": 1 << 21, "1G": 1 << 30}
    for name, size in leaves.items():
        total = sum(t["size"] for t in d["table"] if t["block"] == size)
        if total != d["footprint"][name] * size:
            yield f"footprint: {name}"


# ----------------------------------------------------------------------- SVG

class Picture:
    """The elements of a picture, in the order in which they are drawn."""

    def __init__(self, text):
        self.root = ElementTree.fromstring(text)
        self.regions = {int(g.get("data-index")): (place, g) for place, g in
                        enumerate(self.root.iter(SVG + "g"))
                        if g.get("class") == "region"}

    def labels(self):
        """(text, left, top, right, bottom) of each label."""
        for text in self.root.iter(SVG + "text"):
            if text.get("class") in LABELS:
                x, y = float(text.get("x")), float(text.get("y"))
                yield (text.text, x, y - ABOVE, x + GLYPH * len(text.text),
                       y + BELOW)

    def width_and_height(self):
        return (float(self.root.get(side)) for side in ("width", "height"))


def overlaps(picture):
    labels = sorted(picture.labels(), key=lambda label: label[2])
    for i, (text, left, top, right, bottom) in enumerate(labels):
        for other in labels[i + 1:]:
            if other[2] >= bottom:
                break
            if other[1] < right and left < other[3] and top < other[4]:
                yield f"'{text}' and '{other[0]}'"


def outside(picture):
    width, height = picture.width_and_height()
    for text, left, top, right, bottom in picture.labels():
        if left < 0 or top < 0 or right > width or bottom > height:
            yield text


def missing(picture, d):
    """Regions that are not drawn, or are drawn without their name."""
    for r in d["regions"][1:]:
        if r["index"] not in picture.regions:
            yield r["name"]
            continue
        group = picture.regions[r["index"]][1]
        shown = [t.text.removesuffix("..").removesuffix(" (disabled)")
                 for t in group.iter(SVG + "text")
                 if t.get("class", "").startswith("name")]
        plain = re.sub(r"[^ -~]", "?", r["name"])
        if len(shown) != 1 or not plain.startswith(shown[0]):
            yield f"{r['name']}: labels {shown}"
        title = group.find(SVG + "title").text
        if plain not in title:
            yield f"{r['name']}: title {title}"


def wrong_lanes(picture, d):
    """A hidden region is drawn before what hides it, and further right."""
    for h in d["hidden"]:
        place, group = picture.regions[h["region"]]
        hatched = [r for r in group.iter(SVG + "rect")
                   if r.get("class") == "box hidden"]
        if not hatched:
            yield f"{h['name']} is not hatched"
        if h["by"] is None:
            continue
        above_place, above = picture.regions[h["by"]]
        if group.get("data-column") == above.get("data-column") and not (
                place < above_place and int(group.get("data-lane")) >
                int(above.get("data-lane"))):
            yield f"{h['name']} is not below region {h['by']}"


def check_picture(tap, name, path, d):
    text = show("svg", path)
    picture = Picture(text)
    tap.result(f"{name}: every region is in the picture", missing(picture, d))
    tap.result(f"{name}: no labels overlap", overlaps(picture))
    tap.result(f"{name}: all labels are inside", outside(picture))
    tap.result(f"{name}: hidden regions lie below", wrong_lanes(picture, d))
    tap.result(f"{name}: it needs nothing else", re.findall(
        r"<script|href|@import|url\((?!#)|<image", text))
    return picture


# ------------------------------------------------------------------- the rest

def check_options(tap, path, scratch):
    cases = [
        ([], 3, "built without Xen's libraries"),
        (["--from", scratch + "/none"], 1, "none: No such file"),
        (["-d", "x"], 2, "'x' is no number of a domain"),
        (["-d", "70000"], 2, "'70000' is no number of a domain"),
        (["-r", "1G"], 2, "'1G' is no range"),
        (["-r", "2G-1G"], 2, "'2G-1G' is no range"),
        (["-r", "-1-1G"], 2, "'-1-1G' is no range"),
        (["-r", "99999999999G-1T"], 2, "is no range"),
        (["more"], 2, "what is 'more'?"),
        (["--colour"], 2, "unrecognized option"),
        (["--save", "a", "--from", "b"], 2, "exclude each other"),
        (["-s", "-f", path, "-r", "1T-2T"], 2, "has no such addresses"),
        (["-f", path, "-o", scratch + "/no/where"], 1, "No such file"),
        (["-f", path, "-o", "/dev/full"], 1, "cannot be written"),
        (["-f", SRC / "viewer.py"], 6, "viewer.py: this is no saved memory"),
    ]
    for arguments, status, message in cases:
        done = run(*map(str, arguments))
        tap.result(f"status {status}: {message}", [] if (
            done.returncode == status and message in done.stderr) else
            [f"status {done.returncode}: {done.stderr}"])
    done = run("--help")
    tap.result("--help names all options", [
        o for o in ("--text", "--json", "--svg", "--domain", "--range",
                    "--save", "--from", "--output", "Status:")
        if o not in done.stdout or done.returncode])


def check_range(tap, path):
    part = json.loads(show("json", path, "-r", "0x10000000-0x10001000"))
    names = [r["name"] for r in part["regions"]]
    tap.result("a range leaves the rest out", [] if names == [
        "root", "bus", "uart", "spy"] else names)
    Picture(show("svg", path, "-r", "256M-0x10001000"))
    tap.result("a range can be drawn", [])


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([MAKER, scratch], check=True, capture_output=True)
        small, busy = f"{scratch}/small.map", f"{scratch}/busy.map"
        golden = (SRC / "small.txt").read_text(encoding="utf-8")
        tap.result("the text is as it was",
                   different(golden, show("text", small)))
        for name, path in [("small", small), ("busy", busy)]:
            d = json.loads(show("json", path))
            tap.result(f"{name}: the JSON does not contradict itself",
                       contradictions(d))
            picture = check_picture(tap, name, path, d)
        tap.result("busy: more than 100 regions, of which some are hidden",
                   [] if len(picture.regions) > 100 and len(d["hidden"]) > 20
                   else [f"{len(picture.regions)}, {len(d['hidden'])}"])
        check_range(tap, small)
        check_options(tap, small, scratch)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
