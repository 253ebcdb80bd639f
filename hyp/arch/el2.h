/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_EL2_H
#define ARCH_EL2_H

/**
 * Set this CPU's EL2 registers that never change afterwards: what of a guest
 * traps, what EL1 sees as the CPU's identity.
 */
void el2_init_cpu(void);

#endif
