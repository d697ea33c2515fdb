/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A memory map as people read it: one line for each record of
 * <public/entresol.h>, in the same words in the boot log, on the console and
 * in entresol-memmap.
 *
 * All lines: no newline; the return value is the length the text has, like
 * snprintf(). Numbers beyond the lists of entresol.h are called "?".
 */
#ifndef LIB_MAPTEXT_H
#define LIB_MAPTEXT_H

#include <stddef.h>

#include <public/entresol.h>

/* Room for any of the lines. */
#define MAPTEXT_LINE 256

/* "ram", "direct", "emulated", ... */
const char *maptext_kind(unsigned int kind);
/* "ram-rw", "device", ...; "invalid" for ENTRESOL_TYPE_NONE. */
const char *maptext_type(unsigned int type);
/* "normal-wb", "device-ngnre", ...; "none" where nothing is mapped. */
const char *maptext_attr(unsigned int attr);
/* "rwx", "rw-", ... */
const char *maptext_perm(unsigned int perm);

/**
 * maptext_region() - What a region is.
 *
 * "sram@7fe00000: ipa 0x7fe00000 pa 0x7fe00000 2 MiB normal-wb rwx
 * (mmio-sram)"; "gicd: ipa 0x8000000 64 KiB emulated".
 */
int maptext_region(char *buf, size_t len, const struct entresol_region *r);

/*
 * Columns: range, size, and the name indented by depth.
 *
 * "0x0008000000-0x0008010000   64 KiB    gicd: emulated, priority 20";
 * "0x0008000000-0x0008001000    4 KiB    - hidden by gicd"; and without
 * indentation what shows.
 */
int maptext_tree(char *buf, size_t len, const struct entresol_region *r);
int maptext_hidden(char *buf, size_t len, const struct entresol_hidden *h,
		   unsigned int depth, const char *by);
int maptext_span(char *buf, size_t len, const struct entresol_span *s);

/* As KVM's stage2_page_tables, and what the mapping is here. */
int maptext_run(char *buf, size_t len, const struct entresol_run *r);

#endif
