/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm/memextent and vm/memmap on the real stage-2 tables and the real page
 * ownership: what each call promises.
 */
#include "greatest.h"

#include "heap.h"
#include "memextent_rig.h"
#include "obj/partition.h"

TEST a_derived_extent_takes_its_pages_from_the_parents_mappings(void)
{
	struct memextent *child;

	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm1, 0));
	ASSERT_EQ(RAM_BASE + 0x5000, rig_seen(rig.vm1, 0x5000));
	child = rig_derive(rig.pool, 0x4000, 0x3000, RWX);
	ASSERT_EQ(0, rig_seen(rig.vm1, 0x4000));
	ASSERT_EQ(0, rig_seen(rig.vm1, 0x6000));
	ASSERT_EQ(RAM_BASE + 0x3000, rig_seen(rig.vm1, 0x3000));
	ASSERT_EQ(RAM_BASE + 0x7000, rig_seen(rig.vm1, 0x7000));
	ASSERT_EQ(OWNER_LENT, rig_state_of(RAM_BASE + 0x4000));
	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm2, 0x80000000));
	ASSERT_EQ(RAM_BASE + 0x4000, rig_seen(rig.vm2, 0x80000000));
	rig_drop(child);
	ASSERT_EQ(0, rig_seen(rig.vm2, 0x80000000));
	ASSERT_EQ(OWNER_OWNED, rig_state_of(RAM_BASE + 0x4000));
	ASSERT(rig_all_gone());
	PASS();
}

TEST c221_pages_come_back_zeroed_and_are_lent_as_they_are(void)
{
	struct memextent *child = rig_derive(rig.pool, 0x200000, 0x200000, RWX);

	ASSERT_EQ(0, rig.zeroed[0x200]);
	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm2, 0));
	rig_drop(child);
	for (unsigned i = 0x200; i < 0x400; i++) {
		ASSERT_EQ(1, rig.zeroed[i]);
	}
	ASSERT_EQ(0, rig.zeroed[0x1ff]);
	ASSERT_EQ(0, rig.zeroed[0x400]);
	ASSERT(rig_all_gone());
	PASS();
}

TEST c217_memory_that_is_not_yours_is_refused(void)
{
	struct memextent *me = (struct memextent *)rig_make(OBJ_MEMEXTENT);
	struct memextent *child = rig_derive(rig.pool, 0x1000, 0x1000, RWX);

	/* Claimed by the pool already. */
	ASSERT_EQ(ERR_OK, memextent_configure(me, RAM_BASE, PAGE_SIZE, RWX));
	ASSERT_EQ(ERR_NOT_OWNER, object_activate(&me->obj));
	/* Not RAM at all. */
	ASSERT_EQ(ERR_OK, memextent_configure(me, 0x9000000, PAGE_SIZE, RWX));
	ASSERT_EQ(ERR_NOT_OWNER, object_activate(&me->obj));
	/* Lent to somebody else already. */
	ASSERT_EQ(ERR_OK,
	          memextent_configure_derived(me, rig.pool, 0, 0x2000, RWX));
	ASSERT_EQ(ERR_NOT_OWNER, object_activate(&me->obj));
	ASSERT_EQ(ERR_NOT_OWNER, rig_map_part(rig.pool, rig.vm1, 0, 0, 0x2000));
	ASSERT_EQ(ERR_NOT_OWNER,
	          rig_map_part(rig.pool, rig.vm1, 0, 0x1000, 0x1000));
	rig_drop(me);
	rig_drop(child);
	ASSERT(rig_all_gone());
	PASS();
}

