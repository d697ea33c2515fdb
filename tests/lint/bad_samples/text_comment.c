/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: text; as: xen/lib/sample.c; says: comments are */
// Not like this.
