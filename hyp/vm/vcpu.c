/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's life: made, on, loaded, off, gone. */
#include "vm/vcpu.h"

#include <stddef.h>

#include <arm64/sysreg.h>

#include "arch/exits.h"
#include "arch/sysreg.h"
#include "drv/timer.h"
#include "lib/mutant.h"
#include "lib/string.h"
#include "mem/page.h"
#include "vm/part.h"
#include "vm/sched.h"
#include "vm/vm.h"

/*
 * What a guest's registers and instructions do by default:
 * stage 2 on; physical interrupts come to EL2; WFI, SMC, ID registers, ACTLR,
 * set/way maintenance, implementation defined registers and everything of an
 * extension we do not offer trap; broadcasts reach the inner domain, because a
 * vCPU may have run on another CPU a moment ago.
 */
#define HCR_DEFAULT                                                            \
	(HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB |            \
	 HCR_BSU_INNER | HCR_TWI | HCR_TID1 | HCR_TID3 | HCR_TSC | HCR_TIDCP | \
	 HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR)

static unsigned vcpu_order(void)
{
	return page_order(sizeof(struct vcpu));
}

/* Add @v to its VM. */
static enum err take_slot(struct vm *vm, struct vcpu *v)
{
	enum err err = ERR_OK;

	spin_lock(&vm->lock);
	if (vm->vcpu_count == VM_VCPUS_MAX) {
		err = ERR_NORESOURCES;
	} else {
		v->index = vm->vcpu_count;
		vm->vcpu[vm->vcpu_count++] = v;
	}
	spin_unlock(&vm->lock);
	return err;
}

static void fini_parts(struct vcpu *v, unsigned count)
{
	while (count-- > 0) {
		if (vm_parts[count]->vcpu_fini != NULL) {
			vm_parts[count]->vcpu_fini(v);
		}
	}
}

static enum err init_parts(struct vcpu *v)
{
	unsigned i;

	for (i = 0; i < vm_part_count; i++) {
		enum err err = ERR_OK;

		if (vm_parts[i]->vcpu_init != NULL) {
			err = vm_parts[i]->vcpu_init(v);
		}
		if (err != ERR_OK) {
			fini_parts(v, i);
			return err;
		}
	}
	return ERR_OK;
}

enum err vcpu_create(struct vm *vm, struct vcpu **made)
{
	struct vcpu *v = page_alloc_order(vcpu_order(), PAGE_VCPU);
	enum err err;

	if (v == NULL) {
		return ERR_NOMEM;
	}
	v->vm = vm;
	v->state = VCPU_OFF;
	v->loaded_on = -1;
	v->affinity = VCPU_CPU_ANY;
	v->priority = VCPU_PRIORITY_DEFAULT;
	v->slice_ticks = timer_us_to_ticks(VCPU_SLICE_US_DEFAULT);
	v->cpu = cpu_index();
	v->hcr = HCR_DEFAULT;
	list_init(&v->ready);
	err = take_slot(vm, v);
	if (err != ERR_OK) {
		page_free_order(v, vcpu_order(), PAGE_VCPU);
		return err;
	}
	v->vmpidr = vm_mpidr_of(vm, v->index);
	v->trace_who = TRACE_WHO(vm->vmid, v->index);
	v->exits = exits_row(vm->vmid, v->index);
	err = init_parts(v);
	if (err != ERR_OK) {
		spin_lock(&vm->lock);
		vm->vcpu[--vm->vcpu_count] = NULL;
		spin_unlock(&vm->lock);
		page_free_order(v, vcpu_order(), PAGE_VCPU);
		return err;
	}
	*made = v;
	return ERR_OK;
}

void vcpu_destroy(struct vcpu *v)
{
	struct vm *vm = v->vm;

	ASSERT(v->state == VCPU_OFF && v->loaded_on < 0);
	fini_parts(v, vm_part_count);
	spin_lock(&vm->lock);
	vm->vcpu[v->index] = NULL;
	while (vm->vcpu_count > 0 && vm->vcpu[vm->vcpu_count - 1] == NULL) {
		vm->vcpu_count--;
	}
	spin_unlock(&vm->lock);
	page_free_order(v, vcpu_order(), PAGE_VCPU);
}

/* The registers as after a reset; everything around the CPU stays. */
static void reset_regs(struct vcpu *v, uint64_t entry, uint64_t context)
{
	memset(&v->regs, 0, sizeof(v->regs));
	memset(&v->fp, 0, sizeof(v->fp));
	el1_reset(&v->el1);
	if (mutant(sysreg_kept)) {
		v->el1.tpidr_el0 = sysreg_read(TPIDR_EL0);
	}
	debug_reset(&v->debug);
	v->regs.pstate = PSTATE_EL1H | PSTATE_DAIF;
	v->regs.pc = entry;
	v->regs.x[0] = context;
	if (mutant(entry_unmasked)) {
		v->regs.pstate = PSTATE_EL1H;
	}
}