TEST c218_unaligned_empty_and_overflowing_ranges_are_refused(void)
{
	struct memextent *me = (struct memextent *)rig_make(OBJ_MEMEXTENT);

	ASSERT_EQ(ERR_CONFIG, object_activate(&me->obj));
	ASSERT_EQ(ERR_ALIGN, memextent_configure(me, RAM_BASE + 1, 4096, 7));
	ASSERT_EQ(ERR_ALIGN, memextent_configure(me, RAM_BASE, 4095, 7));
	ASSERT_EQ(ERR_INVAL, memextent_configure(me, RAM_BASE, 0, 7));
	ASSERT_EQ(ERR_INVAL, memextent_configure(me, -4096ull, 8192, 7));
	ASSERT_EQ(ERR_INVAL, memextent_configure(me, RAM_BASE, 4096, 8));
	ASSERT_EQ(ERR_INVAL,
	          memextent_configure(me, RAM_BASE, 4096, 2ull << 16));
	ASSERT_EQ(ERR_INVAL,
	          memextent_configure(me, RAM_BASE, 4096, 1ull << 63));
	ASSERT_EQ(ERR_INVAL, memextent_configure_derived(me, rig.pool, RAM_SIZE,
	                                                 4096, RWX));
	ASSERT_EQ(ERR_INVAL, memextent_configure_derived(me, rig.pool, -4096ull,
	                                                 8192, RWX));
	ASSERT_EQ(ERR_ALIGN, rig_map(rig.pool, rig.vm1, 0x800));
	ASSERT_EQ(ERR_OVERFLOW, rig_map(rig.pool, rig.vm1, -4096ull));
	ASSERT_EQ(ERR_ADDR, rig_map(rig.pool, rig.vm1, 1ull << 40));
	ASSERT_EQ(ERR_INVAL, rig_map_part(rig.pool, rig.vm1, 0, 0, 0));
	ASSERT_EQ(ERR_INVAL,
	          rig_map_part(rig.pool, rig.vm1, 0, RAM_SIZE, 4096));
	ASSERT_EQ(ERR_INVAL,
	          rig_map_part(rig.pool, rig.vm1, 0, 4096, -4096ull));
	ASSERT_EQ(ERR_ALIGN, rig_map_part(rig.pool, rig.vm1, 0, 1, 4096));
	ASSERT_EQ(ERR_SIZE, memextent_donate(TO_CHILD, rig.pool, rig.pool, 0,
	                                     0) == ERR_INVAL
	                            ? ERR_SIZE
	                            : ERR_OK);
	rig_drop(me);
	ASSERT(rig_all_gone());
	PASS();
}

TEST c220_a_mapping_has_no_more_rights_than_its_extent(void)
{
	struct memextent *ro = rig_derive(rig.pool, 0, 0x4000, ACCESS_R);
	struct map_request req = { .as = rig.vm1, .me = ro };
	struct memextent *more = (struct memextent *)rig_make(OBJ_MEMEXTENT);
	struct map_found found;

	req.attrs = ALL_RWX;
	ASSERT_EQ(ERR_INVAL, rig_map_all(&req));
	req.attrs = ACCESS_R | ACCESS_R << 4 | 0xf0000;
	ASSERT_EQ(ERR_OK, rig_map_all(&req));
	req.attrs = 6 | 6 << 4;
	ASSERT_EQ(ERR_INVAL, rig_protect_all(&req));
	req.attrs = 0;
	ASSERT_EQ(ERR_OK, rig_protect_all(&req));
	ASSERT_EQ(ERR_OK, memextent_look_up(rig.vm1, ro, 0, 0x10000, &found));
	ASSERT_EQ_FMT((size_t)0xf0000, (size_t)found.attrs, "%zx");
	ASSERT_EQ_FMT((size_t)0x4000, (size_t)found.size, "%zx");
	req.attrs = 4;
	ASSERT_EQ(ERR_INVAL, rig_protect_all(&req)); /* EL0 alone */
	req.attrs = 8;
	ASSERT_EQ(ERR_INVAL, rig_protect_all(&req));
	ASSERT_EQ(ERR_INVAL,
	          memextent_configure_derived(more, ro, 0, 4096, RWX));
	rig_drop(more);
	rig_drop(ro);
	ASSERT(rig_all_gone());
	PASS();
}

