/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of hypercalls.
 *
 * A handler gets its arguments in order and writes its results in order; the
 * dispatcher has checked the reserved argument already.  It first validates
 * and takes what it needs, and may fail; then it does, and cannot.
 *
 * Calls that change how objects hang together are slow ones: one at a time.
 */
#ifndef CALL_HVC_H
#define CALL_HVC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct vcpu;

#define HVC_OUTS_MAX 4

/**
 * Carry out a hypercall.
 *
 * @v    the caller
 * @arg  its arguments; live registers of @v, so results must not go there
 * @out  HVC_OUTS_MAX zeroes; returned whatever the error, as the call says
 */
typedef enum err hvc_fn(struct vcpu *v, const uint64_t *arg, uint64_t *out);

enum hvc_reserved {
	R_NONE, /* no reserved argument */
	R_ZERO, /* the one behind the last must be 0 */
	R_ONES, /* must be -1 */
};

struct hvc_row {
	hvc_fn *fn;       /* NULL: no such call */
	uint8_t ins;      /* arguments, the reserved one not counted */
	uint8_t outs;     /* results behind X0 */
	uint8_t reserved; /* enum hvc_reserved */
	bool is_raw;      /* no error word: results begin in X0 */
	bool is_slow;     /* runs under the configuration lock */
	const char *name;
};

/** Row of call @n, or NULL. */
const struct hvc_row *hvc_row(unsigned n);

/**
 * Make call @n for @v.
 *
 * @reg  index of the register with the first argument: 0 native, 1 SMCCC
 */
void hvc_call(struct vcpu *v, unsigned n, unsigned reg);

#endif
