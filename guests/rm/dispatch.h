/* SPDX-License-Identifier: BSD-2-Clause */
/* From the id of a message to its handler. */
#ifndef RM_DISPATCH_H
#define RM_DISPATCH_H

#include "rm/request.h"

/**
 * Look the message up, check its size and who asks, and let it be handled.
 * @return  UNIMPLEMENTED  no such message
 *          MSG_INVALID    its size is wrong
 *          DENIED         not by this VM
 *          or what the handler says; then rq->out_len is 0 unless it is OK
 */
enum rm_error dispatch(struct request *rq);

#endif
