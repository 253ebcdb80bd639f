// SPDX-License-Identifier: BSD-2-Clause
#include "labvm.h"

#include <string.h>

#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

#define SIZE       (LABVM_PAGES * PAGE_SIZE)
#define WINDOWS    0x100000000ull /* IPAs of ours where nothing else is */
#define MAP_RWX    0xf0077u
#define EXTENT_RWX 7u
#define CAPS       64
#define YIELDS     8 /* before a sleep */

static bool must(struct labvm *vm, const char *step, int64_t err)
{
	if (err != HV_OK && vm->step == NULL) {
		vm->step = step;
		vm->error = err;
	}
	return err == HV_OK;
}

#define CALL(vm, name, ...) must(vm, #name, HV(name, __VA_ARGS__).err)

uint64_t labvm_create(const struct hv_root *root, unsigned number)
{
	struct hv r = hv_call(
		number, (const uint64_t[8]){ root->partition, root->cspace });

	return r.err == HV_OK ? r.out[0] : 0;
}

static bool make_memory(struct labvm *vm, const struct labvm_plan *plan)
{
	const struct hv_root *root = vm->root;
	const struct hv_extent *from = &root->ram[root->ram_count - 1];
	uint64_t offset = from->size - (plan->vmid + 1) * SIZE;

	vm->memory = labvm_create(root, HVC_PARTITION_CREATE_MEMEXTENT);
	vm->window = WINDOWS + plan->vmid * SIZE;
	return CALL(vm, MEMEXTENT_CONFIGURE_DERIVE, vm->memory, from->cap,
	            offset, SIZE, EXTENT_RWX) &&
	       CALL(vm, OBJECT_ACTIVATE, vm->memory) &&
	       CALL(vm, ADDRSPACE_MAP, root->addrspace, vm->memory, vm->window,
	            MAP_RWX);
}

static void fill_memory(struct labvm *vm, const struct labvm_plan *plan)
{
	uint64_t at;

	mmu_map(vm->window, vm->window, SIZE, MMU_NORMAL);
	memset((void *)vm->window, 0, SIZE);
	memcpy((void *)vm->window, plan->code,
	       (size_t)(plan->code_end - plan->code));
	for (at = vm->window; at < vm->window + SIZE; at += 16) {
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	}
	/* Its MMU is off: memory has all of it before it runs. */
	dsb_sy();
	__asm__ volatile("ic ialluis\n\tdsb sy\n\tisb" ::: "memory");
	mmu_unmap(vm->window, SIZE);
	mmu_map(vm->window, vm->window, SIZE, MMU_NC);
	vm->data = (volatile uint64_t *)(vm->window + PAGE_SIZE);
}

static bool make_thread(struct labvm *vm, const struct labvm_plan *plan)
{
	uint64_t t = labvm_create(vm->root, HVC_PARTITION_CREATE_THREAD);
	unsigned index = vm->vcpus;
	bool ok = must(vm, "create thread", t != 0 ? HV_OK : HV_NOMEM) &&
	          CALL(vm, ADDRSPACE_ATTACH_THREAD, vm->addrspace, t) &&
	          CALL(vm, CSPACE_ATTACH_THREAD, vm->cspace, t) &&
	          CALL(vm, VIC_ATTACH_VCPU, vm->vic, t, index);

	if (ok && plan->priority != 0) {
		ok = CALL(vm, VCPU_SET_PRIORITY, t, plan->priority);
	}
	if (ok && plan->slice_us != 0) {
		ok = CALL(vm, VCPU_SET_TIMESLICE, t, plan->slice_us * 1000ull);
	}
	if (ok && plan->is_pinned) {
		ok = CALL(vm, VCPU_SET_AFFINITY, t, plan->cpu, HV_ONES);
	}
	vm->thread[vm->vcpus++] = t;
	return ok && CALL(vm, OBJECT_ACTIVATE, t);
}

static bool set_mapping(struct labvm *vm, const uint64_t *map)
{
	return CALL(vm, VGIC_SET_MPIDR_MAPPING, vm->vic, map[0], map[1], map[2],
	            map[3], map[4], map[5]);
}

