/* SPDX-License-Identifier: BSD-2-Clause */
/* From the number of a hypercall to its row, and back with the results. */
#include "call/hvc.h"

#include <abi/hypercall.h>
#include <arm64/sysreg.h>

#include "call/call.h"
#include "obj/object.h"
#include "vm/vcpu.h"

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

static enum err run_row(const struct hvc_row *row, struct vcpu *v,
                        const uint64_t *arg, uint64_t *out)
{
	enum err err;

	if (!reserved_is_good(row, arg)) {
		return ERR_INVAL;
	}
	if (!row->is_slow) {
		return row->fn(v, arg, out);
	}
	object_config_lock();
	err = row->fn(v, arg, out);
	object_config_unlock();
	return err;
}

void hvc_call(struct vcpu *v, unsigned n, unsigned reg)
{
	const struct hvc_row *row = hvc_row(n);
	uint64_t out[HVC_OUTS_MAX] = { 0 };
	const uint64_t *arg = &v->regs.x[reg];
	uint64_t *to = v->regs.x;
	enum err err = ERR_UNIMPLEMENTED;
	uint64_t first = *arg;
	unsigned i;

	if (row != NULL) {
		err = run_row(row, v, arg, out);
		if (!row->is_raw) {
			*to++ = (uint64_t)(int64_t)err;
		}
		for (i = 0; i < row->outs; i++) {
			*to++ = out[i];
		}
	} else {
		*to = (uint64_t)(int64_t)err;
	}
	trace_vcpu(TRACE_HYPERCALL, v, n, first, (uint64_t)(int64_t)err);
	if (__builtin_expect(object_has_dead(), 0)) {
		object_reap();
	}
}

void call_hvc(struct vcpu *v, uint64_t esr)
{
	uint64_t imm = field_get(HVC_IMM, esr);

	if (imm - HVC_BASE < HVC_COUNT) {
		hvc_call(v, (unsigned)(imm - HVC_BASE), 0);
	} else if (imm == 0) {
		smccc_call(v);
	} else {
		trace_vcpu(TRACE_HYPERCALL, v, imm, v->regs.x[0], (uint64_t)-1);
		v->regs.x[0] = (uint64_t)ERR_UNIMPLEMENTED;
	}
}

void call_smc(struct vcpu *v, uint64_t esr)
{
	/* A trapped SMC has not been executed: the PC is still at it. */
	vcpu_skip_instruction(v);
	if (field_get(HVC_IMM, esr) == 0) {
		smccc_call(v);
	} else {
		v->regs.x[0] = (uint64_t)ERR_UNIMPLEMENTED;
	}
}
