/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hypervisor still knows when a run is over, good or bad: exits by
 * reason, and the trace rings as a timeline.
 */
#ifndef AFTERMATH_H
#define AFTERMATH_H

#include "boot.h"

/**
 * Read the hypervisor's memory out of the machine, which is stopped for that.
 *
 * Fills boot->exits, and writes timeline.json with --timeline. Only the first
 * call does anything: QEMU must still be there.  A machine that is gone, or
 * that runs something else, leaves boot->exits empty.
 */
void aftermath_read(struct boot *boot);

/** Judge the scenario's budgets, if nothing worse has happened. */
void aftermath_judge(struct boot *boot);

#endif
