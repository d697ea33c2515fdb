# SPDX-License-Identifier: BSD-2-Clause
#
# Programs for people. Each is built for the build machine, without Xen's
# libraries, and statically for a dom0 (below tools/arm64/).

# Beside main() and the way to the hypervisor, and what it shares with that.
MEMMAP_TOOL_SOURCES = \
	tools/entresol-memmap/check.c \
	tools/entresol-memmap/dump.c \
	tools/entresol-memmap/json.c \
	tools/entresol-memmap/read.c \
	tools/entresol-memmap/svg.c \
	tools/entresol-memmap/svg_axis.c \
	tools/entresol-memmap/svg_layout.c \
	tools/entresol-memmap/svg_parts.c \
	tools/entresol-memmap/text.c
MEMMAP_TOOL_LIB = xen/lib/format.c xen/lib/maptext.c
TOOL_CPPFLAGS = -I$(srcdir)/xen/include -I$(srcdir)/xen -D_GNU_SOURCE
TOOL_CFLAGS = -std=gnu11 $(WARNINGS)

bin_PROGRAMS = tools/entresol-memmap/entresol-memmap
tools_entresol_memmap_entresol_memmap_SOURCES = $(MEMMAP_TOOL_SOURCES) \
	$(MEMMAP_TOOL_LIB) tools/entresol-memmap/hypervisor_none.c \
	tools/entresol-memmap/main.c
tools_entresol_memmap_entresol_memmap_CPPFLAGS = $(TOOL_CPPFLAGS)
tools_entresol_memmap_entresol_memmap_CFLAGS = $(TOOL_CFLAGS)
tools_entresol_memmap_entresol_memmap_LDFLAGS =
tools_entresol_memmap_entresol_memmap_LDADD =

dom0toolsdir = $(pkglibdir)/arm64
dom0tools_SCRIPTS = tools/arm64/entresol-memmap

ARM64_LIBS = $(ARM64)/root/usr/lib/aarch64-linux-gnu

tools/arm64/entresol-memmap: $(MEMMAP_TOOL_SOURCES) $(MEMMAP_TOOL_LIB) \
		tools/entresol-memmap/hypervisor_xen.c \
		tools/entresol-memmap/main.c \
		$(wildcard $(srcdir)/tools/entresol-memmap/*.h) \
		xen/lib/maptext.h \
		$(wildcard $(srcdir)/xen/include/public/*.h) Makefile
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CROSS_CC) $(TOOL_CPPFLAGS) \
		-idirafter $(ARM64_INCLUDE) $(TOOL_CFLAGS) -O2 -s -static \
		-o $@ $(filter %.c,$^) \
		$(ARM64_LIBS)/libxencall.a $(ARM64_LIBS)/libxentoolcore.a \
		$(ARM64_LIBS)/libxentoollog.a -lpthread

# Guests beside dom0.
RUN_TOOL_SOURCES = \
	tools/entresol-run/console.c \
	tools/entresol-run/guest.c \
	tools/entresol-run/load.c \
	tools/entresol-run/main.c \
	tools/entresol-run/options.c \
	tools/entresol-run/report.c \
	tools/entresol-run/sram.c \
	tools/entresol-run/tree.c \
	tools/entresol-run/watch.c
RUN_TOOL_LIBS = xenctrl xenforeignmemory xenevtchn xendevicemodel xencall \
	xentoollog xentoolcore fdt

dom0tools_SCRIPTS += tools/arm64/entresol-run

tools/arm64/entresol-run: $(RUN_TOOL_SOURCES) \
		$(wildcard $(srcdir)/tools/entresol-run/*.h) \
		$(wildcard $(srcdir)/xen/include/public/*.h) Makefile
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(CROSS_CC) $(TOOL_CPPFLAGS) \
		-D__XEN_TOOLS__ -idirafter $(ARM64_INCLUDE) $(TOOL_CFLAGS) \
		-O2 -s -static -o $@ $(filter %.c,$^) \
		$(RUN_TOOL_LIBS:%=$(ARM64_LIBS)/lib%.a) -lpthread

# The same with sanitizers, and what it reads from maps of the core's code.
EXTRA_PROGRAMS += tests/tools/entresol-memmap
check_DATA += tests/tools/entresol-memmap
check_PROGRAMS += tests/tools/memmap
tests_tools_entresol_memmap_SOURCES = \
	$(tools_entresol_memmap_entresol_memmap_SOURCES)
tests_tools_entresol_memmap_LDADD =
tests_tools_memmap_SOURCES = tests/tools/maps.c tests/tools/maps.h \
	tests/tools/memmap.c $(MEMMAP_TOOL_SOURCES) \
	$(GUEST_SUPPORT)
TESTS += tests/tools/viewer.py

# Of entresol-run, what needs no hypervisor.
check_PROGRAMS += tests/tools/run
tests_tools_run_SOURCES = tests/tools/run.c \
	tools/entresol-run/load.c \
	tools/entresol-run/options.c \
	tools/entresol-run/report.c \
	tools/entresol-run/sram.c \
	tools/entresol-run/tree.c
tests_tools_run_CPPFLAGS = $(AM_CPPFLAGS) -D_GNU_SOURCE
tests_tools_run_LDADD = -lfdt $(CMOCKA_LIBS)

# dom0 in check-boot has it too, with what else is below tests/boot/root.
tests/boot/root/bin/entresol-%: tools/arm64/entresol-%
	$(AM_V_GEN)$(MKDIR_P) $(@D) && cp $< $@

noinst_DATA = tests/boot/root/bin/entresol-memmap \
	tests/boot/root/bin/entresol-run
