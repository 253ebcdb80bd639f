/* SPDX-License-Identifier: BSD-2-Clause */
#include "vgic/vic.h"

#include <arm64/bits.h>

#include "lib/assert.h"
#include "vgic/vgic.h"
#include "vm/addrspace.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define VIRQ_INTID FIELD(23, 0) /* "Virtual IRQ Info" */
#define VIRQ_VCPU  FIELD(31, 24)
#define VIRQ_MBZ   FIELD(63, 32)

#define PPI_FIRST 16u
#define SPI_FIRST 32u

static uint32_t virqs_bound; /* configuration lock */

uint32_t vic_bound_count(void)
{
	return virqs_bound;
}

void virq_source_init(struct virq_source *source, struct spinlock *lock)
{
	source->lock = lock;
	list_init(&source->in_vic);
}

static struct vm *vm_of(const struct vic *vic)
{
	/* Acquire: who sees the VM sees its vGIC made. */
	return __atomic_load_n(&vic->vm, __ATOMIC_ACQUIRE);
}

/* What a binding cannot reach, because the VIC has no VM yet, waits here. */
void virq_set(struct virq_source *source, bool is_high, bool is_event)
{
	struct vm *vm;

	assert_locked(source->lock);
	ASSERT(!source->is_unlocked || (!is_high && !is_event));
	source->is_high = is_high;
	if (source->vic == NULL) {
		return;
	}
	vm = vm_of(source->vic);
	if (vm == NULL) {
		source->is_latched |= is_event;
		return;
	}
	(void)vgic_notify(vm, source->vcpu, source->intid, is_high, is_event);
}

void virq_pulse(struct virq_source *source)
{
	struct vm *vm;

	assert_locked(source->lock);
	ASSERT(!source->is_unlocked);
	if (source->vic == NULL) {
		return;
	}
	vm = vm_of(source->vic);
	if (vm == NULL) {
		source->is_latched = true;
		return;
	}
	(void)vgic_raise(vm, source->vcpu, source->intid);
}

void virq_pulse_unlocked(struct virq_source *source)
{
	struct vic *vic;
	struct vm *vm;
	uint32_t vcpu;
	uint32_t intid;

	ASSERT(source->is_unlocked);
	spin_lock(source->lock);
	vic = source->vic;
	vcpu = source->vcpu;
	intid = source->intid;
	if (vic == NULL || !object_try_get(&vic->obj)) {
		spin_unlock(source->lock);
		return;
	}
	vm = vm_of(vic);
	source->is_latched |= vm == NULL;
	spin_unlock(source->lock);
	if (vm != NULL) {
		(void)vgic_raise(vm, vcpu, intid);
	}
	object_put(&vic->obj); /* it has kept the VM, too */
}

/* The word and the bit that say whether an interrupt has a source. */
static bool test_and_set(struct vic *vic, uint32_t vcpu, uint32_t intid)
{
	bool was;

	if (intid < SPI_FIRST) {
		uint16_t bit = (uint16_t)(1u << (intid - PPI_FIRST));

		was = (vic->ppis_bound[vcpu] & bit) != 0;
		vic->ppis_bound[vcpu] |= bit;
	} else {
		was = (vic->spis_bound[intid / 64] & BIT(intid % 64)) != 0;
		vic->spis_bound[intid / 64] |= BIT(intid % 64);
	}
	return was;
}

static void clear(struct vic *vic, uint32_t vcpu, uint32_t intid)
{
	if (intid < SPI_FIRST) {
		vic->ppis_bound[vcpu] &=
			(uint16_t) ~(1u << (intid - PPI_FIRST));
	} else {
		vic->spis_bound[intid / 64] &= ~BIT(intid % 64);
	}
}

/* PPIs the machine itself drives: timers, maintenance, PMU. */
static bool is_taken_ppi(uint32_t intid)
{
	return intid >= 22 && intid <= 30;
}

static void reach(struct virq_source *source, struct vm *vm)
{
	if (source->reach != NULL && vm != NULL) {
		source->reach(source, vm);
	}
}

enum err vic_bind(struct vic *vic, struct virq_source *source, uint64_t virq)
{
	uint32_t intid = (uint32_t)field_get(VIRQ_INTID, virq);
	uint32_t vcpu = (uint32_t)field_get(VIRQ_VCPU, virq);
	bool is_private = intid < SPI_FIRST;

	if ((virq & VIRQ_MBZ) != 0 || intid < PPI_FIRST ||
	    intid >= SPI_FIRST + vic->shared_max ||
	    (is_private ? vcpu >= vic->vcpus_max : vcpu != 0)) {
		return ERR_INVAL;
	}
	if (source->vic != NULL) {
		return ERR_VIRQ_BOUND;
	}
	if ((is_private && is_taken_ppi(intid)) ||
	    test_and_set(vic, vcpu, intid)) {
		return ERR_BUSY;
	}
	list_add_tail(&vic->sources, &source->in_vic);
	virqs_bound++;

	spin_lock(source->lock);
	source->vic = vic;
	source->vcpu = vcpu;
	source->intid = intid;
	source->is_latched = false;
	/* What it has to say already is heard at once. */
	virq_set(source, source->is_high, source->is_high);
	spin_unlock(source->lock);
	reach(source, vm_of(vic));
	return ERR_OK;
}

void vic_unbind(struct virq_source *source)
{
	struct vic *vic = source->vic; /* changes only under our lock */
	bool is_high;

	if (vic == NULL) {
		return;
	}
	if (source->reach != NULL) {
		source->reach(source, NULL);
	}
	spin_lock(source->lock);
	is_high = source->is_high;
	virq_set(source, false, false);
	source->is_high = is_high; /* the source's own business goes on */
	source->vic = NULL;
	spin_unlock(source->lock);
	list_del(&source->in_vic);
	clear(vic, source->vcpu, source->intid);
	virqs_bound--;
}

