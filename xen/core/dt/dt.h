/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees: what all parts share. A tree comes from outside and is never
 * trusted: everything read from it is checked, and what is wrong is reported
 * with the path of the node.
 */
#ifndef DT_DT_H
#define DT_DT_H

#include <stddef.h>
#include <stdint.h>

#include <core/compiler.h>

/* Nodes below this depth make the tree invalid; the root is at depth 0. */
#define DT_MAX_DEPTH 32

/* The arm64 boot protocol's limit for a tree's size. */
#define DT_MAX_BYTES (2u << 20)

/* [base, base + size); ends at 2^64 at most. Size 0: nothing. */
struct dt_range {
	uint64_t base;
	uint64_t size;
};

/* What is wrong, or worth knowing. The text of the report says more. */
enum dt_problem {
	DT_OK,
	/* The tree as a whole cannot be used. */
	DT_BAD_BLOB, /* libfdt refuses it, or it is too deep          */
	DT_MISSING,  /* something that must be there is not           */
	DT_OVERFLOW, /* more of a kind than there is room for         */
	/* One property cannot be used; nothing is mapped for it. */
	DT_BAD_CELLS,	/* #address-cells or #size-cells out of range */
	DT_BAD_LENGTH,	/* no multiple of what the cells say          */
	DT_BAD_VALUE,	/* a value without meaning                    */
	DT_NOT_ADDRESS, /* a bus above has no `ranges`                */
	DT_NO_WINDOW,	/* no window of a `ranges` above covers it    */
	DT_WRAPS,	/* runs past 2^64, or past the address size   */
	DT_ZERO_SIZE,	/* size 0                                     */
	/* Defined, but somebody should know. */
	DT_CUT,	      /* the windows above end before it does         */
	DT_UNALIGNED, /* rounded out to pages                         */
	DT_NEIGHBOUR, /* another node shares a page                   */
	DT_OVERLAP,   /* another node describes the same bytes        */
	DT_IN_RAM,    /* a device inside RAM: not mapped              */
	DT_KEPT_BACK, /* inside what the hypervisor keeps: not mapped */
	DT_NOTE,
	DT_NR_PROBLEMS,
};

/* Who hears of problems. @text is one line of visible ASCII, no newline. */
struct dt_report {
	void (*line)(void *opaque, enum dt_problem problem, const char *text);
	void *opaque;
};

/**
 * dt_check() - Whether a blob is a tree that the rest of dt/ can walk.
 * @max: bytes that may be read at @fdt.
 *
 * Every other function wants a tree that passed this.
 * Return: 0; -XEN_EINVAL (reported).
 */
int dt_check(const void *fdt, size_t max,
	     const struct dt_report *report) __must_check;

/**
 * dt_apply_overlay() - Copy @fdt to @buf and apply an overlay to the copy.
 * @fdt, @overlay: passed dt_check(). The overlay is changed by the operation
 * and not usable afterwards.
 *
 * Return: 0; -XEN_ENOSPC (@len too small); -XEN_EINVAL (reported). @buf is
 * undefined after an error.
 */
int dt_apply_overlay(const void *fdt, void *overlay, void *buf, size_t len,
		     const struct dt_report *report) __must_check;

/**
 * dt_ranges_remove() - Cut @cut out of every range of a list.
 * @nr:  in and out: number of ranges.
 * @max: room of @list; a cut in the middle makes two of one.
 *
 * Keeps the order. Return: 0; -XEN_ENOSPC, with @list unchanged.
 */
int dt_ranges_remove(struct dt_range *list, unsigned int *nr, unsigned int max,
		     struct dt_range cut) __must_check;

/* Sort by base and join what touches or overlaps. Returns the new number. */
unsigned int dt_ranges_tidy(struct dt_range *list, unsigned int nr);

#endif
