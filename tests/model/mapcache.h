/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is in the model of mapcache.c. */
#ifndef MODEL_MAPCACHE_H
#define MODEL_MAPCACHE_H

#include <stdint.h>

#include "ioreq/flow.h"

#define VCPUS	 2
#define SERVERS	 2
#define GFN_STEP 2 /* changed frames are no neighbours */
#define OVERFLOW (FLOW_RANGES + 1)

enum where {
	GUEST,
	HYP,   /* on the way out: looks at the work bit         */
	BLOCK, /* a step said wait: about to block and look again */
	OFF,   /* blocked                                       */
};

struct cpu {
	uint8_t where, work, kicked, runnable;
	uint8_t changes, accesses; /* left to make */
	uint8_t must[SERVERS];	   /* changes to see acknowledged, by server */
};

enum dm_phase { DM_IDLE, DM_TAKEN, DM_ANSWERED };

struct dm {
	uint8_t phase, slot;
	uint8_t event[VCPUS];
	uint8_t stale; /* changes whose pages its mapcache still has */
	uint8_t holds; /* it has mappings of the target at all       */
	uint8_t maps;  /* may begin or end to have, how often        */
	uint8_t destroys, enables;
};

struct world {
	struct flow f;
	struct flow_vcpu fv[VCPUS];
	struct ioreq page[SERVERS][VCPUS];
	uint8_t seen[SERVERS][VCPUS];
	struct cpu cpu[VCPUS];
	struct dm dm[SERVERS];
	uint8_t round; /* the deferred round is armed */
	uint8_t paused, pauses, resumes;
	uint8_t remote;	  /* changes left to the remote writer */
	uint8_t made;	  /* changes made, by number           */
	uint8_t width[8]; /* ranges of each change             */
};

#endif
