/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 aborts of a guest: an access to an emulated region is served, an
 * entry that is valid again is retried, everything else is the guest's own
 * abort (R2.8).
 */
#include <arch/cpu.h>
#include <arch/guest.h>
#include <arch/stage2.h>
#include <core/bits.h>
#include <core/errno.h>
#include <core/log.h>

#include "abort/abort.h"
#include "abort/mmio.h"
#include "arch/arm64/context.h"
#include "arch/arm64/sysreg.h"
#include "arch/arm64/trap.h"
#include "domain/domain.h"
#include "domain/epoch.h"
#include "domain/guestcopy.h"
#include "ioreq/ioreq.h"
#include "lib/format.h"
#include "memmap/memmap.h"
#include "p2m/log.h"
#include "p2m/p2m.h"

/* SPSR_EL2: AArch32 */
#define PSR_NRW BIT(4)

static void inject_abort(struct vcpu *v, const struct abort_info *a)
{
	struct inject what = {
		.kind = a->fetch ? INJECT_FETCH_ABORT : INJECT_DATA_ABORT,
		.write = a->write,
		.s1ptw = a->s1ptw,
		.level = a->level,
	};

	inject(v, what, a->far_valid ? a->gva.v : 0);
}

/*
 * HPFAR_EL2 does not say the address for permission faults: translate the
 * virtual one. False when stage 1 has changed in between: try again.
 */
static bool find_ipa(struct abort_info *a)
{
	return a->hpfar_valid ||
	       arch_guest_translate_s1(
		       a->gva, a->write ? GUEST_WRITE : GUEST_READ, &a->ipa);
}

/*
 * A walk of the guest's own tables: those in Device memory are refused
 * (HCR_EL2.PTW), and one that updates them needs to write. What such a
 * permission fault found stays so.
 */
static bool walk_allowed(const struct abort_info *a, struct p2m_entry e)
{
	if (a->kind != ABORT_PERMISSION) {
		return e.attr.perm & S2_R;
	}
	return (e.attr.perm & S2_W) && !s2_is_device(e.attr.memtype);
}

/*
 * With the p2m locked no descriptor is broken, so the answer of the hardware
 * is that of the table. Where the guest has changed its stage 1 since, it
 * tries again. Fetches and walks the hardware cannot be asked about.
 */
static bool mapped_now(struct p2m_locked l, const struct abort_info *a)
{
	enum guest_access access = a->write ? GUEST_WRITE : GUEST_READ;
	struct p2m_entry e;
	paddr_t pa;
	ipa_t ipa;

	if (likely(!a->fetch && !a->s1ptw)) {
		return arch_guest_translate(a->gva, access, &pa) ||
		       !arch_guest_translate_s1(a->gva, access, &ipa) ||
		       ipa.v != a->ipa.v;
	}
	e = p2m_lookup(l, ipa_to_gfn(a->ipa));
	if (e.type == P2M_INVALID) {
		return false;
	}
	return a->s1ptw ? walk_allowed(a, e) : e.attr.perm & S2_X;
}

/*
 * A write to RAM that is logged: by an instruction, by the walk of the guest's
 * own tables that updates them, or by maintenance that needs the permission.
 * What this CPU remembers of the page is out of date then.
 */
static __cold_fn bool log_write(struct vcpu *v, const struct abort_info *a)
{
	struct p2m_locked l = p2m_lock(v->domain->p2m);
	bool logged = p2m_log_fault(l, ipa_to_gfn(a->ipa));

	p2m_unlock(l);
	if (logged) {
		arch_s2_forget(a->ipa, a->gva);
	}
	return logged;
}

static bool may_be_logged(const struct abort_info *a)
{
	return a->kind == ABORT_PERMISSION &&
	       (a->write || a->s1ptw || a->cache_op);
}

/*
 * Whether the access would go through now: somebody mended the entry, a stale
 * translation is left that one retry gets rid of, a commit after @seen has
 * put a device there (views come in force with this lock held), or it is not
 * done yet and may come to it.
 */
static bool allowed_now(struct vcpu *v, const struct abort_info *a,
			uint64_t esr, uint64_t seen)
{
	const struct memmap *map = v->domain->memmap;
	struct p2m_locked l = p2m_lock(v->domain->p2m);
	bool allowed = mapped_now(l, a);

	if (!allowed && memmap_generation(map) != seen) {
		allowed =
			memmap_is_settling(map) ||
			(abort_is_access(esr) && memmap_serves(map, v, a->ipa));
	}
	p2m_unlock(l);
	return allowed;
}

