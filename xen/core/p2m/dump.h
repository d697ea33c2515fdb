/* SPDX-License-Identifier: BSD-2-Clause */
/* The table as records of <public/entresol.h>. */
#ifndef P2M_DUMP_H
#define P2M_DUMP_H

#include <stdint.h>

#include <public/entresol.h>

#include "p2m/p2m.h"

/* Entries that one call of p2m_table() looks at. */
#define P2M_TABLE_LOOKS 4096

/**
 * p2m_table() - What the table has, holes included (ENTRESOL_TYPE_NONE).
 * @at:  the address to begin at; output: where to go on, the limit at the end.
 * @max: room in @run.
 *
 * A bounded part of it, which may end inside a run.
 * Return: records.
 */
unsigned int p2m_table(struct p2m_locked l, uint64_t *at,
		       struct entresol_run *run, unsigned int max);

/* A mapping in the numbers of entresol.h. */
struct entresol_mapping p2m_mapping(enum p2m_type type, struct s2_attr attr,
				    paddr_t pa);

#endif
