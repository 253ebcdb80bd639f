/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Accesses to the GIC's CPU interface that trap.
 *
 * Almost all of ICC_* is the hardware's virtual CPU interface and needs us not.
 * What comes here: SGIs, always, as HCR_EL2.IMO is set; the deactivation of
 * interrupts that are in no list register (TDIR); and, for one access, all of
 * both groups, when a timer's line must be looked at again (TALL0, TALL1).
 */
#ifndef TRAP_ICC_H
#define TRAP_ICC_H

#include <stdbool.h>
#include <stdint.h>

struct vcpu;

/* Rows of the table of system registers. */
void icc_write_sgi0r(struct vcpu *v, uint64_t value);
void icc_write_sgi1r(struct vcpu *v, uint64_t value);
void icc_write_asgi1r(struct vcpu *v, uint64_t value);
void icc_write_dir(struct vcpu *v, uint64_t value);

/**
 * Another access to the CPU interface.
 *
 * @esr     ESR_EL2 of an MSR or MRS
 * @return  true: resume @v at the same instruction, it will not trap again.
 *          false: not one of those.
 */
bool icc_retry(struct vcpu *v, uint64_t esr);

#endif
