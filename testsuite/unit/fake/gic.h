/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The GIC of the host tests: virtual CPU interfaces as a guest sees them, and
 * the active state of physical interrupts.
 *
 * Written from the pseudocode of IHI 0069 ("Virtual CPU interface"), without
 * a look at the virtual interrupt controller under test: five bits of
 * priority and of preemption, up to 16 list registers.
 */
#ifndef FAKE_GIC_H
#define FAKE_GIC_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_CPUS 8

struct fake_ich {
	uint64_t lr[16];
	uint64_t hcr, vmcr;
	uint32_t apr[2];
	uint64_t poked;       /* gic_send_sgi or sched_poke came */
	bool phys_active[32]; /* PPIs */
	bool phys_pending[32];
};

extern struct fake_ich fake_ich[FAKE_CPUS];
extern unsigned fake_lr_count;
extern bool fake_spi_active[1024];
extern unsigned fake_deactivations; /* physical ones EL2 made itself */

void fake_gic_reset(unsigned lr_count);

/* What the guest that is loaded on fake_cpu does. */
uint32_t guest_iar(unsigned group);
/** The group whose exception is signalled now: 0, 1, or -1. */
int guest_signalled(void);
void guest_eoir(unsigned group, uint32_t intid);
void guest_dir(uint32_t intid);

/** Is the maintenance interrupt asserted? */
bool fake_maintenance(void);

#endif
