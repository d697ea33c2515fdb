# SPDX-License-Identifier: BSD-2-Clause
#
# What the checks in dom0 run: with Debian's libraries for arm64, statically.

IOMEM_LIBS = xenctrl xencall xendevicemodel xenforeignmemory xentoollog \
	xentoolcore

tests/boot/root/bin/iomem: tests/boot/tools/iomem.c \
		xen/include/public/entresol.h Makefile
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CROSS_CC) $(TOOL_CPPFLAGS) \
		-idirafter $(ARM64_INCLUDE) $(TOOL_CFLAGS) -O2 -s -static \
		-o $@ $(filter %.c,$^) $(IOMEM_LIBS:%=$(ARM64_LIBS)/lib%.a) \
		-lpthread

noinst_DATA += tests/boot/root/bin/iomem

# Domains, and a tiny guest of its own.
tests/boot/root/bin/domain: tests/boot/tools/domain.c Makefile
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CROSS_CC) $(TOOL_CPPFLAGS) \
		-idirafter $(ARM64_INCLUDE) $(TOOL_CFLAGS) -O2 -s -static \
		-o $@ $(filter %.c,$^) $(IOMEM_LIBS:%=$(ARM64_LIBS)/lib%.a) \
		-lpthread

tests/boot/root/guest/payload.elf: tests/boot/guest/payload.c Makefile
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CROSS_CC) -idirafter $(ARM64_INCLUDE) \
		-std=gnu11 $(WARNINGS) -D__XEN_TOOLS__ -O2 -s -ffreestanding \
		-fno-pie -mgeneral-regs-only -mstrict-align \
		-fno-stack-protector -nostdlib -static -no-pie \
		-Wl,--build-id=none,-Ttext-segment=0x40080000 \
		-o $@ $(filter %.c,$^)

noinst_DATA += tests/boot/root/bin/domain tests/boot/root/guest/payload.elf
