/* SPDX-License-Identifier: BSD-2-Clause */
/* The test side of <arch/guestreg.h>: one set of registers for all. */
#ifndef HOST_GUESTREG_H
#define HOST_GUESTREG_H

#include <stdint.h>

extern uint64_t host_simd[32][2];
extern uint64_t host_sp;

#endif
