/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the gic payload share. */
#ifndef TINY_GIC_H
#define TINY_GIC_H

#include <stdint.h>

#include "greatest.h"
#include "rt/irq.h"

#define SPI       60 /* and the 16 behind it: no device of the virt machine */
#define SPI2      61
#define SGI       3
#define LONG_US   4000000
#define NAP_US    300
#define SPIS      20
#define ORDER_MAX 64

extern volatile unsigned taken[IRQ_MAX]; /* how often each came */
extern volatile unsigned any;            /* all of them */
extern volatile unsigned order[ORDER_MAX];
extern volatile unsigned running_priority; /* in the last handler */

/** The handler that counts. */
void count(unsigned intid, void *arg);

/** Set-up and tear-down of every test: all quiet, edge, enabled, to us. */
void prepare(void *arg);
void clean_up(void *arg);

/** Unmask for a moment, for interrupts that must not come. */
void nap(void);

/** Work for another CPU: take interrupts until *@arg is not 0. */
void listen(void *arg);

/** Say so, wake everybody who listens, and wait for them. */
void end_listening(volatile unsigned *stop);

#endif
