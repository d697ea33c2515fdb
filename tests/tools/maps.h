/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory maps of dom0 (tests/unit/support/guest.h) to be looked at. */
#ifndef TEST_TOOLS_MAPS_H
#define TEST_TOOLS_MAPS_H

#include "../unit/support/guest.h"

struct region;

/* A few of each kind, from here on: nested, hidden, disabled, by an alias. */
#define SMALL_MAP UINT64_C(0x10000000)
void map_small(void);

/* More than 100, most of which overlap others. */
void map_busy(void);

/* A region of the map that was made. */
struct region *map_region(const char *name);

#endif
