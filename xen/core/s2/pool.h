/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside s2/: the table pages of one domain. */
#ifndef S2_POOL_H
#define S2_POOL_H

#include "s2/s2.h"

/* A page with undefined contents. BUG when there is none: whoever takes
 * has counted before. */
s2_pte_t *s2_pool_take(struct s2_pool *pool);

/* No descriptor leads to @table any more, but walkers may be in it. */
void s2_pool_kill(struct s2_pool *pool, s2_pte_t *table);

/* The flush is done: dead pages are free (XSA-480: not before). */
void s2_pool_bury(struct s2_pool *pool);

#endif
