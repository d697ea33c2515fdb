/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: headers; as: xen/lib/sample.h; says: unknown type name */
uint32_t needs_stdint(void);
