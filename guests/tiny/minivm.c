/* SPDX-License-Identifier: BSD-2-Clause */
#include "minivm.h"

#include <abi/vcpu_run.h>
#include <string.h>

#include "rt/hv.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

extern const char minivm_code[], minivm_code_end[];

#define VM_PAGES 2 /* code, mailbox */
#define PARTIAL  1u
#define MAP_RWX  0xf0077u
#define RWX      7u
#define SPARSE   (1u << 16)
#define TO_CHILD 0u
#define PATIENCE 200000 /* yields until an order must be done */

static const char *step;

static bool ok(const char *what, int64_t err)
{
	if (err != HV_OK && step == NULL) {
		step = what;
	}
	return err == HV_OK;
}

static uint64_t create(const struct hv_root *root, unsigned number)
{
	const uint64_t arg[8] = { root->partition, root->cspace };
	struct hv r = hv_call(number, arg);

	return ok("create", r.err) ? r.out[0] : 0;
}

static bool drop(const struct minivm *vm, uint64_t cap)
{
	return cap == 0 ||
	       HV(CSPACE_DELETE_CAP_FROM, vm->root->cspace, cap).err == HV_OK;
}

/* Two pages, seen by the root VM at an IPA where nothing else is. */
static bool make_memory(struct minivm *vm, unsigned vmid)
{
	const struct hv_root *root = vm->root;
	const struct hv_extent *from = &root->ram[root->ram_count - 1];
	uint64_t size = VM_PAGES * PAGE_SIZE;
	uint64_t offset = from->size - (vmid + 1) * 8 * PAGE_SIZE;

	vm->memory = create(root, HVC_PARTITION_CREATE_MEMEXTENT);
	vm->window = 0x100000000ull + vmid * 8 * PAGE_SIZE;
	return ok("derive", HV(MEMEXTENT_CONFIGURE_DERIVE, vm->memory,
	                       from->cap, offset, size, RWX)
	                            .err) &&
	       ok("activate memory", HV(OBJECT_ACTIVATE, vm->memory).err) &&
	       ok("map here", HV(ADDRSPACE_MAP, root->addrspace, vm->memory,
	                         vm->window, MAP_RWX)
	                              .err);
}

static void fill_memory(struct minivm *vm)
{
	char *code;

	mmu_map(vm->window, vm->window, VM_PAGES * PAGE_SIZE, MMU_NORMAL);
	code = (char *)vm->window;
	vm->mail = (struct minivm_mailbox *)(vm->window + PAGE_SIZE);
	memset(code, 0, VM_PAGES * PAGE_SIZE);
	memcpy(code, minivm_code, (size_t)(minivm_code_end - minivm_code));
	/* It runs with its caches off: memory must have what we wrote. */
	for (uint64_t at = vm->window; at < vm->window + VM_PAGES * PAGE_SIZE;
	     at += 16) {
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	}
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" ::: "memory");
}

/* The mailbox is not cached here either. */
static void open_mailbox(struct minivm *vm)
{
	mmu_unmap(vm->window, VM_PAGES * PAGE_SIZE);
	mmu_map(vm->window, vm->window, VM_PAGES * PAGE_SIZE, MMU_NC);
}

static bool make_objects(struct minivm *vm, unsigned vmid, unsigned vcpus)
{
	const struct hv_root *root = vm->root;

	vm->cspace = create(root, HVC_PARTITION_CREATE_CSPACE);
	vm->addrspace = create(root, HVC_PARTITION_CREATE_ADDRSPACE);
	vm->vic = create(root, HVC_PARTITION_CREATE_VIC);
	vm->thread = create(root, HVC_PARTITION_CREATE_THREAD);
	return ok("cspace", HV(CSPACE_CONFIGURE, vm->cspace, 64).err) &&
	       ok("cspace", HV(OBJECT_ACTIVATE, vm->cspace).err) &&
	       ok("vmid", HV(ADDRSPACE_CONFIGURE, vm->addrspace, vmid).err) &&
	       ok("addrspace", HV(OBJECT_ACTIVATE, vm->addrspace).err) &&
	       ok("vic", HV(VIC_CONFIGURE, vm->vic, vcpus, MINIVM_SPIS).err) &&
	       ok("vic", HV(OBJECT_ACTIVATE, vm->vic).err) &&
	       ok("attach space",
	          HV(ADDRSPACE_ATTACH_THREAD, vm->addrspace, vm->thread).err) &&
	       ok("attach cspace",
	          HV(CSPACE_ATTACH_THREAD, vm->cspace, vm->thread).err) &&
	       ok("attach vic",
	          HV(VIC_ATTACH_VCPU, vm->vic, vm->thread, 0).err);
}

static bool map_pages(struct minivm *vm)
{
	/* One extent, seen as a whole: the mailbox is its second page. */
	return ok("map there", HV(ADDRSPACE_MAP, vm->addrspace, vm->memory,
	                          MINIVM_CODE, MAP_RWX)
	                               .err);
}

