/* SPDX-License-Identifier: BSD-2-Clause */
/* What the user asked for at boot; set once, before any domain runs. */
#ifndef DOMAIN_POLICY_H
#define DOMAIN_POLICY_H

#include <stdbool.h>
#include <stdint.h>

struct domain_policy {
	bool noreboot;	     /* stop, do not restart, when dom0 crashes    */
	const char *cmdline; /* the hypervisor's command line; never NULL */
	/* Of the image, as its ELF note has it; or length 0. */
	const uint8_t *build_id;
	uint32_t build_id_len;
};

extern struct domain_policy domain_policy;

#endif
