# SPDX-License-Identifier: BSD-2-Clause
"""What the hypervisor should make of a device tree, worked out another way.

No library reads the blob here, and addresses go from the root down: every bus
gets the list of its windows as the CPU sees them, where xen/core/dt walks from
a `reg` upwards.  Sets of pages are lists of intervals, where xen/core/dt sorts
and joins regions.
"""

import struct

PAGE = 4096
TOP = 1 << 64
IPA_TOP = 1 << 48

SRAM = {"mmio-sram", "arm,juno-sram-ns", "amlogic,meson-gxbb-sram"}
ROWS = {
    "nvidia,tegra186-sysram": "tegra-sysram",
    "nvidia,tegra194-sysram": "tegra-sysram",
    "nvidia,tegra234-sysram": "tegra-sysram",
    "atmel,sama5d2-securam": "securam",
    "rockchip,rk3288-pmu-sram": "pmu-sram",
    "qcom,rpm-msg-ram": "rpm-msg-ram",
    "simple-framebuffer": "simple-framebuffer",
    "pci-host-ecam-generic": "pci-host",
    "pci-host-cam-generic": "pci-host",
    "arm,gic-v2m-frame": "gic-v2m",
    "arm,gic-v3": "gic-v3",
    "arm,armv8-timer": "timer", "arm,armv7-timer": "timer",
    "arm,psci": "psci", "arm,psci-0.2": "psci", "arm,psci-1.0": "psci",
    "arm,gic-v3-its": "gone",
    "arm,cortex-a53-edac": "gone", "arm,cortex-a57-edac": "gone",
    "multiboot,module": "gone", "xen,multiboot-module": "gone",
    "xen,domain": "gone", "xen,xen": "gone",
}
GIC_V2 = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a7-gic",
          "arm,cortex-a9-gic", "arm,pl390", "qcom,msm-qgic2",
          "qcom,msm-8660-qgic"}
PMU = ("arm,armv8-pmuv3", "brcm,vulcan-pmu", "cavium,thunder-pmu",
       "nvidia,denver-pmu", "nvidia,carmel-pmu", "qcom,kryo-pmu")
# Nothing at or below these stays in the guest's tree.
DROPPED = {"gone", "timer", "psci", "memory", "cpus"}
# No `reg` below these is an address.
OPAQUE = {"mmio-sram", "mmio-sram, no-memory-wc", "tegra-sysram", "securam",
          "pmu-sram", "rpm-msg-ram", "simple-framebuffer", "pci-host",
          "reserved-memory"}


