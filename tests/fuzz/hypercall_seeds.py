#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Seeds for the hypercall fuzzer: calls that mean something.

    hypercall_seeds.py DIRECTORY

writes one file for each program below. The encoding is that of
tests/fuzz/hypercall.c; what libFuzzer found is beside them in the corpus.
"""
import pathlib
import struct
import sys

DOM0, DOM0_VCPU1, DOMU = 0, 1, 2
PAGE = 4096


def small(n):
    return bytes([0, n])


def ram(n=0):
    """An address in the argument page."""
    return bytes([1, n // 8])


def ram1(n=0):
    """An address in the page behind it."""
    return bytes([2, n // 8])


def gfn(n):
    """A frame of the caller's RAM."""
    return bytes([3, n])


def domu_gfn(n):
    return bytes([4, n])


def hole(n):
    return bytes([12, n])


def device(n):
    """A frame of the machine's devices."""
    return bytes([15, 0x80 | n])


def domid_self():
    return bytes([9, 0])


def big(n):
    return bytes([14, 0]) + struct.pack(">Q", n)


def put(at, value, size=8):
    """Write value at an offset of the argument pages."""
    half, rest = divmod(at, PAGE // 2)
    assert rest % 4 == 0 and rest < 128 and half < 4
    return bytes([(128 if size == 4 else 0) | half << 5 | rest // 4]) + value


# Index into the table of numbers in hypercall.c.
NUMBERS = [7, 12, 13, 17, 18, 20, 21, 24, 27, 29, 32, 33, 34, 35, 36, 41, 55]


def call(nr, *args, mem=(), who=DOM0, irq=1):
    args = list(args) + [small(0)] * (5 - len(args))
    return (bytes([who, irq, len(mem)]) + b"".join(mem) +
            bytes([NUMBERS.index(nr)]) + b"".join(args))


def reserve(cmd, frames, order=0, who=DOM0, irq=1):
    mem = [put(0, ram1()), put(8, small(len(frames))),
           put(16, small(order), 4), put(20, small(0), 4),
           put(24, domid_self(), 4)]
    mem += [put(PAGE + 8 * i, f) for i, f in enumerate(frames)]
    return call(12, small(cmd), ram(), mem=mem, who=who, irq=irq)


def physmap(space, idx, frame, who=DOM0):
    """domid and size share a word: 0 is dom0 itself."""
    return call(12, small(7), ram(), who=who, mem=[
        put(0, domid_self(), 4), put(4, small(space), 4),
        put(8, idx), put(16, frame)])


def batch(space, foreign, items):
    head = foreign << 48 | len(items) << 32 | space << 16 | 0x7ff0
    mem = [put(0, big(head)), put(8, ram1()), put(16, ram1(64)),
           put(24, ram(512))]
    for i, (idx, frame) in enumerate(items):
        mem += [put(PAGE + 8 * i, idx), put(PAGE + 64 + 8 * i, frame)]
    return call(12, small(23), ram(), mem=mem)


def remove(frame):
    return call(12, small(15), ram(), mem=[
        put(0, domid_self(), 4), put(8, frame)])


def evtchn(op, *words, who=DOM0):
    mem = [put(4 * i, w, 4) for i, w in enumerate(words)]
    return call(32, small(op), ram(), mem=mem, who=who)


def sched(op, *words):
    mem = [put(8 * i, w) for i, w in enumerate(words)]
    return call(29, small(op), ram(), mem=mem)


def domctl(cmd, domid, *words, irq=1):
    """Words of 8 bytes at offsets of the union."""
    mem = [put(0, small(cmd), 4), put(4, bytes([10, 0]), 4),
           put(8, small(domid), 4)]
    mem += [put(16 + at, value) for at, value in words]
    return call(36, ram(), mem=mem, irq=irq)


def permit(domid, first, nr, allow=1):
    return domctl(20, domid, (0, first), (8, small(nr)), (16, small(allow)))


def mapping(domid, gfn_, mfn, nr, how):
    """how: add, and the selector in its upper bits."""
    return domctl(39, domid, (0, gfn_), (8, mfn), (16, small(nr)),
                  (24, big(how)), irq=0)


def entresol(cmd, *words, who=DOM0, irq=1):
    mem = [put(8 * i, w) for i, w in enumerate(words)]
    return call(55, small(cmd), ram(), mem=mem, who=who, irq=irq)


def dump(cmd, record, domid=1):
    return entresol(cmd, big(record << 32 | domid), ram(512), small(3),
                    small(0), small(0), small(0))


def dirty(op, first, nr, domid=1):
    return entresol(6, big(op << 16 | domid), domu_gfn(first), small(nr),
                    ram(512), small(0), irq=0)


def dm_op(op, size, *words):
    mem = [put(0, small(op)), put(PAGE, ram()), put(PAGE + 8, small(size))]
    mem += [put(8 + 8 * i, w) for i, w in enumerate(words)]
    return call(41, small(1), small(1), ram1(), mem=mem)


def create():
    """Two vCPUs, 1023 ports, the usual grant tables, as the toolstack asks."""
    return domctl(1, 0, (0, small(12)), (16, big(3 << 32)), (24, big(2 << 32)),
                  (32, big(0xffffffff << 32 | 1023)),
                  (40, big(1 << 32 | 0xffffffff)), (48, small(0)))


SEEDS = {
    "iomem": permit(1, device(0), 4) + mapping(1, hole(1), device(0), 4, 1) +
             mapping(0, hole(9), device(1), 1, 3 << 8 | 1) +
             mapping(1, hole(2), device(1), 2, 0) +
             permit(1, device(0), 2, 0) + permit(1, device(32), 8) +
             mapping(1, hole(64), device(32), 8, 6 << 8 | 1) +
             entresol(2, small(1), device(0), small(9), small(0)) +
             batch(5, 0, [(device(33), hole(40)), (device(34), hole(41))]) +
             mapping(1, hole(64), device(32), 8, 0),
    "dumps": entresol(1) + dump(3, 160) + dump(4, 120) + dump(5, 32) +
             dump(7, 24) + dump(3, 160, 0x7ff0) + dump(5, 32, 0),
    "dirty": dirty(0, 0, 16) + dirty(2, 0, 64) + dirty(3, 0, 64) +
             batch(4, 1, [(domu_gfn(9), hole(1))]) + dirty(3, 0, 64) +
             reserve(1, [gfn(1), gfn(2)], who=DOMU) + dirty(3, 0, 64) +
             remove(hole(1)) + dirty(1, 0, 16),
    "ioreq": dm_op(1, 32, small(0)) + dm_op(2, 32, small(0)) +
             dm_op(3, 32, big(1 << 32), hole(0), hole(9)) +
             dm_op(5, 32, big(1 << 16)) +
             call(12, small(28), ram(), mem=[
                 put(0, big(1)), put(8, big(1)), put(16, small(1)),
                 put(24, ram1()), put(PAGE, hole(1))]) +
             entresol(8, big(1 << 32 | 1)) +
             dm_op(12, 32, big(1 << 32 | 3), domu_gfn(3)) +
             dm_op(6, 32, small(0)),
    "domain": create() + domctl(15, 2, (0, small(2))) +
              domctl(11, 2, (0, big(1 << 16))) + domctl(5, 2) +
              domctl(3, 2) + domctl(4, 2) + domctl(2, 2) + domctl(2, 1),
    "destroyed": batch(4, 1, [(domu_gfn(1), hole(1)),
                              (domu_gfn(2), hole(2))]) +
                 permit(1, device(0), 4) +
                 mapping(1, hole(1), device(0), 4, 1) + dirty(0, 0, 16) +
                 domctl(2, 1, irq=0) + remove(hole(1)) +
                 entresol(2, small(1), device(0), small(9), small(0)),
    "balloon": reserve(1, [gfn(1), gfn(2), gfn(9)]) +
               reserve(6, [gfn(1), gfn(2), gfn(9)]) +
               reserve(1, [gfn(i) for i in range(8)], irq=0) +
               reserve(6, [gfn(i) for i in range(8)], irq=0),
    "balloon-domu": reserve(1, [gfn(1), gfn(2)], who=DOMU) +
                    reserve(6, [gfn(1), hole(3)], who=DOMU),
    "blocks": reserve(1, [bytes([5, 0])], 9) + reserve(6, [bytes([5, 0])], 9) +
              reserve(1, [gfn(4)], 3),
    "shared-info": physmap(0, small(0), hole(1)) + remove(hole(1)) +
                   physmap(0, small(0), gfn(7)) + remove(gfn(7)) +
                   reserve(6, [gfn(7)]),
    "grant-frames": physmap(1, small(0), hole(1)) +
                    physmap(1, small(5), hole(2)) + remove(hole(1)),
    "foreign": batch(4, 1, [(domu_gfn(1), hole(1)), (domu_gfn(2), hole(2))]) +
               remove(hole(1)) + reserve(1, [gfn(1)], who=DOMU) +
               batch(4, 1, [(domu_gfn(3), gfn(3))]) + reserve(6, [gfn(3)]),
    "devices": batch(5, 0, [(big(0x8000), hole(1)), (big(0x9000), hole(2))]),
    "resource": call(12, small(28), ram(), mem=[
        put(0, big(2 << 32 | 1 << 16 | 1)), put(8, big(2)),
        put(16, small(0)), put(24, ram1()),
        put(PAGE, hole(1)), put(PAGE + 8, hole(2))]),
    "questions": b"".join(
        call(12, small(op), ram(), mem=[put(0, domid_self(), 4)])
        for op in (2, 3, 4, 14, 18, 19, 24, 26, 27, 11)),
    "versions": b"".join(call(17, small(op), ram()) for op in range(12)),
    "console": call(18, small(0), small(200), ram()) +
               call(18, small(1), small(10), ram()),
    "vcpu-info": call(24, small(10), small(0), ram(), mem=[
        put(0, gfn(5)), put(8, small(64), 4)]) +
        call(24, small(5), small(0), ram(), mem=[put(0, ram1())]),
    "poll": sched(3, ram1(), small(1), small(5)) +
            sched(3, ram1(), small(0), big(10**12)),
    "watchdog": sched(6, big(5 << 32)) + sched(6, big(7 << 32 | 1)) +
                sched(6, small(1)),
    "sched": b"".join(sched(op, small(0)) for op in (0, 1, 5, 7, 4)),
    "poweroff": sched(2, small(0)),
    "remote-shutdown": sched(4, big(3 << 32 | 1)),
    "multicall": call(13, ram1(), small(3), mem=[
        put(PAGE, small(17)), put(PAGE + 64, small(12)),
        put(PAGE + 64 + 16, small(1)), put(PAGE + 64 + 24, ram()),
        put(PAGE + 120, small(1)), put(0, ram1()), put(8, small(1))]),
    "params": call(34, small(1), ram(), mem=[
        put(0, domid_self(), 4), put(4, small(2), 4)]) +
        call(34, small(0), ram(), mem=[
            put(0, small(1), 4), put(4, small(1), 4), put(8, gfn(4))]),
    "settime": call(7, ram(), mem=[
        put(0, small(62), 4), put(4, bytes([11, 0]), 4), put(8, big(10**9))]),
    "control": call(35, ram(), mem=[put(4, bytes([10, 0]), 4)]) +
               call(36, ram(), mem=[put(4, bytes([10, 0]), 4)]),
    "assist": call(21, small(0), small(5)) + call(21, small(1), small(5)),
    "events": evtchn(6, domid_self()) + evtchn(6, big(0x7ff07ff0)) +
              evtchn(7, small(0)) + evtchn(4, small(1)) +
              evtchn(4, small(3)) + evtchn(9, small(3)) +
              evtchn(3, small(1)) + evtchn(10, domid_self()),
    "virq": evtchn(1, small(0), small(0)) + evtchn(1, small(2), small(0)) +
            evtchn(8, small(2), small(1)),
    "events-domu": evtchn(6, big(0), who=DOMU) +
                   evtchn(0, small(1), small(1)) + evtchn(4, small(1)),
    "fifo": call(32, small(11), ram(), mem=[put(0, gfn(3)),
                                            put(8, small(0), 4),
                                            put(12, small(0), 4)]) +
            call(32, small(12), ram(), mem=[put(0, gfn(6))]) +
            evtchn(7, small(0)) + evtchn(4, small(1)) +
            evtchn(13, small(1), small(3)),
    "grants": physmap(1, small(0), gfn(2)) +
              call(20, small(6), ram(), small(1),
                   mem=[put(0, domid_self(), 4)]) +
              call(20, small(8), ram(), small(1), mem=[put(0, small(1), 4)]) +
              call(20, small(5), ram(), small(1), mem=[
                  put(0, gfn(1)), put(8, domid_self()), put(16, gfn(2)),
                  put(24, domid_self()), put(32, big(1 << 48))]) +
              call(20, small(0), ram(), small(1), mem=[
                  put(0, big(0x90000000)), put(8, small(2), 4),
                  put(12, small(8), 4), put(16, small(1), 4)]) +
              call(20, small(1), ram(), small(1), mem=[
                  put(0, big(0x90000000)), put(16, small(0), 4)]),
    "cache-flush": call(20, small(12), ram(), small(1), mem=[
        put(0, ram()), put(8, big(3 << 32 | 64 << 16))]),
    "psci": b"".join(
        bytes([DOM0, 1, 0, 255]) + big(fn) + small(1) + big(0x40000) +
        small(0) * 2
        for fn in (0x84000000, 0xc4000003, 0xc4000004, 0x8400000a,
                   0x80000000, 0x8500ff01, 0x84000002)),
}


def main():
    where = pathlib.Path(sys.argv[1])
    where.mkdir(parents=True, exist_ok=True)
    for name, data in SEEDS.items():
        (where / name).write_bytes(data)


main()
