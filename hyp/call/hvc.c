/* SPDX-License-Identifier: BSD-2-Clause */
/* From the number of a hypercall to its row, and back with the results. */
#include "call/hvc.h"

#include <stddef.h>

#include <abi/hypercall.h>
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "call/call.h"
#include "lib/mutant.h"
#include "obj/object.h"
#include "vm/vcpu.h"

#define INSN_SIZE 4u
#define ISR_I     (1u << 7) /* ISR_EL1: an IRQ is pending */

static bool reserved_is_good(const struct hvc_row *row, const uint64_t *arg)
{
	switch ((enum hvc_reserved)row->reserved) {
	case R_ZERO:
		return arg[row->ins] == 0;
	case R_ONES:
		return arg[row->ins] == ~0ull;
	case R_NONE:
		break;
	}
	return true;
}

static enum err run_row(struct vcpu *v, const struct hvc_row *row,
                        const uint64_t *arg, uint64_t *out)
{
	enum err err;

	if (!reserved_is_good(row, arg) && !mutant(reserved_ignored)) {
		return ERR_INVAL;
	}
	if (!row->is_slow) {
		return row->fn(v, arg, out);
	}
	/* What has died is gone before anybody asks what is there. */
	if (object_has_dead() && !object_reap_piece()) {
		return ERR_RESTART;
	}
	object_config_lock();
	err = row->fn(v, arg, out);
	object_config_unlock();
	return err;
}

/*
 * Destroy what the call has left without an owner; if an interrupt comes
 * meanwhile, the next slow call does the rest before it does anything else.
 */
static __attribute__((noinline)) void bury(void)
{
	while (!object_reap_piece() && (sysreg_read(ISR_EL1) & ISR_I) == 0) {
	}
}

/* An error word, then results, in place of arguments. */
static __attribute__((noinline)) enum err
call_with_results(struct vcpu *v, const struct hvc_row *row,
                  const uint64_t *arg)
{
	uint64_t out[HVC_OUTS_MAX] = { 0 };
	uint64_t *x = v->regs.x;
	enum err err = run_row(v, row, arg, out);
	unsigned i;

	if (err == ERR_RESTART) {
		return err;
	}
	x[0] = (uint64_t)(int64_t)err;
	for (i = 0; i < row->outs; i++) {
		x[1 + i] = out[i];
	}
	return err;
}

static enum err call_row(struct vcpu *v, const struct hvc_row *row,
                         const uint64_t *arg)
{
	enum err err;

	if (row->outs != 0) {
		err = call_with_results(v, row, arg);
	} else {
		err = run_row(v, row, arg, NULL);
		if (err != ERR_RESTART) {
			v->regs.x[0] = (uint64_t)(int64_t)err;
		}
	}
	if (__builtin_expect(err == ERR_RESTART, 0)) {
		/* Interrupts are looked at, then the call is made again. */
		v->regs.pc -= INSN_SIZE;
	} else if (__builtin_expect(object_has_dead(), 0)) {
		bury();
	}
	return err;
}

/* @reg  index of the register with the first argument */
static inline void make_call(struct vcpu *v, uint64_t n, uint64_t reg)
{
	const struct hvc_row *row = hvc_row(n);
	const uint64_t *arg = &v->regs.x[reg];
	uint64_t *result = trace_begin(TRACE_HYPERCALL, v->trace_who, n, *arg);

	if (row != NULL && row->is_raw) {
		(void)row->fn(v, arg, v->regs.x);
		*result = ERR_OK;
	} else if (row != NULL && row->fn != NULL) {
		*result = (uint64_t)call_row(v, row, arg);
	} else {
		v->regs.x[0] = (uint64_t)ERR_UNIMPLEMENTED;
		*result = (uint64_t)ERR_UNIMPLEMENTED;
	}
}

void hvc_call_smccc(struct vcpu *v, uint64_t n)
{
	make_call(v, n, 1);
}

void call_hvc(struct vcpu *v, uint64_t esr)
{
	uint64_t imm = field_get(HVC_IMM, esr);

	if (imm == 0) {
		smccc_call(v);
	} else {
		/* Below HVC_BASE this is no number of a call, either. */
		make_call(v, imm - HVC_BASE, 0);
	}
}

void call_smc(struct vcpu *v, uint64_t esr)
{
	/* A trapped SMC has not been executed: the PC is still at it. */
	vcpu_skip_instruction(v);
	if (mutant(smc_skips_two)) {
		vcpu_skip_instruction(v);
	}
	if (field_get(HVC_IMM, esr) == 0) {
		smccc_call(v);
	} else {
		v->regs.x[0] = (uint64_t)ERR_UNIMPLEMENTED;
	}
}
