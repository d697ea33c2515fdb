/* SPDX-License-Identifier: BSD-2-Clause */
/* lint: layers; as: xen/core/evtchn/sample.c; says: must not include errno.h */
#include <errno.h>
