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
#include "obj/object.h"
#include "vm/part.h"
#include "vm/sched.h"
#include "vm/vm.h"

/*
 * What a guest's registers and instructions do by default:
 * stage 2 on; physical interrupts come to EL2; WFI, SMC, ID registers, ACTLR,
 * set/way maintenance, implementation defined registers and everything of an
 * extension we do not offer trap; broadcasts reach the inner domain, because a
 * vCPU may have run on another CPU a moment ago.  A device is no page table: EL2
 * walks stage 1 itself, and would get the abort that a device may answer with.
 */
#define HCR_DEFAULT                                                            \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB |  \
	 HCR_BSU_INNER | HCR_TWI | HCR_TID1 | HCR_TID3 | HCR_TSC | HCR_TIDCP | \
	 HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR)

static unsigned vcpu_order(void)
{
	return page_order(sizeof(struct vcpu));
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
	struct vcpu *v;
	enum err err;

	if (vm->vcpu_count == VM_VCPUS_MAX) {
		return ERR_NORESOURCES;
	}
	v = page_alloc_order(vcpu_order(), PAGE_VCPU);
	if (v == NULL) {
		return ERR_NOMEM;
	}
	v->vm = vm;
	v->index = vm->vcpu_count;
	v->state = VCPU_OFF;
	v->loaded_on = -1;
	v->affinity = VCPU_CPU_ANY;
	v->priority = VCPU_PRIORITY_DEFAULT;
	v->slice_ticks = timer_us_to_ticks(VCPU_SLICE_US_DEFAULT);
	v->cpu = cpu_index();
	v->hcr = HCR_DEFAULT;
	list_init(&v->ready);
	v->vmpidr = vm_mpidr_of(vm, v->index);
	v->trace_who = TRACE_WHO(vm->vmid, v->index);
	v->exits = exits_row(vm->vmid, v->index);
	err = init_parts(v);
	if (err != ERR_OK) {
		page_free_order(v, vcpu_order(), PAGE_VCPU);
		return err;
	}
	*made = v;
	return ERR_OK;
}

void vcpu_show(struct vcpu *v)
{
	struct vm *vm = v->vm;

	for (unsigned i = 0; i < vm_part_count; i++) {
		if (vm_parts[i]->vcpu_show != NULL) {
			vm_parts[i]->vcpu_show(v);
		}
	}
	spin_lock(&vm->lock);
	/* Release: who finds it without the lock finds all of it. */
	__atomic_store_n(&vm->vcpu[v->index], v, __ATOMIC_RELEASE);
	vm->vcpu_count = v->index + 1;
	spin_unlock(&vm->lock);
}

void vcpu_hide(struct vcpu *v)
{
	struct vm *vm = v->vm;

	ASSERT(v->is_killed && vcpu_is_gone(v));
	spin_lock(&vm->lock);
	__atomic_store_n(&vm->vcpu[v->index], NULL, __ATOMIC_RELAXED);
	while (vm->vcpu_count > 0 && vm->vcpu[vm->vcpu_count - 1] == NULL) {
		vm->vcpu_count--;
	}
	spin_unlock(&vm->lock);
	for (unsigned i = vm_part_count; i-- > 0;) {
		if (vm_parts[i]->vcpu_hide != NULL) {
			vm_parts[i]->vcpu_hide(v);
		}
	}
}

