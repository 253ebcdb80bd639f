/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm/memextent: large and sparse ranges, worked on in pieces, and random use
 * with an audit of tables against ownership.
 */
#include "greatest.h"

#include "heap.h"
#include "memextent_rig.h"
#include "obj/partition.h"

/* Random use, audited. */
#define KIDS 5

static struct memextent *kids[KIDS];

static uint64_t some_pages(uint64_t r, uint64_t max)
{
	uint64_t big = (r & 7) == 0 ? BLOCK2_SIZE : PAGE_SIZE;

	return (1 + (r >> 3) % 5) * big % max;
}

static void play_create(uint64_t r, unsigned i)
{
	struct memextent *parent =
		(r & 1) != 0 && kids[0] != NULL ? kids[0] : rig.pool;
	struct memextent *me = (struct memextent *)rig_make(OBJ_MEMEXTENT);
	uint64_t size = some_pages(r >> 4, parent->size) | PAGE_SIZE;
	uint64_t off = (r >> 20) % (parent->size / PAGE_SIZE) * PAGE_SIZE;

	if ((r & 2) != 0) {
		off &= ~(uint64_t)(BLOCK2_SIZE - 1);
	}
	if (memextent_configure_derived(me, parent, off, size,
	                                RWX | ((r & 4) != 0 ? SPARSE : 0)) !=
	            ERR_OK ||
	    object_activate(&me->obj) != ERR_OK) {
		rig_drop(me);
		return;
	}
	kids[i] = me;
}

/* One piece, that goes on where nobody was. */
static void play_mark(struct memextent *me, struct addrspace *as, uint64_t at,
                      uint32_t r)
{
	struct map_request req = {
		.as = as, .me = me, .ipa = at, .attrs = ALL_RWX
	};
	uint32_t mark = (r & 1) != 0 ? r : (r & 0xe0000fff);

	if ((r & 2) != 0) {
		(void)!memextent_map(&req, &mark);
	} else {
		req.attrs = 0x66;
		(void)!memextent_update_access(&req, &mark);
	}
}

static void play_one(uint64_t r)
{
	unsigned i = (unsigned)(r >> 8) % KIDS;
	struct memextent *me = (r & 0x80) != 0 ? rig.pool : kids[i];
	struct addrspace *as = (r & 0x40) != 0 ? rig.vm1 : rig.vm2;
	uint64_t off = (r >> 16) % (RAM_SIZE / PAGE_SIZE) * PAGE_SIZE;
	uint64_t size = some_pages(r >> 30, RAM_SIZE);
	uint64_t zero = ((r >> 40) % 3 * 0x801) * PAGE_SIZE;

	if (me == NULL) {
		play_create(r >> 16, i);
		return;
	}
	off %= me->size;
	switch (r % 8) {
	case 0:
		if ((r >> 62) == 0) {
			play_mark(me, as, zero, (uint32_t)(r >> 30));
		} else {
			(void)!rig_map(me, as, zero);
		}
		break;
	case 1:
	case 2:
		(void)!rig_map_part(me, as, zero + off, off, size);
		break;
	case 3:
		(void)!rig_unmap_part(me, as, zero + off, off, size);
		break;
	case 4:
		(void)!memextent_donate((enum donation)(r >> 50 & 3) % 3, me,
		                        kids[(r >> 52) % KIDS], off, size);
		break;
	case 5:
		(void)!memextent_donate(TO_PARENT, me, me->parent, off, size);
		if (me == rig.pool) {
			(void)!memextent_donate(TO_CHILD, NULL, rig.pool,
			                        RAM_BASE + off, size);
		}
		break;
	case 6:
		if (me != rig.pool && (r >> 56) % 4 == 0) {
			rig_drop(me);
			kids[i] = NULL;
		}
		break;
	default:
		if ((r >> 56) % 8 == 0) {
			(void)!memextent_unmap_all(me);
		} else {
			(void)!rig_protect(me, as, zero,
			                   (r >> 60) & 1 ? 0x44 : 0x77);
		}
		break;
	}
}

/* Over everything that there could be: what is no RAM takes no time. */
TEST an_extent_may_cover_what_is_not_there(void)
{
	struct memextent *me = (struct memextent *)rig_make(OBJ_MEMEXTENT);
	uint64_t all = 1ull << 48;

	ASSERT_EQ(ERR_INVAL,
	          memextent_configure(me, 0, all + PAGE_SIZE, RWX | SPARSE));
	ASSERT_EQ(ERR_OK, memextent_configure(me, 0, all, RWX | SPARSE));
	ASSERT_EQ(ERR_OK, object_activate(&me->obj));
	ASSERT_EQ(ERR_NOT_OWNER, rig_map(me, rig.vm1, 0));
	/* It gets a page, far from where it begins. */
	ASSERT_EQ(ERR_OK, memextent_donate(TO_PARENT, rig.pool, NULL, 0x5000,
	                                   PAGE_SIZE));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, NULL, me,
	                                   RAM_BASE + 0x5000, PAGE_SIZE));
	ASSERT_EQ(ERR_OK, rig_map(me, rig.vm1, 0));
	ASSERT_EQ(RAM_BASE + 0x5000, rig_seen(rig.vm1, RAM_BASE + 0x5000));
	ASSERT_EQ(ERR_OK, rig_protect(me, rig.vm1, 0, 0x44));
	ASSERT_EQ(ERR_OK, memextent_unmap_all(me));
	ASSERT_EQ(ERR_ADDR, rig_map(me, rig.vm1, 1ull << 40));
	rig_drop(me);
	ASSERT(rig_audit());
	ASSERT(rig_all_gone());
	PASS();
}

