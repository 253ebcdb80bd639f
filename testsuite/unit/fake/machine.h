/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine below hyp/, for host tests: CPUs, time, soft timers.
 *
 * Put testsuite/unit/fake in front of hyp in the include path: its arch/
 * headers take the place of the real ones.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#define MACHINE_HZ 1000000u /* timer_hz() */

/** All as at power-on: CPU 0, time 0, no timer, no trace. */
void fake_reset(void);

/** Let time pass; timers fire in order of their deadlines. */
void fake_pass(uint64_t ticks);

#endif