enum err vic_configure(struct vic *vic, uint64_t vcpus_max, uint64_t shared_max)
{
	if (object_is_active(&vic->obj)) {
		return ERR_STATE;
	}
	if (vcpus_max == 0 || vcpus_max > VIC_VCPUS_MAX ||
	    shared_max > VIC_SHARED_MAX) {
		return ERR_INVAL;
	}
	vic->vcpus_max = (uint32_t)vcpus_max;
	vic->shared_max = (uint32_t)shared_max;
	return ERR_OK;
}

enum err vic_set_mpidr_map(struct vic *vic, const struct mpidr_map *map)
{
	if (object_is_active(&vic->obj)) {
		return ERR_STATE;
	}
	if (vic->vcpus_max == 0) {
		return ERR_CONFIG;
	}
	if (!mpidr_map_is_good(map, vic->vcpus_max)) {
		return ERR_INVAL;
	}
	vic->map = *map;
	vic->has_map = true;
	return ERR_OK;
}

/* What was signalled before there was a VM. */
static void deliver(struct virq_source *source)
{
	bool is_latched;

	spin_lock(source->lock);
	is_latched = source->is_latched;
	source->is_latched = false;
	if (source->is_unlocked) {
		/* Below: this may wake a vCPU that has such a source, too. */
	} else if (is_latched && !source->is_high) {
		virq_pulse(source);
	} else {
		virq_set(source, source->is_high, is_latched);
	}
	spin_unlock(source->lock);
	if (source->is_unlocked && is_latched) {
		virq_pulse_unlocked(source);
	}
	reach(source, source->vic->vm);
}

static uint32_t spi_count(const struct addrspace *as)
{
	return as->vm->vgic != NULL ? vgic_spi_count(as->vm->vgic)
	                            : VGIC_SPI_DEFAULT;
}

/* The VM may have had another VIC, of which something is still there. */
static bool must_wait(const struct vic *vic, const struct vm *vm)
{
	list_for_each (node, &vic->sources) {
		const struct virq_source *source =
			container_of(node, struct virq_source, in_vic);

		if (source->must_wait != NULL &&
		    source->must_wait(source, vm)) {
			return true;
		}
	}
	return false;
}

enum err vic_attach_space(struct vic *vic, struct addrspace *as)
{
	if (vic->as == as) {
		return ERR_OK;
	}
	if (vic->as != NULL || as->vic_count != 0) {
		return ERR_BUSY;
	}
	if (must_wait(vic, as->vm)) {
		return ERR_RETRY;
	}
	if (as->vm->vgic != NULL && vic->shared_max > spi_count(as)) {
		TRY(vgic_vm_init(as->vm, vic->shared_max));
	}
	if (vic->has_map) {
		TRY(vm_set_mpidr_map(as->vm, &vic->map));
	}
	object_get(&as->obj);
	as->vic_count++;
	vic->as = as;
	/* Release: see vm_of. */
	__atomic_store_n(&vic->vm, as->vm, __ATOMIC_RELEASE);
	list_for_each (node, &vic->sources) {
		deliver(container_of(node, struct virq_source, in_vic));
	}
	return ERR_OK;
}

static void forget_thread(struct thread *t, struct object *obj, uint32_t index)
{
	(void)t;
	((struct vic *)obj)->vcpus[index] = NULL;
}

/* A thread may have got its address space only after its VIC. */
static enum err link_space(struct thread *t, struct object *obj, uint32_t index)
{
	(void)index;
	return vic_attach_space((struct vic *)obj, t->as);
}

static const struct attach_ops attach_ops = {
	.activate = link_space,
	.detach = forget_thread,
};

enum err vic_attach_thread(struct vic *vic, struct thread *t, uint64_t index)
{
	if (index >= vic->vcpus_max) {
		return ERR_INVAL;
	}
	if (object_is_active(&t->obj)) {
		return ERR_STATE;
	}
	if (vic->vcpus[index] != NULL) {
		return ERR_BUSY;
	}
	if (t->as != NULL) {
		TRY(vic_attach_space(vic, t->as));
	}
	TRY(thread_attach(t, ATTACH_VIC, &vic->obj, (uint32_t)index,
	                  &attach_ops));
	vic->vcpus[index] = t;
	return ERR_OK;
}

void vic_adopt(struct vic *vic, struct addrspace *as, uint32_t vcpus)
{
	enum err err = vic_configure(vic, vcpus, spi_count(as));

	ASSERT(err == ERR_OK);
	vic->obj.state = OBJ_ACTIVE;
	err = vic_attach_space(vic, as);
	ASSERT(err == ERR_OK);
}

static enum err init_vic(struct object *obj)
{
	list_init(&((struct vic *)obj)->sources);
	return ERR_OK;
}

static enum err activate_vic(struct object *obj)
{
	return ((struct vic *)obj)->vcpus_max != 0 ? ERR_OK : ERR_CONFIG;
}

static void destroy_vic(struct object *obj)
{
	struct vic *vic = (struct vic *)obj;

	while (!list_empty(&vic->sources)) {
		vic_unbind(container_of(vic->sources.next, struct virq_source,
		                        in_vic));
	}
	if (vic->as != NULL) {
		vic->as->vic_count--;
		object_put(&vic->as->obj);
	}
}

const struct obj_ops vic_ops = {
	.name = "vic",
	.size = sizeof(struct vic),
	.rights = VIC_MAY_BIND_SOURCE | VIC_MAY_ATTACH_VCPU |
	          VIC_MAY_ATTACH_VDEV | OBJ_MAY_ACTIVATE,
	.init = init_vic,
	.activate = activate_vic,
	.destroy = destroy_vic,
};