/* What stands at @ipa in the memory map, for a message: a copy, as the region
 * may go. */
static void name_at(struct vcpu *v, ipa_t ipa, char *name, size_t size)
{
	const struct span *span;

	epoch_enter(arch_this_cpu());
	span = memmap_find(v->domain->memmap, ipa);
	fmt_str(name, size, "%s", span ? span->region->name : "nothing");
	epoch_leave(arch_this_cpu());
}

/* The same abort at the same place again is counted, not told (R10.1). */
static bool told_before(struct vcpu *v, const struct abort_info *a)
{
	struct last_abort *last = &v->arch->last_abort;

	if (last->pc == v->regs.pc && last->ipa.v == a->ipa.v) {
		last->count++;
		return true;
	}
	if (last->count) {
		log_guest("d%uv%u: the abort at pc=%#llx %llu times more",
			  v->domain->id, v->id, (unsigned long long)last->pc,
			  (unsigned long long)last->count);
	}
	*last = (struct last_abort){ .pc = v->regs.pc, .ipa = a->ipa };
	return false;
}

static void explain(struct vcpu *v, const struct abort_info *a, uint64_t esr)
{
	char name[48];

	if (told_before(v, a)) {
		return;
	}
	name_at(v, a->ipa, name, sizeof(name));
	log_guest("d%uv%u HSR=%#llx pc=%#llx gva=%#llx gpa=%#llx: %s of %s",
		  v->domain->id, v->id, (unsigned long long)esr,
		  (unsigned long long)v->regs.pc, (unsigned long long)a->gva.v,
		  (unsigned long long)a->ipa.v,
		  a->fetch   ? "fetch"
		  : a->write ? "write"
			     : "read",
		  name);
}

static void inject_data_abort(struct vcpu *v, bool write)
{
	inject(v, (struct inject){ .kind = INJECT_DATA_ABORT, .write = write },
	       READ_SYSREG(far_el2));
}

/* An access that is refused, or whose answer comes later, if it was one. */
static __cold_fn bool not_done(struct vcpu *v, uint64_t esr, ipa_t ipa,
			       enum mmio_result r)
{
	struct abort_access a = abort_access(esr);
	struct mmio_run run;

	if (r == MMIO_ABORT) {
		inject_data_abort(v, a.write);
	} else if (r == MMIO_WAIT) {
		mmio_described(&run, a, GVA(READ_SYSREG(far_el2)), ipa);
		run.length = esr & ESR_IL ? 4 : 2;
		ioreq_wait(v, &run);
	}
	return true;
}

/*
 * A load or store, which an emulated region may serve. False when nothing
 * emulated is there; nothing has happened then.
 */
static inline bool emulate(struct vcpu *v, uint64_t esr)
{
	struct abort_access a = abort_access(esr);
	struct mmio_access access = { .size = a.size, .write = a.write };
	ipa_t ipa = abort_ipa(READ_SYSREG(far_el2), READ_SYSREG(hpfar_el2));
	enum mmio_result r;

	if (a.write && a.reg < 31) {
		access.data = v->regs.x[a.reg];
	}
	r = memmap_access(v->domain->memmap, v, ipa, &access);
	if (unlikely(r != MMIO_OK)) {
		return r != MMIO_NOTHING && not_done(v, esr, ipa, r);
	}
	if (!a.write && a.reg < 31) {
		v->regs.x[a.reg] = abort_load_value(a, access.data);
	}
	skip_instruction(v, esr);
	return true;
}

/* Cache maintenance on an emulated region: there is nothing to maintain. */
static bool is_emulated(struct vcpu *v, ipa_t ipa)
{
	bool emulated;

	epoch_enter(arch_this_cpu());
	emulated = memmap_serves(v->domain->memmap, v, ipa);
	epoch_leave(arch_this_cpu());
	return emulated;
}

/* Neither a device of ours nor a hole that filled up meanwhile. */
static void fault(struct vcpu *v, const struct abort_info *a, uint64_t esr,
		  uint64_t seen)
{
	if (may_be_logged(a) && log_write(v, a)) {
		return;
	}
	if (allowed_now(v, a, esr, seen)) {
		arch_s2_flush_local();
		return;
	}
	explain(v, a, esr);
	inject_abort(v, a);
}

