/* SPDX-License-Identifier: BSD-2-Clause */
/* The same where the CPU notes writes by itself (FEAT_HAFDBS). */
#include "dirty_log.c"
