/* SPDX-License-Identifier: BSD-2-Clause */
/* The generic timer's EL1 virtual and physical timers. */
#ifndef RT_TIMER_H
#define RT_TIMER_H

#include <stdint.h>

#include "rt/sysreg.h"

#define TIMER_VIRT_PPI 27
#define TIMER_PHYS_PPI 30

static inline void timer_virt_set(uint64_t cval, uint64_t ctl)
{
	sysreg_write(cntv_cval_el0, cval);
	sysreg_write(cntv_ctl_el0, ctl);
	isb(); /* armed before the caller goes on */
}

static inline void timer_virt_off(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

static inline void timer_phys_set(uint64_t cval, uint64_t ctl)
{
	sysreg_write(cntp_cval_el0, cval);
	sysreg_write(cntp_ctl_el0, ctl);
	isb();
}

static inline void timer_phys_off(void)
{
	sysreg_write(cntp_ctl_el0, 0);
	isb();
}

static inline uint64_t timer_ticks_of_us(uint64_t us)
{
	return us * (cntfrq() / 1000) / 1000;
}

/** Busy-wait on the virtual counter. */
static inline void timer_delay_us(uint64_t us)
{
	uint64_t end = cntvct() + timer_ticks_of_us(us);

	while (cntvct() < end) {
		cpu_relax();
	}
}

#endif
