/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual PL031: a clock that counts seconds, and its alarm.
 *
 * It starts at the number of seconds the machine has been up (EL2 knows no
 * date) and follows CNTPCT_EL0; a guest sets it through LR.  Always enabled:
 * CR reads 1.
 *
 * Spec: Arm PrimeCell Real Time Clock (PL031) Technical Reference Manual.
 */
#ifndef VDEV_VPL031_H
#define VDEV_VPL031_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/spinlock.h"
#include "drv/timer.h"
#include "vdev/mmio.h"

struct vm;

struct vpl031 {
	struct spinlock arm_lock; /* one at a time moves the alarm */
	struct spinlock lock;     /* all below; inside arm_lock, outside vGIC */
	struct timer alarm;
	struct vm *vm;
	uint32_t intid;      /* SPI, level: high while RIS & IMSC */
	uint64_t base_ticks; /* CNTPCT_EL0 when the counter was 0 */
	uint32_t match, load, imsc, ris;
	bool is_high; /* what the vGIC was told last */
};

extern const struct mmio_model vpl031_model;

/** Bring @r to its reset state. @intid  SPI to drive */
void vpl031_init(struct vpl031 *r, struct vm *vm, uint32_t intid);

/** No alarm comes any more. */
void vpl031_fini(struct vpl031 *r);

#endif
