/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: format; as: xen/lib/sample.c; says: code should be clang-formatted */
static int spaces( int a )
{
    return a;
}