TEST memory_types_are_what_the_extent_allows(void)
{
	struct memextent *dev = rig_derive(rig.pool, 0, 0x1000, 6 | 1 << 8);
	struct memextent *nc = rig_derive(rig.pool, 0x1000, 0x1000, 6 | 2 << 8);
	struct map_request req = { .as = rig.vm1, .me = dev, .ipa = 0x1000 };
	struct map_found found;

	req.attrs = 0x66 | 0xf0000;
	ASSERT_EQ(ERR_DENIED, rig_map_all(&req));
	req.attrs = 0x66 | 0x10000;
	ASSERT_EQ(ERR_OK, rig_map_all(&req));
	req.me = nc;
	req.ipa = 0x2000;
	req.attrs = 0x66 | 0xf0000; /* forced to be uncached */
	ASSERT_EQ(ERR_OK, rig_map_all(&req));
	ASSERT_EQ(ERR_OK, memextent_look_up(rig.vm1, nc, 0x2000, 4096, &found));
	ASSERT_EQ_FMT((size_t)0x50066, (size_t)found.attrs, "%zx");
	req.attrs = 0x66 | 0x70000;
	ASSERT_EQ(ERR_INVAL, rig_map_all(&req));
	rig_drop(dev);
	rig_drop(nc);
	ASSERT(rig_all_gone());
	PASS();
}

TEST c212_shared_pages_are_the_same_pages(void)
{
	struct map_found found;

	ASSERT_EQ(ERR_OK,
	          rig_map_part(rig.pool, rig.vm1, 0x1000, 0x1000, 0x2000));
	ASSERT_EQ(OWNER_OWNED, rig_state_of(RAM_BASE + 0x1000));
	ASSERT_EQ(ERR_OK,
	          rig_map_part(rig.pool, rig.vm2, 0x9000, 0x2000, 0x2000));
	ASSERT_EQ(OWNER_SHARED, rig_state_of(RAM_BASE + 0x2000));
	ASSERT_EQ(OWNER_OWNED, rig_state_of(RAM_BASE + 0x1000));
	ASSERT_EQ(rig_seen(rig.vm1, 0x2000), rig_seen(rig.vm2, 0x9000));
	ASSERT_EQ(ERR_OK,
	          memextent_look_up(rig.vm2, rig.pool, 0x9000, 0x9000, &found));
	ASSERT_EQ_FMT((size_t)0x2000, (size_t)found.offset, "%zx");
	ASSERT_EQ_FMT((size_t)0x2000, (size_t)found.size, "%zx");
	ASSERT_EQ_FMT((size_t)ALL_RWX, (size_t)found.attrs, "%zx");
	ASSERT_EQ(ERR_ADDR,
	          memextent_look_up(rig.vm2, rig.pool, 0xb000, 0x1000, &found));
	ASSERT_EQ(ERR_EXISTS,
	          rig_map_part(rig.pool, rig.vm2, 0xa000, 0, 0x1000));
	ASSERT_EQ(ERR_OK,
	          rig_unmap_part(rig.pool, rig.vm1, 0x2000, 0x2000, 0x1000));
	ASSERT_EQ(OWNER_OWNED, rig_state_of(RAM_BASE + 0x2000));
	ASSERT_EQ(ERR_INVAL,
	          rig_unmap_part(rig.pool, rig.vm1, 0x2000, 0x2000, 0x1000));
	ASSERT_EQ(ERR_INVAL,
	          rig_unmap_part(rig.pool, rig.vm1, 0x3000, 0x2000, 0x1000));
	ASSERT(rig_all_gone());
	PASS();
}

TEST a_lender_cannot_see_what_it_lent(void)
{
	struct memextent *child =
		rig_derive(rig.pool, 0, 0x10000, RWX | SPARSE);
	struct map_found found;

	ASSERT_EQ(ERR_NOT_OWNER,
	          rig_map(child, rig.vm2, 0)); /* has nothing yet */
	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm1, 0));
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_CHILD, rig.pool, child, 0x2000, 0x3000));
	ASSERT_EQ(0, rig_seen(rig.vm1, 0x2000));
	ASSERT_EQ(0, rig_seen(rig.vm1, 0x4000));
	ASSERT_EQ(RAM_BASE + 0x5000, rig_seen(rig.vm1, 0x5000));
	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm2, 0));
	ASSERT_EQ(RAM_BASE + 0x4000, rig_seen(rig.vm2, 0x4000));
	ASSERT_EQ(0, rig_seen(rig.vm2, 0x5000));
	ASSERT_EQ(ERR_NOT_OWNER,
	          memextent_look_up(rig.vm2, rig.pool, 0x4000, 0x1000, &found));
	ASSERT_EQ(ERR_NOT_OWNER,
	          memextent_donate(TO_PARENT, child, rig.pool, 0x1000, 0x2000));
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_PARENT, child, rig.pool, 0x2000, 0x1000));
	ASSERT_EQ(0, rig_seen(rig.vm2, 0x2000));
	ASSERT_EQ(1, rig.zeroed[2]);
	ASSERT_EQ(0, rig.zeroed[3]);
	rig_drop(child);
	ASSERT_EQ(1, rig.zeroed[3]);
	ASSERT(rig_all_gone());
	PASS();
}

