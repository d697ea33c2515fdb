/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heap: objects of a few sizes share a page with a header; larger ones
 * are whole blocks of frames. An object in a shared page is never page
 * aligned, and so a pointer tells which of the two it is.
 */
#include "frame/heap.h"

#include <stdint.h>
#include <string.h>

#include <arch/map.h>
#include <core/addr.h>
#include <core/bits.h>
#include <core/bug.h>
#include <core/list.h>
#include <core/lock.h>

#include "frame/frame.h"

/* Multiples of 16; as many as fit share a page behind its header. */
static const uint16_t class_size[] = {
	16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1008, 1344, 2016,
};
#define NR_CLASSES    ARRAY_SIZE(class_size)
#define LARGEST_CLASS 2016

/* The start of a shared page. */
struct slab {
	struct list link; /* among those of its class with free objects */
	void *free;	  /* first free object, each points to the next */
	uint16_t class;
	uint16_t used;
} __aligned_to(16);

static_assert(sizeof(struct slab) + 2 * LARGEST_CLASS <= PAGE_SIZE,
	      "two of the largest class share a page");

static struct spinlock heap_lock;
static struct list partial[NR_CLASSES]; /* slabs with a free object */
static size_t in_use;

size_t heap_in_use(void)
{
	return __atomic_load_n(&in_use, __ATOMIC_RELAXED);
}

static void account(size_t bytes)
{
	__atomic_fetch_add(&in_use, bytes, __ATOMIC_RELAXED);
}

void heap_reset(void)
{
	memset(partial, 0, sizeof(partial));
	in_use = 0;
}

static struct list *partial_list(unsigned int class)
{
	struct list *l = &partial[class];

	if (!l->next) {
		list_init(l);
	}
	return l;
}

static struct slab *slab_create(unsigned int class)
{
	mfn_t mfn = frame_alloc(0, FRAME_OWNER_XEN);
	size_t size = class_size[class];
	struct slab *slab;

	if (mfn_eq(mfn, MFN_INVALID)) {
		return NULL;
	}
	slab = mfn_to_ptr(mfn);
	*slab = (struct slab){ .class = class };
	for (size_t at = sizeof(*slab); at + size <= PAGE_SIZE; at += size) {
		void **object = (void **)((char *)slab + at);

		*object = slab->free;
		slab->free = object;
	}
	list_add_head(partial_list(class), &slab->link);
	return slab;
}

static void *slab_alloc(unsigned int class)
{
	struct list *l = partial_list(class);
	struct slab *slab = list_empty(l)
				    ? slab_create(class)
				    : list_entry(l->next, struct slab, link);
	void **object;

	if (!slab) {
		return NULL;
	}
	object = slab->free;
	slab->free = *object;
	slab->used++;
	if (!slab->free) {
		list_del(&slab->link);
	}
	return object;
}

static void slab_free(struct slab *slab, void **object)
{
	if (!slab->free) {
		list_add_head(partial_list(slab->class), &slab->link);
	}
	*object = slab->free;
	slab->free = object;
	if (--slab->used == 0) {
		list_del(&slab->link);
		frame_put(ptr_to_mfn(slab));
	}
}

static unsigned int class_of(size_t size)
{
	unsigned int class = 0;

	while (class_size[class] < size) {
		class ++;
	}
	return class;
}

static void *alloc_pages(size_t size)
{
	unsigned int order = 0;
	mfn_t mfn;
	void *p;

	while (order <= FRAME_MAX_ORDER && (PAGE_SIZE << order) < size) {
		order++;
	}
	mfn = frame_alloc(order, FRAME_OWNER_XEN);
	if (mfn_eq(mfn, MFN_INVALID)) {
		return NULL;
	}
	p = mfn_to_ptr(mfn);
	memset(p, 0, PAGE_SIZE << order);
	account(PAGE_SIZE << order);
	return p;
}

void *heap_alloc(size_t size)
{
	unsigned int class;
	void *p;

	if (size > LARGEST_CLASS) {
		return alloc_pages(size);
	}
	class = class_of(size);
	spin_lock(&heap_lock);
	p = slab_alloc(class);
	spin_unlock(&heap_lock);
	if (p) {
		memset(p, 0, class_size[class]);
		account(class_size[class]);
	}
	return p;
}

static void free_pages(mfn_t mfn)
{
	uint64_t nr = BIT(frame_order(mfn));

	account(-(nr << PAGE_SHIFT));
	for (uint64_t i = 0; i < nr; i++) {
		frame_put(mfn_add(mfn, i));
	}
}

void heap_free(void *p)
{
	uintptr_t at = (uintptr_t)p;
	struct slab *slab = (struct slab *)(at & PAGE_MASK);

	if (!p) {
		return;
	}
	if (is_aligned(at, PAGE_SIZE)) {
		free_pages(ptr_to_mfn(p));
		return;
	}
	account(-(size_t)class_size[slab->class]);
	spin_lock(&heap_lock);
	slab_free(slab, p);
	spin_unlock(&heap_lock);
}
