/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: layers; as: xen/core/s2/sample.c; says: xen/core/s2 must not include p2m/p2m.h */
#include "p2m/p2m.h"
