/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exits of guests: one table says who handles which exception class.
 *
 * A class nobody handles belongs to something that no guest of ours has; it
 * gets an UNDEFINED exception, as for an instruction that
 * does not exist.
 */
#include "trap/trap.h"

#include <abi/exits.h>
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "arch/upcall.h"
#include "call/call.h"
#include "drv/gicc.h"
#include "drv/irq.h"
#include "vgic/fast.h"
#include "vgic/vtimer.h"
#include "vm/sched.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define CLASS_COUNT 64

/* clang-format off */
static trap_fn *const classes[CLASS_COUNT] = {
	[0x00]            = trap_unknown,
	[ESR_EC_WFX]      = trap_wfx,
	[0x02 ... 0x15]   = trap_unknown, /* AArch32; FP, SVE, PAuth, BTI */
	[ESR_EC_HVC64]    = call_hvc,
	[ESR_EC_SMC64]    = call_smc,
	[ESR_EC_MSR]      = trap_sysreg,
	[0x19 ... 0x1f]   = trap_unknown, /* SVE, ERET, TME, SME */
	[ESR_EC_IABT_LOW] = trap_fetch,
	[0x21 ... 0x23]   = trap_unknown,
	[ESR_EC_DABT_LOW] = trap_data,
	[0x25 ... 0x3f]   = trap_unknown,
};
/* clang-format on */
_Static_assert(CLASS_COUNT - 1 == ESR_EC >> ESR_EC_SHIFT,
               "one row for each value of ESR_EL2.EC");
_Static_assert(CLASS_COUNT == EXIT_CLASSES, "one counter, too");

void trap_trace(const struct vcpu *v, uint64_t esr)
{
	trace_vcpu(TRACE_EXIT_SYNC, v, field_get(ESR_EC, esr), v->regs.pc, esr);
}

void trap_unknown(struct vcpu *v, uint64_t esr)
{
	trap_trace(v, esr);
	vcpu_inject_undef(v);
}

/* The vCPU to enter: @v, unless somebody wants something. */
static inline struct vcpu *leave(struct vcpu *v)
{
	if (__builtin_expect(v->request != 0, 0) && !sched_is_due()) {
		vcpu_serve(v);
	}
	if (__builtin_expect(sched_is_due(), 0)) {
		return sched_next();
	}
	return v;
}

struct vcpu *trap_sync(struct vcpu *v)
{
	uint64_t esr = sysreg_read(ESR_EL2);
	uint64_t class = field_get(ESR_EC, esr);

	v->exits[class]++;
	classes[class](v, esr);
	return leave(v);
}

/* Any interrupt; @intid is active. */
static __attribute__((noinline)) struct vcpu *take_irq(struct vcpu *v,
                                                       uint32_t intid)
{
	v->exits[EXIT_IRQ]++;
	irq_run(intid);
	trace_vcpu(TRACE_EXIT_IRQ, v, intid, v->regs.pc, 0);
	return leave(v);
}

/*
 * The virtual timer is what most guests wait for, and its latency is what they
 * feel: it goes the short way, without a stack frame.
 */
__attribute__((optimize("omit-frame-pointer"))) struct vcpu *
trap_irq(struct vcpu *v)
{
	uint32_t intid = gic_ack();

	if (intid != vgic_machine.ppi[VTIMER_VIRT_PPI] ||
	    !vtimer_at_once(v->vgic, (v->regs.pstate & PSTATE_I) != 0)) {
		return take_irq(v, intid);
	}
	gic_eoi(intid);
	v->exits[EXIT_IRQ]++;
	trace_vcpu(TRACE_EXIT_IRQ, v, intid, v->regs.pc, 0);
	return leave(v);
}

struct vcpu *trap_serror(struct vcpu *v)
{
	/*
	 * An asynchronous error while this guest ran.  What it hit cannot be
	 * told, so the VM that was there pays: it must not go on with data
	 * that may be wrong, and nobody else is touched.
	 */
	v->exits[EXIT_SERROR]++;
	trace_vcpu(TRACE_EXIT_SERROR, v, 0, v->regs.pc, sysreg_read(ESR_EL2));
	vm_end(v->vm, VM_END_FAULT);
	return leave(v);
}
