/* SPDX-License-Identifier: BSD-2-Clause */
/* Who handles which interrupt of the machine. */
#ifndef DRV_IRQ_H
#define DRV_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define IRQ_COUNT 1020

/**
 * Handle an interrupt; its priority has been dropped already.
 *
 * @return  true: it is over, deactivate it. false: it stays active; a guest
 *          (list register with HW = 1) or somebody else deactivates it later.
 * Context: the CPU that took it; IRQs masked; no lock held.
 */
typedef bool irq_fn(uint32_t intid, void *arg);

/**
 * Say who handles @intid. An INTID below 32 is meant on all CPUs.
 * NULL: nobody; it is then disabled when it comes.
 */
void irq_handle(uint32_t intid, irq_fn *fn, void *arg);

/** Take the most urgent pending interrupt. @return its INTID, or spurious */
uint32_t irq_take(void);

/** The rest of irq_take, once gic_ack() has given @intid. */
void irq_run(uint32_t intid);

#endif
