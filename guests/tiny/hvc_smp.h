/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of hvc_smp share. */
#ifndef TINY_HVC_SMP_H
#define TINY_HVC_SMP_H

#include <stdbool.h>
#include <stdint.h>

#include "rt/hv.h"
#include "rt/hv_root.h"

#define DEPTH 16u /* of every queue */

extern struct hv_root root;
extern uint64_t shared_bell, shared_queue; /* made by the first test */

/** This CPU has seen something go wrong; the first time counts. */
void note(int line, int64_t err);

#define MUST(call)                                 \
	do {                                       \
		int64_t must_err_ = (call).err;    \
		if (must_err_ != HV_OK) {          \
			note(__LINE__, must_err_); \
		}                                  \
	} while (0)

/** Has any CPU noted something? Then nobody shall wait for it. */
bool is_wrong(void);

/** A new object, HVC_PARTITION_CREATE_*. */
uint64_t create(unsigned number);

/** Delete a capability of ours. */
void drop(uint64_t cap);

/** Run @work on all CPUs. @return whether none has noted anything */
bool on_all(void (*work)(void *));

/** The counter of the ledger that is not as before, "nothing". */
const char *ledger_changed(void);

/** Let others at the queue; under icount, let them run at all. */
void relax(void);

#endif
