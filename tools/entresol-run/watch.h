/* SPDX-License-Identifier: BSD-2-Clause */
/* A running guest: its console, and its end. */
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include <signal.h>

#include "console.h"
#include "options.h"

/**
 * signals_hold() - From now on SIGINT, SIGTERM and SIGHUP wait.
 * Return: a file descriptor that tells them, or -1.
 */
int signals_hold(void);

/* The signal that came, or 0. */
int signals_pending(int fd);

/**
 * watch() - Until the guest has ended, or a signal comes.
 * @c:	     its console, open.
 * @o:	     whether to read standard input.
 * @signals: of signals_hold().
 *
 * Return: what the program ends with.
 */
enum status watch(struct console *c, const struct options *o, int signals);

#endif
