/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console's rings. The page belongs to the guest, which may write anything
 * to it: indices are read once, and what they say is made to fit.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>

#include <xen/io/console.h>

#include "console.h"
#include "report.h"

int console_open(struct console *c, struct guest *g)
{
	xen_pfn_t frame = CONSOLE_GFN;

	*c = (struct console){ .guest = g };
	c->ring = xenforeignmemory_map(g->mem, g->domid, PROT_READ | PROT_WRITE,
				       1, &frame, NULL);
	if (!c->ring) {
		return failed("the console's page of d%u", g->domid);
	}
	c->port = xenevtchn_bind_interdomain(g->xce, g->domid, g->console_port);
	return c->port < 0 ? failed("the console's port of d%u", g->domid) : 0;
}

void console_close(struct console *c)
{
	if (c->ring) {
		xenforeignmemory_unmap(c->guest->mem, c->ring, 1);
	}
	c->ring = NULL;
}

static int print(const char *text, size_t nr)
{
	while (nr) {
		ssize_t now = write(STDOUT_FILENO, text, nr);

		if (now < 0) {
			return failed("standard output");
		}
		text += now;
		nr -= now;
	}
	return 0;
}

/* What the guest has written. Return: bytes, or -1. */
static int take_output(struct console *c)
{
	struct xencons_interface *r = c->ring;
	uint32_t cons = r->out_cons;
	uint32_t prod = __atomic_load_n(&r->out_prod, __ATOMIC_ACQUIRE);
	char text[sizeof(r->out)];
	uint32_t nr = 0;

	if (prod - cons > sizeof(r->out)) {
		cons = prod - sizeof(r->out);
	}
	while (cons != prod) {
		text[nr++] = r->out[MASK_XENCONS_IDX(cons++, r->out)];
	}
	__atomic_store_n(&r->out_cons, cons, __ATOMIC_RELEASE);
	return print(text, nr) ? -1 : (int)nr;
}

/* What was typed, as far as there is room. Return: bytes. */
static size_t give_input(struct console *c)
{
	struct xencons_interface *r = c->ring;
	uint32_t cons = __atomic_load_n(&r->in_cons, __ATOMIC_ACQUIRE);
	uint32_t prod = r->in_prod;
	size_t nr = 0;

	while (nr < c->nr_typed && prod - cons < sizeof(r->in)) {
		r->in[MASK_XENCONS_IDX(prod++, r->in)] = c->typed[nr++];
	}
	__atomic_store_n(&r->in_prod, prod, __ATOMIC_RELEASE);
	c->nr_typed -= nr;
	memmove(c->typed, c->typed + nr, c->nr_typed);
	return nr;
}

int console_move(struct console *c)
{
	int taken = take_output(c);
	size_t given = give_input(c);

	if (taken > 0 || given) {
		xenevtchn_notify(c->guest->xce, c->port);
	}
	return taken < 0 ? -1 : 0;
}

size_t console_room(const struct console *c)
{
	return sizeof(c->typed) - c->nr_typed;
}

void console_type(struct console *c, const char *text, size_t nr)
{
	memcpy(c->typed + c->nr_typed, text, nr);
	c->nr_typed += nr;
}
