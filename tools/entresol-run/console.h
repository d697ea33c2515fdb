/* SPDX-License-Identifier: BSD-2-Clause */
/* The tools' end of the guest's console: a page with two rings. */
#ifndef RUN_CONSOLE_H
#define RUN_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "guest.h"

struct xencons_interface;

/* Bytes that were typed and have no room yet. */
#define TYPED 256

struct console {
	struct guest *guest;
	struct xencons_interface *ring;
	int port; /* our end */
	char typed[TYPED];
	size_t nr_typed;
};

/* Return: 0 or -1, having said what went wrong. */
int console_open(struct console *c, struct guest *g);

/* To standard output what the guest has written, to the guest what was typed.
 * Return: 0 or -1 (nobody reads standard output any more). */
int console_move(struct console *c);

/* Bytes that console_type() would take. */
size_t console_room(const struct console *c);

/* @nr bytes, no more than there is room for. */
void console_type(struct console *c, const char *text, size_t nr);

void console_close(struct console *c);

#endif
