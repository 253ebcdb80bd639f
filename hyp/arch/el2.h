/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_EL2_H
#define ARCH_EL2_H

#include <stdbool.h>

/**
 * Set this CPU's EL2 registers that never change afterwards: what of a guest
 * traps, what EL1 sees as the CPU's identity.
 */
void el2_init_cpu(void);

/** Do breakpoint and watchpoint registers and MDSCR_EL1 trap on this CPU? */
void el2_trap_debug(bool on);

#endif
