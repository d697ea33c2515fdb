/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: fpregs; as: xen/lib/sample.c; says: half: */
double half(double a)
{
	return a / 2;
}
