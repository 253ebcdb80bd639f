/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The root VM: the one VM that EL2 makes itself, and its capabilities to
 * everything else.
 */
#include "boot/root.h"

#include <abi/boot.h>

#include "boot/info.h"
#include "call/root_env.h"
#include "drv/timer.h"
#include "lib/assert.h"
#include "lib/mutant.h"
#include "lib/print.h"
#include "mem/owner.h"
#include "mem/page.h"
#include "mem/stage1.h"
#include "obj/cspace.h"
#include "obj/partition.h"
#include "vgic/hwirq.h"
#include "vgic/vic.h"
#include "vm/memextent.h"
#include "vm/thread.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* Of the heap; the rest is for what no partition pays for (page ownership). */
#define PARTITION_SHARE(bytes) ((bytes) / 8 * 7)

#define RAM_RWX (ACCESS_R | ACCESS_W | ACCESS_X)

static struct cspace *root_cspace;

/* Nothing of this can fail for want of memory: the heap is fresh. */
static void must(enum err err)
{
	ASSERT(err == ERR_OK);
}

static struct object *make(enum obj_type type)
{
	struct object *obj;

	must(object_create(type, &root_partition, &obj));
	return obj;
}

/* The root VM gets a capability to @obj; boot's own reference is given up. */
static void hand_over(struct object *obj, enum root_env_kind kind,
                      uint64_t first, uint64_t second)
{
	uint64_t cap;

	must(cspace_add(root_cspace, obj, &cap));
	root_env_add(kind, cap, first, second);
	if (obj != &root_partition.obj) {
		object_put(obj);
	}
}

static void make_owners(const struct boot_info *b)
{
	struct owner_range ranges[BOOT_RAM_MAX + BOOT_DEVICES_MAX];
	unsigned count = 0;

	for (unsigned i = 0; i < b->ram_count; i++) {
		ranges[count++] =
			(struct owner_range){ .base = b->ram[i].base,
			                      .size = b->ram[i].size };
	}
	for (unsigned i = 0; i < b->device_count; i++) {
		ranges[count++] =
			(struct owner_range){ .base = b->device[i].mmio.base,
			                      .size = b->device[i].mmio.size,
			                      .is_device = true };
	}
	must(owner_init(ranges, count));
	must(owner_take_for_hyp(pa(b->hyp.base), b->hyp.size));
	/* The root VM's image and device tree; the bundle, for it to read. */
	must(owner_vouch(pa(b->root.ram.base), b->root.ram.size));
	if (b->bundle.size != 0 &&
	    phys_is_ram(pa(b->bundle.base), b->bundle.size)) {
		must(owner_vouch(pa(b->bundle.base), b->bundle.size));
	}
}

static void make_cspace(void)
{
	root_cspace = (struct cspace *)make(OBJ_CSPACE);
	must(cspace_configure(root_cspace, CSPACE_CAPS_MAX));
	must(object_activate(&root_cspace->obj));
	hand_over(&root_partition.obj, ROOT_ENV_PARTITION, root_partition.limit,
	          0);
	object_get(&root_cspace->obj);
	hand_over(&root_cspace->obj, ROOT_ENV_CSPACE, 0, 0);
}

/* An extent over [base, base + size), with all of its pages. */
static struct memextent *make_extent(uint64_t base, uint64_t size,
                                     uint64_t attrs)
{
	struct memextent *me = (struct memextent *)make(OBJ_MEMEXTENT);

	must(memextent_configure(me, base, size, attrs));
	must(object_activate(&me->obj));
	if (me->is_sparse) {
		must(memextent_donate(TO_CHILD, NULL, me, base, size));
	}
	return me;
}

/* What of [base, end) is nobody's: the parts between the holes. */
static void hand_over_free(const struct boot_info *b, uint64_t base,
                           uint64_t end)
{
	const struct boot_range *const holes[] = { &b->hyp, &b->bundle,
		                                   &b->root.ram };

	while (base < end) {
		uint64_t stop = end;
		uint64_t next = end;

		for (unsigned i = 0; i < 3; i++) {
			uint64_t from = holes[i]->base;
			uint64_t to = from + holes[i]->size;

			if (to > base && from < stop && to != from) {
				stop = from > base ? from : base;
				next = to;
			}
		}
		if (stop > base) {
			hand_over(&make_extent(base, stop - base,
			                       RAM_RWX | MEMEXTENT_SPARSE)
			                   ->obj,
			          ROOT_ENV_FREE_RAM, base, stop - base);
		}
		base = next;
	}
}