/*
 * A sparse one begins and ends inside blocks and has nothing there: that it
 * goes needs no memory, for what is around it need not be told apart.
 */
TEST an_extent_without_pages_dies_when_memory_is_out(void)
{
	struct memextent *thin =
		rig_derive(rig.pool, 0x5000, 0x402000, RWX | SPARSE);
	struct memextent *other;

	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, rig.pool, thin, 0x200000,
	                                   0x200000));
	ASSERT_EQ(ERR_OK, rig_map(thin, rig.vm1, 0x1000));
	heap_fail_after(0);
	ASSERT_EQ(ERR_OK, memextent_unmap_all(thin));
	rig_drop(thin);
	heap_fail_after(-1);
	ASSERT_EQ(OWNER_OWNED, rig_state_of(RAM_BASE + 0x200000));
	/* None at all. */
	other = rig_derive(rig.pool, 0x5000, 0x1000, RWX | SPARSE);
	heap_fail_after(0);
	rig_drop(other);
	ASSERT_EQ(0, heap_has_failed());
	heap_fail_after(-1);
	ASSERT(rig_audit());
	ASSERT(rig_all_gone());
	PASS();
}

/* What lies alike is found as one, whatever entries it is made of. */
TEST a_look_goes_as_far_as_one_extents_pages_lie_alike(void)
{
	struct memextent *child =
		rig_derive(rig.pool, 0x600000, 0x200000, RWX | SPARSE);
	struct map_found found;

	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm1, 0x1000));
	ASSERT_EQ(ERR_OK, memextent_look_up(rig.vm1, rig.pool, 0x6000,
	                                    1ull << 30, &found));
	ASSERT_EQ_FMT((size_t)0x5000, (size_t)found.offset, "%zx");
	ASSERT_EQ_FMT((size_t)(RAM_SIZE - 0x5000), (size_t)found.size, "%zx");
	/* Another's pages between them, mapped as they would be themselves. */
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, rig.pool, child, 0x603000,
	                                   0x4000));
	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm1, 0x601000));
	ASSERT_EQ(ERR_OK, memextent_look_up(rig.vm1, rig.pool, 0x1000, RAM_SIZE,
	                                    &found));
	ASSERT_EQ_FMT((size_t)0x603000, (size_t)found.size, "%zx");
	ASSERT_EQ(ERR_OK, memextent_look_up(rig.vm1, child, 0x605000, RAM_SIZE,
	                                    &found));
	ASSERT_EQ_FMT((size_t)0x4000, (size_t)found.offset, "%zx");
	ASSERT_EQ_FMT((size_t)0x3000, (size_t)found.size, "%zx");
	ASSERT_EQ(ERR_NOT_OWNER, memextent_look_up(rig.vm1, rig.pool, 0x605000,
	                                           PAGE_SIZE, &found));
	rig_drop(child);
	ASSERT(rig_all_gone());
	PASS();
}

/* Page by page, as it lies otherwise in both address spaces (71). */
TEST c71_large_ranges_are_worked_on_in_pieces(void)
{
	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm1, 0x1000));
	ASSERT_EQ_FMT(8u, rig.pieces, "%u");
	ASSERT(rig_audit());
	ASSERT_EQ(RAM_BASE + RAM_SIZE - PAGE_SIZE, rig_seen(rig.vm1, RAM_SIZE));
	ASSERT_EQ(ERR_OK, rig_protect(rig.pool, rig.vm1, 0x1000, 0x44));
	ASSERT_EQ_FMT(8u, rig.pieces, "%u");
	ASSERT_EQ(ERR_OK, rig_unmap_part(rig.pool, rig.vm1, 0x201000, 0x200000,
	                                 0x801000));
	ASSERT_EQ_FMT(4u, rig.pieces, "%u");
	ASSERT(rig_audit());
	ASSERT_EQ(0, rig_seen(rig.vm1, 0xa01000));
	ASSERT_EQ(RAM_BASE + 0xa01000, rig_seen(rig.vm1, 0xa02000));
	ASSERT_EQ(ERR_INVAL, rig_unmap_part(rig.pool, rig.vm1, 0x201000,
	                                    0x200000, 0x801000));
	ASSERT_EQ(ERR_OK, rig_map_part(rig.pool, rig.vm1, 0x201000, 0x200000,
	                               0x801000));
	ASSERT_EQ(ERR_RESTART, memextent_unmap_all(rig.pool));
	ASSERT(rig_audit());
	while (memextent_unmap_all(rig.pool) == ERR_RESTART) {
	}
	ASSERT_EQ(0, rig_seen(rig.vm1, 0x1000));
	/* As blocks it is little, and a dead space's are never many at once. */
	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm2, 0));
	ASSERT_EQ_FMT(1u, rig.pieces, "%u");
	ASSERT_EQ(ERR_OK, rig_map(rig.pool, rig.vm1, 0x1000));
	object_put(&rig.vm1->obj);
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	object_reap();
	rig.vm1 = rig_make_space(1);
	ASSERT(rig_audit());
	struct memextent *child = rig_derive(rig.pool, 0x200000, 0x800000, RWX);

	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm1, 0x1000));
	object_put(&child->obj);
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	object_reap();
	ASSERT(rig_all_gone());
	PASS();
}

