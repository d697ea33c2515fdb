/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What has been written since: a leaf that may be written to has been, or may
 * have been. Whoever wants to know takes the permission away and waits for
 * the fault; where a page has S2_DBM, hardware gives it back without one.
 */
#ifndef S2_DIRTY_H
#define S2_DIRTY_H

#include <stdint.h>

#include "s2/s2.h"

enum s2_dirty_op {
	S2_DIRTY_FIND,	 /* note leaves that may be written to            */
	S2_DIRTY_CLEAN,	 /* the same, and they may not from now on        */
	S2_DIRTY_ALLOW,	 /* pages: they may be written to                 */
	S2_DIRTY_ASSIST, /* pages: hardware shall give the permission     */
	S2_DIRTY_FREEZE, /* pages: hardware shall not; what it gave stays */
};

/*
 * Leaves in [start, end) whose software bits are @sw. Those to be noted set
 * bits of @map: the page at @start is bit @first. What is outside of the
 * range is neither noted nor changed: a block that sticks out stays as it is.
 */
struct s2_dirty {
	uint64_t start; /* bytes */
	uint64_t end;
	unsigned int sw;
	enum s2_dirty_op op;
	uint64_t *map;
	uint64_t first;
};

/* One walk. Takes no table pages; changes wait for s2_settle(), as one range
 * or a few. What allows more waits for s2_publish() alone: who remembers less
 * faults, and is told. */
void s2_dirty_walk(struct s2 *s2, struct s2_dirty *d);

#endif
