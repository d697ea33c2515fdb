/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine with the frame allocator running on all of its RAM. */
#include <stdlib.h>

#include "frame/frame.h"
#include "host.h"

static void *frame_table;

void host_teardown(void)
{
	host_arena_teardown();
	frame_table_reset();
	free(frame_table);
	frame_table = NULL;
}

void host_setup(uint64_t mib)
{
	uint64_t nr;

	host_teardown();
	host_arena_setup(mib);
	nr = host_ram_frames();
	frame_table = calloc(1, frame_table_bytes(nr));
	if (!frame_table) {
		abort();
	}
	frame_table_init(host_ram_first(), nr, frame_table);
	frame_seed(host_ram_first(), nr);
}
