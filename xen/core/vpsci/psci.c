/* SPDX-License-Identifier: BSD-2-Clause */
/* PSCI: a guest turns its vCPUs, and itself, on and off. */
#include "vpsci/psci.h"

#include <stddef.h>
#include <stdint.h>

#include <xen/sched.h>

#include <arch/vcpu.h>

#include "domain/domain.h"
#include "sched/sched.h"
#include "vgic/vgic.h"

static int64_t psci_version(struct vcpu *v, const uint64_t *arg)
{
	(void)v;
	(void)arg;
	return PSCI_VERSION_1_1;
}

/* Every power state is treated as standby: wait for an interrupt. */
static int64_t cpu_suspend(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	sched_block(v);
	if (vgic_pending(v)) {
		sched_wake(v);
	}
	return PSCI_SUCCESS;
}

static int64_t cpu_off(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	spin_lock(&v->domain->lock);
	v->online = false;
	spin_unlock(&v->domain->lock);
	sched_stop(v);
	return PSCI_SUCCESS;
}

/* A vCPU that has been turned off may still be on its way out. */
static bool is_on(const struct vcpu *v)
{
	return v->online || __atomic_load_n(&v->running, __ATOMIC_ACQUIRE);
}

static int64_t start(struct vcpu *v, uint64_t entry, uint64_t context)
{
	int64_t ret = PSCI_ALREADY_ON;

	spin_lock(&v->domain->lock);
	if (!is_on(v)) {
		arch_vcpu_reset(v, entry, context);
		vgic_reset_vcpu(v);
		v->online = true;
		ret = PSCI_SUCCESS;
	}
	spin_unlock(&v->domain->lock);
	if (ret == PSCI_SUCCESS) {
		sched_wake(v);
	}
	return ret;
}

/* arg: MPIDR of the target, entry point, context for its x0. */
static int64_t cpu_on(struct vcpu *v, const uint64_t *arg)
{
	int id = arch_vcpu_from_mpidr(arg[0]);
	struct vcpu *target = id < 0 ? NULL : domain_vcpu(v->domain, id);

	if (!target) {
		return PSCI_INVALID_PARAMETERS;
	}
	if (arg[1] & 1) {
		/* Thumb code: not for guests that run AArch64. */
		return PSCI_INVALID_ADDRESS;
	}
	return start(target, arg[1], arg[2]);
}

/* arg: affinity fields; the lowest level of them that counts. */
static int64_t affinity_info(struct vcpu *v, const uint64_t *arg)
{
	static const uint64_t mask[] = {
		UINT64_C(0xff00ffffff),
		UINT64_C(0xff00ffff00),
		UINT64_C(0xff00ff0000),
		UINT64_C(0xff00000000),
	};
	struct domain *d = v->domain;
	uint32_t level = arg[1];

	if (level >= ARRAY_SIZE(mask)) {
		return PSCI_INVALID_PARAMETERS;
	}
	for (unsigned int i = 0; i < d->nr_vcpus; i++) {
		uint64_t differs = arch_vcpu_mpidr(i) ^ arg[0];

		if (!(differs & mask[level]) && is_on(d->vcpu[i])) {
			return PSCI_AFFINITY_ON;
		}
	}
	return PSCI_AFFINITY_OFF;
}

static int64_t migrate_info_type(struct vcpu *v, const uint64_t *arg)
{
	(void)v;
	(void)arg;
	return PSCI_TOS_NOT_PRESENT;
}

/* These two return only to a guest that is about to be stopped. */
static int64_t system_off(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	domain_shutdown(v->domain, SHUTDOWN_poweroff);
	return PSCI_INTERNAL_FAILURE;
}

static int64_t system_reset(struct vcpu *v, const uint64_t *arg)
{
	(void)arg;
	domain_shutdown(v->domain, SHUTDOWN_reboot);
	return PSCI_INTERNAL_FAILURE;
}

static int64_t features(struct vcpu *v, const uint64_t *arg);

static const struct function {
	int64_t (*call)(struct vcpu *v, const uint64_t *arg);
	bool has_64; /* arguments of either width */
} table[] = {
	[PSCI_FN_VERSION] = { psci_version, false },
	[PSCI_FN_CPU_SUSPEND] = { cpu_suspend, true },
	[PSCI_FN_CPU_OFF] = { cpu_off, false },
	[PSCI_FN_CPU_ON] = { cpu_on, true },
	[PSCI_FN_AFFINITY_INFO] = { affinity_info, true },
	[PSCI_FN_MIGRATE_INFO_TYPE] = { migrate_info_type, false },
	[PSCI_FN_SYSTEM_OFF] = { system_off, false },
	[PSCI_FN_SYSTEM_RESET] = { system_reset, false },
	[PSCI_FN_FEATURES] = { features, false },
};

#define PSCI_FN (SMCCC_FAST | FIELD_PREP(SMCCC_OWNER, SMCCC_OWNER_STANDARD))

/* NULL when there is no such function, in no width. */
static const struct function *find(uint32_t fn)
{
	uint32_t nr = (fn & ~SMCCC_64) - (uint32_t)PSCI_FN;

	return nr < ARRAY_SIZE(table) && table[nr].call ? &table[nr] : NULL;
}

static bool is_wide(uint32_t fn)
{
	return fn & SMCCC_64;
}

static bool exists(uint32_t fn)
{
	const struct function *f = find(fn);

	return f && (f->has_64 || !is_wide(fn));
}

static int64_t features(struct vcpu *v, const uint64_t *arg)
{
	uint32_t fn = arg[0];

	(void)v;
	return exists(fn) || fn == SMCCC_VERSION_FN ? PSCI_SUCCESS
						    : PSCI_NOT_SUPPORTED;
}

/*
 * A call in the other width than the function's own: of a 32-bit call only the
 * lower halves of registers count; of a function without arguments that
 * differ there is no 64-bit form.
 */
static bool other_width(struct vcpu *v, const struct function *f, uint64_t *x)
{
	const uint64_t arg[] = { (uint32_t)x[1], (uint32_t)x[2],
				 (uint32_t)x[3] };

	if (!f->has_64) {
		return false;
	}
	x[0] = f->call(v, arg);
	return true;
}

bool psci_0_1_call(struct vcpu *v, uint64_t *x)
{
	switch ((uint32_t)x[0]) {
	case PSCI_0_1_CPU_OFF:
		x[0] = cpu_off(v, &x[1]);
		return true;
	case PSCI_0_1_CPU_ON:
		x[0] = cpu_on(v, &x[1]);
		return true;
	default:
		return false;
	}
}

bool psci_call(struct vcpu *v, uint64_t *x)
{
	uint32_t fn = x[0];
	const struct function *f = find(fn);

	if (unlikely(!f)) {
		return false;
	}
	if (unlikely(f->has_64 != is_wide(fn))) {
		return other_width(v, f, x);
	}
	x[0] = f->call(v, &x[1]);
	return true;
}
