/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's GICv3: distributor, redistributors, CPU interface at EL2.
 *
 * Priorities: everything EL2 enables gets the same one.  EOImode is 1: eoi
 * drops the priority, deactivation is separate, so that an interrupt handed
 * to a guest (list register with HW = 1) is deactivated by the guest.
 */
#ifndef DRV_GIC_H
#define DRV_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

#define GIC_SPURIOUS 1020u /* INTIDs from here on are no interrupt */

/** SGIs EL2 sends to its own CPUs. */
enum gic_sgi {
	SGI_POKE = 8,   /* look at your requests */
	SGI_STOP = 9,   /* a CPU panicked: stop */
	SGI_GRACE = 10, /* say that you were outside EL2; drv/grace.h */
};

/** Distributor; once. @dist, @redist: mapped device memory. */
void gic_init(volatile void *dist, volatile void *redist, uint64_t redist_size);

/** Redistributor and CPU interface of this CPU. @return false: no frame. */
bool gic_init_cpu(void);

/** Deactivate: this one may come again. */
void gic_deactivate(uint32_t intid);

/** Enable, disable: SGIs and PPIs on this CPU only. */
void gic_enable(uint32_t intid);
void gic_disable(uint32_t intid);

/** Trigger of a PPI of this CPU or of an SPI. */
void gic_set_edge(uint32_t intid, bool edge);

/** Where an SPI goes. @cpu  index */
void gic_route(uint32_t intid, unsigned cpu);

/** Pending and active state of a PPI of this CPU or of an SPI. */
void gic_set_pending(uint32_t intid, bool pending);
void gic_set_active(uint32_t intid, bool active);

/** Is an SPI active: taken, and not deactivated yet? */
bool gic_is_active(uint32_t intid);

/** Interrupt another CPU, or oneself. What was written before is seen. */
void gic_send_sgi(enum gic_sgi sgi, unsigned cpu);

#endif
