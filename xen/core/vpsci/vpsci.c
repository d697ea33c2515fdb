/* SPDX-License-Identifier: BSD-2-Clause */
/* The calling convention: who a function belongs to, and what there is. */
#include "vpsci/vpsci.h"

#include <stddef.h>
#include <stdint.h>

#include <xen/arch-arm/smccc.h>

#include <core/compiler.h>
#include <core/log.h>

#include "domain/domain.h"
#include "vpsci/psci.h"

/* Every owner answers these about itself. */
#define FN_CALL_COUNT 0xff00
#define FN_CALL_UID   0xff01
#define FN_REVISION   0xff03

/* Firmware workarounds for speculation; the CPUs that need one are asked
 * through SMCCC_ARCH_FEATURES. A call of one that is not needed does
 * nothing. */
#define ARCH_WORKAROUND_1 0x80008000u
#define ARCH_WORKAROUND_2 0x80007fffu
#define ARCH_WORKAROUND_3 0x80003fffu

struct service {
	uint32_t count; /* of functions */
	uint32_t major;
	uint32_t minor;
	xen_uuid_t uid;
};

/* As Xen answers, whose services these are. */
static const struct service standard = {
	.count = 15,
	.major = SSSC_SMCCC_MAJOR_REVISION,
	.minor = SSSC_SMCCC_MINOR_REVISION,
	.uid = SSSC_SMCCC_UID,
};

static const struct service hypervisor = {
	.count = 3,
	.major = XEN_SMCCC_MAJOR_REVISION,
	.minor = XEN_SMCCC_MINOR_REVISION,
	.uid = XEN_SMCCC_UID,
};

/* Four bytes a register, the first in the lowest bits. */
static void give_uid(uint64_t *x, const xen_uuid_t *uid)
{
	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t *b = &uid->a[4 * i];

		x[i] = b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
	}
}

static bool about_service(uint64_t *x, uint32_t fn, const struct service *s)
{
	if (fn & SMCCC_64) {
		return false;
	}
	switch (fn & ~(SMCCC_FAST | SMCCC_OWNER)) {
	case FN_CALL_COUNT:
		x[0] = s->count;
		return true;
	case FN_CALL_UID:
		give_uid(x, &s->uid);
		return true;
	case FN_REVISION:
		x[0] = s->major;
		x[1] = s->minor;
		return true;
	default:
		return false;
	}
}

static bool arch_call(uint64_t *x, uint32_t fn)
{
	switch (fn) {
	case SMCCC_VERSION_FN:
		x[0] = SMCCC_VERSION_1_1;
		return true;
	case SMCCC_ARCH_FEATURES_FN:
		/* No workaround of the firmware is passed on. */
		x[0] = (int64_t)SMCCC_NOT_SUPPORTED;
		return true;
	case ARCH_WORKAROUND_1:
	case ARCH_WORKAROUND_2:
	case ARCH_WORKAROUND_3:
		return true;
	default:
		return false;
	}
}

#define FAST_BY(owner) (SMCCC_FAST | FIELD_PREP(SMCCC_OWNER, owner))

static bool call(struct vcpu *v, uint64_t *x)
{
	uint32_t fn = x[0];

	switch (fn & (SMCCC_FAST | SMCCC_OWNER)) {
	case FAST_BY(SMCCC_OWNER_STANDARD):
		return psci_call(v, x) || about_service(x, fn, &standard);
	case FAST_BY(SMCCC_OWNER_ARCH):
		return arch_call(x, fn);
	case FAST_BY(SMCCC_OWNER_HYPERVISOR):
		return about_service(x, fn, &hypervisor);
	default:
		return !(fn & SMCCC_FAST) && psci_0_1_call(v, x);
	}
}

void vpsci_call(struct vcpu *v)
{
	if (unlikely(!call(v, v->regs.x))) {
		v->regs.x[0] = (int64_t)SMCCC_NOT_SUPPORTED;
	}
}
