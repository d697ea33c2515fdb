/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies between the hypervisor and guest virtual addresses of the vCPU that
 * made the call. Copy in once, validate the copy, use only the copy.
 */
#ifndef DOMAIN_GUESTCOPY_H
#define DOMAIN_GUESTCOPY_H

#include <stddef.h>

#include <core/addr.h>
#include <core/compiler.h>

struct vcpu;

/**
 * guest_read() / guest_write() - Copy @len bytes from / to @gva.
 *
 * The guest's own stage-1 permissions hold (XSA-98), and only RAM, ours or
 * mapped from others, is reached: never devices. @v is the vCPU loaded on
 * this CPU. May have copied a part when it fails.
 * Return: 0, -XEN_EFAULT.
 */
int guest_read(struct vcpu *v, void *dst, gva_t gva, size_t len) __must_check;
int guest_write(struct vcpu *v, gva_t gva, const void *src,
		size_t len) __must_check;

/* The address in a XEN_GUEST_HANDLE, @i elements further on. */
#define HANDLE_GVA(handle, i) \
	GVA((uint64_t)(uintptr_t)((handle).p) + (i) * sizeof(*(handle).p))

/**
 * guest_page_get() - The frame behind @gfn of @v's domain, referenced.
 *
 * For pages that the hypervisor keeps: vcpu_info, control blocks. RAM that
 * the domain itself owns, writable.
 * Return: 0 and @mfn with one reference (frame_put() ends it); -XEN_EINVAL.
 */
int guest_page_get(struct vcpu *v, gfn_t gfn, mfn_t *mfn) __must_check;

#endif
