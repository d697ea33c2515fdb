#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Boot Debian Linux as dom0 in QEMU, in several configurations.

Each boot runs checks inside dom0 (tests/boot/dom0/tests), which print TAP on
its console; what can only be seen from outside is checked here.  Everything
comes out as one TAP stream, the transcripts stay in BUILD/tests/boot/.

usage: run.py --build DIR [--hypervisor entresol|xen] [--only NAME] [--list]
"""

import argparse
import contextlib
import hashlib
import json
import os
import queue
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
MIB = 1 << 20
TAP_LINE = re.compile(r"^(not ok|ok) (\d+) - (.*)$")
PLAN = re.compile(r"^1\.\.(\d+)$")


@dataclass
class Config:
    """One boot: the machine, dom0's share of it, and what is checked."""
    name: str
    cpus: int = 1
    cpu: str = "cortex-a57"
    mem: int = 1024                 # MiB of the machine
    dom0_mem: int = 512             # MiB of dom0
    checks: str = "base"
    end: str = "poweroff"
    timeout: int = 180
    qemu: list = field(default_factory=list)     # further arguments
    overlay: str = ""               # for the device tree
    module: str = ""                # overlay that the hypervisor applies
    guests: bool = False            # dom0 has what it makes guests from
    dialogue: dict = field(default_factory=dict)    # by hypervisor


@dataclass
class Step:
    """Wait for a line of the console, then type."""
    what: str
    wait: str
    send: bytes = b""


SWITCH = b"\x01\x01\x01"           # Ctrl-A three times


def dialogue(keys):
    """Type to dom0, then keys to the hypervisor, then to dom0 again."""
    steps = [
        Step("dom0 asks for a line", r"^type: first", b"first\n"),
        Step("dom0 asks for another", r"^type: second", SWITCH),
        Step("Ctrl-A three times leads to the hypervisor",
             r"Serial input to (Xen|Entresol)", keys[0][0])]
    following = [key for key, _ in keys[1:]] + [SWITCH]
    for (key, answer), after in zip(keys, following):
        steps.append(Step(f"key {key.decode()} is answered", answer, after))
    return steps + [Step("Ctrl-A three times leads back",
                         r"Serial input to DOM0", b"second\n")]


DIALOGUES = {
    "xen": dialogue([(b"h", "'h'"), (b"q", "General information for domain 0"),
                     (b"e", "Event channel information for domain 0")]),
    "entresol": dialogue([
        (b"h", "key 'h': "), (b"m", "d0: regions"),
        (b"s", "d0: stage2_page_tables"), (b"q", "d0v0: "),
        (b"i", "d0: interrupts"), (b"e", "d0: event channels"),
        (b"H", "frames: "), (b"c", "flushes")]),
}

# Without this QEMU spends its time on computing pointer authentication codes.
MAX = "max,pauth-impdef=on"

CONFIGS = [
    Config("a57-1cpu", checks="base,devices,balloon"),
    Config("a57-4cpu", cpus=4, checks="base,devices,balloon"),
    Config("max-1cpu", cpu=MAX, checks="base,balloon"),
    Config("max-4cpu-4G", cpus=4, cpu=MAX, mem=4096, dom0_mem=3072,
           checks="base,devices,balloon"),
    Config("reboot", cpus=2, end="reboot"),
    Config("sram", checks="base,sram,memmap", overlay="tests/boot/sram.dtso"),
    Config("attribute", checks="base,attribute",
           overlay="tests/boot/sram.dtso"),
    Config("reserved", mem=2048, checks="reserved",
           overlay="tests/boot/reserved.dtso"),
    Config("tree-module", mem=2048, checks="reserved",
           overlay="tests/boot/module.dtso",
           module="tests/boot/reserved.dtso"),
    Config("keyboard", cpus=2, checks="keyboard", dialogue=DIALOGUES),
    Config("guests", cpus=4, mem=2048, dom0_mem=768, checks="guests",
           guests=True, timeout=300),
    Config("guest-sram", cpus=2, checks="guest_sram", guests=True,
           timeout=300, overlay="tests/boot/sram.dtso"),
]


# Xen removes the ITS from dom0's device tree but leaves the host bridge's
# msi-map that points to it: Linux then warns.  Without an ITS it does not.
REFERENCE = {"entresol": [], "xen": ["--machine", "its=off"]}


