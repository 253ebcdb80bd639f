/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical interrupts of VMs: which VM of the scenario owns each, who has it
 * lent, and that the hypervisor sends it to nobody else.
 *
 *     owner --LEND--> OFFERED --ACCEPT--> ACCEPTED      (irq_life.h)
 *       ^________________|  ^_____RELEASE____|
 *            RECLAIM
 *
 * A handle is good for the owner and the borrower that LEND named; for all
 * others there is none.
 */
#ifndef RM_IRQS_H
#define RM_IRQS_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stddef.h>

#include "rm/vms.h"

/* INTIDs at which a borrower may have one: not the UART's, the clock's or ours;
 * and from where on owners have theirs. */
#define IRQS_VIRQ_FIRST 35
#define IRQS_VIRQ_LAST  (OBJECTS_TX_INTID - 1)
#define IRQS_VIRQ_OWN   96

/* Where an owner sees the registers of the device, index by index. */
#define IRQS_DEVICE_IPA    0x0c000000ull
#define IRQS_DEVICE_STRIDE 0x10000ull

/** Index of the device with physical SPI @intid; negative: there is none. */
int irqs_find(uint32_t intid);

/** @vm owns it from now on, as INTID irqs_own_virq. Context: it has a VIC. */
void irqs_give(unsigned index, const struct vm *vm);
uint32_t irqs_own_virq(unsigned index);

/**
 * Take it from its owner, VM @from, so that a borrower may have it.
 * @return IRQ_INVALID (not its own), IRQ_INUSE, VMID_INVALID
 */
enum rm_error irqs_lend(uint16_t from, const struct rm_irq_lend *lend,
                        uint32_t *handle);

/**
 * VM @vmid has it from now on.
 *
 * @virq    the INTID, or RM_IRQ_ANY: the owner's if it is free, and told
 * @return  HANDLE_INVALID; IRQ_INUSE: accepted, or that INTID is taken;
 *          ARGUMENT_INVALID: no such INTID; NORESOURCE: none is free;
 *          BUSY: who had it is still about to let it go, ask again
 */
enum rm_error irqs_accept(uint16_t vmid, uint32_t handle, uint32_t *virq);

/** The borrower, or the owner, is done. @return HANDLE_INVALID, IRQ_* */
enum rm_error irqs_release(uint16_t vmid, uint32_t handle);
enum rm_error irqs_reclaim(uint16_t vmid, uint32_t handle);

/**
 * Whoever has them does not want them; a borrower has still to release.
 * All or none.  What an owner does not want it can lend.
 * @return IRQ_INVALID, IRQ_INUSE, IRQ_NOT_MAPPED; ARGUMENT_INVALID: twice the
 *         same
 */
enum rm_error irqs_unmap(uint16_t vmid, const uint32_t *virq, unsigned count);

/** Tell the other side. @to  VMID, or 0: as LEND said; for LENT only */
enum rm_error irqs_notify(uint16_t vmid, uint32_t handle, uint32_t flags,
                          uint16_t to);

/** A VM ends: what it had borrowed is the owner's to reclaim, who hears it. */
void irqs_forget_borrower(uint16_t vmid);

/** An owner ends: whoever has its interrupts loses them. */
void irqs_forget_owner(uint16_t vmid);

/**
 * Give owners those that somebody else was still about to let go.
 * @return whether some are still not with their owner
 */
bool irqs_turn(void);

#endif
