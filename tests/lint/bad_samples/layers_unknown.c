/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: layers; as: xen/misc/sample.c; says: in no layer */
