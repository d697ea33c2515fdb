/* SPDX-License-Identifier: BSD-2-Clause */
/* Built without Xen's libraries: on a machine that only looks at dumps. */
#include "hypervisor.h"

bool hypervisor_open(struct hypervisor *h, struct failure *f)
{
	(void)h;
	return failed(
		f, STATUS_NOT_ENTRESOL,
		"built without Xen's libraries: it reads saved maps alone "
		"(--from FILE)");
}