const char *minivm_make(struct minivm *vm, const struct hv_root *root,
                        unsigned vmid)
{
	return minivm_make_wide(vm, root, vmid, 1);
}

const char *minivm_make_wide(struct minivm *vm, const struct hv_root *root,
                             unsigned vmid, unsigned vcpus)
{
	if (vm->root != NULL) {
		(void)minivm_stop(vm); /* of a test that has failed */
	}
	step = NULL;
	memset(vm, 0, sizeof(*vm));
	vm->root = root;
	if (!make_memory(vm, vmid)) {
		return step;
	}
	fill_memory(vm);
	open_mailbox(vm);
	return make_objects(vm, vmid, vcpus) ? NULL : step;
}

bool minivm_activate(struct minivm *vm)
{
	return ok("thread", HV(OBJECT_ACTIVATE, vm->thread).err);
}

const char *minivm_power_on(struct minivm *vm)
{
	if (!map_pages(vm) ||
	    !ok("power on", HV(VCPU_POWERON, vm->thread, MINIVM_CODE,
	                       MINIVM_CODE + PAGE_SIZE)
	                            .err)) {
		return step;
	}
	return NULL;
}

const char *minivm_run(struct minivm *vm)
{
	return minivm_activate(vm) ? minivm_power_on(vm) : step;
}

const char *minivm_start(struct minivm *vm, const struct hv_root *root,
                         unsigned vmid)
{
	const char *wrong = minivm_make(vm, root, vmid);

	return wrong != NULL ? wrong : minivm_run(vm);
}

bool minivm_stop(struct minivm *vm)
{
	uint64_t count;
	bool fine = drop(vm, vm->thread);

	/* Its vCPU leaves when it can; then the thread is really gone. */
	for (unsigned i = 0; i < PATIENCE; i++) {
		HV(SCHEDULER_YIELD, 0);
		count = HV(TS_LEDGER, LEDGER_OBJ_THREAD).out[0];
		if (count == vm->root->thread_count) {
			break;
		}
	}
	fine &= drop(vm, vm->vic) & drop(vm, vm->addrspace) &
	        drop(vm, vm->cspace);
	mmu_unmap(vm->window, VM_PAGES * PAGE_SIZE);
	fine &= drop(vm, vm->memory);
	vm->root = NULL;
	return fine;
}

bool minivm_order(struct minivm *vm, uint64_t order)
{
	dmb_ish(); /* arguments before the order */
	vm->mail->order = order;
	for (unsigned i = 0; i < PATIENCE; i++) {
		if (vm->mail->order == 0) {
			dmb_ish(); /* results behind it */
			return true;
		}
		HV(SCHEDULER_YIELD, 0);
	}
	return false;
}

struct hv minivm_run_vcpu(struct minivm *vm, uint64_t resume)
{
	struct hv r = { .err = HV_OK };

	for (unsigned i = 0; i < PATIENCE; i++) {
		r = HV(VCPU_RUN, vm->thread, resume);
		if (r.err != HV_OK || r.out[0] != VCPU_RUN_READY ||
		    vm->mail->order == 0) {
			break;
		}
		resume = 0;
	}
	return r;
}

int64_t minivm_call(struct minivm *vm, unsigned number, const uint64_t arg[7])
{
	vm->mail->x[0] = HVC_SMCCC(number);
	for (unsigned i = 0; i < 7; i++) {
		vm->mail->x[i + 1] = arg[i];
	}
	if (!minivm_order(vm, MINIVM_CALL)) {
		return INT64_MIN;
	}
	return (int64_t)vm->mail->x[0];
}

static bool access(struct minivm *vm, uint64_t order, uint64_t at,
                   uint64_t *value)
{
	uint64_t faults = vm->mail->faults;

	vm->mail->x[0] = at;
	vm->mail->x[1] = *value;
	if (!minivm_order(vm, order)) {
		return false;
	}
	*value = vm->mail->x[1];
	return vm->mail->faults == faults;
}

bool minivm_load(struct minivm *vm, uint64_t at, uint64_t *value)
{
	return access(vm, MINIVM_LOAD, at, value);
}

bool minivm_store(struct minivm *vm, uint64_t at, uint64_t value)
{
	return access(vm, MINIVM_STORE, at, &value);
}

bool minivm_store32(struct minivm *vm, uint64_t at, uint32_t value)
{
	uint64_t wide = value;

	return access(vm, MINIVM_STORE32, at, &wide);
}

uint64_t minivm_give(struct minivm *vm, uint64_t cap, uint64_t rights)
{
	struct hv r = HV(CSPACE_COPY_CAP_FROM, vm->root->cspace, cap,
	                 vm->cspace, rights);

	return r.err == HV_OK ? r.out[0] : 0;
}
