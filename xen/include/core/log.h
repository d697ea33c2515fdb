/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: one line a call, no newline at the end. Lines reach the console
 * and the ring that `xl dmesg` reads, with the prefix "(XEN)".
 * What a guest causes goes through log_guest(), which is rate-limited.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <core/compiler.h>

enum log_level {
	LOG_ERR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
};

/* Formats: see lib/format.h. */
void log_line(enum log_level level, const char *fmt, ...) __printf(2, 3);

/* The same for what guests cause: at most a few lines a second. */
void log_guest(const char *fmt, ...) __printf(1, 2);

#define log_err(...)   log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)  log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
