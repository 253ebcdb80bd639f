/* SPDX-License-Identifier: BSD-2-Clause */
/* Breakpoint and watchpoint registers; there are as many as the CPU says. */
#include "arch/debug.h"

#include "arch/el2.h"
#include "arch/sysreg.h"
#include "lib/mutant.h"
#include "lib/string.h"

#define OSLAR_LOCK BIT(0)
#define OSLSR_OSLM BIT(3) /* the OS lock is implemented */
#define OSLSR_LOCK BIT(1)

/* A register's number is an immediate: one case each. */
#define POINTS(X) \
	X(0)      \
	X(1)      \
	X(2)      \
	X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

enum kind { BVR, BCR, WVR, WCR };

static uint64_t read_point(enum kind kind, unsigned n)
{
	switch (n << 2 | kind) {
#define READ(i)                                      \
	case (i) << 2 | BVR:                         \
		return sysreg_read(DBGBVR##i##_EL1); \
	case (i) << 2 | BCR:                         \
		return sysreg_read(DBGBCR##i##_EL1); \
	case (i) << 2 | WVR:                         \
		return sysreg_read(DBGWVR##i##_EL1); \
	case (i) << 2 | WCR:                         \
		return sysreg_read(DBGWCR##i##_EL1);
		POINTS(READ)
#undef READ
	default:
		return 0;
	}
}

static void write_point(enum kind kind, unsigned n, uint64_t value)
{
	switch (n << 2 | kind) {
#define WRITE(i)                                      \
	case (i) << 2 | BVR:                          \
		sysreg_write(DBGBVR##i##_EL1, value); \
		break;                                \
	case (i) << 2 | BCR:                          \
		sysreg_write(DBGBCR##i##_EL1, value); \
		break;                                \
	case (i) << 2 | WVR:                          \
		sysreg_write(DBGWVR##i##_EL1, value); \
		break;                                \
	case (i) << 2 | WCR:                          \
		sysreg_write(DBGWCR##i##_EL1, value); \
		break;
		POINTS(WRITE)
#undef WRITE
	default:
		break;
	}
}

static unsigned brk_count(void)
{
	return 1 + (unsigned)field_get(ID_AA64DFR0_BRPS,
	                               sysreg_read(ID_AA64DFR0_EL1));
}

static unsigned wat_count(void)
{
	return 1 + (unsigned)field_get(ID_AA64DFR0_WRPS,
	                               sysreg_read(ID_AA64DFR0_EL1));
}

static void disable_all(void)
{
	for (unsigned n = brk_count(); n-- > 0;) {
		write_point(BCR, n, 0);
	}
	for (unsigned n = wat_count(); n-- > 0;) {
		write_point(WCR, n, 0);
	}
}

void debug_reset(struct debug_regs *d)
{
	memset(d, 0, sizeof(*d));
	d->is_locked = true;
}

void debug_init_cpu(void)
{
	sysreg_write(OSDLR_EL1, 0);
	disable_all();
}

void debug_save_used(struct debug_regs *d)
{
	for (unsigned n = brk_count(); n-- > 0;) {
		d->brk[n].value = read_point(BVR, n);
		d->brk[n].control = read_point(BCR, n);
	}
	for (unsigned n = wat_count(); n-- > 0;) {
		d->wat[n].value = read_point(WVR, n);
		d->wat[n].control = read_point(WCR, n);
	}
	disable_all();
	el2_trap_debug(true);
}

static void load_points(const struct debug_regs *d)
{
	if (mutant(debug_not_switched)) {
		return;
	}
	for (unsigned n = brk_count(); n-- > 0;) {
		write_point(BVR, n, d->brk[n].value);
		write_point(BCR, n, d->brk[n].control);
	}
	for (unsigned n = wat_count(); n-- > 0;) {
		write_point(WVR, n, d->wat[n].value);
		write_point(WCR, n, d->wat[n].control);
	}
}

void debug_load_used(const struct debug_regs *d)
{
	sysreg_write(OSLAR_EL1, d->is_locked ? OSLAR_LOCK : 0);
	load_points(d);
	el2_trap_debug(false);
}

void debug_use(struct debug_regs *d)
{
	d->is_used = true;
	debug_load(d);
}

void debug_write_oslar(struct debug_regs *d, uint64_t value)
{
	d->is_locked = (value & OSLAR_LOCK) != 0;
	sysreg_write(OSLAR_EL1, value & OSLAR_LOCK);
}

uint64_t debug_read_oslsr(const struct debug_regs *d)
{
	return OSLSR_OSLM | (d->is_locked ? OSLSR_LOCK : 0);
}