/* What is at the program counter, as a load or store of a device. */
static int read_access(struct vcpu *v, const struct abort_info *a,
		       struct mmio_run *run)
{
	uint32_t word;

	run->insn.why = "of AArch32";
	if (v->regs.cpsr & PSR_NRW) {
		return -XEN_EOPNOTSUPP;
	}
	run->insn.why = "cannot be read";
	if (guest_read(v, &word, GVA(v->regs.pc), sizeof(word))) {
		return -XEN_EOPNOTSUPP;
	}
	return mmio_decoded(v, run, word, a);
}

/*
 * A load or store of a device that the syndrome does not describe: a pair, a
 * SIMD register, one that moves its base. Another vCPU may have changed the
 * instruction meanwhile; then the guest tries again.
 */
static __cold_fn void
emulate_undescribed(struct vcpu *v, const struct abort_info *a, uint64_t esr)
{
	struct mmio_run run;
	int rc = read_access(v, a, &run);
	enum mmio_result r;

	if (rc == -XEN_EAGAIN) {
		return;
	}
	if (rc) {
		explain(v, a, esr);
		log_guest("d%uv%u: the instruction at pc=%#llx: %s",
			  v->domain->id, v->id, (unsigned long long)v->regs.pc,
			  run.insn.why ? run.insn.why : "no load or store");
	}
	r = rc ? MMIO_ABORT : mmio_go_on(v, &run);
	if (r == MMIO_WAIT) {
		ioreq_wait(v, &run);
	} else if (r != MMIO_OK) {
		inject_abort(v, a);
	}
}

/*
 * A store that the page refused: of a ROM-device, perhaps, which takes it by
 * its handler. False when it was something else, or stage 1 has changed in
 * between.
 */
static __cold_fn bool store_refused(struct vcpu *v, uint64_t esr)
{
	struct abort_access a = abort_access(esr);
	struct mmio_access access = { .size = a.size, .write = true };
	enum mmio_result r;
	ipa_t ipa;

	if (!arch_guest_translate_s1(GVA(READ_SYSREG(far_el2)), GUEST_WRITE,
				     &ipa)) {
		return false;
	}
	access.data = a.reg < 31 ? v->regs.x[a.reg] : 0;
	r = memmap_access_rare(v->domain->memmap, v, ipa, &access);
	if (r == MMIO_OK) {
		skip_instruction(v, esr);
		return true;
	}
	return r != MMIO_NOTHING && not_done(v, esr, ipa, r);
}

/* What the syndrome does not describe, to a device: emulate() has not looked
 * for one. */
static bool is_undescribed(struct vcpu *v, const struct abort_info *a,
			   uint64_t esr)
{
	return a->kind == ABORT_TRANSLATION && !a->s1ptw && !a->cache_op &&
	       !abort_is_access(esr) && is_emulated(v, a->ipa);
}

/* Everything but a load or store that a device has served. Apart, so that
 * the short way saves few registers. */
static __cold_fn void data_abort(struct vcpu *v, uint64_t esr, uint64_t seen)
{
	struct abort_info a;

	if (abort_is_refused_store(esr) && store_refused(v, esr)) {
		return;
	}
	a = abort_decode(esr, READ_SYSREG(far_el2), READ_SYSREG(hpfar_el2));
	if (a.kind == ABORT_EXTERNAL || a.kind == ABORT_OTHER) {
		inject_abort(v, &a);
		return;
	}
	if (!find_ipa(&a)) {
		return;
	}
	if (a.cache_op && is_emulated(v, a.ipa)) {
		skip_instruction(v, esr);
	} else if (is_undescribed(v, &a, esr)) {
		emulate_undescribed(v, &a, esr);
	} else {
		fault(v, &a, esr, seen);
	}
}

void trap_data_abort(struct vcpu *v, uint64_t esr)
{
	uint64_t seen = memmap_generation(v->domain->memmap);

	if (unlikely(!abort_is_access(esr) || !emulate(v, esr))) {
		data_abort(v, esr, seen);
	}
}

void trap_fetch_abort(struct vcpu *v, uint64_t esr)
{
	struct abort_info a =
		abort_decode(esr, READ_SYSREG(far_el2), READ_SYSREG(hpfar_el2));

	if (a.kind == ABORT_EXTERNAL || a.kind == ABORT_OTHER) {
		inject_abort(v, &a);
		return;
	}
	if (find_ipa(&a)) {
		fault(v, &a, esr, memmap_generation(v->domain->memmap));
	}
}
