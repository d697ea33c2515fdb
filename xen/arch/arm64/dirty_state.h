/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the CPUs note by themselves which stage-2 pages were written. */
#ifndef ARM64_DIRTY_STATE_H
#define ARM64_DIRTY_STATE_H

#include <stdbool.h>

/* Each CPU, when it comes up. */
void dirty_state_cpu_init(void);

/* FEAT_HAFDBS with dirty state on the boot CPU, and nobody has it broken.
 * CPUs without it may be among the others: they take the fault. */
bool dirty_state_works(void);

#endif