static void reset(struct vcpu *v, uint64_t entry, uint64_t context)
{
	unsigned i;

	reset_regs(v, entry, context);
	v->is_down = false;
	v->has_run = false;
	v->request = 0;
	for (i = 0; i < vm_part_count; i++) {
		if (vm_parts[i]->vcpu_reset != NULL) {
			vm_parts[i]->vcpu_reset(v);
		}
	}
	/* The parts may have put other values there. */
	v->regs.pc = entry;
	v->regs.x[0] = context;
}

enum err vcpu_power_on(struct vcpu *v, uint64_t entry, uint64_t context)
{
	struct vm *vm = v->vm;
	enum err err = ERR_OK;

	spin_lock(&vm->lock);
	if (vm->end != VM_END_RUNNING || v->is_killed) {
		err = ERR_STATE;
	} else if (v->is_on) {
		err = ERR_BUSY;
		if (mutant(lock_kept)) {
			return err;
		}
	} else {
		v->is_on = true;
		vm->powered++;
	}
	spin_unlock(&vm->lock);
	TRY(err);
	reset(v, entry, context);
	trace_vcpu(TRACE_VCPU_ON, v, 0, entry, context);
	vm_parts_power(v, VCPU_POWER_ON);
	sched_start(v);
	if (vm->end != VM_END_RUNNING) {
		/* It ended meanwhile, and its stop may have come too early. */
		vcpu_stop(v);
	}
	return ERR_OK;
}

void vcpu_power_off(struct vcpu *v)
{
	struct vm *vm = v->vm;
	bool last;

	trace_vcpu(TRACE_VCPU_OFF, v, vm->end, v->regs.pc, 0);
	/* Its registers are of no use any more, and must be out of the way of
	 * whoever turns it on again on another CPU. */
	vcpu_unload(v);
	sched_stop(v);
	spin_lock(&vm->lock);
	last = --vm->powered == 0;
	spin_unlock(&vm->lock);
	if (last) {
		vm_all_off(vm);
	}
	vm_parts_power(v, VCPU_POWER_OFF);
	/* Not before: who sees it off may destroy it, or the whole VM. */
	spin_lock(&vm->lock);
	v->is_on = last && mutant(off_forgotten);
	spin_unlock(&vm->lock);
}

bool vcpu_is_gone(const struct vcpu *v)
{
	/* is_on is the last thing that vcpu_power_off clears. */
	return !__atomic_load_n(&v->is_on, __ATOMIC_ACQUIRE) &&
	       v->state == VCPU_OFF && v->loaded_on < 0;
}

bool vcpu_is_on(const struct vcpu *v)
{
	return v->is_on;
}

bool vcpu_is_starting(const struct vcpu *v)
{
	return v->is_on && !v->has_run;
}

void vcpu_suspend(struct vcpu *v, uint32_t sleep_type, uint64_t entry,
                  uint64_t context)
{
	v->resume.entry = entry;
	v->resume.context = context;
	v->is_down = true;
	sched_block(v, sleep_type);
	if (v->state != VCPU_BLOCKED) {
		/* Something was pending: down and up again at once. */
		__atomic_fetch_or(&v->request, VCPU_ASK_UP, __ATOMIC_SEQ_CST);
	}
}

/* It was down and has been woken; its old registers are loaded here. */
static void power_up(struct vcpu *v)
{
	vcpu_unload(v);
	if (mutant(suspend_keeps_state)) {
		v->regs.pc = v->resume.entry;
		v->regs.x[0] = v->resume.context;
	} else {
		reset_regs(v, v->resume.entry, v->resume.context);
	}
	v->is_down = false;
	vcpu_load(v);
}

void vcpu_kick(struct vcpu *v)
{
	__atomic_fetch_or(&v->request, VCPU_ASK_SYNC, __ATOMIC_SEQ_CST);
	/*
	 * Running here, it looks before it is entered again.  Not so when it
	 * has just gone to sleep and its registers are being put away: what
	 * is found then, a timer that is due, must wake it.
	 */
	if (v == this_cpu()->vcpu && v->state == VCPU_RUNNING) {
		return;
	}
	sched_nudge(v);
}

void vcpu_stop(struct vcpu *v)
{
	__atomic_fetch_or(&v->request, VCPU_ASK_OFF, __ATOMIC_SEQ_CST);
	vcpu_kick(v);
}

void vcpu_serve(struct vcpu *v)
{
	uint32_t asked = __atomic_exchange_n(&v->request, 0, __ATOMIC_SEQ_CST);
	unsigned i;

	if (v->is_suspended) {
		v->is_suspended = false;
		vm_parts_power(v, VCPU_POWER_AWAKE);
	}
	if ((asked & VCPU_ASK_OFF) && !mutant(stop_ignored)) {
		vcpu_power_off(v);
		return;
	}
	if (v->is_down) {
		power_up(v);
	}
	for (i = 0; vm_hooks.sync[i] != NULL; i++) {
		vm_hooks.sync[i](v);
	}
}
