# SPDX-License-Identifier: BSD-2-Clause
#
# Test guests: one program per file named here, each linked with lib/.
# "make guests" builds them into guest/.

GUESTS = abi_attribute abi_control abi_evtchn abi_fifo abi_gnttab abi_memory abi_physmap \
	abi_psci abi_toolstack abi_unknown abi_vcpu abi_version \
	attribute balloon_stress bench bench_map bench_smp boot_state \
	dirty_log dirty_log_max map_race s2_combined_tlb s2_permission sram \
	trap_sysreg two_vcpus_one_asid vgic_irq vgic_regs vtimer wait walk_abort

# Those that make other domains, and what they are linked with besides: the
# program that runs there.
GUESTS_DOMU = bench_domu domu domu_invalidate domu_ioreq domu_life
GUESTS += $(GUESTS_DOMU)

GUEST_LIB = start.S badptr.c balloon.c board.c evtchn.c exception.c gic.c iomem.c \
	measure.c measure_vectors.S mmu.c print.c range.c smp.c string.c tap.c

GUEST_CPPFLAGS = -nostdinc -isystem $(srcdir)/tests/guest/lib/libc \
	-isystem $(CROSS_GCC_INCLUDE) -isystem $(ARM64_INCLUDE) \
	-I$(srcdir)/tests/guest/lib -I$(srcdir)/xen/include -D__XEN_TOOLS__
GUEST_CFLAGS = $(CROSS_MODEL) $(WARNINGS) -O2 -g -fPIE \
	-fvisibility=hidden -mno-outline-atomics -mstrict-align \
	-fno-tree-loop-distribute-patterns
GUEST_OBJECTS = $(GUEST_LIB:%=guest/lib/%.o)
GUEST_BINARIES = $(GUESTS:%=guest/%.bin)
GUEST_LDS = tests/guest/lib/guest.lds

guests: $(GUEST_BINARIES)
.PHONY: guests check-guest check-reference bench

guest/%.o: tests/guest/% Makefile
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CROSS_CC) $(GUEST_CPPFLAGS) \
		$(GUEST_CFLAGS) -MMD -MP -c -o $@ $<

guest/%.elf: guest/%.c.o $(GUEST_OBJECTS) $(GUEST_LDS)
	$(AM_V_CCLD)$(CROSS_CC) $(CROSS_LDFLAGS) -Wl,-T,$(filter %.lds,$^) \
		-o $@ $(filter %.o,$^) $(ARM64_LIBFDT) -lgcc

$(GUESTS_DOMU:%=guest/%.elf): guest/lib/dm.c.o guest/lib/domu.c.o \
	guest/lib/agent_image.S.o
guest/lib/agent_image.S.o: guest/agent.bin

guest/%.bin: guest/%.elf
	$(AM_V_GEN)$(CROSS_OBJCOPY) -O binary $< $@

# The hypervisor after a bad start.
guest/poisoned: guest/poison.S.o xen/entresol
	$(AM_V_GEN)$(CROSS_OBJCOPY) -O binary $< $@.head && \
		cat $@.head xen/entresol > $@

.PRECIOUS: guest/%.elf guest/%.o

-include $(GUEST_OBJECTS:.o=.d) $(GUESTS:%=guest/%.c.d) \
	guest/agent.c.d guest/lib/dm.c.d guest/lib/domu.c.d

# On Entresol alone; on Xen and Entresol with the transcripts compared; and
# the instructions each takes.
check-guest: $(GUEST_BINARIES) xen/entresol guest/poisoned
	$(srcdir)/tests/guest/run --build . --on entresol
	$(srcdir)/tests/guest/run --build . --on guest/poisoned \
		boot_state trap_sysreg vgic_irq vtimer
	$(PYTHON) $(srcdir)/tests/guest/crash --build .

check-reference: $(GUEST_BINARIES) xen/entresol
	$(srcdir)/tests/guest/compare --build .

bench: $(GUEST_BINARIES) xen/entresol
	$(srcdir)/tests/guest/bench-table --build .
