/* SPDX-License-Identifier: BSD-2-Clause */
/* Many lives of VMs, and what they must not leave behind. */
#ifndef VMM_LIVES_H
#define VMM_LIVES_H

#include <abi/ledger.h>
#include <stdbool.h>
#include <stdint.h>

/** What the hypervisor and the resource manager have in use. */
bool lives_ledger(uint64_t value[LEDGER_COUNT]);

/** Ticks that the lives of the first and of the last tenth took. */
struct lives_time {
	uint64_t first, last;
};

/**
 * @lives small VMs, one after the other: launched, off by themselves, disposed
 * of.  The ledger is compared after each.
 * @return NULL, or what went wrong
 */
const char *lives_timed(unsigned lives, struct lives_time *time);

/** How far the last ones are from the first, in percent, rounded up. */
unsigned lives_drift(const struct lives_time *time);

#endif
