/* SPDX-License-Identifier: BSD-2-Clause */
/* What hvc_args.c passes: good capabilities, and spoilt ones. */
#ifndef TINY_HVC_ARGS_H
#define TINY_HVC_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "rt/hv_root.h"

extern struct hv_root root;

/* One for each type of object that can be made; h is for hwirq. */
#define HVC_ARGS_LETTERS "psamtdqvwg"

/* One object of each type, and spoilt capabilities. */
struct hvc_args_good {
	uint64_t partition, cspace, addrspace, memextent, thread, doorbell;
	uint64_t msgqueue, vic, watchdog, group, hwirq;
	uint64_t stale;     /* deleted */
	uint64_t revoked;   /* a doorbell's */
	uint64_t foreign;   /* good in another space, not here */
	uint64_t none[128]; /* by letter: the same without any right */
	uint64_t raw[128];  /* by letter: not activated; not of h */
};

extern struct hvc_args_good good;

/** Make one object of each type. @return whether all could be made */
bool make_objects(void);

/** Make the spoilt capabilities; behind make_objects(). */
bool make_spoilt(void);

/** The good object of that type, 0: there is none. */
uint64_t good_cap(char letter);

/** Copy @cap into the space @to with @rights. @return 0: refused */
uint64_t copy(uint64_t cap, uint64_t to, uint64_t rights);

/** Delete a capability of ours. */
bool drop(uint64_t cap);

#endif
