/* SPDX-License-Identifier: BSD-2-Clause */
/* What the crash path needs of the console. */
#ifndef ARM64_PANIC_H
#define ARM64_PANIC_H

/* Nobody waits for the lock any more: who holds it may not return. */
void console_break_lock(void);

#endif
