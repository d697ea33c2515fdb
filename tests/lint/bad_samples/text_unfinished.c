/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: text; as: xen/lib/sample.c; says: unfinished work */
/* XXX: everything. */
