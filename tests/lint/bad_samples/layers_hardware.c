/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: layers; as: xen/core/p2m/sample.c; says: must not include arch/arm64/sysreg.h */
#include "arch/arm64/sysreg.h"