TEST donations_follow_the_family_tree(void)
{
	struct memextent *a = rig_derive(rig.pool, 0, 0x10000, RWX | SPARSE);
	struct memextent *b =
		rig_derive(rig.pool, 0x8000, 0x10000, RWX | SPARSE);
	struct memextent *basic = rig_derive(rig.pool, 0x40000, 0x1000, RWX);
	struct memextent *grand = rig_derive(a, 0, 0x1000, RWX | SPARSE);

	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_CHILD, a, b, 0x8000, 0x1000));
	ASSERT_EQ(ERR_EXTENT_TYPE,
	          memextent_donate(TO_CHILD, rig.pool, basic, 0x40000, 0x1000));
	ASSERT_EQ(ERR_INVAL,
	          memextent_donate(TO_PARENT, grand, rig.pool, 0, 4096));
	ASSERT_EQ(ERR_INVAL,
	          memextent_donate(TO_CHILD, rig.pool, grand, 0, 4096));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_SIBLING, a, a, 0, 4096));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_SIBLING, a, grand, 0, 4096));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, rig.pool, a, 0, 0x10000));
	ASSERT_EQ(ERR_OK, rig_map(a, rig.vm1, 0));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_SIBLING, a, b, 0, 0x1000));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_SIBLING, a, b, 0x8000, 0x1000));
	ASSERT_EQ(1, rig.zeroed[8]);
	ASSERT_EQ(ERR_OK, rig_map(b, rig.vm2, 0));
	ASSERT_EQ(RAM_BASE + 0x8000, rig_seen(rig.vm2, 0));
	ASSERT_EQ(0, rig_seen(rig.vm2, 0x1000));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, a, grand, 0, 0x1000));
	ASSERT_EQ(OWNER_LENT, rig_state_of(RAM_BASE));
	rig_drop(grand); /* back to a, which has borrowed it itself */
	ASSERT_EQ(OWNER_LENT, rig_state_of(RAM_BASE));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_PARENT, a, rig.pool, 0, 0x1000));
	ASSERT_EQ(OWNER_OWNED, rig_state_of(RAM_BASE));
	rig_drop(a);
	rig_drop(b);
	rig_drop(basic);
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_PARENT, rig.pool, NULL, 0x2000, 0x1000));
	ASSERT_EQ(OWNER_FREE, rig_state_of(RAM_BASE + 0x2000));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, NULL, rig.pool,
	                                   RAM_BASE + 0x2000, 0x1000));
	ASSERT(rig_all_gone());
	PASS();
}

TEST c226_a_parent_outlives_its_children(void)
{
	struct memextent *child = rig_derive(rig.pool, 0, 0x200000, RWX);

	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm2, 0));
	object_put(&rig.pool->obj);
	object_reap();
	ASSERT_EQ(2, object_count(OBJ_MEMEXTENT));
	ASSERT_EQ(RAM_BASE, rig_seen(rig.vm2, 0));
	object_get(&rig.pool->obj); /* all_gone drops it */
	rig_drop(child);
	ASSERT(rig_all_gone());
	PASS();
}

