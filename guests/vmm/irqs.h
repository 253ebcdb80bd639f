/* SPDX-License-Identifier: BSD-2-Clause */
/* A device whose interrupt is lent between VMs, for the tests of irqs*.c. */
#ifndef VMM_IRQS_H
#define VMM_IRQS_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rt/dt.h"

#define IRQS_THEIRS  40u /* INTID with the borrower */
#define IRQS_LABEL   0x4c4142u
#define IRQS_ROUNDS  5u
#define IRQS_WAIT_US 3000000u

/* The peers are ready from the first test on. */
#define BORROWING 0
#define STRANGE   1
#define MADE      2 /* a VM of our own */

enum who { OWNER, BORROWER, STRANGER, WHOS };
enum step {
	LEND,
	ACCEPT,
	RELEASE,
	RECLAIM,
	UNMAP,
	TELL_LENT,
	TELL_RELEASED,
	TELL_ACCEPTED,
	STEPS
};

extern struct dt_device irqs_rtc;    /* ours; its alarm is raised at will */
extern volatile unsigned irqs_taken; /* how often its interrupt came to us */

/** What takes the alarm: counts it, and makes the device quiet. */
void irqs_on_alarm(unsigned intid, void *arg);
void irqs_quieten(void);

/** The alarm is now; irqs_taken counts anew. @return whether it is */
bool irqs_raise_it(void);

/** Request @id of @who. @answer: its first word @return  enum rm_error */
uint32_t irqs_ask(enum who who, uint32_t id, const void *data, size_t len,
                  uint32_t *answer);

/** Lend the alarm's interrupt to @vmid. @return  enum rm_error */
uint32_t irqs_lend_to(uint16_t vmid, uint32_t *handle);

/** @peer accepts at @virq, as soon as who had it has let it go. */
uint32_t irqs_accept(unsigned peer, uint32_t handle, uint32_t virq,
                     uint32_t *got);

/** One step of the table, with arguments that are right for @who. */
uint32_t irqs_do(enum who who, enum step step, uint32_t handle);

/** Wait for a notification. @return its handle; 0: it did not come */
uint32_t irqs_note_of(uint32_t id);

/** Wait until @peer has taken the interrupt. @return whether, and once */
bool irqs_heard(unsigned peer);

#endif
