/* SPDX-License-Identifier: BSD-2-Clause */
/* CONSOLE_IO: x[0] command, x[1] count, x[2] buffer. */
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>

#include <arch/console.h>
#include <arch/cpu.h>
#include <core/bits.h>
#include <core/errno.h>

#include "domain/domain.h"
#include "domain/guestcopy.h"
#include "domain/right.h"
#include "hypercall/hypercall.h"

#define CHUNK 512

static int64_t console_io_write(struct vcpu *v, uint64_t *x)
{
	uint32_t left = x[1];
	uint64_t from = x[2];
	char buf[CHUNK];

	while (left) {
		uint32_t n = min_u64(left, CHUNK);

		if (guest_read(v, buf, GVA(from), n)) {
			return -XEN_EFAULT;
		}
		console_write(buf, n);
		left -= n;
		from += n;
		if (left && arch_irq_waiting()) {
			x[1] = left;
			x[2] = from;
			return HYPERCALL_AGAIN;
		}
	}
	return 0;
}

/* What has been taken from the console is lost when the buffer is bad. */
static int64_t console_io_read(struct vcpu *v, const uint64_t *x)
{
	uint32_t count = x[1];
	uint32_t done = 0;
	char buf[CHUNK];

	if (count > INT32_MAX) {
		return -XEN_E2BIG;
	}
	while (done < count) {
		size_t n = console_read(buf, min_u64(count - done, CHUNK));

		if (n && guest_write(v, GVA(x[2] + done), buf, n)) {
			return -XEN_EFAULT;
		}
		done += n;
		if (n < CHUNK) {
			break;
		}
	}
	return done;
}

int64_t hypercall_console_io(struct vcpu *v, uint64_t *x)
{
	int rc = right_check(v->domain, RIGHT_CONTROL, v->domain);

	if (rc) {
		return rc;
	}
	switch ((uint32_t)x[0]) {
	case CONSOLEIO_write:
		return console_io_write(v, x);
	case CONSOLEIO_read:
		return console_io_read(v, x);
	default:
		return -XEN_ENOSYS;
	}
}
