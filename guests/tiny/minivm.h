/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second VM in the hands of a payload that is the root VM: one vCPU, one
 * page of code, and a mailbox that both see, through which it takes orders.
 *
 *     struct minivm vm;
 *
 *     minivm_start(&vm, &root, 9);
 *     minivm_store(&vm, 0x50000000, 42);
 *     minivm_stop(&vm);
 */
#ifndef TINY_MINIVM_H
#define TINY_MINIVM_H

/* Orders */
#define MINIVM_LOAD    1 /* x0 address -> x1 */
#define MINIVM_STORE   2 /* x0 address, x1 value */
#define MINIVM_LOAD32  3
#define MINIVM_STORE32 4
#define MINIVM_CALL    5 /* hvc #0 with x0 to x7, and back */
#define MINIVM_BRANCH  6 /* blr x0 */
#define MINIVM_WAIT    7 /* WFI; `woken` says when it is over */
#define MINIVM_IRQS    8 /* take interrupts from now on */

/* Offsets in the mailbox */
#define MINIVM_X(n)      (8 + 8 * (n))
#define MINIVM_FAULTS    72
#define MINIVM_ESR       80
#define MINIVM_FAR       88
#define MINIVM_WOKEN     96
#define MINIVM_INTID     104
#define MINIVM_IRQ_COUNT 112

/* Shared interrupts: all that there can be, more than a VM is born with */
#define MINIVM_SPIS 988

/* Where it sees its code and the mailbox */
#define MINIVM_CODE 0x40000000
#define MINIVM_MAIL 0x40001000

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

#include "rt/hv_root.h"

struct minivm_mailbox {
	volatile uint64_t order; /* 0: done */
	volatile uint64_t x[8];
	volatile uint64_t faults;
	volatile uint64_t esr, far; /* of the last one */
	volatile uint64_t woken;
	volatile uint64_t intid; /* the last interrupt */
	volatile uint64_t irq_count;
};
_Static_assert(sizeof(struct minivm_mailbox) == MINIVM_IRQ_COUNT + 8,
               "minivm_code.S knows the offsets");

struct minivm {
	uint64_t cspace, addrspace, vic, thread;
	uint64_t memory; /* extent with code and mailbox */
	uint64_t window; /* where the root VM sees it; its own IPA, too */
	struct minivm_mailbox *mail;
	const struct hv_root *root;
};

/**
 * The two halves of minivm_start: make everything, the thread still to be
 * activated; and activate, map, power on.
 */
const char *minivm_make(struct minivm *vm, const struct hv_root *root,
                        unsigned vmid);

/** The same with room in its VIC for @vcpus, 1 to 64; it has the first one. */
const char *minivm_make_wide(struct minivm *vm, const struct hv_root *root,
                             unsigned vmid, unsigned vcpus);
const char *minivm_run(struct minivm *vm);

/** The two halves of minivm_run: its vCPU can be bound in between. */
bool minivm_activate(struct minivm *vm);
const char *minivm_power_on(struct minivm *vm);

/**
 * Make it and start it.
 *
 * Its two pages come from the end of the last free extent, at an offset that
 * @vmid gives, so that several may live at the same time.
 * @return  NULL, or what failed
 */
const char *minivm_start(struct minivm *vm, const struct hv_root *root,
                         unsigned vmid);

/** Take it apart again. @return whether every step was accepted */
bool minivm_stop(struct minivm *vm);

/** Carry out an order with what is in mail->x. @return false: no answer */
bool minivm_order(struct minivm *vm, uint64_t order);

/**
 * Run its vCPU by vcpu_run, as its runner, until the order in mail->order is
 * done, if there is one, or the call ends otherwise than with its turn.
 *
 * @resume  what the first call brings for the one before: a value, or 0
 * @return  the last call's result
 */
struct hv minivm_run_vcpu(struct minivm *vm, uint64_t resume);

/** Its hypercall @number with up to 7 arguments; mail->x has the results. */
int64_t minivm_call(struct minivm *vm, unsigned number, const uint64_t arg[7]);

/** Load or store 64 bits there. @return false: it was an abort */
bool minivm_load(struct minivm *vm, uint64_t at, uint64_t *value);
bool minivm_store(struct minivm *vm, uint64_t at, uint64_t value);
bool minivm_store32(struct minivm *vm, uint64_t at, uint32_t value);

/** Copy a capability of the root VM into its space. @return the id there */
uint64_t minivm_give(struct minivm *vm, uint64_t cap, uint64_t rights);
#endif

#endif
