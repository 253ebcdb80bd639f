/* SPDX-License-Identifier: BSD-2-Clause */
/* vm/memextent: memory that runs out at every step changes nothing. */
#include "greatest.h"

#include "heap.h"
#include "memextent_rig.h"
#include "obj/partition.h"

/* One operation of the table below, on the state that prepare made. */
static struct memextent *kid;

static enum err op_map(void)
{
	return rig_map(kid, rig.vm2, 0x7000);
}

static enum err op_map_part(void)
{
	return rig_map_part(rig.pool, rig.vm2, 0x41000, 0x401000, 0x300000);
}

static enum err op_unmap_part(void)
{
	return rig_unmap_part(rig.pool, rig.vm1, 0x601000, 0x601000, 0x1000);
}

static enum err op_protect_part(void)
{
	struct map_request req = { .as = rig.vm1,
		                   .me = rig.pool,
		                   .ipa = 0x601000,
		                   .attrs = 0x44,
		                   .flags = MAP_FLAG_PARTIAL,
		                   .offset = 0x601000,
		                   .size = 0x400000 };

	return rig_protect_all(&req);
}

static enum err op_derive(void)
{
	struct object *obj;
	enum err err = object_create(OBJ_MEMEXTENT, &root_partition, &obj);

	if (err != ERR_OK) {
		return err;
	}
	err = memextent_configure_derived((struct memextent *)obj, rig.pool,
	                                  0x801000, 0x200000, RWX);
	if (err == ERR_OK) {
		err = object_activate(obj);
	}
	object_put(obj);
	object_reap();
	return err;
}

static enum err op_donate(void)
{
	return memextent_donate(TO_CHILD, rig.pool, kid, 0x203000, 0x1000);
}

static enum err op_create(void)
{
	struct object *obj;
	enum err err = object_create(OBJ_ADDRSPACE, &root_partition, &obj);

	if (err == ERR_OK) {
		err = addrspace_configure((struct addrspace *)obj, 9);
		if (err == ERR_OK) {
			err = object_activate(obj);
		}
		object_put(obj);
		object_reap();
	}
	return err;
}

static enum err op_vmmio(void)
{
	return addrspace_add_vmmio(rig.vm1, 0x1000, 0x1000);
}

static const struct {
	const char *name;
	enum err (*run)(void);
} operations[] = {
	{ "map", op_map },
	{ "map a part", op_map_part },
	{ "unmap a part", op_unmap_part },
	{ "update a part", op_protect_part },
	{ "derive and activate", op_derive },
	{ "donate", op_donate },
	{ "create an address space", op_create },
	{ "add a vmmio range", op_vmmio },
};

/*
 * What must not change when an operation fails.  A block that was split for it
 * stays split, which a VM cannot see: those tables are left out.
 */
static uint64_t fingerprint(void)
{
	uint64_t tables = (uint64_t)PAGE_SIZE * (rig.vm1->vm->s2.table_pages +
	                                         rig.vm2->vm->s2.table_pages);
	uint64_t sum =
		(root_partition.used - tables) * 31 + heap_bytes() - tables;

	for (uint64_t off = 0; off < RAM_SIZE; off += PAGE_SIZE) {
		uint64_t run;
		struct owner_page page =
			owner_look(pa(RAM_BASE + off), PAGE_SIZE, &run);

		sum = sum * 1000003 + page.state * 64 + page.maps * 8 +
		      page.is_dirty + page.holder * 1024u;
		sum = sum * 1000003 + rig_seen(rig.vm1, off);
		sum = sum * 1000003 + rig_seen(rig.vm2, off);
	}
	return sum;
}

TEST c275_memory_running_out_at_any_step_changes_nothing(int which)
{
	struct memextent *basic;
	unsigned failures = 0;

	ASSERT_EQ(ERR_OK, rig_map_part(rig.pool, rig.vm1, 0, 0, RAM_SIZE));
	kid = rig_derive(rig.pool, 0, 0x400000, RWX | SPARSE);
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_CHILD, rig.pool, kid, 0x5000, 0x9000));
	basic = rig_derive(rig.pool, 0xc00000, 0x200000, RWX);
	for (int n = 0;; n++) {
		uint64_t before = fingerprint();
		enum err err;

		heap_fail_after(n);
		err = operations[which].run();
		if (!heap_has_failed()) {
			heap_fail_after(-1);
			ASSERT_EQm(operations[which].name, ERR_OK, err);
			break;
		}
		heap_fail_after(-1);
		ASSERTm(operations[which].name,
		        err == ERR_NOMEM || err == ERR_NORESOURCES);
		ASSERTm(operations[which].name, before == fingerprint());
		failures++;
	}
	ASSERTm(operations[which].name, failures > 0);
	rig_drop(kid);
	rig_drop(basic);
	if (rig.vm1->vmmio_count != 0) {
		ASSERT_EQ(ERR_OK,
		          addrspace_remove_vmmio(rig.vm1, 0x1000, 0x1000));
	}
	ASSERT(rig_all_gone());
	PASS();
}

TEST c275_a_spent_quota_changes_nothing(int which)
{
	ASSERT_EQ(ERR_OK, rig_map_part(rig.pool, rig.vm1, 0, 0, RAM_SIZE));
	kid = rig_derive(rig.pool, 0, 0x400000, RWX | SPARSE);
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_CHILD, rig.pool, kid, 0x5000, 0x9000));
	uint64_t before = fingerprint();
	uint64_t left = root_partition.limit - root_partition.used;

	ASSERT_EQ(ERR_OK, partition_charge(&root_partition, left));
	enum err err = operations[which].run();

	partition_uncharge(&root_partition, left);
	/* The donation and the derivation pay with page ownership's leaves,
	 * which are nobody's; whoever succeeds needed no quota. */
	if (err != ERR_OK) {
		ASSERT(err == ERR_NOMEM || err == ERR_NORESOURCES);
		ASSERT(before == fingerprint());
	}
	rig_drop(kid);
	ASSERT(rig_all_gone());
	PASS();
}

/* vmmio ranges */
SUITE(memextents_out_of_memory)
{
	SET_SETUP(rig_set_up, NULL);
	for (int i = 0; i < (int)(sizeof(operations) / sizeof(operations[0]));
	     i++) {
		RUN_TESTp(c275_memory_running_out_at_any_step_changes_nothing,
		          i);
		RUN_TESTp(c275_a_spent_quota_changes_nothing, i);
	}
}