static void hand_over_ram(const struct boot_info *b, struct addrspace *as)
{
	struct memextent *own =
		make_extent(b->root.ram.base, b->root.ram.size, RAM_RWX);

	struct map_request ram = {
		.as = as, .me = own, .ipa = b->root.ipa, .attrs = MAP_RAM
	};
	uint32_t mark = 0;
	enum err err;

	do {
		err = memextent_map(&ram, &mark);
	} while (err == ERR_RESTART);
	must(err);
	hand_over(&own->obj, ROOT_ENV_OWN_RAM, b->root.ram.base,
	          b->root.ram.size);
	for (unsigned i = 0; i < b->ram_count; i++) {
		hand_over_free(b, b->ram[i].base,
		               b->ram[i].base + b->ram[i].size);
	}
	if (b->bundle.size != 0 &&
	    phys_is_ram(pa(b->bundle.base), b->bundle.size)) {
		hand_over(&make_extent(b->bundle.base, b->bundle.size, ACCESS_R)
		                   ->obj,
		          ROOT_ENV_BUNDLE, b->bundle.base, b->bundle.size);
	}
}

/* What EL2 does not drive itself, and whoever gets it may: with its SPI. */
static void hand_over_devices(const struct boot_info *b)
{
	for (unsigned i = 0; i < b->device_count; i++) {
		const struct boot_device *d = &b->device[i];
		struct hwirq *hw = (struct hwirq *)make(OBJ_HWIRQ);

		hwirq_adopt(hw, d->intid, d->is_edge != 0);
		hand_over(&make_extent(d->mmio.base, d->mmio.size,
		                       ACCESS_R | ACCESS_W | MEMEXTENT_DEVICE)
		                   ->obj,
		          ROOT_ENV_DEVICE, d->mmio.base, d->mmio.size);
		hand_over(&hw->obj, ROOT_ENV_HWIRQ, d->intid, d->is_edge != 0);
	}
}

static void make_threads(const struct boot_info *b, struct vm *vm,
                         struct addrspace *as, struct vic *vic)
{
	for (unsigned i = 0; i < b->root.vcpu_count; i++) {
		struct thread *t = (struct thread *)make(OBJ_THREAD);
		struct vcpu *v;

		must(vcpu_create(vm, &v));
		must(partition_charge(&root_partition, THREAD_VCPU_COST));
		must(vic_attach_thread(vic, t, i));
		thread_adopt(t, v, as, root_cspace);
		hand_over(&t->obj, ROOT_ENV_THREAD, i, 0);
	}
}

/* The test build looks at itself first, unless it was told to be wrong. */
static void check_self(void)
{
	if (TEST_BUILD) {
		print("hyp: own translation: %u entries, none of them W and "
		      "X, and holes around stacks\n",
		      stage1_self_check());
	}
	if (TEST_BUILD && !mutant(owner_dirty_return) && !mutant(raw_is_seen)) {
		print("hyp: page ownership: %u steps are as they should be\n",
		      owner_self_check());
	}
}

void root_start(void)
{
	const struct boot_info *b = &boot_info;
	struct addrspace *as;
	struct vic *vic;
	struct vm *vm;

	check_self();
	partition_init_root(PARTITION_SHARE(page_unused() * PAGE_SIZE));
	make_owners(b);
	object_config_lock();
	make_cspace();
	must(vm_create((uint16_t)b->root.vmid, b->root.name, &vm));
	vm->is_root = true;

	as = (struct addrspace *)make(OBJ_ADDRSPACE);
	must(partition_charge(&root_partition, ADDRSPACE_VM_COST));
	addrspace_adopt(as, vm);
	vic = (struct vic *)make(OBJ_VIC);
	vic_adopt(vic, as, VIC_VCPUS_MAX);
	hand_over_ram(b, as);
	hand_over_devices(b);
	make_threads(b, vm, as, vic);
	hand_over(&vic->obj, ROOT_ENV_VIC, 0, 0);
	hand_over(&as->obj, ROOT_ENV_ADDRSPACE, vm->vmid, 0);
	/* One reference stays for ever: from here all others are reached. */
	root_env_add(ROOT_ENV_MACHINE, 0, b->cpu_count, timer_hz());
	object_config_unlock();

	trace(TRACE_VM_START, TRACE_WHO(vm->vmid, 0xff), 0, b->root.entry, 0);
	must(vcpu_power_on(vm->vcpu[0], b->root.entry, b->root.dtb));
}
