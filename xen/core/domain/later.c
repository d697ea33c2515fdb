/* SPDX-License-Identifier: BSD-2-Clause */
#include "domain/later.h"

#include <stddef.h>

#include <core/errno.h>

#include "domain/domain.h"

void vcpu_later(struct vcpu *v, vcpu_later_fn *fn, uint64_t arg)
{
	v->later = fn;
	v->later_arg = arg;
	vcpu_request(v, WORK_LATER);
}

void vcpu_do_later(struct vcpu *v)
{
	vcpu_later_fn *fn = v->later;

	v->later = NULL;
	if (fn && fn(v, v->later_arg) == -XEN_ERESTART) {
		vcpu_later(v, fn, v->later_arg);
	}
}
