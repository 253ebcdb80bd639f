/* SPDX-License-Identifier: BSD-2-Clause */
/* vm/memextent: ranges of gigabytes, and one larger than an IPA space. */
#include "greatest.h"

#include "heap.h"
#include "memextent_rig.h"

#define RW     6u
#define RO     4u
#define BOTH   0x11u     /* times rights: of EL0 and of EL1 */
#define DEVICE (1u << 8) /* of an extent's attributes */

/* Registers have no contents: it is quickly made, and quickly gone. */
static struct memextent *take_far(uint64_t size)
{
	struct memextent *me = (struct memextent *)rig_make(OBJ_MEMEXTENT);

	if (memextent_configure(me, FAR_BASE, size, RW | DEVICE | SPARSE) !=
	            ERR_OK ||
	    object_activate(&me->obj) != ERR_OK ||
	    memextent_donate(TO_CHILD, NULL, me, FAR_BASE, size) != ERR_OK) {
		return NULL;
	}
	return me;
}

static void give_far(struct memextent *me)
{
	while (memextent_unmap_all(me) == ERR_RESTART) {
	}
	/* At once, where EL2 goes by pieces. */
	owner_apply(pa(FAR_BASE), me->size, OWNER_SCRUB, me->number,
	            me->number);
	rig_drop(me);
}

static struct map_request whole(struct memextent *me, uint64_t rights)
{
	return (struct map_request){ .as = rig.vm1,
		                     .me = me,
		                     .attrs = rights * BOTH };
}

/*
 * What the first piece makes equal to the rest is not made one block with it,
 * which the second piece would have to split again.
 */
TEST rights_change_wholly_when_memory_is_out_behind_the_first_piece(void)
{
	struct memextent *me = take_far(BLOCK1_SIZE);
	struct map_request all = whole(me, RW);
	struct map_request page = whole(me, RO);
	struct stage2_entry entry;
	uint32_t mark = 0;
	uint32_t tables;
	enum err err;

	ASSERT(me != NULL);
	ASSERT_EQ(ERR_OK, rig_map_all(&all));
	tables = rig.vm1->vm->s2.table_pages;
	/* One page of the first block: that makes a piece of its entries. */
	page.ipa = PAGE_SIZE;
	page.flags = MAP_FLAG_PARTIAL;
	page.offset = PAGE_SIZE;
	page.size = PAGE_SIZE;
	ASSERT_EQ(ERR_OK, rig_protect_all(&page));
	ASSERT_EQ_FMT(tables + 2, rig.vm1->vm->s2.table_pages, "%u");
	ASSERT_EQ(ERR_RESTART, memextent_update_access(&all, &mark));
	ASSERT_NEQ(0u, mark);
	heap_fail_after(0);
	do {
		err = memextent_update_access(&all, &mark);
	} while (err == ERR_RESTART);
	ASSERT_FALSE(heap_has_failed());
	heap_fail_after(-1);
	ASSERT_EQ(ERR_OK, err);
	ASSERT(stage2_lookup(&rig.vm1->vm->s2, ipa(PAGE_SIZE), &entry));
	ASSERT_EQ_FMT(S2_R | S2_W, entry.attr & S2_PERM, "%x");
	/* In the end it is one block as before. */
	ASSERT_EQ_FMT(tables, rig.vm1->vm->s2.table_pages, "%u");
	give_far(me);
	ASSERT(rig_all_gone());
	PASS();
}

/* As far as a call can come at all, it knows how far it has come. */
TEST a_mapping_that_fills_the_ipa_space_and_goes_on_is_undone(void)
{
	struct memextent *me = take_far(FAR_SIZE);
	struct map_request all = whole(me, RW);

	ASSERT(me != NULL);
	ASSERT_EQ(ERR_ADDR, rig_map_all(&all));
	ASSERT_EQ(0, rig_seen(rig.vm1, 0));
	ASSERT_EQ(0, rig_seen(rig.vm1, (1ull << 40) - PAGE_SIZE));
	/* All that fits. */
	all.flags = MAP_FLAG_PARTIAL;
	all.size = 1ull << 40;
	ASSERT_EQ(ERR_OK, rig_map_all(&all));
	ASSERT_EQ_FMT((size_t)(FAR_BASE + (1ull << 40) - PAGE_SIZE),
	              (size_t)rig_seen(rig.vm1, (1ull << 40) - PAGE_SIZE),
	              "%zx");
	give_far(me);
	ASSERT(rig_all_gone());
	PASS();
}

/* Nobody else has a turn while it counts, so it does not count for long. */
TEST a_look_at_many_single_pages_ends_before_they_do(void)
{
	struct memextent *me = take_far(BLOCK1_SIZE);
	struct map_request all = whole(me, RW);
	struct map_found found;
	uint64_t seen = 0;
	unsigned looks = 0;

	ASSERT(me != NULL);
	all.ipa = PAGE_SIZE; /* never a block */
	ASSERT_EQ(ERR_OK, rig_map_all(&all));
	for (; seen < BLOCK1_SIZE; seen += found.size) {
		ASSERT_EQ(ERR_OK,
		          memextent_look_up(rig.vm1, me, PAGE_SIZE + seen,
		                            BLOCK1_SIZE - seen, &found));
		ASSERT_EQ_FMT((size_t)seen, (size_t)found.offset, "%zx");
		looks++;
	}
	ASSERT_EQ_FMT(8u, looks, "%u");
	give_far(me);
	ASSERT(rig_all_gone());
	PASS();
}

SUITE(memextents_far_away)
{
	SET_SETUP(rig_set_up, NULL);
	RUN_TEST(
		rights_change_wholly_when_memory_is_out_behind_the_first_piece);
	RUN_TEST(a_mapping_that_fills_the_ipa_space_and_goes_on_is_undone);
	RUN_TEST(a_look_at_many_single_pages_ends_before_they_do);
}
