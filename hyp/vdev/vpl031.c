/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual PL031.  See vpl031.h for what it promises. */
#include "vdev/vpl031.h"
#include "lib/mutant.h"

#include "lib/list.h"
#include "vgic/vgic.h"

/* Offsets in bytes. */
#define RTC_DR   0x00 /* seconds */
#define RTC_MR   0x04 /* alarm when DR reaches it */
#define RTC_LR   0x08 /* sets DR */
#define RTC_CR   0x0c /* bit 0: runs */
#define RTC_IMSC 0x10
#define RTC_RIS  0x14
#define RTC_MIS  0x18
#define RTC_ICR  0x1c
#define RTC_ID   0xfe0 /* PeriphID0..3, PCellID0..3, a word each */

#define RTC_INT 1u

/* Seconds since the counter was 0, not cut to the register's 32 bits. */
static uint64_t seconds(const struct vpl031 *r, uint64_t now)
{
	return (now - r->base_ticks) / timer_hz();
}

static void update_irq_locked(struct vpl031 *r)
{
	bool high = (r->ris & r->imsc) != 0;

	assert_locked(&r->lock);
	if (high != r->is_high) {
		r->is_high = high;
		(void)vgic_set_level(r->vm, 0, r->intid, high);
	}
}

static void fire(struct timer *t)
{
	struct vpl031 *r = container_of(t, struct vpl031, alarm);

	spin_lock(&r->lock);
	r->ris |= RTC_INT;
	update_irq_locked(r);
	spin_unlock(&r->lock);
}

/*
 * A new match value or a new time: when is the alarm?
 *
 * timer_quiesce may wait for fire() on another CPU, so it comes before the lock
 * that fire() takes; arm_lock keeps a second vCPU from starting the timer in
 * between.
 */
static void set_alarm(struct vpl031 *r, uint32_t *reg, uint32_t value)
{
	uint64_t now, passed, ahead;

	spin_lock(&r->arm_lock);
	timer_quiesce(&r->alarm);

	spin_lock(&r->lock);
	now = timer_now();
	*reg = value;
	if (reg == &r->load) {
		r->base_ticks = now - value * timer_hz();
	}
	passed = seconds(r, now);
	ahead = (uint32_t)(r->match - (uint32_t)passed);
	if (ahead == 0) {
		r->ris |= RTC_INT;
		update_irq_locked(r);
	} else {
		timer_start(&r->alarm,
		            r->base_ticks + (passed + ahead) * timer_hz());
	}
	spin_unlock(&r->lock);

	spin_unlock(&r->arm_lock);
}

static uint64_t rtc_read(void *dev, struct vcpu *by, struct mmio_access at)
{
	const struct vpl031 *r = dev;

	(void)by;
	switch (at.offset) {
	case RTC_DR:
		return mutant(rtc_frozen) ? 1000
		                          : (uint32_t)seconds(r, timer_now());
	case RTC_MR:
		return r->match;
	case RTC_LR:
		return r->load;
	case RTC_CR:
		return 1;
	case RTC_IMSC:
		return r->imsc;
	case RTC_RIS:
		return r->ris;
	default:
		return r->ris & r->imsc;
	}
}

static void rtc_write(void *dev, struct vcpu *by, struct mmio_access at,
                      uint64_t value)
{
	struct vpl031 *r = dev;

	(void)by;
	switch (at.offset) {
	case RTC_MR:
		set_alarm(r, &r->match, (uint32_t)value);
		return;
	case RTC_LR:
		set_alarm(r, &r->load, (uint32_t)value);
		return;
	default:
		break;
	}
	spin_lock(&r->lock);
	if (at.offset == RTC_IMSC) {
		r->imsc = (uint32_t)value & RTC_INT;
	} else {
		r->ris &= ~(uint32_t)value;
	}
	update_irq_locked(r);
	spin_unlock(&r->lock);
}

static uint64_t id_read(void *dev, struct vcpu *by, struct mmio_access at)
{
	static const uint8_t id[8] = { 0x31, 0x10, 0x14, 0x00,
		                       0x0d, 0xf0, 0x05, 0xb1 };

	(void)dev, (void)by;
	return at.offset % 4 == 0 ? id[(at.offset - RTC_ID) / 4] : 0;
}

/* clang-format off */
static const struct mmio_reg regs[] = {
	/* offset   len widths           read      write      name */
	{ RTC_DR,    1, W32,             rtc_read, NULL,      "DR" },
	{ RTC_MR,    1, W32,             rtc_read, rtc_write, "MR" },
	{ RTC_LR,    1, W32,             rtc_read, rtc_write, "LR" },
	{ RTC_CR,    1, W32,             rtc_read, NULL,      "CR" },
	{ RTC_IMSC,  1, W8 | W16 | W32,  rtc_read, rtc_write, "IMSC" },
	{ RTC_RIS,   1, W8 | W16 | W32,  rtc_read, NULL,      "RIS" },
	{ RTC_MIS,   1, W8 | W16 | W32,  rtc_read, NULL,      "MIS" },
	{ RTC_ICR,   1, W8 | W16 | W32,  NULL,     rtc_write, "ICR" },
	{ RTC_ID,   29, W8 | W16 | W32,  id_read,  NULL,      "PeriphID, PCellID" },
};
/* clang-format on */

const struct mmio_model vpl031_model = {
	.name = "vpl031",
	.size = 0x1000,
	.regs = regs,
	.reg_count = sizeof(regs) / sizeof(regs[0]),
};

void vpl031_init(struct vpl031 *r, struct vm *vm, uint32_t intid)
{
	r->vm = vm;
	r->intid = intid;
	r->base_ticks = 0;
	r->match = r->load = r->imsc = r->ris = 0;
	r->is_high = false;
	timer_setup(&r->alarm, fire);
}

void vpl031_fini(struct vpl031 *r)
{
	timer_quiesce(&r->alarm);
}
