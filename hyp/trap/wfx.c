/* SPDX-License-Identifier: BSD-2-Clause */
/* WFI gives the CPU away until something happens. */
#include <arm64/sysreg.h>

#include "lib/mutant.h"
#include "trap/trap.h"
#include "vm/sched.h"
#include "vm/vcpu.h"

void trap_wfx(struct vcpu *v, uint64_t esr)
{
	trap_trace(v, esr);
	vcpu_skip_instruction(v);
	if (mutant(wfi_masks)) {
		v->regs.pstate |= PSTATE_I;
	}
	/* WFE is not trapped; if it comes, others may have the CPU. So too
	 * with the forms that have a time limit: waking early is allowed. */
	if (field_get(WFX_TI, esr) == 0) {
		sched_block(v, 0);
	} else {
		sched_yield(v);
	}
}