static bool make_objects(struct labvm *vm, const struct labvm_plan *plan)
{
	const struct hv_root *root = vm->root;
	unsigned vcpus = plan->vcpus != 0 ? plan->vcpus : 1;
	unsigned spis = plan->spis != 0 ? plan->spis : 32;

	vm->cspace = labvm_create(root, HVC_PARTITION_CREATE_CSPACE);
	vm->addrspace = labvm_create(root, HVC_PARTITION_CREATE_ADDRSPACE);
	vm->vic = labvm_create(root, HVC_PARTITION_CREATE_VIC);
	return CALL(vm, CSPACE_CONFIGURE, vm->cspace, CAPS) &&
	       CALL(vm, OBJECT_ACTIVATE, vm->cspace) &&
	       CALL(vm, ADDRSPACE_CONFIGURE, vm->addrspace, plan->vmid) &&
	       CALL(vm, OBJECT_ACTIVATE, vm->addrspace) &&
	       CALL(vm, VIC_CONFIGURE, vm->vic, vcpus, spis) &&
	       (!plan->has_mapping || set_mapping(vm, plan->mapping)) &&
	       CALL(vm, OBJECT_ACTIVATE, vm->vic) &&
	       CALL(vm, ADDRSPACE_MAP, vm->addrspace, vm->memory, LABVM_RAM,
	            MAP_RWX);
}

bool labvm_make(struct labvm *vm, const struct hv_root *root,
                const struct labvm_plan *plan)
{
	unsigned vcpus = plan->vcpus != 0 ? plan->vcpus : 1;
	bool ok;

	memset(vm, 0, sizeof(*vm));
	vm->root = root;
	ok = make_memory(vm, plan);
	if (ok) {
		fill_memory(vm, plan);
		ok = make_objects(vm, plan);
	}
	for (unsigned i = 0; ok && i < vcpus; i++) {
		ok = make_thread(vm, plan);
	}
	return ok;
}

bool labvm_start(struct labvm *vm, unsigned index, uint64_t offset)
{
	return CALL(vm, VCPU_POWERON, vm->thread[index], LABVM_RAM + offset,
	            index);
}

static bool drop(struct labvm *vm, uint64_t cap)
{
	return cap == 0 ||
	       CALL(vm, CSPACE_DELETE_CAP_FROM, vm->root->cspace, cap);
}

static void on_alarm(unsigned intid, void *arg)
{
	(void)intid;
	timer_virt_off();
	*(volatile bool *)arg = true;
}

void labvm_sleep_us(uint64_t us)
{
	uint64_t daif = irq_save();
	volatile bool over = false;

	irq_attach(TIMER_VIRT_PPI, on_alarm, (void *)(uintptr_t)&over);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(cntvct() + timer_ticks_of_us(us), CNT_ENABLE);
	while (!over) {
		wfi(); /* it ends although nothing is taken yet */
		irq_unmask();
		isb(); /* the alarm is taken here */
		irq_mask();
	}
	irq_restore(daif);
}

/* A killed vCPU leaves its CPU as soon as it can, then it is OFF. */
static bool is_gone(uint64_t thread)
{
	return HV(VCPU_RUN_CHECK, thread).err == HV_OBJECT_STATE;
}

/*
 * No limit: how long it takes is the host's business, and silence is a
 * verdict of its own.  A yield is for our equals; those below us need a sleep.
 */
static void wait_until_gone(uint64_t thread)
{
	for (unsigned tries = 1; !is_gone(thread); tries++) {
		if (tries % YIELDS != 0) {
			HV(SCHEDULER_YIELD, 0);
			cpu_relax(); /* one CPU at a time, perhaps */
		} else {
			labvm_sleep_us(100);
		}
	}
}

bool labvm_end(struct labvm *vm)
{
	bool ok = true;

	for (unsigned i = 0; i < vm->vcpus; i++) {
		ok &= CALL(vm, VCPU_KILL, vm->thread[i]);
	}
	for (unsigned i = 0; i < vm->vcpus; i++) {
		wait_until_gone(vm->thread[i]);
		ok &= drop(vm, vm->thread[i]);
	}
	ok &= drop(vm, vm->vic) & drop(vm, vm->addrspace) &
	      drop(vm, vm->cspace);
	mmu_unmap(vm->window, SIZE);
	return ok & drop(vm, vm->memory);
}

uint64_t labvm_give(struct labvm *vm, uint64_t cap, uint64_t rights)
{
	struct hv r = HV(CSPACE_COPY_CAP_FROM, vm->root->cspace, cap,
	                 vm->cspace, rights);

	return must(vm, "copy a capability", r.err) ? r.out[0] : 0;
}
