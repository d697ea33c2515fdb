/* SPDX-License-Identifier: BSD-2-Clause */
/* A console in memory. */
#include <arch/console.h>

#include <string.h>

#include <core/bits.h>

#include "arch/host/guest.h"

static char out[1 << 16];
static size_t out_len;
static char in[1 << 12];
static size_t in_len;

/* What does not fit is dropped; host_console_len() counts it. */
void console_write(const char *text, size_t len)
{
	size_t room = sizeof(out) - 1 - min_u64(out_len, sizeof(out) - 1);

	memcpy(out + sizeof(out) - 1 - room, text, min_u64(len, room));
	out_len += len;
	out[min_u64(out_len, sizeof(out) - 1)] = '\0';
}

size_t console_read(char *buf, size_t len)
{
	len = min_u64(len, in_len);
	memcpy(buf, in, len);
	in_len -= len;
	memmove(in, in + len, in_len);
	return len;
}

const char *host_console(void)
{
	return out;
}

size_t host_console_len(void)
{
	return out_len;
}

void host_console_clear(void)
{
	out_len = 0;
	out[0] = '\0';
	in_len = 0;
}

void host_console_type(const char *text)
{
	size_t len = min_u64(strlen(text), sizeof(in) - in_len);

	memcpy(in + in_len, text, len);
	in_len += len;
}
