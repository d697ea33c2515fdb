/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error numbers are those of the Xen ABI (<xen/errno.h>): XEN_EINVAL and so
 * on. Actions return 0 or a negative one, the host's <errno.h> is never used.
 */
#ifndef CORE_ERRNO_H
#define CORE_ERRNO_H

#include <xen/errno.h>

#endif
