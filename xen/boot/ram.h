/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the memory in the device tree can be used; pure functions. */
#ifndef BOOT_RAM_H
#define BOOT_RAM_H

#include "dt/host.h"

/**
 * ram_usable() - Whole pages of the banks of @host.
 * @pa_bits: size of a physical address; what is above goes, with a message.
 * @out:     room for DT_MAX_BANKS.
 *
 * Return: how many ranges.
 */
unsigned int ram_usable(const struct dt_host *host, unsigned int pa_bits,
			struct dt_range *out);

/* The first module that is not in RAM to read, or NULL. */
const struct dt_module *ram_bad_module(const struct dt_host *host);

#endif
