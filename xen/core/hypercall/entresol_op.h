/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of ENTRESOL_HYPERCALL: each gets the argument registers. */
#ifndef HYPERCALL_ENTRESOL_OP_H
#define HYPERCALL_ENTRESOL_OP_H

#include <public/entresol.h>

#include "hypercall/hypercall.h"

hypercall_fn entresol_attribute;
hypercall_fn entresol_dirty;
hypercall_fn entresol_dump;
hypercall_fn entresol_ioreq;

#endif
