/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's console keys ('h' lists them). */
#ifndef BOOT_KEYS_H
#define BOOT_KEYS_H

void key_pressed(char c);

#endif
