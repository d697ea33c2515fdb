/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of dt_scan(), one file each. */
#ifndef DT_SCAN_H
#define DT_SCAN_H

#include "dt/read.h"

/* The first available GIC; none leaves version DT_GIC_NONE. */
void dt_scan_gic(struct dt_cursor *c, struct dt_host *host);
/* The console's UART; none leaves node -1. */
void dt_scan_console(struct dt_cursor *c, struct dt_host *host,
		     const char *console);
/* Modules and command lines. -XEN_ENOSPC, reported. */
int dt_scan_chosen(struct dt_cursor *c, struct dt_host *host);

/* The whole pages that @r touches. */
struct dt_range dt_pages_around(struct dt_range r);

#endif
