/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPU of the VMM runs which vCPU: number K of every machine is run by CPU
 * K modulo the number of CPUs, and its wake-up interrupt goes there.  CPU 0 also
 * talks to the resource manager and to the console; the others do nothing else.
 */
#ifndef VMM_RUNNER_H
#define VMM_RUNNER_H

#include <stdbool.h>

#include "vmm/machine.h"

/** Start all CPUs there are. */
void runner_start(void);

/** The CPU that runs vCPU @index of any machine. */
unsigned runner_of(unsigned index);

/** CPUs that run vCPUs. */
unsigned runner_count(void);

/** The most that were inside vcpu_run at the same time, since the last call. */
unsigned runner_most(void);

/** A machine may be run again: who sleeps looks. */
void runner_kick(void);

/** Nobody runs this vCPU, nor will; its cap is 0 from now on. */
void runner_release(struct machine_vcpu *v);

/** Wait until nobody is running a vCPU of @m, which is paused. */
void runner_wait(const struct machine *m);

/** Run what belongs to this CPU, once. @return whether something ran */
bool runner_turn(struct machine *m);

#endif
