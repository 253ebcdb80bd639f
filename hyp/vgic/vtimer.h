/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EL1 timers of a vCPU: virtual (CNTV, PPI 27) and physical (CNTP, PPI 30).
 *
 * While a vCPU is loaded it owns both timers of the CPU; nothing of them
 * traps, and their PPIs are linked with the virtual ones. While it is not, a
 * soft timer of EL2 stands in for the one that is due first. What is kept is
 * the compare values, never a difference, so no time is lost or gained.
 *
 * The virtual counter of a VM is the physical one less vm->cntvoff.
 */
#ifndef VGIC_VTIMER_H
#define VGIC_VTIMER_H

#include <stdint.h>

#include "lib/err.h"

struct vcpu;

#define VTIMER_VIRT_PPI 27u
#define VTIMER_PHYS_PPI 30u

/**
 * Say which PPIs of the machine the two timers have, and take them; once on
 * each CPU at boot.
 */
void vtimer_init_cpu(uint32_t virt_ppi, uint32_t phys_ppi);

MUST_USE enum err vtimer_create(struct vcpu *v);
void vtimer_destroy(struct vcpu *v);

/** Power-on state: both disabled. Context: @v is not loaded. */
void vtimer_reset(struct vcpu *v);

/**
 * The timers and, with them, the virtual interrupt controller of @v into this
 * CPU's hardware and out of it. Then EL2 watches the timers.
 */
void vtimer_load(struct vcpu *v);
void vtimer_save(struct vcpu *v);

#endif
