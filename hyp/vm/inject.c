/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions that a guest's EL1 takes because EL2 says so.
 *
 * Spec: Arm ARM, "Exception entry" (AArch64.TakeException) and "SPSR_EL1".
 */
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "lib/mutant.h"
#include "vm/vcpu.h"

#define VECTOR_SAME_SP0 0x000
#define VECTOR_SAME_SPX 0x200
#define VECTOR_LOWER_64 0x400
#define VECTOR_LOWER_32 0x600

static bool is_from_el1(const struct vcpu *v)
{
	return (v->regs.pstate & PSTATE_AA32) == 0 &&
	       field_get(PSTATE_EL, v->regs.pstate) == 1;
}

static uint64_t vector_of(uint64_t pstate)
{
	if (pstate & PSTATE_AA32) {
		return VECTOR_LOWER_32;
	}
	if (field_get(PSTATE_EL, pstate) == 0 && !mutant(inject_wrong_vector)) {
		return VECTOR_LOWER_64;
	}
	return (pstate & PSTATE_SP) ? VECTOR_SAME_SPX : VECTOR_SAME_SP0;
}

/* PSTATE in the handler: masked, EL1h; PAN and SSBS as SCTLR_EL1 has them. */
static uint64_t handler_pstate(uint64_t old)
{
	uint64_t sctlr = sysreg_read(SCTLR_EL1);
	uint64_t new = PSTATE_EL1H | PSTATE_DAIF;

	new |= old &(PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN);
	if (field_get(ID_AA64MMFR1_PAN, sysreg_read(ID_AA64MMFR1_EL1)) != 0 &&
	    (sctlr & SCTLR_EL1_SPAN) == 0) {
		new |= PSTATE_PAN;
	}
	if (mutant(inject_unmasked)) {
		new &= ~(PSTATE_DAIF & ~old);
	}
	if (sctlr & SCTLR_EL1_DSSBS) {
		new |= PSTATE_SSBS;
	}
	return new;
}

static void enter_el1(struct vcpu *v, uint64_t esr)
{
	uint64_t pstate = v->regs.pstate;

	sysreg_write(ESR_EL1, esr);
	sysreg_write(ELR_EL1, v->regs.pc + (mutant(inject_skips) ? 4 : 0));
	sysreg_write(SPSR_EL1, pstate);
	v->regs.pc = sysreg_read(VBAR_EL1) + vector_of(pstate);
	v->regs.pstate = handler_pstate(pstate);
}

void vcpu_inject_undef(struct vcpu *v)
{
	trace_vcpu(TRACE_UNDEF, v, 0, v->regs.pc, sysreg_read(ESR_EL2));
	enter_el1(v, ESR_IL);
}

void vcpu_inject_abort(struct vcpu *v, uint64_t esr, uint64_t far)
{
	uint64_t ec = field_get(ESR_EC, esr);
	uint64_t iss = esr & (DABT_CM | DABT_WNR | DABT_FNV);
	bool is_fetch = ec == ESR_EC_IABT_LOW;

	if (is_fetch) {
		ec = is_from_el1(v) ? ESR_EC_IABT_SAME : ESR_EC_IABT_LOW;
		iss &= DABT_FNV; /* the other two are not an instruction's */
	} else {
		ec = is_from_el1(v) ? ESR_EC_DABT_SAME : ESR_EC_DABT_LOW;
	}
	iss |= mutant(abort_as_translation) ? FSC_TRANSLATION : FSC_SEA;
	if (esr & DABT_S1PTW) {
		/* The walk of stage 1 failed: it says at which level, which we
		 * do not know; the last one is where a guest's walk ends. */
		iss = (iss & ~DABT_DFSC) | FSC_SEA_WALK(3);
	}
	if (mutant(abort_reads_as_store)) {
		iss |= DABT_WNR;
	}
	if (mutant(abort_forgets_offset)) {
		far &= ~0xfffull;
	}
	trace_vcpu(TRACE_ABORT, v, esr & DABT_DFSC,
	           (sysreg_read(HPFAR_EL2) & HPFAR_FIPA) << 8 | (far & 0xfff),
	           v->regs.pc);
	if (!mutant(abort_loses_far)) {
		sysreg_write(FAR_EL1, far);
	}
	enter_el1(v, field_put(ESR_EC, ec) | (esr & ESR_IL) |
	                     (is_fetch ? ESR_IL : 0) | iss);
}
