/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Test results in the Test Anything Protocol.
 *
 * Lines that start with "#~" may differ from run to run or from hypervisor to
 * hypervisor (addresses, times); every other line is compared.
 */
#ifndef GUEST_TAP_H
#define GUEST_TAP_H

#include <stdbool.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/** tap_ok() - Record one result. Return: @passed. */
bool tap_ok(bool passed, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * tap_is() - Record whether a call answered as expected.
 *
 * The answer is part of the line: 0, a number, or the name of an error.
 *
 * Return: @got == @want.
 */
bool tap_is(long got, long want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** tap_number() - tap_is() for what is no error of Xen: told as a number. */
bool tap_number(long got, long want, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * tap_either() - Record whether a call answered in one of two ways.
 *
 * For the few places where Entresol answers better than Xen on purpose.
 */
bool tap_either(long got, long want, long other, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/** tap_skip() - Record a test that has no meaning here, and why. */
void tap_skip(const char *why, const char *what);

/** tap_note() - A line of comment that is the same on every hypervisor. */
void tap_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** tap_info() - A line of comment that comparison ignores. */
void tap_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** tap_plan() - Print the plan: no more results after it. */
void tap_plan(void);

/** tap_done() - Print the plan and power the machine off. */
void tap_done(void) __attribute__((noreturn));

/** tap_bail() - Give up: print the reason and power the machine off. */
void tap_bail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/** power_off() - PSCI SYSTEM_OFF. */
void power_off(void) __attribute__((noreturn));

#endif
