/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DRV_PL011_H
#define DRV_PL011_H

#include "drv/uart.h"

/**
 * Take over a PL011: 8 bits, no parity, FIFOs on, interrupts masked.
 *
 * The divisors stay as the firmware left them, and so do bytes that are
 * already there: they are the first that get() returns.
 *
 * @regs  EL2 VA of the register page, mapped as device
 * Context: boot, one CPU.
 * Spec: Arm PrimeCell UART (PL011) Technical Reference Manual.
 */
void pl011_init(struct uart *, volatile void *regs);

#endif
