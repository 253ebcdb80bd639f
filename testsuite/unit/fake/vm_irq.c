/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm_irq.h"

#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "mem/guest.h"
#include "obj/partition.h"
#include "vgic/vgic.h"
#include "vm/addrspace.h"
#include "vm/thread.h"
#include "vm/vm.h"

struct fake_irq fake_irqs[1020];
struct spinlock fake_outer_lock;

static struct vm vm;
static struct addrspace *space;

enum err vgic_raise(struct vm *to, uint32_t vcpu_index, uint32_t intid)
{
	(void)vcpu_index;
	if (to != &vm) {
		abort();
	}
	spin_lock(&fake_outer_lock); /* as who is woken by it does */
	spin_unlock(&fake_outer_lock);
	fake_irqs[intid].pulses++;
	return ERR_OK;
}

enum err vgic_notify(struct vm *to, uint32_t vcpu_index, uint32_t intid,
                     bool is_high, bool is_event)
{
	(void)vcpu_index;
	if (to != &vm) {
		abort();
	}
	fake_irqs[intid].level = is_high;
	fake_irqs[intid].events += is_event;
	return ERR_OK;
}

enum err vgic_vm_init(struct vm *to, uint32_t spi_count)
{
	(void)to;
	(void)spi_count;
	return ERR_OK;
}

uint32_t vgic_spi_count(const struct vgic_vm *g)
{
	(void)g;
	return VGIC_SPI_DEFAULT;
}

enum err thread_attach(struct thread *t, enum attach_kind kind,
                       struct object *obj, uint32_t index,
                       const struct attach_ops *ops)
{
	(void)t, (void)kind, (void)obj, (void)index, (void)ops;
	return ERR_UNIMPLEMENTED;
}

/* A guest's memory: the test's own; pages below 4096 are not mapped. */
enum err guest_copy_from_va(struct stage2 *s2, void *to, uint64_t from_va,
                            size_t len)
{
	(void)s2;
	if (from_va < 4096) {
		return ERR_ADDR;
	}
	memcpy(to, (const void *)from_va, len);
	return ERR_OK;
}

enum err guest_copy_to_va(struct stage2 *s2, uint64_t to_va, const void *from,
                          size_t len)
{
	(void)s2;
	if (to_va < 4096) {
		return ERR_ADDR;
	}
	memcpy((void *)to_va, from, len);
	return ERR_OK;
}

struct vic *fake_vic(bool has_vm)
{
	struct object *obj;

	memset(fake_irqs, 0, sizeof(fake_irqs));
	heap_fail_after(-1);
	partition_init_root(64u << 20);
	if (object_create(OBJ_ADDRSPACE, &root_partition, &obj) != ERR_OK) {
		abort();
	}
	space = (struct addrspace *)obj;
	space->vm = &vm;
	if (object_create(OBJ_VIC, &root_partition, &obj) != ERR_OK ||
	    vic_configure((struct vic *)obj, 4, 64) != ERR_OK ||
	    object_activate(obj) != ERR_OK) {
		abort();
	}
	if (has_vm) {
		fake_vic_connect((struct vic *)obj);
	}
	return (struct vic *)obj;
}

struct addrspace *fake_space(void)
{
	return space;
}

void fake_vic_connect(struct vic *vic)
{
	if (vic_attach_space(vic, space) != ERR_OK) {
		abort();
	}
	object_put(&space->obj); /* the VIC keeps it */
}