TEST a_dead_address_space_takes_its_mappings_along(void)
{
	struct memextent *child = rig_derive(rig.pool, 0, 0x400000, RWX);

	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm2, 0));
	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm1, 0x1000));
	ASSERT_EQ(OWNER_LENT_SHARED, rig_state_of(RAM_BASE));
	object_put(&rig.vm2->obj);
	object_reap();
	ASSERT_EQ(1, rig.vms);
	ASSERT_EQ(OWNER_LENT, rig_state_of(RAM_BASE));
	rig.vm2 = rig_make_space(2);
	rig_drop(child);
	ASSERT(rig_all_gone());
	PASS();
}

/*
 * What was mapped once and then taken out in parts has a neighbour inside its
 * old bounds: that one's block is not split, which would need quota.
 */
TEST a_neighbours_block_costs_nothing_when_an_extent_dies(void)
{
	struct memextent *kid =
		rig_derive(rig.pool, 0x500000, 0x200000, RWX | SPARSE);
	uint64_t left;

	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, rig.pool, kid, 0x500000,
	                                   0x200000));
	ASSERT_EQ(ERR_OK, rig_map(kid, rig.vm1, 0x300000));
	ASSERT_EQ(ERR_OK, rig_unmap_part(kid, rig.vm1, 0x300000, 0, 0x1ff000));
	ASSERT_EQ(ERR_OK, rig_map_part(rig.pool, rig.vm1, 0x200000, 0x200000,
	                               0x200000));
	left = root_partition.limit - root_partition.used;
	ASSERT_EQ(ERR_OK, partition_charge(&root_partition, left));
	rig_drop(kid);
	partition_uncharge(&root_partition, left);
	ASSERT_EQ(RAM_BASE + 0x200000, rig_seen(rig.vm1, 0x200000));
	ASSERT(rig_all_gone());
	PASS();
}

/*
 * One derived from the first is mapped in the hole it has left, alike: no block
 * is made of both, for when it goes nobody would pay for the table.
 */
TEST a_block_is_not_made_of_two_extents_pages(void)
{
	struct memextent *child;
	uint64_t left;

	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm1, 0));
	child = rig_derive(rig.pool, 0x205000, PAGE_SIZE, RWX);
	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm1, 0x205000));
	ASSERT_EQ(ERR_OK, rig_protect(rig.pool, rig.vm1, 0, 0x77));
	left = root_partition.limit - root_partition.used;
	ASSERT_EQ(ERR_OK, partition_charge(&root_partition, left));
	rig_drop(child);
	partition_uncharge(&root_partition, left);
	ASSERT_EQ(0, rig_seen(rig.vm1, 0x205000));
	ASSERT_EQ(RAM_BASE + 0x206000, rig_seen(rig.vm1, 0x206000));
	ASSERT_EQ(rig.vm1->charged_pages, rig.vm1->vm->s2.table_pages);
	ASSERT(rig_all_gone());
	PASS();
}

TEST a_page_has_four_places_and_not_five(void)
{
	for (uint64_t i = 0; i < OWNER_MAPS_MAX; i++) {
		ASSERT_EQ(ERR_OK, rig_map(rig.pool, i % 2 ? rig.vm1 : rig.vm2,
		                          i << 30));
	}
	ASSERT_EQ(ERR_MAPPINGS_FULL, rig_map(rig.pool, rig.vm1, 10ull << 30));
	ASSERT_EQ(ERR_EXISTS, rig_map(rig.pool, rig.vm1, 1ull << 30));
	ASSERT_EQ(ERR_OK, memextent_unmap_all(rig.pool));
	ASSERT_EQ(0, rig_seen(rig.vm1, 1ull << 30));
	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm1, 10ull << 30));
	ASSERT(rig_all_gone());
	PASS();
}

/* Each page of an extent at a place of its own, all below one table. */
static enum err map_page(uint64_t i)
{
	return rig_map_part(rig.pool, i % 2 ? rig.vm1 : rig.vm2,
	                    2 * i * PAGE_SIZE, i * PAGE_SIZE, PAGE_SIZE);
}

static enum err unmap_page(uint64_t i)
{
	return rig_unmap_part(rig.pool, i % 2 ? rig.vm1 : rig.vm2,
	                      2 * i * PAGE_SIZE, i * PAGE_SIZE, PAGE_SIZE);
}

