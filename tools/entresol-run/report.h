/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages on standard error. */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

/* One line: "entresol-run: " and the text. */
__attribute__((format(printf, 1, 2))) void report(const char *format, ...);

/* The same with what errno says after it. Return: -1. */
__attribute__((format(printf, 1, 2))) int failed(const char *format, ...);

#endif
