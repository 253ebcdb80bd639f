/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a function says no.
 *
 * Each name stands for one code of the ABI, so that a hypercall's result needs
 * no translation and a new error needs a decision about what the guest sees.
 */
#ifndef LIB_ERR_H
#define LIB_ERR_H

#include <abi/error.h>

enum err {
	ERR_OK = HV_OK,
	ERR_UNIMPLEMENTED = HV_UNIMPLEMENTED,
	ERR_RETRY = HV_RETRY,
	ERR_INVAL = HV_ARGUMENT_INVALID,
	ERR_SIZE = HV_ARGUMENT_SIZE,
	ERR_ALIGN = HV_ARGUMENT_ALIGNMENT,
	ERR_NOMEM = HV_NOMEM,
	ERR_NORESOURCES = HV_NORESOURCES,
	ERR_OVERFLOW = HV_ADDR_OVERFLOW,
	ERR_UNDERFLOW = HV_ADDR_UNDERFLOW,
	ERR_ADDR = HV_ADDR_INVALID,
	ERR_DENIED = HV_DENIED,
	ERR_BUSY = HV_BUSY,
	ERR_IDLE = HV_IDLE,
	ERR_STATE = HV_OBJECT_STATE,
	ERR_CONFIG = HV_OBJECT_CONFIG,
	ERR_CONFIGURED = HV_OBJECT_CONFIGURED,
	ERR_FAILURE = HV_FAILURE,
	ERR_VIRQ_BOUND = HV_VIRQ_BOUND,
	ERR_VIRQ_NOT_BOUND = HV_VIRQ_NOT_BOUND,
	ERR_CAP_NULL = HV_CAP_NULL,
	ERR_CAP_REVOKED = HV_CAP_REVOKED,
	ERR_TYPE = HV_WRONG_OBJECT_TYPE,
	ERR_RIGHTS = HV_INSUFFICIENT_RIGHTS,
	ERR_CSPACE_FULL = HV_CSPACE_FULL,
	ERR_EMPTY = HV_MSGQUEUE_EMPTY,
	ERR_FULL = HV_MSGQUEUE_FULL,
	ERR_NOT_OWNER = HV_MEMDB_NOT_OWNER,
	ERR_MAPPINGS_FULL = HV_MEMEXTENT_MAPPINGS_FULL,
	ERR_EXTENT_TYPE = HV_MEMEXTENT_TYPE,
	ERR_EXISTS = HV_EXISTING_MAPPING,

	/* No guest sees it: a piece is done, the instruction is to be executed
	 * again for the rest. */
	ERR_RESTART = 0x1000,
};

#define MUST_USE __attribute__((warn_unused_result))

/* Pass a failure on to the caller. */
#define TRY(expr)                           \
	do {                                \
		enum err try_err_ = (expr); \
		if (try_err_ != ERR_OK) {   \
			return try_err_;    \
		}                           \
	} while (0)

#endif
