/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers of exits, by exception class. */
#ifndef TRAP_TRAP_H
#define TRAP_TRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "mem/phys.h"

struct vcpu;

/**
 * Handle an exit.
 *
 * @v    the vCPU that runs here, its frame complete, its EL1 state loaded
 * @esr  ESR_EL2
 *
 * What it leaves in @v's frame is where the guest goes on; when something else
 * shall run, it says so to the scheduler.
 */
typedef void trap_fn(struct vcpu *v, uint64_t esr);

/** The record of an exit, for handlers that write none that says more. */
void trap_trace(const struct vcpu *v, uint64_t esr);

trap_fn trap_wfx;     /* wfx.c */
trap_fn trap_data;    /* abort.c */
trap_fn trap_fetch;   /* abort.c */
trap_fn trap_sysreg;  /* sysreg.c */
trap_fn trap_unknown; /* trap.c: UNDEF for the guest */

/**
 * A data abort at @at: is it for the VMM that runs @v?
 * @return  true: its vcpu_run call ends, or an abort was injected
 */
bool trap_vmmio(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at);

#endif
