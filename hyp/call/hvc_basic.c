/* SPDX-License-Identifier: BSD-2-Clause */
/* Who we are, and how long it took. */
#include "call/hvc_basic.h"

#include <abi/hypercall.h>

#include "ipc/msgqueue.h"
#include "lib/assert.h"
#include "lib/mutant.h"
#include "mem/page.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* What is there; each family adds its bit when it has landed. */
#define FAMILIES                                                              \
	(HVC_HAS_CSPACE | HVC_HAS_DOORBELL | HVC_HAS_MSGQUEUE | HVC_HAS_VIC | \
	 HVC_HAS_VPM | HVC_HAS_VCPU | HVC_HAS_MEMEXTENT | HVC_HAS_TRACE |     \
	 HVC_HAS_VCPU_RUN)

#define INFO (1 | HVC_API_64BIT | (uint64_t)HVC_VARIANT_GUNYAH << 56)

struct boot_ticks boot_ticks;

/* Only reached by a seeded fault: uses up the stack. The compiler must not see
 * that it never ends. */
static uint64_t overflow(volatile uint64_t *above);
static uint64_t (*volatile overflow_next)(volatile uint64_t *) = overflow;

static __attribute__((noinline)) uint64_t overflow(volatile uint64_t *above)
{
	volatile uint64_t here[64];

	here[0] = *above;
	return overflow_next(here) + here[0];
}

enum err hvc_identify(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	if (mutant(identify_faults) && arg[0] != 0) {
		vm_end(v->vm, VM_END_FAULT);
	}
	if (mutant(alloc_fails)) {
		page_fail_at(arg[0]);
	}
	if (mutant(message_fails) || mutant(rm_parcel_lost)) {
		msgqueue_fail_at(arg[0]);
	}
	if (mutant(panic_in_identify)) {
		PANIC("seeded fault");
	}
	if (mutant(stack_overflow)) {
		out[0] = overflow(out);
	}
	out[0] = INFO;
	out[1] = FAMILIES;
	out[2] = 0; /* no SVE */
	out[3] = 0;
	return ERR_OK;
}

enum err hvc_boot_info(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	(void)v;
	(void)arg;
	out[0] = boot_ticks.firmware;
	out[1] = boot_ticks.hyp;
	out[2] = boot_ticks.guest;
	return ERR_OK;
}