static bool sees_page(uint64_t i)
{
	return rig_seen(i % 2 ? rig.vm1 : rig.vm2, 2 * i * PAGE_SIZE) ==
	       RAM_BASE + i * PAGE_SIZE;
}

TEST an_extent_has_many_places(void)
{
	struct memextent *child;

	for (uint64_t i = 0; i < MEMEXTENT_MAPS_MAX; i++) {
		ASSERT_EQ(ERR_OK, map_page(i));
	}
	ASSERT_EQ(ERR_MAPPINGS_FULL, map_page(MEMEXTENT_MAPS_MAX));
	for (uint64_t i = 0; i < MEMEXTENT_MAPS_MAX; i++) {
		ASSERT(sees_page(i));
		ASSERT_EQ(ERR_EXISTS, map_page(i));
	}
	/* Behind a page that is there already is no other place. */
	ASSERT_EQ(ERR_OK, rig_map_part(rig.pool, rig.vm2, PAGE_SIZE, PAGE_SIZE,
	                               PAGE_SIZE));
	ASSERT_EQ(ERR_OK, unmap_page(7));
	ASSERT_EQ(ERR_OK, map_page(MEMEXTENT_MAPS_MAX));
	ASSERT_EQ(ERR_MAPPINGS_FULL, map_page(7));
	ASSERT(rig_audit());
	/* Pages that leave the extent leave all its places. */
	child = rig_derive(rig.pool, 0, 64 * PAGE_SIZE, RWX);
	ASSERT(child != NULL);
	ASSERT_FALSE(sees_page(0));
	ASSERT_FALSE(sees_page(63));
	ASSERT(sees_page(64));
	ASSERT(rig_audit());
	ASSERT(rig_drop(child));
	ASSERT(rig_all_gone());
	PASS();
}

TEST more_places_cost_memory_while_they_are_used(void)
{
	uint64_t used, left;

	for (uint64_t i = 0; i < MEMEXTENT_MAPS_NEAR; i++) {
		ASSERT_EQ(ERR_OK, map_page(i));
	}
	used = root_partition.used;
	left = root_partition.limit - used;
	ASSERT_EQ(ERR_OK, partition_charge(&root_partition, left));
	ASSERT_EQ(ERR_NOMEM, map_page(MEMEXTENT_MAPS_NEAR));
	ASSERT(sees_page(MEMEXTENT_MAPS_NEAR - 1));
	partition_uncharge(&root_partition, left);
	for (uint64_t i = MEMEXTENT_MAPS_NEAR; i < MEMEXTENT_MAPS_MAX; i++) {
		ASSERT_EQ(ERR_OK, map_page(i));
	}
	ASSERT_EQ(used + PAGE_SIZE, root_partition.used);
	/* One that could not be mapped takes none. */
	ASSERT_EQ(ERR_OK, unmap_page(9));
	ASSERT_EQ(ERR_EXISTS,
	          rig_map_part(rig.pool, rig.vm2, 0, 9 * PAGE_SIZE, PAGE_SIZE));
	ASSERT_EQ(ERR_OK, map_page(9));
	for (uint64_t i = MEMEXTENT_MAPS_NEAR; i < MEMEXTENT_MAPS_MAX; i++) {
		ASSERT_EQ(used + PAGE_SIZE, root_partition.used);
		ASSERT_EQ(ERR_OK, unmap_page(i));
	}
	ASSERT_EQ(used, root_partition.used);
	/* All at once, and when the address space dies. */
	ASSERT_EQ(ERR_OK, map_page(MEMEXTENT_MAPS_NEAR));
	ASSERT_EQ(ERR_OK, memextent_unmap_all(rig.pool));
	ASSERT_EQ(NULL, rig.pool->more);
	for (uint64_t i = 0; i <= MEMEXTENT_MAPS_NEAR; i++) {
		ASSERT_EQ(ERR_OK, map_page(i));
	}
	ASSERT(rig.pool->more != NULL);
	ASSERT(rig_all_gone());
	PASS();
}

