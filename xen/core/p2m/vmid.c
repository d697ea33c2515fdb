/* SPDX-License-Identifier: BSD-2-Clause */
/* VMIDs: which are in use. A domain keeps its own as long as it lives. */
#include <core/bits.h>
#include <core/lock.h>

#include "p2m/internal.h"

#define MAX_VMIDS 65536
#define WORD_BITS 64

static struct spinlock vmid_lock;
static unsigned int nr_bits;
static uint64_t used[MAX_VMIDS / WORD_BITS];

void vmid_init(unsigned int bits)
{
	nr_bits = bits;
	for (unsigned int i = 0; i < MAX_VMIDS / WORD_BITS; i++) {
		used[i] = 0;
	}
	used[0] = 1;
}

unsigned int vmid_bits(void)
{
	return nr_bits;
}

uint16_t vmid_alloc(void)
{
	unsigned int words = BIT(nr_bits) / WORD_BITS;
	uint16_t vmid = 0;

	spin_lock(&vmid_lock);
	for (unsigned int i = 0; i < words && !vmid; i++) {
		if (~used[i]) {
			unsigned int bit = __builtin_ctzll(~used[i]);

			used[i] |= BIT(bit);
			vmid = i * WORD_BITS + bit;
		}
	}
	spin_unlock(&vmid_lock);
	return vmid;
}

void vmid_free(uint16_t vmid)
{
	spin_lock(&vmid_lock);
	used[vmid / WORD_BITS] &= ~BIT(vmid % WORD_BITS);
	spin_unlock(&vmid_lock);
}
