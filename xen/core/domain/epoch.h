/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Epoch sections: a CPU that reads memory it found without a lock says so,
 * and whoever wants to reuse that memory waits until every CPU that was in a
 * section has left it. Sections are short, never nested, never wait.
 */
#ifndef DOMAIN_EPOCH_H
#define DOMAIN_EPOCH_H

void epoch_enter(unsigned int cpu);
void epoch_leave(unsigned int cpu);

/* Returns when every section that was open at the call has been left. The
 * caller is in no section. Bounded: sections copy at most a page. */
void epoch_wait(void);

#endif
