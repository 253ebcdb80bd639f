/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hardware interrupts: SPIs of the machine, each of which one VM may be given.
 *
 * EL2 takes the physical interrupt and only drops its priority; the guest's own
 * deactivation, through a linked list register, lets it come again.  So a guest
 * that does not answer its device stops that device's interrupt, and nothing
 * else.  Whatever takes it away from a VM (unbinding, the end of its VIC) also
 * deactivates it, and leaves it disabled.
 */
#ifndef VGIC_HWIRQ_H
#define VGIC_HWIRQ_H

#include "vgic/vic.h"

struct hwirq {
	struct object obj;
	struct spinlock lock;
	struct virq_source source;
	unsigned line; /* what the machine's side has, hwirq.c */
};

extern const struct obj_ops hwirq_ops;

/**
 * Make @hw the one for physical SPI @intid, and ACTIVE.
 *
 * Context: boot, once for each SPI, BOOT_DEVICES_MAX at most.
 */
void hwirq_adopt(struct hwirq *hw, uint32_t intid, bool is_edge);

/**
 * The VM of @vic gets it as the SPI that @virq names.
 *
 * @return  ERR_RETRY       who had it before has not let it go yet, or that
 *                          SPI not yet what it was bound to before
 *          ERR_INVAL       no SPI of that VIC
 *          ERR_VIRQ_BOUND  it is bound already
 *          ERR_BUSY        that SPI has another source
 * Context: configuration lock held.
 */
MUST_USE enum err hwirq_bind(struct hwirq *hw, struct vic *vic, uint64_t virq);

/** Undo hwirq_bind; nothing to do when it is not bound. Context: as that. */
void hwirq_unbind(struct hwirq *hw);

#endif
