/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a physical interrupt that a VM owns, as one table
 * (docs/lifecycle.md, "Interrupts").
 */
#ifndef RM_IRQ_LIFE_H
#define RM_IRQ_LIFE_H

#include <abi/rm.h>

enum irq_state {
	IRQ_HOME,     /* its owner has it */
	IRQ_DROPPED,  /* its owner does not want it */
	IRQ_OFFERED,  /* lent; the borrower may accept it, now or again */
	IRQ_ACCEPTED, /* the borrower has it */
	IRQ_MUTED,    /* ... but does not want it, and has not released it */
	IRQ_LEFT,     /* lent to a VM that is gone */
	IRQ_STATES,
};

enum irq_step {
	IRQ_LEND,
	IRQ_ACCEPT,
	IRQ_RELEASE,
	IRQ_RECLAIM,
	IRQ_UNMAP_OWN,
	IRQ_UNMAP_LENT,
	IRQ_TELL_LENT,
	IRQ_TELL_RELEASED,
	IRQ_TELL_ACCEPTED,
	IRQ_BORROWER_ENDS,
	IRQ_STEPS,
};

/**
 * Take @step, by whoever has the right to.
 * @state  becomes the next one; stays on an error
 * @return HANDLE_INVALID  it is not lent to anybody
 *         IRQ_INVALID     the caller has none
 *         IRQ_INUSE       somebody has it, or may have it at any time
 *         IRQ_RELEASED    nobody has accepted it
 *         IRQ_NOT_MAPPED  it is not wanted already
 */
enum rm_error irq_life_step(enum irq_state *state, enum irq_step step);

#endif
