/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include <core/compiler.h>

#include "suites.h"

static const struct suite *const suites[] = {
	&ranges_suite,
	&calls_suite,
	&requests_suite,
	&invalidation_suite,
};

int main(void)
{
	struct CMUnitTest all[64];
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(suites); i++) {
		const struct suite *s = suites[i];

		if (s->nr > ARRAY_SIZE(all) - nr) {
			return 99;
		}
		memcpy(&all[nr], s->tests, s->nr * sizeof(all[0]));
		nr += s->nr;
	}
	return _cmocka_run_group_tests("ioreq", all, nr, NULL, NULL);
}
