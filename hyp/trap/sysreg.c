/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trapped MSR, MRS and system instructions: one table, one row each.
 *
 * What is not in the table belongs to an extension that the guest does not
 * have, or is implementation defined: UNDEFINED.
 */
#include "trap/sysreg.h"
#include "lib/mutant.h"

#include <stdbool.h>
#include <stddef.h>

#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "trap/icc.h"
#include "trap/trap.h"
#include "vm/vcpu.h"

typedef uint64_t read_fn(struct vcpu *v);
typedef void write_fn(struct vcpu *v, uint64_t value);

/* NULL: UNDEFINED in this direction. */
struct sysreg_row {
	uint32_t reg;
	read_fn *read;
	write_fn *write;
};

static uint64_t read_zero(struct vcpu *v)
{
	(void)v;
	return 0;
}

static void ignore(struct vcpu *v, uint64_t value)
{
	(void)v;
	(void)value;
}

static uint64_t read_revidr(struct vcpu *v)
{
	(void)v;
	return sysreg_read(REVIDR_EL1);
}

static uint64_t read_aidr(struct vcpu *v)
{
	(void)v;
	return sysreg_read(AIDR_EL1);
}

static void write_oslar(struct vcpu *v, uint64_t value)
{
	debug_write_oslar(&v->debug, value);
}

static uint64_t read_oslsr(struct vcpu *v)
{
	return debug_read_oslsr(&v->debug);
}

/* clang-format off */
static const struct sysreg_row rows[] = {
	/* op0, op1, CRn, CRm, op2       read         write */
	{ SYSREG(3, 0, 12, 11, 5),       NULL,        icc_write_sgi1r },
	{ SYSREG(3, 0, 12, 11, 6),       NULL,        icc_write_asgi1r },
	{ SYSREG(3, 0, 12, 11, 7),       NULL,        icc_write_sgi0r },
	{ SYSREG(3, 0, 12, 11, 1),       NULL,        icc_write_dir },
	{ SYSREG(3, 0,  1,  0, 1),       read_zero,   ignore }, /* ACTLR_EL1 */
	{ SYSREG(3, 0,  0,  0, 6),       read_revidr, NULL },   /* REVIDR_EL1 */
	{ SYSREG(3, 1,  0,  0, 7),       read_aidr,   NULL },   /* AIDR_EL1 */
	{ SYSREG(2, 0,  1,  0, 0),       read_zero,   NULL },   /* MDRAR_EL1 */
	{ SYSREG(2, 0,  1,  0, 4),       NULL, write_oslar },   /* OSLAR_EL1 */
	{ SYSREG(2, 0,  1,  1, 4),       read_oslsr,  NULL },   /* OSLSR_EL1 */
	{ SYSREG(2, 0,  1,  3, 4),       read_zero,   ignore }, /* OSDLR_EL1 */
	{ SYSREG(2, 0,  1,  4, 4),       read_zero,   ignore }, /* DBGPRCR_EL1 */
};
/* clang-format on */

static const struct sysreg_row *find(uint32_t reg)
{
	unsigned i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].reg == reg) {
			return &rows[i];
		}
	}
	return NULL;
}

/*
 * Breakpoints, watchpoints, MDSCR_EL1, claim tags, and what of the transfer
 * registers EL1 has: op0 = 2, op1 = 0 or 3, CRn = 0 or 7.  Trace registers
 * have op1 = 1.
 */
static bool is_debug(uint32_t reg)
{
	uint32_t op1 = reg >> 11 & 7;

	return reg >> 14 == 2 && (op1 == 0 || op1 == 3);
}

static uint32_t reg_of(uint64_t esr)
{
	return (uint32_t)SYSREG(
		field_get(MSR_OP0, esr), field_get(MSR_OP1, esr),
		field_get(MSR_CRN, esr), field_get(MSR_CRM, esr),
		field_get(MSR_OP2, esr));
}

static void finish_read(struct vcpu *v, uint64_t esr, uint32_t reg,
                        uint64_t value)
{
	unsigned rt = (unsigned)field_get(MSR_RT, esr);

	trace_vcpu(TRACE_SYSREG, v, 0, reg, value);
	if (rt != 31) {
		v->regs.x[rt] = value;
	}
	vcpu_skip_instruction(v);
}

static void finish_write(struct vcpu *v, uint64_t esr,
                         const struct sysreg_row *row)
{
	unsigned rt = (unsigned)field_get(MSR_RT, esr);
	uint64_t value = rt == 31 ? 0 : v->regs.x[rt];

	if (mutant(msr_xzr_garbage) && rt == 31) {
		value = v->regs.x[30];
	}

	trace_vcpu(TRACE_SYSREG, v, 1, row->reg, value);
	vcpu_skip_instruction(v);
	row->write(v, value);
}

void trap_sysreg(struct vcpu *v, uint64_t esr)
{
	uint32_t reg = reg_of(esr);
	bool is_read = (esr & MSR_READ) != 0;
	const struct sysreg_row *row;

	/* CRm 0 is not among them: MIDR and MPIDR do not trap, REVIDR has a row. */
	if (is_read && reg - SYSREG(3, 0, 0, 1, 0) < ID_REGS - 8) {
		finish_read(v, esr, reg, id_regs[reg - SYSREG(3, 0, 0, 0, 0)]);
		return;
	}
	row = find(reg);
	if (row == NULL && is_debug(reg) && !v->debug.is_used) {
		debug_use(&v->debug); /* and let it try again */
		return;
	}
	if (row != NULL && is_read && row->read != NULL) {
		finish_read(v, esr, reg, row->read(v));
	} else if (row != NULL && !is_read && row->write != NULL) {
		finish_write(v, esr, row);
	} else if (is_read && mutant(sysreg_unknown_is_0)) {
		finish_read(v, esr, reg, 0);
	} else if (!icc_retry(v, esr)) {
		vcpu_inject_undef(v);
	}
}
