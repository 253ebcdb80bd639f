/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of lab share: its VMs, and how they are made and watched. */
#ifndef TINY_LAB_RIG_H
#define TINY_LAB_RIG_H

#include <abi/ledger.h>
#include <stdbool.h>
#include <stdint.h>

#include "labvm.h"
#include "rt/hv_root.h"

#define VMS_MAX  4
#define FIRST_VM 2  /* VMIDs */
#define BELOW    20 /* priority of those that never give way; ours is 32 */

/* lab_code.S */
extern const char lab_code[], lab_code_end[], lab_memory[];

extern struct hv_root root;
extern struct labvm vms[VMS_MAX];
extern uint64_t ledger[LEDGER_COUNT]; /* before the test */

/** The generator: the same seed brings the same numbers. */
void seed_random(uint64_t seed);
uint64_t next_random(void);

/** Where time is the host's, shares are the host's load, too. */
bool counts_instructions(void);

/** Make VM @n; start it at @entry of lab_code. They say what has failed. */
bool make(unsigned n, unsigned priority, unsigned slice_us);
bool start(unsigned n, const char *entry);

/** End the first @count. @return whether every step was accepted */
bool end(unsigned count);

/** Is the ledger as it was? */
bool all_back(void);

/** Give way until each of @count has done so many rounds, however long. */
void let_them_run(unsigned count, uint64_t rounds);

#endif
