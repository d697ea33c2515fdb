/* SPDX-License-Identifier: BSD-2-Clause */
/* PSCI 1.0 and SMCCC 1.1 as guests see them, by HVC #0 and SMC #0. */
#ifndef VPSCI_VPSCI_H
#define VPSCI_VPSCI_H

struct vcpu;

/* Function id in x0, arguments in x1..x3, result in x0 (and x1..x3). */
void vpsci_call(struct vcpu *v);

#endif
