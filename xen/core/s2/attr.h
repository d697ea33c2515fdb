/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stage-2 mapping allows: memory type and permissions. */
#ifndef S2_ATTR_H
#define S2_ATTR_H

#include <stdbool.h>
#include <stdint.h>

/* DDI 0487, "Stage 2 memory region type and cacheability attributes when
 * FEAT_S2FWB is not implemented". */
enum s2_memtype {
	S2_NORMAL_WB,
	S2_NORMAL_NC, /* write-combine */
	S2_DEVICE_GRE,
	S2_DEVICE_NGRE,
	S2_DEVICE_NGNRE,
	S2_DEVICE_NGNRNE,
	S2_NR_MEMTYPES,
};

#define S2_R   1u
#define S2_W   2u
#define S2_X   4u
#define S2_RW  (S2_R | S2_W)
#define S2_RWX (S2_R | S2_W | S2_X)

struct s2_attr {
	uint8_t memtype; /* enum s2_memtype  */
	uint8_t perm;	 /* S2_R, S2_W, S2_X */
};

/* "normal-wb", "device-ngnre", ... as the boot log and docs spell them. */
const char *s2_memtype_name(enum s2_memtype memtype);

/* "rwx", "rw-", ...: three letters and a NUL. */
const char *s2_perm_name(uint8_t perm);

static inline bool s2_is_device(enum s2_memtype memtype)
{
	return memtype >= S2_DEVICE_GRE;
}

#endif
