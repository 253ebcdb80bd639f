/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TRAP_PANIC_H
#define TRAP_PANIC_H

/** Be ready to stop when another CPU panics. Context: boot, once. */
void panic_init(void);

#endif
