/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/ram.h"

#include <core/addr.h>
#include <core/bits.h>
#include <core/log.h>

unsigned int ram_usable(const struct dt_host *host, unsigned int pa_bits,
			struct dt_range *out)
{
	uint64_t limit = BIT(pa_bits);
	unsigned int nr = 0;

	for (unsigned int i = 0; i < host->nr_banks; i++) {
		const struct dt_range *bank = &host->bank[i];
		uint64_t base = align_up(bank->base, PAGE_SIZE);
		uint64_t end = bank->base + bank->size;

		if (bank->base >= limit || bank->size > limit - bank->base) {
			log_warn("RAM above %#llx is not used (%u-bit "
				 "physical addresses)",
				 (unsigned long long)limit, pa_bits);
			end = limit;
		}
		end = align_down(end, PAGE_SIZE);
		if (bank->base < limit && base < end) {
			out[nr++] = (struct dt_range){ base, end - base };
		}
	}
	return nr;
}

static bool contains(const struct dt_range *outer, const struct dt_range *r)
{
	return r->base >= outer->base && r->size <= outer->size &&
	       r->base - outer->base <= outer->size - r->size;
}

static bool overlaps(const struct dt_range *a, const struct dt_range *b)
{
	return a->base < b->base ? b->base - a->base < a->size
				 : a->base - b->base < b->size;
}

static bool readable(const struct dt_host *host, const struct dt_range *r)
{
	bool inside = false;

	for (unsigned int i = 0; i < host->nr_banks; i++) {
		inside |= contains(&host->bank[i], r);
	}
	for (unsigned int i = 0; i < host->nr_reserved; i++) {
		inside &= !host->reserved[i].no_map ||
			  !overlaps(&host->reserved[i].range, r);
	}
	return inside && r->size;
}

const struct dt_module *ram_bad_module(const struct dt_host *host)
{
	for (unsigned int i = 0; i < host->nr_modules; i++) {
		if (!readable(host, &host->module[i].range)) {
			return &host->module[i];
		}
	}
	return NULL;
}
