/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hypercall returns in X0.
 *
 * The numbers are Gunyah's ("Gunyah Hypercall API", error codes).  0 is
 * success, negative means that nothing was looked at, positive that something
 * was refused; a refused call has changed nothing.
 */
#ifndef ABI_ERROR_H
#define ABI_ERROR_H

/* clang-format off */
#define HV_ERRORS(X)                                                          \
	X(  0, OK)                                                            \
	X( -1, UNIMPLEMENTED)                                                 \
	X( -2, RETRY)                                                         \
	X(  1, ARGUMENT_INVALID)                                              \
	X(  2, ARGUMENT_SIZE)                                                 \
	X(  3, ARGUMENT_ALIGNMENT)                                            \
	X( 10, NOMEM)                                                         \
	X( 11, NORESOURCES)                                                   \
	X( 20, ADDR_OVERFLOW)                                                 \
	X( 21, ADDR_UNDERFLOW)                                                \
	X( 22, ADDR_INVALID)                                                  \
	X( 30, DENIED)                                                        \
	X( 31, BUSY)                                                          \
	X( 32, IDLE)                                                          \
	X( 33, OBJECT_STATE)                                                  \
	X( 34, OBJECT_CONFIG)                                                 \
	X( 35, OBJECT_CONFIGURED)                                             \
	X( 36, FAILURE)                                                       \
	X( 40, VIRQ_BOUND)                                                    \
	X( 41, VIRQ_NOT_BOUND)                                                \
	X( 50, CAP_NULL)                                                      \
	X( 51, CAP_REVOKED)                                                   \
	X( 52, WRONG_OBJECT_TYPE)                                             \
	X( 53, INSUFFICIENT_RIGHTS)                                           \
	X( 54, CSPACE_FULL)                                                   \
	X( 60, MSGQUEUE_EMPTY)                                                \
	X( 61, MSGQUEUE_FULL)                                                 \
	X(111, MEMDB_NOT_OWNER)                                               \
	X(120, MEMEXTENT_MAPPINGS_FULL)                                       \
	X(121, MEMEXTENT_TYPE)                                                \
	X(200, EXISTING_MAPPING)
/* clang-format on */

#define HV_ERROR_ENUM(num, name) HV_##name = (num),
enum hv_error { HV_ERRORS(HV_ERROR_ENUM) };

#endif
