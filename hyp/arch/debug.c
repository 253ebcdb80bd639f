/* SPDX-License-Identifier: BSD-2-Clause */
/* Breakpoint and watchpoint registers; there are as many as the CPU says. */
#include "arch/debug.h"

#include "arch/el2.h"
#include "arch/sysreg.h"
#include "lib/string.h"

#define OSLAR_LOCK BIT(0)
#define OSLSR_OSLM BIT(3) /* the OS lock is implemented */
#define OSLSR_LOCK BIT(1)

/* A register's number is an immediate: one line each. */
#define POINTS(X) \
	X(0)      \
	X(1)      \
	X(2)      \
	X(3)      \
	X(4)      \
	X(5)      \
	X(6)      \
	X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)

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
	unsigned brks = brk_count(), wats = wat_count();

#define OFF(n)                                    \
	if (n < brks) {                           \
		sysreg_write(DBGBCR##n##_EL1, 0); \
	}                                         \
	if (n < wats) {                           \
		sysreg_write(DBGWCR##n##_EL1, 0); \
	}
	POINTS(OFF)
#undef OFF
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

void debug_save(struct debug_regs *d)
{
	unsigned brks = brk_count(), wats = wat_count();

	if (!d->is_used) {
		return;
	}
#define SAVE(n)                                                   \
	if (n < brks) {                                           \
		d->brk[n].value = sysreg_read(DBGBVR##n##_EL1);   \
		d->brk[n].control = sysreg_read(DBGBCR##n##_EL1); \
	}                                                         \
	if (n < wats) {                                           \
		d->wat[n].value = sysreg_read(DBGWVR##n##_EL1);   \
		d->wat[n].control = sysreg_read(DBGWCR##n##_EL1); \
	}
	POINTS(SAVE)
#undef SAVE
	disable_all();
}

static void load_points(const struct debug_regs *d)
{
	unsigned brks = brk_count(), wats = wat_count();

#define LOAD(n)                                                   \
	if (n < brks) {                                           \
		sysreg_write(DBGBVR##n##_EL1, d->brk[n].value);   \
		sysreg_write(DBGBCR##n##_EL1, d->brk[n].control); \
	}                                                         \
	if (n < wats) {                                           \
		sysreg_write(DBGWVR##n##_EL1, d->wat[n].value);   \
		sysreg_write(DBGWCR##n##_EL1, d->wat[n].control); \
	}
	POINTS(LOAD)
#undef LOAD
}

void debug_load(const struct debug_regs *d)
{
	sysreg_write(OSLAR_EL1, d->is_locked ? OSLAR_LOCK : 0);
	el2_trap_debug(!d->is_used);
	if (d->is_used) {
		load_points(d);
	}
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
