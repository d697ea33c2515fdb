/* SPDX-License-Identifier: BSD-2-Clause */
/* What the crash path needs of the console. */
#ifndef ARM64_PANIC_H
#define ARM64_PANIC_H

/* From now on this CPU alone prints: who holds the lock will not return. */
void console_break_lock(void);

#endif
