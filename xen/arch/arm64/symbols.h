/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of our own functions, for backtraces. */
#ifndef ARM64_SYMBOLS_H
#define ARM64_SYMBOLS_H

#include <stdint.h>

/* The function that @pc is in; "?" outside the image. Never NULL. */
const char *symbol_find(uint64_t pc, uint64_t *offset);

#endif
