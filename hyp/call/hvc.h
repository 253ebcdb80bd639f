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
#include <stddef.h>
#include <stdint.h>

#include <abi/hypercall.h>

#include "lib/err.h"

struct vcpu;

#define HVC_OUTS_MAX 4

/**
 * Carry out a hypercall.
 *
 * @v    the caller
 * @arg  its arguments; live registers of @v, so results must not go there
 * @out  HVC_OUTS_MAX zeroes, returned whatever the error; NULL for a call
 *       without results
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
	bool is_raw;      /* no arguments, no error word: @out is X0 on */
	bool is_slow;     /* runs under the configuration lock */
	const char *name;
	uint64_t spare; /* a row is found by a shift */
};

/* Numbers of Gunyah's calls, from 0; ours, from HVC_TS_FIRST. */
#define HVC_ROWS     0x6c
#define HVC_OWN_ROWS 0x10

extern const struct hvc_row hvc_rows[HVC_ROWS];
extern const struct hvc_row hvc_own_rows[HVC_OWN_ROWS];

/** Row of call @n, or NULL; a row without a function is no call either. */
static inline const struct hvc_row *hvc_row(uint64_t n)
{
	if (n < HVC_ROWS) {
		return &hvc_rows[n];
	}
	if (n - HVC_TS_FIRST < HVC_OWN_ROWS) {
		return &hvc_own_rows[n - HVC_TS_FIRST];
	}
	return NULL;
}

/** Make call @n for @v, its first argument in X1. */
void hvc_call_smccc(struct vcpu *v, uint64_t n);

#endif
