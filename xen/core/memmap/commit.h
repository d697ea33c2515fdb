/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The p2m's part of a commit: from the difference of two views to changes of
 * the p2m, prepared, then applied, each in as many turns as it takes.
 */
#ifndef MEMMAP_COMMIT_H
#define MEMMAP_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <core/compiler.h>

#include "memmap/budget.h"
#include "memmap/kept.h"
#include "memmap/listener.h"
#include "memmap/view.h"
#include "p2m/p2m.h"
#include "s2/attr.h"

/* What the p2m shall have in [ipa, ipa + size). */
struct map_op {
	ipa_t ipa;
	uint64_t size;
	bool map;   /* else unmap; the fields below are those of `map` */
	bool clean; /* without permission to write: it is logged     */
	paddr_t pa;
	enum p2m_type type;
	struct s2_attr attr;
	bool counted; /* some frame that comes or goes has references */
};

/* What is to be done for a plan, one after the other. */
enum plan_stage {
	PLAN_NEW,
	PLAN_REMEMBER, /* what goes out of sight */
	PLAN_SHOW,     /* what comes into sight  */
	PLAN_SETTLE,   /* records that are over  */
	PLAN_MADE,
};

/* All of a commit, by ascending address; neighbours that continue each other
 * are one. */
struct plan {
	struct p2m_locked l; /* as long as a turn lasts */
	struct map_op *op;
	unsigned int nr;
	unsigned int room;
	uint64_t cost; /* of applying it, in units of struct budget */
	struct kept_edits kept;
	/* Where the making is: at @at in the stretch @s of the walk. */
	enum plan_stage stage;
	struct view_walk walk;
	struct stretch s;
	uint64_t at;
};

/**
 * plan_make() - What the p2m needs for a change of the view.
 *
 * What the guest itself made of a page stays (docs/design/10-*.md). Nothing
 * changes before kept_apply() and the operations. Zero is a plan to begin
 * with; between calls the p2m stays as it is.
 * Return: 0; -XEN_ERESTART (call again); -XEN_ENOMEM, -XEN_EPERM, -XEN_EBUSY;
 * plan_free() in any case.
 */
int plan_make(struct plan *plan, const struct memmap_change *c,
	      struct budget *b) __must_check;
void plan_free(struct plan *plan);

/*
 * An upper bound of the table pages that the operations need, whatever the
 * p2m holds now. Pure.
 */
uint64_t plan_tables(const struct map_op *op, unsigned int nr);

/* A place among the operations: behind @done bytes of number @op. */
struct op_place {
	unsigned int op;
	uint64_t done;
};

enum commit_stage {
	COMMIT_IDLE,
	COMMIT_PLAN,
	COMMIT_COUNT,
	COMMIT_REFER, /* take references: up to @at */
	COMMIT_READY,
	COMMIT_UNMAP, /* up to @at */
	COMMIT_MAP,
	COMMIT_DROP,
};

/* The p2m's part of a map. */
struct commit {
	struct p2m *p2m;
	struct list kept; /* all records of the map */
	struct plan plan;
	enum commit_stage stage;
	struct op_place at;
	uint64_t tables; /* that the rest may need */
};

/**
 * commit_prepare() - Everything that may fail; the p2m stays as it is.
 * @l: the same p2m each time, not changed since the last call.
 *
 * Return: 0; -XEN_ERESTART (call again); or an error, as of plan_make(), after
 * which commit_cancel() is due. commit->tables pages are the caller's to keep
 * for it between the calls.
 */
int commit_prepare(struct commit *commit, struct p2m_locked l,
		   const struct memmap_change *c,
		   struct budget *b) __must_check;

/* Give back what has been prepared so far. False: call again. */
bool commit_cancel(struct commit *commit, struct budget *b) __must_check;

/* What commit_apply() will cost, once it is prepared. */
uint64_t commit_cost(const struct commit *commit);

/**
 * commit_apply() - Unmap, then map; what is mapped already stays.
 * @b: NULL for all at once, in the largest steps.
 *
 * Return: false: call again.
 */
bool commit_apply(struct commit *commit, struct p2m_locked l,
		  struct budget *b) __must_check;

#endif
