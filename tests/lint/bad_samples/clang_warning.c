/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: clang; as: xen/lib/sample.c; says: no previous prototype */
int no_prototype(void)
{
	return 0;
}