TEST vmmio_ranges_do_not_overlap_and_are_removed_as_they_were_added(void)
{
	ASSERT_EQ(ERR_OK, addrspace_add_vmmio(rig.vm1, 0xa000000, 0x200));
	ASSERT_EQ(ERR_OK, addrspace_add_vmmio(rig.vm1, 0xa000400, 0x200));
	ASSERT_EQ(ERR_OK, addrspace_add_vmmio(rig.vm1, 0xa000200, 0x200));
	ASSERT_EQ(ERR_INVAL, addrspace_add_vmmio(rig.vm1, 0xa0001ff, 1));
	ASSERT_EQ(ERR_INVAL,
	          addrspace_add_vmmio(rig.vm1, 0x9000000, 0x1000001));
	ASSERT_EQ(ERR_OVERFLOW, addrspace_add_vmmio(rig.vm1, -1ull, 2));
	ASSERT_EQ(ERR_ADDR, addrspace_add_vmmio(rig.vm1, 1ull << 40, 1));
	ASSERT_EQ(ERR_INVAL, addrspace_add_vmmio(rig.vm1, 0, 0));
	ASSERT(addrspace_is_vmmio(rig.vm1, ipa(0xa0005ff)));
	ASSERT_FALSE(addrspace_is_vmmio(rig.vm1, ipa(0xa000600)));
	ASSERT_FALSE(addrspace_is_vmmio(rig.vm1, ipa(0x9ffffff)));
	ASSERT_EQ(ERR_INVAL, addrspace_remove_vmmio(rig.vm1, 0xa000200, 0x100));
	ASSERT_EQ(ERR_OK, addrspace_remove_vmmio(rig.vm1, 0xa000200, 0x200));
	ASSERT_FALSE(addrspace_is_vmmio(rig.vm1, ipa(0xa000200)));
	ASSERT(addrspace_is_vmmio(rig.vm1, ipa(0xa000400)));
	for (unsigned i = 2; i < ADDRSPACE_VMMIO_MAX; i++) {
		ASSERT_EQ(ERR_OK, addrspace_add_vmmio(rig.vm1, i * 16, 8));
	}
	ASSERT_EQ(ERR_NORESOURCES, addrspace_add_vmmio(rig.vm1, 0, 1));
	ASSERT(rig_all_gone());
	PASS();
}

SUITE(memextents)
{
	SET_SETUP(rig_set_up, NULL);
	RUN_TEST(a_derived_extent_takes_its_pages_from_the_parents_mappings);
	RUN_TEST(c221_pages_come_back_zeroed_and_are_lent_as_they_are);
	RUN_TEST(c217_memory_that_is_not_yours_is_refused);
	RUN_TEST(c218_unaligned_empty_and_overflowing_ranges_are_refused);
	RUN_TEST(c220_a_mapping_has_no_more_rights_than_its_extent);
	RUN_TEST(memory_types_are_what_the_extent_allows);
	RUN_TEST(c212_shared_pages_are_the_same_pages);
	RUN_TEST(a_lender_cannot_see_what_it_lent);
	RUN_TEST(donations_follow_the_family_tree);
	RUN_TEST(c226_a_parent_outlives_its_children);
	RUN_TEST(a_dead_address_space_takes_its_mappings_along);
	RUN_TEST(a_neighbours_block_costs_nothing_when_an_extent_dies);
	RUN_TEST(a_block_is_not_made_of_two_extents_pages);
	RUN_TEST(a_page_has_four_places_and_not_five);
	RUN_TEST(an_extent_has_many_places);
	RUN_TEST(more_places_cost_memory_while_they_are_used);
	RUN_TEST(
		vmmio_ranges_do_not_overlap_and_are_removed_as_they_were_added);
}

SUITE_EXTERN(memextents_far_away);      /* memextent_far.c */
SUITE_EXTERN(memextents_at_length);     /* memextent_long.c */
SUITE_EXTERN(memextents_out_of_memory); /* memextent_short.c */

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(memextents);
	RUN_SUITE(memextents_far_away);
	RUN_SUITE(memextents_at_length);
	RUN_SUITE(memextents_out_of_memory);
	GREATEST_MAIN_END();
}
