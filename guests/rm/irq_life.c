/* SPDX-License-Identifier: BSD-2-Clause */
#include "irq_life.h"

/* Row: the state it is in.  A state: the next one; below 0: an error. */
#define NO_HANDLE (-(int)RM_ERR_HANDLE_INVALID)
#define NOT_YOURS (-(int)RM_ERR_IRQ_INVALID)
#define IN_USE    (-(int)RM_ERR_IRQ_INUSE)
#define NOT_TAKEN (-(int)RM_ERR_IRQ_RELEASED)
#define UNWANTED  (-(int)RM_ERR_IRQ_NOT_MAPPED)

#define HOME     IRQ_HOME
#define DROPPED  IRQ_DROPPED
#define OFFERED  IRQ_OFFERED
#define ACCEPTED IRQ_ACCEPTED
#define MUTED    IRQ_MUTED
#define LEFT     IRQ_LEFT

/* clang-format off */
static const signed char next[IRQ_STATES][IRQ_STEPS] = {
	/*               LEND       ACCEPT     RELEASE    RECLAIM */
	[HOME]     = {   OFFERED,   NO_HANDLE, NO_HANDLE, NO_HANDLE,
	/*               UNMAP      ... LENT */
	                 DROPPED,   NOT_YOURS,
	/*               TELL_LENT  _RELEASED  _ACCEPTED  BORROWER_ENDS */
	                 NO_HANDLE, NO_HANDLE, NO_HANDLE, HOME },
	[DROPPED]  = {   OFFERED,   NO_HANDLE, NO_HANDLE, NO_HANDLE,
	                 UNWANTED,  NOT_YOURS,
	                 NO_HANDLE, NO_HANDLE, NO_HANDLE, DROPPED },
	[OFFERED]  = {   IN_USE,    ACCEPTED,  NOT_TAKEN, HOME,
	                 IN_USE,    NOT_YOURS,
	                 OFFERED,   OFFERED,   NOT_TAKEN, LEFT },
	[ACCEPTED] = {   IN_USE,    IN_USE,    OFFERED,   IN_USE,
	                 IN_USE,    MUTED,
	                 IN_USE,    IN_USE,    ACCEPTED,  LEFT },
	[MUTED]    = {   IN_USE,    IN_USE,    OFFERED,   IN_USE,
	                 IN_USE,    UNWANTED,
	                 IN_USE,    IN_USE,    UNWANTED,  LEFT },
	[LEFT]     = {   IN_USE,    NO_HANDLE, NO_HANDLE, HOME,
	                 IN_USE,    NOT_YOURS,
	                 NOT_TAKEN, NO_HANDLE, NO_HANDLE, LEFT },
};
/* clang-format on */

enum rm_error irq_life_step(enum irq_state *state, enum irq_step step)
{
	int to = next[*state][step];

	if (to < 0) {
		return (enum rm_error) - to;
	}
	*state = (enum irq_state)to;
	return RM_ERR_OK;
}