/* Many at a time, each of them little: no piece is all of them. */
TEST c71_many_that_die_together_are_worked_on_in_pieces(void)
{
	struct memextent *small[64];
	unsigned count = 0;

	for (unsigned i = 0; i < 64; i++) {
		small[i] = rig_derive(rig.pool, i * 0x20000ull, 0x20000, RWX);
		ASSERT_EQ(ERR_OK, rig_map(small[i], rig.vm1, i * 0x40000ull));
		ASSERT_EQ(ERR_OK, rig_map(small[i], rig.vm2, i * 0x21000ull));
	}
	object_put(&rig.vm1->obj);
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	ASSERT(rig_seen(rig.vm2, 0) != 0 && !list_empty(&rig.vm1->mappings));
	object_reap();
	rig.vm1 = rig_make_space(1);
	ASSERT(rig_audit());
	for (unsigned i = 0; i < 64; i++) {
		object_put(&small[i]->obj);
	}
	memset(rig.zeroed, 0, sizeof(rig.zeroed));
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	for (unsigned i = 0; i < RAM_SIZE / PAGE_SIZE; i++) {
		count += rig.zeroed[i];
	}
	ASSERT(count <= 256);
	object_reap();
	ASSERT(rig_all_gone());
	PASS();
}

/* Something is in the way, or memory ends, when much of it is mapped. */
TEST c71_what_fails_late_is_taken_back_in_pieces(void)
{
	struct memextent *child = rig_derive(rig.pool, 0, PAGE_SIZE, RWX);
	unsigned refused = 0;
	enum err err;

	ASSERT_EQ(ERR_OK, rig_map(child, rig.vm1, 0xf01000));
	ASSERT_EQ(ERR_EXISTS, rig_map(rig.pool, rig.vm1, 0x1000));
	ASSERT_LTE(10u, rig.pieces);
	ASSERT(rig_audit());
	ASSERT_EQ(0, rig_seen(rig.vm1, 0x2000));
	ASSERT_EQ(RAM_BASE, rig_seen(rig.vm1, 0xf01000));
	rig_drop(child);
	for (int n = 0;; n++) {
		heap_fail_after(n);
		err = rig_map(rig.pool, rig.vm1, 0x1000);
		heap_fail_after(-1);
		if (err == ERR_OK) {
			break;
		}
		ASSERT_EQ(ERR_NOMEM, err);
		ASSERT_EQ(0, rig_seen(rig.vm1, 0x1000));
		ASSERT(rig_audit());
		refused++;
	}
	ASSERT_LTE(8u, refused);
	ASSERT(rig_all_gone());
	PASS();
}

TEST c228_random_use_keeps_tables_and_ownership_equal(void)
{
	uint64_t random = test_seed();

	for (int i = 0; i < 12000; i++) {
		uint64_t r = test_random(&random);

		heap_fail_after((r >> 60) == 0 ? (int)(r >> 57) % 8 : -1);
		play_one(test_random(&random));
		heap_fail_after(-1);
		if (i % 60 == 0) {
			ASSERTm("tables and ownership agree", rig_audit());
		}
	}
	for (unsigned i = 0; i < KIDS; i++) {
		if (kids[i] != NULL) {
			rig_drop(kids[i]);
		}
	}
	ASSERT(rig_audit());
	ASSERT(rig_all_gone());
	PASS();
}

SUITE(memextents_at_length)
{
	SET_SETUP(rig_set_up, NULL);
	RUN_TEST(an_extent_may_cover_what_is_not_there);
	RUN_TEST(an_extent_without_pages_dies_when_memory_is_out);
	RUN_TEST(a_look_goes_as_far_as_one_extents_pages_lie_alike);
	RUN_TEST(c71_large_ranges_are_worked_on_in_pieces);
	RUN_TEST(c71_many_that_die_together_are_worked_on_in_pieces);
	RUN_TEST(c71_what_fails_late_is_taken_back_in_pieces);
	RUN_TEST(c228_random_use_keeps_tables_and_ownership_equal);
}