class Node:
    def __init__(self, name, parent):
        self.name = name
        self.parent = parent
        self.props = {}
        self.children = []

    def path(self):
        if not self.parent:
            return "/"
        return self.parent.path().rstrip("/") + "/" + self.name

    def u32(self, name, otherwise):
        value = self.props.get(name)
        if value is None or len(value) != 4:
            return otherwise
        return int.from_bytes(value, "big")

    def words(self, name):
        value = self.props.get(name, b"")
        return list(struct.unpack(">%dI" % (len(value) // 4),
                                  value[:len(value) // 4 * 4]))

    def text(self, name):
        value = self.props.get(name)
        if not value or value[-1]:
            return None
        return value.split(b"\0")[0].decode("latin-1")

    def compatible(self):
        value = self.props.get("compatible", b"")
        return [s.decode("latin-1") for s in value.split(b"\0")[:-1]]

    def okay(self):
        return ("status" not in self.props or
                self.text("status") in ("okay", "ok"))

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


def parse(blob):
    """The root node and the list of /memreserve/ entries."""
    (_, _, struct_at, strings_at, rsv_at, _, _, _, _,
     struct_len) = struct.unpack_from(">10I", blob)
    reserved = []
    while True:
        base, size = struct.unpack_from(">2Q", blob, rsv_at)
        if not base and not size:
            break
        reserved.append((base, size))
        rsv_at += 16
    names = {}
    at = struct_at
    node = root = None
    while at < struct_at + struct_len:
        token, = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:
            end = blob.index(b"\0", at)
            new = Node(blob[at:end].decode("latin-1"), node)
            if node:
                node.children.append(new)
            else:
                root = new
            node = new
            at = (end + 4) & ~3
        elif token == 2:
            node = node.parent
        elif token == 3:
            length, name_at = struct.unpack_from(">2I", blob, at)
            name = names.get(name_at)
            if name is None:
                start = strings_at + name_at
                name = blob[start:blob.index(b"\0", start)].decode("latin-1")
                names[name_at] = name
            node.props.setdefault(name, blob[at + 8:at + 8 + length])
            at = (at + 8 + length + 3) & ~3
        elif token == 9:
            break
    return root, reserved


# ------------------------------------------------------------ intervals

def pages(start, end):
    return (start // PAGE * PAGE, -(-end // PAGE) * PAGE)


def union(intervals):
    out = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if out and start <= out[-1][1]:
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([start, end])
    return [tuple(i) for i in out]


def minus(intervals, cuts):
    for a, b in cuts:
        left = []
        for start, end in intervals:
            if b <= start or end <= a:
                left.append((start, end))
                continue
            left += [(start, a)] if start < a else []
            left += [(b, end)] if b < end else []
        intervals = left
    return intervals


def common(one, other):
    return [(max(a, c), min(b, d)) for a, b in one for c, d in other
            if max(a, c) < min(b, d)]


# ------------------------------------------------------------ addresses

def number(words):
    value = 0
    for word in words:
        value = value << 32 | word
    return value


def split(value):
    return value >> 64, value & (TOP - 1)


def cells(node):
    return node.u32("#address-cells", 2), node.u32("#size-cells", 1)


def usable(node):
    address, size = cells(node)
    return 1 <= address <= 4 and size <= 2


def chunks(words, length):
    if len(words) % length:
        return []
    return [words[i:i + length] for i in range(0, len(words), length)]


def lead(windows, high, low, size):
    """Where [low, low + size) of a space lies for the CPU: (start, length)."""
    start = None
    got = 0
    while got < size or start is None:
        for w_high, w_low, w_size, cpu in windows:
            at = low + got
            if w_high == high and w_low <= at < w_low + w_size:
                break
        else:
            break
        here = cpu + at - w_low
        if start is None:
            start = here
        elif here != start + got:
            break
        got += min(w_low + w_size - at, size - got)
        if got == 0:
            break
    return None if start is None else (start, got)


def compose(bus, above):
    """Windows of @bus for the CPU, from those of the space above it."""
    if above is None or "ranges" not in bus.props:
        return None
    if not bus.props["ranges"]:
        return above
    if not usable(bus) or not usable(bus.parent):
        return None
    mine, size_cells = cells(bus)
    theirs, _ = cells(bus.parent)
    out = []
    for entry in chunks(bus.words("ranges"), mine + theirs + size_cells):
        high, low = split(number(entry[:mine]))
        up_high, up_low = split(number(entry[mine:mine + theirs]))
        size = number(entry[mine + theirs:])
        for w_high, w_low, w_size, cpu in above:
            start = max(up_low, w_low)
            end = min(up_low + size, w_low + w_size)
            if w_high == up_high and start < end:
                out.append((high, low + start - up_low, end - start,
                            cpu + start - w_low))
    return out


class Tree:
    """Everything expected of one blob."""

    def __init__(self, blob):
        self.root, self.memreserve = parse(blob)
        self.spaces = {}
        self.phandles = {}
        for node in self.root.walk():
            if not node.parent:
                self.spaces[node] = [(0, 0, TOP, 0)]
            else:
                self.spaces[node] = compose(node, self.spaces[node.parent])
            for name in ("phandle", "linux,phandle"):
                if node.u32(name, 0):
                    self.phandles.setdefault(node.u32(name, 0), node)
        self.find_gic()
        self.find_console()
        self.banks = self.find_banks()
        self.reserved = self.find_reserved()
        self.exact = []
        self.kept = []
        self.visit(self.root, None, False)

    def regs(self, node):
        """(start, size, asked) for each usable entry of `reg`."""
        bus = node.parent
        if not bus or "reg" not in node.props or not usable(bus):
            return
        address, size_cells = cells(bus)
        for entry in chunks(node.words("reg"), address + size_cells):
            high, low = split(number(entry[:address]))
            size = number(entry[address:])
            windows = self.spaces[bus]
            place = lead(windows, high, low, size) if windows else None
            if place and size and place[1] and place[0] + place[1] <= TOP:
                yield place[0], place[1], size
            else:
                yield None

    def first_regs(self, node):
        return [r if r and r[1] == r[2] else None for r in self.regs(node)]

    def find_gic(self):
        self.gic = None
        self.gic_ranges = []
        for node in self.root.walk():
            names = set(node.compatible())
            v3 = "arm,gic-v3" in names
            if "arm,gic-v3-its" in names:
                r = self.first_regs(node)
                self.gic_ranges += [r[0]] if r and r[0] else []
            if self.gic or not node.okay() or not (
                    v3 or names & GIC_V2 or
                    "nvidia,tegra210-agic" in names):
                continue
            parent = node.u32("interrupt-parent", 0)
            if parent and parent != node.u32("phandle", 0):
                continue
            regs = self.first_regs(node)
            need = 1 + node.u32("#redistributor-regions", 1) if v3 else 2
            if len(regs) < need or None in regs[:need]:
                continue
            self.gic = node
            self.gic_ranges += [r for r in regs[:need + (3 if v3 else 2)] if r]

    def at_path(self, path):
        node = self.root
        for part in path.split("/")[1:]:
            for child in node.children:
                if child.name == part or ("@" not in part and
                                          child.name.split("@")[0] == part):
                    node = child
                    break
            else:
                return None
        return node

    def find_console(self):
        self.console = None
        self.console_range = None
        chosen = self.at_path("/chosen")
        if not chosen:
            return
        path = chosen.text("stdout-path") or chosen.text("linux,stdout-path")
        if not path:
            return
        path = path.split(":")[0]
        if not path.startswith("/"):
            aliases = self.at_path("/aliases")
            path = aliases.text(path) if aliases else None
        node = self.at_path(path) if path else None
        regs = self.first_regs(node) if node else []
        if regs and regs[0] and node.text("compatible"):
            self.console = node
            self.console_range = regs[0]

    def find_banks(self):
        found = []
        for node in self.root.walk():
            if node.text("device_type") == "memory" and node.okay():
                found += [(-(-r[0] // PAGE) * PAGE,
                           (r[0] + r[1]) // PAGE * PAGE)
                          for r in self.regs(node) if r]
        return union(found)

    def find_reserved(self):
        found = []
        for base, size in self.memreserve:
            if size:
                start, end = pages(base, base + size)
                found.append((start, end, "map", "/memreserve/"))
        for top in self.root.children:
            if top.name != "reserved-memory":
                continue
            for node in top.children:
                if not node.okay():
                    continue
                how = "no-map" if "no-map" in node.props else "map"
                for r in self.regs(node):
                    if r:
                        start, end = pages(r[0], r[0] + r[1])
                        found.append((start, end, how, node.name))
        return sorted(found, key=lambda r: r[0])

    def row(self, node, inherited):
        if node is self.console:
            return "gone"
        for name in node.compatible():
            if name in SRAM:
                return ("mmio-sram, no-memory-wc"
                        if "no-memory-wc" in node.props else "mmio-sram")
            if name in GIC_V2:
                return "gic-v2"
            if name in PMU or (name.startswith("arm,") and
                               name.endswith("-pmu")):
                return "gone"
            if name in ROWS:
                return ROWS[name]
        kind = node.text("device_type")
        if kind == "pci":
            return "pci-host"
        if kind == "memory":
            return "memory"
        if node.parent is self.root and node.name in (
                "cpus", "chosen", "reserved-memory"):
            return node.name
        return inherited

    def visit(self, node, inherited, opaque):
        row = self.row(node, inherited)
        if row in DROPPED:
            return
        made_anew = row in ("gic-v2", "gic-v3")
        if not made_anew or inherited == row:
            self.kept.append(node)
        if row not in ("chosen", "reserved-memory") and not opaque and (
                not made_anew or inherited == row):
            self.take_regs(node, row or "device")
            if row == "pci-host":
                self.take_windows(node)
        below = row if made_anew else None
        for child in node.children:
            self.visit(child, below, opaque or row in OPAQUE)

    def take_regs(self, node, row):
        for r in self.regs(node):
            if r:
                self.exact.append((r[0], r[0] + r[1], row, node.name))

    def take_windows(self, node):
        address, size_cells = cells(node)
        up, _ = cells(node.parent)
        if address != 3 or not usable(node) or not usable(node.parent):
            return
        for entry in chunks(node.words("ranges"), 3 + up + size_cells):
            kind = entry[0] >> 24 & 3
            high, low = split(number(entry[3:3 + up]))
            size = number(entry[3 + up:])
            above = self.spaces[node.parent]
            place = lead(above, high, low, size) if above else None
            if not place or not place[1]:
                continue
            row = ("pci-host", "pci-io")[kind] if kind < 2 else (
                "pci-prefetch" if entry[0] >> 30 & 1 else "pci-window")
            self.exact.append((place[0], place[0] + place[1], row, node.name))

    # ---------------------------------------------------------- results

    def expected(self):
        """Row name -> union of page intervals."""
        gic = [pages(r[0], r[0] + r[1]) for r in self.gic_ranges]
        holes = union([(r[0], r[1]) for r in self.reserved])
        rows = {}
        for start, end, row, _ in self.exact:
            if end > IPA_TOP:
                continue
            whole = [pages(start, end)]
            part = (minus(whole, self.banks) +
                    common(whole, common(self.banks, holes)))
            if self.console_range:
                c = self.console_range
                if start < c[0] + c[1] and c[0] < end:
                    part = minus(part, [pages(c[0], c[0] + c[1])])
            rows.setdefault(row, []).extend(minus(part, gic))
        for start, end, how, _ in self.reserved:
            row = ("reserved-memory, no-map" if how == "no-map" else
                   "reserved-memory")
            part = [(start, end)] if end <= IPA_TOP else []
            if self.console_range:
                c = self.console_range
                if common(part, [(c[0], c[0] + c[1])]):
                    part = minus(part, [pages(c[0], c[0] + c[1])])
            rows.setdefault(row, []).extend(minus(part, gic))
        return {row: union(i) for row, i in rows.items() if union(i)}

    def irq_parent(self, node):
        here = node
        while node:
            if node is not here and "#interrupt-cells" in node.props:
                return node
            phandle = node.u32("interrupt-parent", 0)
            if phandle:
                return self.phandles.get(phandle)
            node = node.parent
        return None

    def specs(self, node):
        """(interrupt parent, specifier) for what the node names."""
        words = node.words("interrupts-extended")
        if words:
            while words:
                phandle, words = words[0], words[1:]
                if not phandle:
                    continue
                parent = self.phandles.get(phandle)
                length = parent.u32("#interrupt-cells", 0) if parent else 0
                if not length or len(words) < length:
                    return
                yield parent, words[:length]
                words = words[length:]
            return
        parent = self.irq_parent(node)
        length = parent.u32("#interrupt-cells", 0) if parent else 0
        if length:
            for spec in chunks(node.words("interrupts"), length):
                yield parent, spec

    def map_specs(self, node):
        words = node.words("interrupt-map")
        mine = node.u32("#address-cells", 2) + node.u32("#interrupt-cells", 1)
        while len(words) > mine:
            parent = self.phandles.get(words[mine])
            if not parent:
                return
            skip = (0 if "interrupt-controller" in node.props else
                    parent.u32("#address-cells", 0))
            length = parent.u32("#interrupt-cells", 0)
            start = mine + 1 + skip
            if not length or len(words) < start + length:
                return
            yield parent, words[start:start + length]
            words = words[start + length:]

    def spi(self, parent, spec):
        if (parent is self.gic and len(spec) >= 3 and spec[0] == 0 and
                spec[1] <= 987):
            return 32 + spec[1]
        return None

    def irqs(self):
        found = {}
        own = None
        if not self.gic:
            return {}
        if self.console:
            for parent, spec in self.specs(self.console):
                own = self.spi(parent, spec)
                break
        for node in self.kept:
            for source in (self.specs(node), self.map_specs(node)):
                for parent, spec in source:
                    irq = self.spi(parent, spec)
                    if irq and irq != own:
                        found[irq] = found.get(irq) or bool(spec[2] & 3)
            base = node.u32("arm,msi-base-spi", 0)
            for irq in range(base, base + node.u32("arm,msi-num-spis", 0)):
                if base >= 32 and irq != own:
                    found[irq] = True
        return found
