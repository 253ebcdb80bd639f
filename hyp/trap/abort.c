/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage-2 aborts: a device, a page on its way, or nothing.
 *
 * Spec: Arm ARM, "Stage 2 fault on a stage 1 translation table walk" and
 *       "HPFAR_EL2, Hypervisor IPA Fault Address Register".
 */
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "lib/mutant.h"
#include "mem/guest.h"
#include "mem/stage2.h"
#include "trap/trap.h"
#include "vdev/effective.h"
#include "vdev/mmio.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define PAR_F  BIT(0)
#define PAR_PA FIELD(47, 12)

static bool is_fault(uint64_t esr, unsigned type)
{
	return (esr & FSC_TYPE) == type;
}

/* What is around FIPA reads as zero, but for NS, which is shifted out. */
static uint64_t fault_page(void)
{
	return sysreg_read(HPFAR_EL2) * (PAGE_SIZE / FIELD_LSB(HPFAR_FIPA));
}

/* HPFAR_EL2 is not defined for a plain permission fault: walk stage 1. */
static bool walk(uint64_t far, bool is_write, uint64_t *page)
{
	uint64_t guest_par = sysreg_read(PAR_EL1);
	uint64_t par;

	if (is_write) {
		__asm__ volatile("at s1e1w, %0" : : "r"(far) : "memory");
	} else {
		__asm__ volatile("at s1e1r, %0" : : "r"(far) : "memory");
	}
	isb(); /* PAR_EL1 has the result */
	par = sysreg_read(PAR_EL1);
	sysreg_write(PAR_EL1, guest_par);
	*page = par & PAR_PA;
	return (par & PAR_F) == 0;
}

/* @return  false: it cannot be told any more; the access is to be retried */
static bool fault_ipa(uint64_t esr, uint64_t far, ipa_t *at)
{
	uint64_t page = fault_page();

	if (is_fault(esr, FSC_PERMISSION) && (esr & DABT_S1PTW) == 0 &&
	    !walk(far, false, &page)) {
		return false;
	}
	*at = ipa(page | (far & (PAGE_SIZE - 1)));
	return true;
}

/* Is the access allowed by now? Then another CPU was changing the table. */
static bool is_fixed(struct vcpu *v, uint64_t esr, ipa_t at, unsigned want)
{
	struct stage2_entry entry;

	if (!is_fault(esr, FSC_TRANSLATION) && !is_fault(esr, FSC_PERMISSION)) {
		return false;
	}
	return stage2_lookup(&v->vm->s2, at, &entry) &&
	       (entry.attr & want) == want &&
	       ((esr & DABT_S1PTW) == 0 ||
	        (entry.attr & S2_MEM_MASK) >= S2_MEM(4)); /* HCR_PTW */
}

static bool read_instruction(struct vcpu *v, uint32_t *insn)
{
	return guest_copy_from_va(&v->vm->s2, insn, v->regs.pc,
	                          sizeof(*insn)) == ERR_OK;
}

static uint64_t stack_pointer(const struct vcpu *v)
{
	return v->regs.pstate & PSTATE_SP ? sysreg_read(SP_EL1)
	                                  : sysreg_read(SP_EL0);
}

/*
 * Does the access begin before @far, at the end of the page below?  Then what
 * is in the syndrome is not what the device is asked for (vdev/effective.h).
 * Device memory does not cross pages, so the page below must be mapped; in
 * sane guests nothing is there, which makes this cheap.
 */
static __attribute__((noinline)) bool is_crossing(struct vcpu *v, uint64_t far)
{
	uint64_t address, page;
	uint32_t insn;

	return !mutant(mmio_half_access) && walk(far - 1, false, &page) &&
	       read_instruction(v, &insn) &&
	       effective_address(insn, v->regs.x, stack_pointer(v), &address) &&
	       (address & (PAGE_SIZE - 1)) != 0;
}

/* Only an access of several bytes at the very start of a page may be one. */
static inline bool may_cross(uint64_t esr, uint64_t far)
{
	return (far & (PAGE_SIZE - 1)) == 0 && (esr & DABT_ISV) &&
	       (esr & DABT_SAS) != 0;
}

/* Are the guest's data big-endian where it is now? (AArch32 is not offered.) */
static bool is_swapped(const struct vcpu *v)
{
	uint64_t sctlr = sysreg_read(SCTLR_EL1);

	return (sctlr & (field_get(PSTATE_EL, v->regs.pstate) == 0
	                         ? SCTLR_EL1_E0E
	                         : SCTLR_EL1_EE)) != 0;
}

static __attribute__((noinline)) void data_abort(struct vcpu *v, uint64_t esr,
                                                 uint64_t far)
{
	unsigned want = (esr & DABT_WNR) && !(esr & DABT_CM) ? S2_W : S2_R;
	ipa_t at;

	trap_trace(v, esr);
	if (!fault_ipa(esr, far, &at)) {
		return;
	}
	if (esr & DABT_S1PTW) {
		want = S2_R; /* the walker reads, whatever the guest did */
	}
	if (is_fixed(v, esr, at, want)) {
		return;
	}
	if (is_swapped(v)) {
		esr |= MMIO_SWAPPED;
	}
	if (is_fault(esr, FSC_TRANSLATION) && !(esr & DABT_S1PTW) &&
	    !(may_cross(esr, far) && is_crossing(v, far)) &&
	    (mmio_handle_abort(v, esr, far, at) ||
	     trap_vmmio(v, esr, far, at))) {
		return;
	}
	vcpu_inject_abort(v, esr, far);
}

void trap_data(struct vcpu *v, uint64_t esr)
{
	uint64_t far = sysreg_read(FAR_EL2);
	ipa_t at = ipa(fault_page() | (far & (PAGE_SIZE - 1)));

	/* By far the commonest first: a word of a device. */
	if (!may_cross(esr, far) &&
	    mmio_handle_word(v, v->vm->bus, esr, far, at)) {
		return;
	}
	data_abort(v, esr, far);
}

void trap_fetch(struct vcpu *v, uint64_t esr)
{
	uint64_t far = sysreg_read(FAR_EL2);
	bool is_el0 = field_get(PSTATE_EL, v->regs.pstate) == 0;
	unsigned want = is_el0 ? S2_XU : S2_XP;
	ipa_t at;

	trap_trace(v, esr);
	if (!fault_ipa(esr, far, &at)) {
		return;
	}
	if (esr & DABT_S1PTW) {
		want = S2_R;
	}
	if (!is_fixed(v, esr, at, want)) {
		vcpu_inject_abort(v, esr, far);
	}
}
