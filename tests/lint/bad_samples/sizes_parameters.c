/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: sizes; as: xen/lib/sample.c; says: six() has 6 parameters */
int six(int a, int b, int (*c)(int, int), int d, int e, int f)
{
	return a + b + c(d, e) + f;
}
