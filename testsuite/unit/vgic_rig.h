/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM with a virtual GIC on fake CPUs, for the tests of hyp/vgic. */
#ifndef VGIC_RIG_H
#define VGIC_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "gic.h"
#include "vgic/regs.h"
#include "vgic/vgic.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#undef ASSERT /* EL2's own; here it is the test's */

struct rig {
	struct vm vm;
	struct vcpu vcpu[8];
	unsigned vcpu_count;
	bool is_off[8];
	bool woken[8];   /* kicked while not loaded */
	uint32_t inputs; /* linked PPIs whose line is high, all vCPUs */
	uint32_t linked; /* which PPIs are linked; before rig_start */
	bool masks_irqs;
	unsigned storms; /* a maintenance interrupt that stayed */
	unsigned maintenances;
};

extern struct rig rig;

/** Fresh VM; vCPU i is loaded on CPU i, groups on, PMR open, all group 1. */
void rig_start(unsigned vcpus, unsigned spis, unsigned lrs);
void rig_end(void);

/** Go on as CPU @cpu. */
void rig_on(unsigned cpu);
void rig_load(unsigned vcpu, unsigned cpu);
void rig_save(unsigned vcpu);

/** Power vCPU @vcpu off; or on again, on the CPU with its number. */
void rig_off(unsigned vcpu, bool off);

/** All CPUs take the interrupts that EL2 caused: pokes, kicks, maintenance. */
void rig_run(void);

/** Guest on this CPU: acknowledge in group 1; end, with rig_run() behind. */
uint32_t rig_ack(void);
void rig_eoi(uint32_t intid);

/** Registers, as vCPU @v sees them. */
uint32_t rig_read(unsigned v, enum vgic_word reg, uint32_t bank);
void rig_write(unsigned v, enum vgic_word reg, uint32_t bank, uint32_t value);
void rig_priority(unsigned v, uint32_t intid, uint32_t value);
void rig_edge(unsigned v, uint32_t intid, bool edge);
/** Enable @intid of vCPU @v or of the VM, trigger and priority as said. */
void rig_enable(unsigned v, uint32_t intid, bool edge, uint32_t priority);

#endif