void vcpu_destroy(struct vcpu *v)
{
	fini_parts(v, vm_part_count);
	if (TEST_BUILD) {
		/* Who still has it shall stumble. */
		memset(v, 0xdb, sizeof(*v));
	}
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
	if (mutant(mdscr_kept)) {
		v->el1.mdscr = BIT(12); /* TDCC */
	}
	if (mutant(serror_kept)) {
		v->hcr |= HCR_VSE;
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
	v->exit.finish = NULL; /* of what it did before */
	/* Acquire: who asked before has also said why, see start(). */
	(void)__atomic_exchange_n(&v->request, 0, __ATOMIC_SEQ_CST);
	for (i = 0; i < vm_part_count; i++) {
		if (vm_parts[i]->vcpu_reset != NULL) {
			vm_parts[i]->vcpu_reset(v);
		}
	}
	/* The parts may have put other values there. */
	v->regs.pc = entry;
	v->regs.x[0] = context;
}

/* Who is told ERR_OK turns it on; until it is off again, it is not freed. */
static enum err claim_locked(struct vcpu *v)
{
	assert_locked(&v->vm->lock);
	if (v->vm->end != VM_END_RUNNING || v->is_killed) {
		return ERR_STATE;
	}
	if (v->is_on) {
		return ERR_BUSY;
	}
	v->is_on = true;
	v->vm->powered++;
	return ERR_OK;
}

static void start(struct vcpu *v, uint64_t entry, uint64_t context)
{
	reset(v, entry, context);
	trace_vcpu(TRACE_VCPU_ON, v, 0, entry, context);
	vm_parts_power(v, VCPU_POWER_ON);
	sched_start(v);
	if (mutant(grace_skipped)) {
		/* Long enough for others to end it, and to free it. */
		for (unsigned i = 0; i < 50000; i++) {
			(void)*(volatile uint16_t *)&v->vm->vmid;
			__asm__ volatile("yield" : : : "memory");
		}
	}
	if (v->vm->end != VM_END_RUNNING || v->is_killed) {
		/* Meanwhile, and its stop may have come too early. */
		vcpu_stop(v);
	}
}

enum err vcpu_power_on(struct vcpu *v, uint64_t entry, uint64_t context)
{
	enum err err;

	spin_lock(&v->vm->lock);
	err = claim_locked(v);
	spin_unlock(&v->vm->lock);
	TRY(err);
	start(v, entry, context);
	return ERR_OK;
}

enum err vcpu_power_on_at(struct vm *vm, uint64_t mpidr, uint64_t entry,
                          uint64_t context)
{
	struct vcpu *v;
	enum err err = ERR_INVAL;

	spin_lock(&vm->lock);
	v = vcpu_by_mpidr_locked(vm, mpidr);
	if (v != NULL) {
		err = claim_locked(v);
	}
	spin_unlock(&vm->lock);
	TRY(err);
	start(v, entry, context);
	return ERR_OK;
}

enum vcpu_presence vcpu_presence(struct vm *vm, uint64_t mpidr)
{
	enum vcpu_presence is = VCPU_ABSENT;
	const struct vcpu *v;

	spin_lock(&vm->lock);
	v = vcpu_by_mpidr_locked(vm, mpidr);
	if (v != NULL) {
		is = !v->is_on ? VCPU_IS_OFF
		               : (v->has_run ? VCPU_IS_ON : VCPU_IS_STARTING);
	}
	spin_unlock(&vm->lock);
	return is;
}

void vcpu_kill(struct vcpu *v)
{
	spin_lock(&v->vm->lock);
	v->is_killed = true;
	spin_unlock(&v->vm->lock);
}

/*
 * One less is on.  With the last one the VM has ended, at the same moment:
 * who turns on another from outside comes before, and this is not the last, or
 * finds that it is too late.
 */
static bool count_off(struct vm *vm)
{
	bool last;

	spin_lock(&vm->lock);
	last = --vm->powered == 0;
	if (last && vm->end == VM_END_RUNNING && !mutant(end_is_late)) {
		vm->end = VM_END_CPUS_OFF;
	}
	spin_unlock(&vm->lock);
	if (mutant(end_is_late)) {
		/* Long enough for others to turn one on. */
		for (unsigned i = 0; i < 50000; i++) {
			__asm__ volatile("yield" : : : "memory");
		}
	}
	return last;
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
	last = count_off(vm);
	if (last) {
		vm_all_off(vm);
	}
	vm_parts_power(v, VCPU_POWER_OFF);
	/* Not before: who sees it off may destroy it, or the whole VM. */
	spin_lock(&vm->lock);
	v->is_on = last && mutant(off_forgotten);
	spin_unlock(&vm->lock);
	if (v->is_killed) {
		object_reap_again(); /* here: the scheduler is due */
	}
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
