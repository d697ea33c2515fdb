/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of a test: kept in memory for assertions, bounded. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <core/log.h>

#include "model.h"

static char text[1 << 16];
static size_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

const char *host_log(void)
{
	return text;
}

void host_log_clear(void)
{
	pthread_mutex_lock(&lock);
	used = 0;
	text[0] = '\0';
	pthread_mutex_unlock(&lock);
}

/* When the buffer is full its first half goes. */
static void append(const char *fmt, va_list args)
{
	char line[512];
	size_t len;

	vsnprintf(line, sizeof(line) - 1, fmt, args);
	strcat(line, "\n");
	len = strlen(line);

	pthread_mutex_lock(&lock);
	if (used + len >= sizeof(text)) {
		used -= sizeof(text) / 2;
		memmove(text, text + sizeof(text) / 2, used);
	}
	memcpy(text + used, line, len + 1);
	used += len;
	pthread_mutex_unlock(&lock);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list args;

	(void)level;
	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
}

void log_guest(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	append(fmt, args);
	va_end(args);
}
