/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/addrspace.h"

#include "lib/assert.h"
#include "lib/mutant.h"
#include "lib/range.h"
#include "mem/page.h"
#include "obj/partition.h"
#include "vm/memextent.h"
#include "vm/vm.h"

struct vmmio_range {
	uint64_t at;
	uint64_t size;
};

/* Pages of a stage-2 table's first level, at most: a 48-bit IPA space. */
#define ROOT_TABLES_MAX 2

#define VMMIO_BYTES (ADDRSPACE_VMMIO_MAX * sizeof(struct vmmio_range))

enum err addrspace_configure(struct addrspace *as, uint64_t vmid)
{
	if (object_is_active(&as->obj)) {
		return ERR_STATE;
	}
	if (vmid == 0 || vmid > VMID_MAX) {
		return ERR_INVAL;
	}
	as->vmid = (uint16_t)vmid;
	return ERR_OK;
}

static uint64_t charge_of(uint32_t pages)
{
	return (uint64_t)pages * PAGE_SIZE;
}

/* Tables of one level that a range of @len bytes may touch. */
static uint32_t tables_of(uint64_t at, uint64_t len, uint64_t covers)
{
	return (uint32_t)((at + len - 1) / covers - at / covers + 1);
}

enum err addrspace_reserve_tables(struct addrspace *as, uint32_t tables)
{
	TRY(partition_charge(as->obj.partition, charge_of(tables)));
	as->charged_pages += tables;
	return ERR_OK;
}

enum err addrspace_reserve(struct addrspace *as, ipa_t at, pa_t to,
                           uint64_t len)
{
	uint32_t pages = tables_of(at.v, len, BLOCK1_SIZE);

	if ((at.v ^ to.v) % BLOCK2_SIZE != 0) {
		pages += tables_of(at.v, len, BLOCK2_SIZE);
	} else {
		pages += 2; /* blocks in between; a table at either end */
	}
	return addrspace_reserve_tables(as, pages);
}

void addrspace_settle(struct addrspace *as)
{
	uint32_t now = as->vm->s2.table_pages;

	ASSERT(as->charged_pages >= now); /* all were reserved */
	partition_uncharge(as->obj.partition,
	                   charge_of(as->charged_pages - now));
	as->charged_pages = now;
}

static enum err init_addrspace(struct object *obj)
{
	list_init(&((struct addrspace *)obj)->mappings);
	return ERR_OK;
}

static enum err activate_addrspace(struct object *obj)
{
	struct addrspace *as = (struct addrspace *)obj;
	enum err err;

	if (as->vmid == 0) {
		return ERR_CONFIG;
	}
	TRY(partition_charge(obj->partition, ADDRSPACE_VM_COST));
	err = addrspace_reserve_tables(as, ROOT_TABLES_MAX);
	if (err == ERR_OK) {
		err = vm_create(as->vmid, "vm", &as->vm);
	}
	if (err != ERR_OK) {
		partition_uncharge(obj->partition,
		                   ADDRSPACE_VM_COST +
		                           charge_of(as->charged_pages));
		as->charged_pages = 0;
		return err;
	}
	as->vm->object = as;
	addrspace_settle(as);
	return ERR_OK;
}

void addrspace_adopt(struct addrspace *as, struct vm *vm)
{
	enum err err;

	as->vmid = vm->vmid;
	as->vm = vm;
	vm->object = as;
	err = addrspace_reserve_tables(as, vm->s2.table_pages);
	ASSERT(err == ERR_OK); /* boot: nobody has spent anything yet */
	as->obj.state = OBJ_ACTIVE;
}

static enum obj_end addrspace_is_quiet(struct object *obj)
{
	return memextent_forget_space((struct addrspace *)obj) ? OBJ_QUIET
	                                                       : OBJ_MORE;
}

static void destroy_addrspace(struct object *obj)
{
	struct addrspace *as = (struct addrspace *)obj;

	if (as->vm != NULL) {
		vm_destroy(as->vm);
		partition_uncharge(obj->partition,
		                   ADDRSPACE_VM_COST +
		                           charge_of(as->charged_pages));
	}
	partition_free(obj->partition, as->vmmio, VMMIO_BYTES);
}

/* The first range that ends behind @at, or the count. */
static unsigned first_behind(const struct addrspace *as, uint64_t at)
{
	unsigned i = 0;

	while (i < as->vmmio_count &&
	       as->vmmio[i].at + as->vmmio[i].size <= at) {
		i++;
	}
	return i;
}

static enum err check_vmmio(const struct addrspace *as, uint64_t at,
                            uint64_t size)
{
	unsigned bits = stage2_ipa_bits();

	(void)as;
	if (size == 0) {
		return ERR_INVAL;
	}
	if (!range_is_good(at, size)) {
		return ERR_OVERFLOW;
	}
	if ((at + size - 1) >> bits != 0) {
		return ERR_ADDR;
	}
	return ERR_OK;
}

enum err addrspace_add_vmmio(struct addrspace *as, uint64_t at, uint64_t size)
{
	unsigned i;

	TRY(check_vmmio(as, at, size));
	i = first_behind(as, at);
	if (i < as->vmmio_count &&
	    range_meets(as->vmmio[i].at, as->vmmio[i].size, at, size)) {
		return ERR_INVAL;
	}
	if (as->vmmio_count == ADDRSPACE_VMMIO_MAX) {
		return ERR_NORESOURCES;
	}
	if (as->vmmio == NULL) {
		as->vmmio = partition_alloc(as->obj.partition, VMMIO_BYTES);
		if (as->vmmio == NULL) {
			return ERR_NORESOURCES;
		}
	}
	spin_lock(&as->vmmio_lock);
	for (unsigned k = as->vmmio_count; k > i; k--) {
		as->vmmio[k] = as->vmmio[k - 1];
	}
	as->vmmio[i] = (struct vmmio_range){ at, size };
	as->vmmio_count++;
	spin_unlock(&as->vmmio_lock);
	return ERR_OK;
}

enum err addrspace_remove_vmmio(struct addrspace *as, uint64_t at,
                                uint64_t size)
{
	unsigned i;

	TRY(check_vmmio(as, at, size));
	i = first_behind(as, at);
	if (i == as->vmmio_count || as->vmmio[i].at != at ||
	    as->vmmio[i].size != size) {
		return ERR_INVAL;
	}
	if (mutant(vmmio_kept)) {
		return ERR_OK;
	}
	spin_lock(&as->vmmio_lock);
	as->vmmio_count--;
	for (unsigned k = i; k < as->vmmio_count; k++) {
		as->vmmio[k] = as->vmmio[k + 1];
	}
	spin_unlock(&as->vmmio_lock);
	return ERR_OK;
}

bool addrspace_is_vmmio(struct addrspace *as, ipa_t at)
{
	unsigned i;
	bool is_in;

	spin_lock(&as->vmmio_lock);
	i = first_behind(as, at.v);
	is_in = i < as->vmmio_count && as->vmmio[i].at <= at.v;
	spin_unlock(&as->vmmio_lock);
	return is_in;
}

const struct obj_ops addrspace_ops = {
	.name = "addrspace",
	.size = sizeof(struct addrspace),
	.rights = ADDRSPACE_MAY_ATTACH | ADDRSPACE_MAY_MAP |
	          ADDRSPACE_MAY_LOOKUP | ADDRSPACE_MAY_ADD_VMMIO |
	          OBJ_MAY_ACTIVATE,
	.init = init_addrspace,
	.activate = activate_addrspace,
	.is_quiet = addrspace_is_quiet,
	.destroy = destroy_addrspace,
};
