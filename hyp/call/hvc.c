/* SPDX-License-Identifier: BSD-2-Clause */
/* From the number of a hypercall to its row, and back with the results. */
#include "call/hvc.h"

#include <stddef.h>

#include <abi/hypercall.h>
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "call/call.h"
#include "drv/grace.h"
#include "lib/mutant.h"
#include "obj/object.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* Pieces of the dead that a call buries before it is made, at most. */
#define PIECES_MAX 0x10000u

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

/*
 * What a VM has let go is gone before it asks what is there: until then, the
 * call is made again.  But nobody waits for what dies only after he has begun,
 * nor for what others have let go: the scheduler buries that.
 * @return  false: again
 */
static __attribute__((noinline)) bool is_buried(struct vcpu *v)
{
	enum obj_reap left = object_reap_piece(v->vm->vmid);

	if (left == REAP_SOON) {
		if (v->waits_for == 0) {
			v->waits_for = grace_begin();
		}
		if (!grace_is_over(v->waits_for)) {
			/* The others may need this CPU, under an emulator. */
			__asm__ volatile("yield");
			return false;
		}
		left = object_reap_piece(v->vm->vmid);
	}
	if (left == REAP_MORE && v->pieces < PIECES_MAX) {
		v->pieces++;
		return false;
	}
	v->waits_for = 0;
	v->pieces = 0;
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
	if (object_owes(v->vm->vmid) && !is_buried(v)) {
		return ERR_RESTART;
	}
	object_config_lock();
	object_blame(v->vm->vmid);
	err = row->fn(v, arg, out);
	object_blame(0);
	object_config_unlock();
	return err;
}

/*
 * Destroy what the call has left without an owner.  If an interrupt comes
 * meanwhile, or another CPU must do something first, or the call is one that
 * has to be fast, the scheduler does it.
 */
static __attribute__((noinline)) void bury(const struct vcpu *v,
                                           const struct hvc_row *row)
{
	while (row->is_slow && object_reap_piece(v->vm->vmid) == REAP_MORE) {
		if ((sysreg_read(ISR_EL1) & ISR_I) != 0) {
			break;
		}
	}
	if (object_reap_is_due()) {
		this_cpu()->resched = 1;
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
	} else if (__builtin_expect(object_reap_is_due(), 0)) {
		bury(v, row);
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
	} else if (mutant(smc_is_native)) {
		call_hvc(v, esr);
	} else {
		v->regs.x[0] = (uint64_t)ERR_UNIMPLEMENTED;
	}
}
