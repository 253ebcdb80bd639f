/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM of a host test, as far as those who raise interrupts know it. */
#ifndef FAKE_VM_IRQ_H
#define FAKE_VM_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "vgic/vic.h"

/* What the VM's interrupt controller was told about one INTID. */
struct fake_irq {
	bool level;
	unsigned events; /* of an edge-triggered interrupt */
	unsigned pulses;
};

extern struct fake_irq fake_irqs[1020];

/* Must not be held while an interrupt is raised. */
extern struct spinlock fake_outer_lock;

/** A VIC, ACTIVE; with a VM if @has_vm. Everything else starts anew. */
struct vic *fake_vic(bool has_vm);

/** The address space whose it will be. */
struct addrspace *fake_space(void);

/** Give the VIC a VM now. */
void fake_vic_connect(struct vic *vic);

#endif