class Tap:
    """A TAP stream on standard output, counted."""

    def __init__(self):
        self.passed = self.failed = 0

    def line(self, good, what, notes=()):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        number = self.passed + self.failed
        print(f"{'ok' if good else 'not ok'} {number} - {what}")
        for note in [] if good else notes:
            print(f"# {note}")
        sys.stdout.flush()

    def finish(self):
        print(f"1..{self.passed + self.failed}")
        print(f"# {self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0


class Disk:
    """A disk image: 4 MiB of known data, 4 MiB for dom0 to write."""

    def __init__(self, path):
        self.path = path
        known = bytearray()
        block = b"entresol"
        while len(known) < 4 * MIB:
            block = hashlib.sha512(block).digest()
            known += block
        self.known = bytes(known)
        self.sha256 = hashlib.sha256(self.known).hexdigest()
        with open(path, "wb") as file:
            file.write(self.known + bytes(4 * MIB))

    def was_written(self):
        with open(self.path, "rb") as file:
            return file.read() == self.known * 2


class Machine:
    """A running QEMU: its console, line by line, and how it ended."""

    def __init__(self, command, log, scratch):
        self.lines = []
        self.ended = None               # reason of QEMU's SHUTDOWN event
        self._log = open(log, "w", encoding="utf-8", errors="replace")
        self._queue = queue.Queue()
        qmp = os.path.join(scratch, "qmp")
        server = socket.socket(socket.AF_UNIX)
        server.bind(qmp)
        server.listen(1)
        self.process = subprocess.Popen(
            command + ["-qmp", f"unix:{qmp}", "-no-reboot"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        self._events = threading.Thread(
            target=self._watch, args=(server,), daemon=True)
        self._events.start()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for raw in self.process.stdout:
            self._queue.put(raw.decode("utf-8", "replace").rstrip("\r\n"))
        self._queue.put(None)

    def _watch(self, server):
        server.settimeout(30)
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection, connection.makefile("r") as replies, \
                contextlib.suppress(OSError):
            connection.sendall(b'{"execute": "qmp_capabilities"}\n')
            for reply in replies:
                message = json.loads(reply)
                if message.get("event") == "SHUTDOWN":
                    self.ended = message["data"]["reason"]

    def _talk(self, line, steps):
        if steps and re.search(steps[0].wait, line):
            self.process.stdin.write(steps.pop(0).send)
            self.process.stdin.flush()

    def run(self, timeout, steps):
        """Follow the console until QEMU ends; False if it had to be ended.
        What remains in @steps afterwards has not happened."""
        deadline = time.monotonic() + timeout
        try:
            while True:
                left = max(0.01, deadline - time.monotonic())
                line = self._queue.get(timeout=left)
                if line is None:
                    break
                self._log.write(line + "\n")
                self._log.flush()
                self.lines.append(line)
                self._talk(line, steps)
            in_time = True
        except queue.Empty:
            in_time = False
        self.process.kill()
        self.process.wait()
        self._events.join(2)
        self._log.close()
        return in_time


def devices(disks):
    """The devices that the checks in devices.sh expect."""
    arguments = ["-nic", "none", "-rtc", "base=2031-05-23T12:00:00"]
    for number, (disk, device) in enumerate(
            zip(disks, ["virtio-blk-device", "virtio-blk-pci"])):
        arguments += [
            "-drive", f"if=none,format=raw,id=disk{number},file={disk.path}",
            "-device", f"{device},drive=disk{number}"]
    for number, device in enumerate(["virtio-net-device", "e1000e"]):
        arguments += [
            "-netdev", f"user,id=net{number},net=10.0.{2 + number}.0/24",
            "-device", f"{device},netdev=net{number}"]
    return arguments


def guest_files(config, args):
    """Disks with the kernel and the ramdisk of dom0's guests."""
    if not config.guests:
        return []
    files = {"kernel": "arm64/Image", "ramdisk": "tests/boot/initrd.cpio.gz"}
    arguments = []
    for name, file in files.items():
        path = os.path.join(args.build, file)
        arguments += [
            "-drive", f"if=none,format=raw,readonly=on,id={name},file={path}",
            "-device", f"virtio-blk-device,drive={name},serial={name}"]
    return arguments


def module_loader(config, args):
    """An overlay, compiled, as QEMU puts it where module.dtso says."""
    if not config.module:
        return []
    blob = os.path.join(args.build, "tests", "boot", "module.dtbo")
    os.makedirs(os.path.dirname(blob), exist_ok=True)
    subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb", "-o", blob,
                    os.path.join(TOP, config.module)], check=True)
    return ["-device", f"loader,file={blob},addr=0x60000000,force-raw=on"]


def command_line(config, args, disks):
    binary = {"entresol": "xen/entresol", "xen": "arm64/xen"}[args.hypervisor]
    append = " ".join([
        "console=hvc0", "panic=-1", f"entresol.checks={config.checks}",
        f"entresol.end={config.end}", f"entresol.cpus={config.cpus}",
        f"entresol.ram={config.dom0_mem}",
        f"entresol.sha256={disks[0].sha256}"])
    return [
        os.path.join(TOP, "scripts/qemu"),
        "--hypervisor", os.path.join(args.build, binary),
        "--kernel", os.path.join(args.build, "arm64/Image"),
        "--initrd", os.path.join(args.build, "tests/boot/initrd.cpio.gz"),
        "--append", append,
        "--xen-append", f"dom0_mem={config.dom0_mem}M",
        "--cpus", str(config.cpus), "--cpu", config.cpu,
        "--mem", f"{config.mem}M", *REFERENCE[args.hypervisor],
        *(["--overlay", os.path.join(TOP, config.overlay)]
          if config.overlay else []), "--"] + devices(disks) + \
        module_loader(config, args) + guest_files(config, args) + config.qemu


def report_inside(tap, config, lines):
    """Pass on the TAP that dom0 printed; its plan must be kept."""
    plan = None
    seen = 0
    for index, line in enumerate(lines):
        planned = PLAN.match(line)
        result = TAP_LINE.match(line)
        if planned:
            plan = int(planned.group(1))
        if not result:
            continue
        seen += 1
        notes = []
        for following in lines[index + 1:]:
            if not following.startswith("# "):
                break
            notes.append(following[2:])
        tap.line(result.group(1) == "ok", f"{config.name}: {result.group(3)}",
                 notes)
    tap.line(plan is not None and plan == seen,
             f"{config.name}: all checks of dom0 ran",
             [f"plan {plan}, results {seen}; the last lines:"] + lines[-15:])


def boot_line(region):
    """A region of entresol-memmap's JSON as the hypervisor's log has it."""
    size = region["size"] >> 10
    unit = 0
    while size % 1024 == 0 and unit < 2:
        size >>= 10
        unit += 1
    place = f"{region['name']}: ipa {region['ipa']:#x}"
    size = f"{size} {('KiB', 'MiB', 'GiB')[unit]}"
    if region["pa"] is None:
        return f"{place} {size} {region['kind']}"
    return f"{place} pa {region['pa']:#x} {size} {region['attribute']} " \
        f"{region['permissions']} ({region['row'] or region['kind']})"


def compare_map(tap, config, lines):
    """What dom0 reads of its map later is what was said at boot."""
    said = [line.removeprefix("(XEN) ") for line in lines
            if re.match(r"\(XEN\) \S+: ipa .*(\)|emulated)$", line)]
    read = "\n".join(line.removeprefix("map: ") for line in lines
                     if line.startswith("map: "))
    try:
        regions = json.loads(read)["regions"]
        got = [boot_line(region) for region in regions[1:]]
    except (ValueError, KeyError) as error:
        got = [f"{error!r} in {read}"]
    tap.line(said == got and len(said) > 5,
             f"{config.name}: the map that dom0 reads is that of the boot log",
             [f"said {line}" for line in said] + [f"read {line}"
                                                  for line in got])


def boot(tap, config, args, scratch):
    logs = os.path.join(args.build, "tests/boot")
    log = os.path.join(logs, f"{args.hypervisor}-{config.name}.log")
    disks = [Disk(os.path.join(scratch, f"disk{i}")) for i in range(2)]
    start = time.monotonic()
    machine = Machine(command_line(config, args, disks), log, scratch)
    steps = config.dialogue.get(args.hypervisor, [])
    remaining = list(steps)
    in_time = machine.run(config.timeout, remaining)
    seconds = time.monotonic() - start

    if args.hypervisor == "entresol":
        tap.line(any("entering dom0" in line for line in machine.lines),
                 f"{config.name}: the hypervisor entered dom0",
                 machine.lines[-15:])
    report_inside(tap, config, machine.lines)
    for number, step in enumerate(steps):
        tap.line(number < len(steps) - len(remaining),
                 f"{config.name}: {step.what}", [f"no line with {step.wait}"])
    if args.hypervisor == "entresol" and "memmap" in config.checks.split(","):
        compare_map(tap, config, machine.lines)
    if "devices" in config.checks.split(","):
        for disk, bus in zip(disks, ["mmio", "pci"]):
            tap.line(disk.was_written(),
                     f"{config.name}: virtio-{bus} disk holds what dom0 wrote")
    wanted = {"poweroff": "guest-shutdown", "reboot": "guest-reset"}
    tap.line(in_time and machine.ended == wanted[config.end],
             f"{config.name}: {config.end} ends the machine",
             [f"ended by {machine.ended}, timeout {config.timeout} s "
              f"{'kept' if in_time else 'passed'}; see {log}"])
    print(f"# {config.name}: {seconds:.1f} s, transcript in {log}")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Boot Debian Linux as dom0 and check it from inside.")
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--hypervisor", choices=["entresol", "xen"],
                        default="entresol")
    parser.add_argument("--only", help="the one configuration to boot")
    parser.add_argument("--list", action="store_true",
                        help="name the configurations and stop")
    return parser.parse_args()


def main():
    args = parse_arguments()
    args.build = os.path.abspath(args.build)
    configs = [c for c in CONFIGS
               if args.only in (None, c.name)]
    if args.list:
        print("\n".join(c.name for c in configs))
        return 0
    if not configs:
        sys.exit(f"run.py: no configuration {args.only} (--list names them)")
    subprocess.run([os.path.join(TOP, "scripts/ramdisk"),
                    os.path.join(args.build, "arm64"),
                    os.path.join(args.build, "tests/boot/initrd.cpio.gz"),
                    os.path.join(TOP, "tests/boot/dom0"),
                    os.path.join(args.build, "tests/boot/root")], check=True)
    tap = Tap()
    for config in configs:
        with tempfile.TemporaryDirectory() as scratch:
            boot(tap, config, args, scratch)
    return tap.finish()


if __name__ == "__main__":
    sys.exit(main())
