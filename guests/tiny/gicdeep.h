/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the gicdeep payload share. */
#ifndef TINY_GICDEEP_H
#define TINY_GICDEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "greatest.h"
#include "rt/irq.h"

#define DEEP      128 /* a bank of 32 SPIs that no device uses */
#define DEEP_BANK (DEEP / 32)
#define DEEP_MAX  32
#define LONG_US   4000000
#define NAP_US    300

extern volatile unsigned deep_taken[IRQ_MAX];
extern volatile unsigned deep_order[64]; /* INTIDs in the order they came */
extern volatile unsigned deep_any;

/** The handler that counts. */
void deep_count(unsigned intid, void *arg);

/** Set-up and tear-down: the bank is quiet, edge, enabled, ours. */
void deep_prepare(void *arg);
void deep_clean_up(void *arg);

/** Unmask for a moment, for interrupts that must not come. */
void deep_nap(void);

/** Wait, IRQs as they are, until *@value is at least @least. */
bool deep_reaches(volatile unsigned *value, unsigned least);

#endif
