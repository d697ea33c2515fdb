/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: text; as: xen/lib/sample.c; says: without braces */
int sample(int a)
{
	if (a > 1 &&
	    a < 3)
		return 1;
	return 0;
}
