/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may do what to whom. Asked before any lock is taken, so that nobody
 * without the right can make others wait.
 */
#ifndef DOMAIN_RIGHT_H
#define DOMAIN_RIGHT_H

#include <core/compiler.h>

struct domain;

enum right {
	RIGHT_OWN,     /* on itself, or by the control domain on any */
	RIGHT_CONTROL, /* by the control domain alone                */
	RIGHT_NR,
};

/**
 * right_check() - Whether @caller may use @right on @target.
 * @target: NULL when the call is about no domain.
 *
 * Return: 0, -XEN_EPERM.
 */
int right_check(const struct domain *caller, enum right right,
		const struct domain *target) __must_check;

#endif
