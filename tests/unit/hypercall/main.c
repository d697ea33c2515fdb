/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "suites.h"

static const struct suite *const suites[] = {
	&version_suite, &small_suite,	&reserve_suite,
	&dirty_suite,	&physmap_suite, &sched_suite,
	&domctl_suite,	&life_suite,	&busy_suite,
};

/* All suites as one group: a test program has one TAP plan. */
int main(void)
{
	struct CMUnitTest all[200];
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		const struct suite *s = suites[i];

		if (s->nr > ARRAY_SIZE(all) - nr) {
			return 99;
		}
		memcpy(&all[nr], s->tests, s->nr * sizeof(all[0]));
		nr += s->nr;
	}
	return _cmocka_run_group_tests("hypercall", all, nr, NULL, NULL);
}
