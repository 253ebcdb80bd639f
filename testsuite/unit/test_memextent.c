/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vm/memextent and vm/memmap on the real stage-2 tables and the real page
 * ownership: what each call promises, memory that runs out at every step, and
 * random use with an audit of tables against ownership.
 */
#include "greatest.h"

#include "arch/cache.h"
#include "heap.h"
#include "lib/range.h"
#include "mem/owner.h"
#include "mem/stage2.h"
#include "obj/partition.h"
#include "vm/memextent.h"
#include "vm/vm.h"

#define LIMIT    (16u << 20)
#define RAM_BASE 0x40000000ull
#define RAM_SIZE (16u << 20)
#define RWX      7u
#define ALL_RWX  (RWX | RWX << 4 | 0xfull << 16)
#define SPARSE   (1ull << 16)

const struct obj_ops *const obj_types[OBJ_TYPE_COUNT] = {
	[OBJ_PARTITION] = &partition_ops,
	[OBJ_ADDRSPACE] = &addrspace_ops,
	[OBJ_MEMEXTENT] = &memextent_ops,
};

/* Only what the extents use of a VM. */
static int vms;

enum err vm_create(uint16_t vmid, const char *name, struct vm **made)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	enum err err;

	(void)name;
	err = stage2_init(&vm->s2, vmid);
	if (err != ERR_OK) {
		free(vm);
		return err;
	}
	vms++;
	*made = vm;
	return ERR_OK;
}

void vm_destroy(struct vm *vm)
{
	stage2_fini(&vm->s2);
	free(vm);
	vms--;
}

/* How often each page was zeroed. */
static unsigned zeroed[RAM_SIZE / PAGE_SIZE];

void cache_scrub(void *at, size_t len)
{
	for (uint64_t off = 0; off < len; off += PAGE_SIZE) {
		zeroed[((uint64_t)at + off - RAM_BASE) / PAGE_SIZE]++;
	}
}

void cache_clean(const void *at, size_t len)
{
	(void)at, (void)len;
}

void cache_flush(const void *at, size_t len)
{
	(void)at, (void)len;
}

static uint64_t heap_at_rest;
static struct addrspace *vm1;
static struct addrspace *vm2;
static struct memextent *pool; /* all RAM, sparse */

static struct object *make(enum obj_type type)
{
	struct object *obj;

	if (object_create(type, &root_partition, &obj) != ERR_OK) {
		abort();
	}
	return obj;
}

static struct addrspace *make_space(unsigned vmid)
{
	struct addrspace *as = (struct addrspace *)make(OBJ_ADDRSPACE);

	if (addrspace_configure(as, vmid) != ERR_OK ||
	    object_activate(&as->obj) != ERR_OK) {
		abort();
	}
	return as;
}

static struct memextent *derive(struct memextent *from, uint64_t off,
                                uint64_t size, uint64_t attrs)
{
	struct memextent *me = (struct memextent *)make(OBJ_MEMEXTENT);

	if (memextent_configure_derived(me, from, off, size, attrs) != ERR_OK ||
	    object_activate(&me->obj) != ERR_OK) {
		abort();
	}
	return me;
}

static void set_up(void *unused)
{
	static bool has_ram;
	static const struct owner_range ram = { .base = RAM_BASE,
		                                .size = RAM_SIZE };

	(void)unused;
	heap_fail_after(-1);
	if (!has_ram) {
		has_ram = true;
		stage2_probe();
		if (owner_init(&ram, 1) != ERR_OK ||
		    owner_vouch(pa(ram.base), ram.size) != ERR_OK) {
			abort();
		}
	}
	heap_at_rest = heap_bytes();
	partition_init_root(LIMIT);
	memset(zeroed, 0, sizeof(zeroed));
	vm1 = make_space(1);
	vm2 = make_space(2);
	pool = (struct memextent *)make(OBJ_MEMEXTENT);
	if (memextent_configure(pool, RAM_BASE, RAM_SIZE, RWX | SPARSE) !=
	            ERR_OK ||
	    object_activate(&pool->obj) != ERR_OK ||
	    memextent_donate(TO_CHILD, NULL, pool, RAM_BASE, RAM_SIZE) !=
	            ERR_OK) {
		abort();
	}
}

static bool drop(struct memextent *me)
{
	object_put(&me->obj);
	object_reap();
	return true;
}

/* Everything away; the machine must be as it was before set_up. */
static bool all_gone(void)
{
	drop(pool);
	object_put(&vm1->obj);
	object_put(&vm2->obj);
	object_reap();
	return object_count(OBJ_MEMEXTENT) == 0 &&
	       object_count(OBJ_ADDRSPACE) == 0 && vms == 0 &&
	       root_partition.used == 0 && heap_bytes() == heap_at_rest &&
	       owner_count(OWNER_FREE) == RAM_SIZE / PAGE_SIZE;
}

/* As a hypercall, which is made again until it is over. */
static unsigned pieces;

static enum err map_all(const struct map_request *req)
{
	uint32_t mark = 0;
	enum err err;

	pieces = 0;
	do {
		err = memextent_map(req, &mark);
		pieces++;
	} while (err == ERR_RESTART);
	return err;
}

static enum err unmap_all(const struct map_request *req)
{
	enum err err;

	pieces = 0;
	do {
		err = memextent_unmap(req);
		pieces++;
	} while (err == ERR_RESTART);
	return err;
}

static enum err protect_all(const struct map_request *req)
{
	uint32_t mark = 0;
	enum err err;

	pieces = 0;
	do {
		err = memextent_update_access(req, &mark);
		pieces++;
	} while (err == ERR_RESTART);
	return err;
}

static enum err map(struct memextent *me, struct addrspace *as, uint64_t at)
{
	struct map_request req = {
		.as = as, .me = me, .ipa = at, .attrs = ALL_RWX
	};

	return map_all(&req);
}

static enum err map_part(struct memextent *me, struct addrspace *as,
                         uint64_t at, uint64_t off, uint64_t size)
{
	struct map_request req = { .as = as,
		                   .me = me,
		                   .ipa = at,
		                   .attrs = ALL_RWX,
		                   .flags = MAP_FLAG_PARTIAL,
		                   .offset = off,
		                   .size = size };

	return map_all(&req);
}

static enum err unmap_part(struct memextent *me, struct addrspace *as,
                           uint64_t at, uint64_t off, uint64_t size)
{
	struct map_request req = { .as = as,
		                   .me = me,
		                   .ipa = at,
		                   .flags = MAP_FLAG_PARTIAL,
		                   .offset = off,
		                   .size = size };

	return unmap_all(&req);
}

static enum err protect(struct memextent *me, struct addrspace *as, uint64_t at,
                        uint64_t attrs)
{
	struct map_request req = {
		.as = as, .me = me, .ipa = at, .attrs = attrs
	};

	return protect_all(&req);
}

/* The physical address @as has at @at, or 0. */
static uint64_t seen(struct addrspace *as, uint64_t at)
{
	struct stage2_entry entry;

	return stage2_lookup(&as->vm->s2, ipa(at), &entry) ? entry.pa.v : 0;
}

static enum owner_state state_of(uint64_t phys)
{
	uint64_t run;

	return owner_look(pa(phys), PAGE_SIZE, &run).state;
}

TEST a_derived_extent_takes_its_pages_from_the_parents_mappings(void)
{
	struct memextent *child;

	ASSERT_EQ(ERR_OK, map(pool, vm1, 0));
	ASSERT_EQ(RAM_BASE + 0x5000, seen(vm1, 0x5000));
	child = derive(pool, 0x4000, 0x3000, RWX);
	ASSERT_EQ(0, seen(vm1, 0x4000));
	ASSERT_EQ(0, seen(vm1, 0x6000));
	ASSERT_EQ(RAM_BASE + 0x3000, seen(vm1, 0x3000));
	ASSERT_EQ(RAM_BASE + 0x7000, seen(vm1, 0x7000));
	ASSERT_EQ(OWNER_LENT, state_of(RAM_BASE + 0x4000));
	ASSERT_EQ(ERR_OK, map(child, vm2, 0x80000000));
	ASSERT_EQ(RAM_BASE + 0x4000, seen(vm2, 0x80000000));
	drop(child);
	ASSERT_EQ(0, seen(vm2, 0x80000000));
	ASSERT_EQ(OWNER_OWNED, state_of(RAM_BASE + 0x4000));
	ASSERT(all_gone());
	PASS();
}

TEST c221_pages_come_back_zeroed_and_are_lent_as_they_are(void)
{
	struct memextent *child = derive(pool, 0x200000, 0x200000, RWX);

	ASSERT_EQ(0, zeroed[0x200]);
	ASSERT_EQ(ERR_OK, map(child, vm2, 0));
	drop(child);
	for (unsigned i = 0x200; i < 0x400; i++) {
		ASSERT_EQ(1, zeroed[i]);
	}
	ASSERT_EQ(0, zeroed[0x1ff]);
	ASSERT_EQ(0, zeroed[0x400]);
	ASSERT(all_gone());
	PASS();
}

TEST c217_memory_that_is_not_yours_is_refused(void)
{
	struct memextent *me = (struct memextent *)make(OBJ_MEMEXTENT);
	struct memextent *child = derive(pool, 0x1000, 0x1000, RWX);

	/* Claimed by the pool already. */
	ASSERT_EQ(ERR_OK, memextent_configure(me, RAM_BASE, PAGE_SIZE, RWX));
	ASSERT_EQ(ERR_NOT_OWNER, object_activate(&me->obj));
	/* Not RAM at all. */
	ASSERT_EQ(ERR_OK, memextent_configure(me, 0x9000000, PAGE_SIZE, RWX));
	ASSERT_EQ(ERR_NOT_OWNER, object_activate(&me->obj));
	/* Lent to somebody else already. */
	ASSERT_EQ(ERR_OK,
	          memextent_configure_derived(me, pool, 0, 0x2000, RWX));
	ASSERT_EQ(ERR_NOT_OWNER, object_activate(&me->obj));
	ASSERT_EQ(ERR_NOT_OWNER, map_part(pool, vm1, 0, 0, 0x2000));
	ASSERT_EQ(ERR_NOT_OWNER, map_part(pool, vm1, 0, 0x1000, 0x1000));
	drop(me);
	drop(child);
	ASSERT(all_gone());
	PASS();
}

TEST c218_unaligned_empty_and_overflowing_ranges_are_refused(void)
{
	struct memextent *me = (struct memextent *)make(OBJ_MEMEXTENT);

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
	ASSERT_EQ(ERR_INVAL,
	          memextent_configure_derived(me, pool, RAM_SIZE, 4096, RWX));
	ASSERT_EQ(ERR_INVAL,
	          memextent_configure_derived(me, pool, -4096ull, 8192, RWX));
	ASSERT_EQ(ERR_ALIGN, map(pool, vm1, 0x800));
	ASSERT_EQ(ERR_OVERFLOW, map(pool, vm1, -4096ull));
	ASSERT_EQ(ERR_ADDR, map(pool, vm1, 1ull << 40));
	ASSERT_EQ(ERR_INVAL, map_part(pool, vm1, 0, 0, 0));
	ASSERT_EQ(ERR_INVAL, map_part(pool, vm1, 0, RAM_SIZE, 4096));
	ASSERT_EQ(ERR_INVAL, map_part(pool, vm1, 0, 4096, -4096ull));
	ASSERT_EQ(ERR_ALIGN, map_part(pool, vm1, 0, 1, 4096));
	ASSERT_EQ(ERR_SIZE,
	          memextent_donate(TO_CHILD, pool, pool, 0, 0) == ERR_INVAL
	                  ? ERR_SIZE
	                  : ERR_OK);
	drop(me);
	ASSERT(all_gone());
	PASS();
}

TEST c220_a_mapping_has_no_more_rights_than_its_extent(void)
{
	struct memextent *ro = derive(pool, 0, 0x4000, ACCESS_R);
	struct map_request req = { .as = vm1, .me = ro };
	struct memextent *more = (struct memextent *)make(OBJ_MEMEXTENT);
	struct map_found found;

	req.attrs = ALL_RWX;
	ASSERT_EQ(ERR_INVAL, map_all(&req));
	req.attrs = ACCESS_R | ACCESS_R << 4 | 0xf0000;
	ASSERT_EQ(ERR_OK, map_all(&req));
	req.attrs = 6 | 6 << 4;
	ASSERT_EQ(ERR_INVAL, protect_all(&req));
	req.attrs = 0;
	ASSERT_EQ(ERR_OK, protect_all(&req));
	ASSERT_EQ(ERR_OK, memextent_look_up(vm1, ro, 0, 0x10000, &found));
	ASSERT_EQ_FMT((size_t)0xf0000, (size_t)found.attrs, "%zx");
	ASSERT_EQ_FMT((size_t)0x4000, (size_t)found.size, "%zx");
	req.attrs = 4;
	ASSERT_EQ(ERR_INVAL, protect_all(&req)); /* EL0 alone */
	req.attrs = 8;
	ASSERT_EQ(ERR_INVAL, protect_all(&req));
	ASSERT_EQ(ERR_INVAL,
	          memextent_configure_derived(more, ro, 0, 4096, RWX));
	drop(more);
	drop(ro);
	ASSERT(all_gone());
	PASS();
}

TEST memory_types_are_what_the_extent_allows(void)
{
	struct memextent *dev = derive(pool, 0, 0x1000, 6 | 1 << 8);
	struct memextent *nc = derive(pool, 0x1000, 0x1000, 6 | 2 << 8);
	struct map_request req = { .as = vm1, .me = dev, .ipa = 0x1000 };
	struct map_found found;

	req.attrs = 0x66 | 0xf0000;
	ASSERT_EQ(ERR_DENIED, map_all(&req));
	req.attrs = 0x66 | 0x10000;
	ASSERT_EQ(ERR_OK, map_all(&req));
	req.me = nc;
	req.ipa = 0x2000;
	req.attrs = 0x66 | 0xf0000; /* forced to be uncached */
	ASSERT_EQ(ERR_OK, map_all(&req));
	ASSERT_EQ(ERR_OK, memextent_look_up(vm1, nc, 0x2000, 4096, &found));
	ASSERT_EQ_FMT((size_t)0x50066, (size_t)found.attrs, "%zx");
	req.attrs = 0x66 | 0x70000;
	ASSERT_EQ(ERR_INVAL, map_all(&req));
	drop(dev);
	drop(nc);
	ASSERT(all_gone());
	PASS();
}

TEST c212_shared_pages_are_the_same_pages(void)
{
	struct map_found found;

	ASSERT_EQ(ERR_OK, map_part(pool, vm1, 0x1000, 0x1000, 0x2000));
	ASSERT_EQ(OWNER_OWNED, state_of(RAM_BASE + 0x1000));
	ASSERT_EQ(ERR_OK, map_part(pool, vm2, 0x9000, 0x2000, 0x2000));
	ASSERT_EQ(OWNER_SHARED, state_of(RAM_BASE + 0x2000));
	ASSERT_EQ(OWNER_OWNED, state_of(RAM_BASE + 0x1000));
	ASSERT_EQ(seen(vm1, 0x2000), seen(vm2, 0x9000));
	ASSERT_EQ(ERR_OK, memextent_look_up(vm2, pool, 0x9000, 0x9000, &found));
	ASSERT_EQ_FMT((size_t)0x2000, (size_t)found.offset, "%zx");
	ASSERT_EQ_FMT((size_t)0x2000, (size_t)found.size, "%zx");
	ASSERT_EQ_FMT((size_t)ALL_RWX, (size_t)found.attrs, "%zx");
	ASSERT_EQ(ERR_ADDR,
	          memextent_look_up(vm2, pool, 0xb000, 0x1000, &found));
	ASSERT_EQ(ERR_EXISTS, map_part(pool, vm2, 0xa000, 0, 0x1000));
	ASSERT_EQ(ERR_OK, unmap_part(pool, vm1, 0x2000, 0x2000, 0x1000));
	ASSERT_EQ(OWNER_OWNED, state_of(RAM_BASE + 0x2000));
	ASSERT_EQ(ERR_INVAL, unmap_part(pool, vm1, 0x2000, 0x2000, 0x1000));
	ASSERT_EQ(ERR_INVAL, unmap_part(pool, vm1, 0x3000, 0x2000, 0x1000));
	ASSERT(all_gone());
	PASS();
}

TEST a_lender_cannot_see_what_it_lent(void)
{
	struct memextent *child = derive(pool, 0, 0x10000, RWX | SPARSE);
	struct map_found found;

	ASSERT_EQ(ERR_NOT_OWNER, map(child, vm2, 0)); /* has nothing yet */
	ASSERT_EQ(ERR_OK, map(pool, vm1, 0));
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_CHILD, pool, child, 0x2000, 0x3000));
	ASSERT_EQ(0, seen(vm1, 0x2000));
	ASSERT_EQ(0, seen(vm1, 0x4000));
	ASSERT_EQ(RAM_BASE + 0x5000, seen(vm1, 0x5000));
	ASSERT_EQ(ERR_OK, map(child, vm2, 0));
	ASSERT_EQ(RAM_BASE + 0x4000, seen(vm2, 0x4000));
	ASSERT_EQ(0, seen(vm2, 0x5000));
	ASSERT_EQ(ERR_NOT_OWNER,
	          memextent_look_up(vm2, pool, 0x4000, 0x1000, &found));
	ASSERT_EQ(ERR_NOT_OWNER,
	          memextent_donate(TO_PARENT, child, pool, 0x1000, 0x2000));
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_PARENT, child, pool, 0x2000, 0x1000));
	ASSERT_EQ(0, seen(vm2, 0x2000));
	ASSERT_EQ(1, zeroed[2]);
	ASSERT_EQ(0, zeroed[3]);
	drop(child);
	ASSERT_EQ(1, zeroed[3]);
	ASSERT(all_gone());
	PASS();
}

TEST donations_follow_the_family_tree(void)
{
	struct memextent *a = derive(pool, 0, 0x10000, RWX | SPARSE);
	struct memextent *b = derive(pool, 0x8000, 0x10000, RWX | SPARSE);
	struct memextent *basic = derive(pool, 0x40000, 0x1000, RWX);
	struct memextent *grand = derive(a, 0, 0x1000, RWX | SPARSE);

	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_CHILD, a, b, 0x8000, 0x1000));
	ASSERT_EQ(ERR_EXTENT_TYPE,
	          memextent_donate(TO_CHILD, pool, basic, 0x40000, 0x1000));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_PARENT, grand, pool, 0, 4096));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_CHILD, pool, grand, 0, 4096));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_SIBLING, a, a, 0, 4096));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_SIBLING, a, grand, 0, 4096));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, pool, a, 0, 0x10000));
	ASSERT_EQ(ERR_OK, map(a, vm1, 0));
	ASSERT_EQ(ERR_INVAL, memextent_donate(TO_SIBLING, a, b, 0, 0x1000));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_SIBLING, a, b, 0x8000, 0x1000));
	ASSERT_EQ(1, zeroed[8]);
	ASSERT_EQ(ERR_OK, map(b, vm2, 0));
	ASSERT_EQ(RAM_BASE + 0x8000, seen(vm2, 0));
	ASSERT_EQ(0, seen(vm2, 0x1000));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, a, grand, 0, 0x1000));
	ASSERT_EQ(OWNER_LENT, state_of(RAM_BASE));
	drop(grand); /* back to a, which has borrowed it itself */
	ASSERT_EQ(OWNER_LENT, state_of(RAM_BASE));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_PARENT, a, pool, 0, 0x1000));
	ASSERT_EQ(OWNER_OWNED, state_of(RAM_BASE));
	drop(a);
	drop(b);
	drop(basic);
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_PARENT, pool, NULL, 0x2000, 0x1000));
	ASSERT_EQ(OWNER_FREE, state_of(RAM_BASE + 0x2000));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, NULL, pool,
	                                   RAM_BASE + 0x2000, 0x1000));
	ASSERT(all_gone());
	PASS();
}

TEST c226_a_parent_outlives_its_children(void)
{
	struct memextent *child = derive(pool, 0, 0x200000, RWX);

	ASSERT_EQ(ERR_OK, map(child, vm2, 0));
	object_put(&pool->obj);
	object_reap();
	ASSERT_EQ(2, object_count(OBJ_MEMEXTENT));
	ASSERT_EQ(RAM_BASE, seen(vm2, 0));
	object_get(&pool->obj); /* all_gone drops it */
	drop(child);
	ASSERT(all_gone());
	PASS();
}

TEST a_dead_address_space_takes_its_mappings_along(void)
{
	struct memextent *child = derive(pool, 0, 0x400000, RWX);

	ASSERT_EQ(ERR_OK, map(child, vm2, 0));
	ASSERT_EQ(ERR_OK, map(child, vm1, 0x1000));
	ASSERT_EQ(OWNER_LENT_SHARED, state_of(RAM_BASE));
	object_put(&vm2->obj);
	object_reap();
	ASSERT_EQ(1, vms);
	ASSERT_EQ(OWNER_LENT, state_of(RAM_BASE));
	vm2 = make_space(2);
	drop(child);
	ASSERT(all_gone());
	PASS();
}

/*
 * What was mapped once and then taken out in parts has a neighbour inside its
 * old bounds: that one's block is not split, which would need quota.
 */
TEST a_neighbours_block_costs_nothing_when_an_extent_dies(void)
{
	struct memextent *kid = derive(pool, 0x500000, 0x200000, RWX | SPARSE);
	uint64_t left;

	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_CHILD, pool, kid, 0x500000, 0x200000));
	ASSERT_EQ(ERR_OK, map(kid, vm1, 0x300000));
	ASSERT_EQ(ERR_OK, unmap_part(kid, vm1, 0x300000, 0, 0x1ff000));
	ASSERT_EQ(ERR_OK, map_part(pool, vm1, 0x200000, 0x200000, 0x200000));
	left = root_partition.limit - root_partition.used;
	ASSERT_EQ(ERR_OK, partition_charge(&root_partition, left));
	drop(kid);
	partition_uncharge(&root_partition, left);
	ASSERT_EQ(RAM_BASE + 0x200000, seen(vm1, 0x200000));
	ASSERT(all_gone());
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

	ASSERT_EQ(ERR_OK, map(pool, vm1, 0));
	child = derive(pool, 0x205000, PAGE_SIZE, RWX);
	ASSERT_EQ(ERR_OK, map(child, vm1, 0x205000));
	ASSERT_EQ(ERR_OK, protect(pool, vm1, 0, 0x77));
	left = root_partition.limit - root_partition.used;
	ASSERT_EQ(ERR_OK, partition_charge(&root_partition, left));
	drop(child);
	partition_uncharge(&root_partition, left);
	ASSERT_EQ(0, seen(vm1, 0x205000));
	ASSERT_EQ(RAM_BASE + 0x206000, seen(vm1, 0x206000));
	ASSERT_EQ(vm1->charged_pages, vm1->vm->s2.table_pages);
	ASSERT(all_gone());
	PASS();
}

TEST an_extent_has_four_places_and_not_five(void)
{
	for (uint64_t i = 0; i < MEMEXTENT_MAPS_MAX; i++) {
		ASSERT_EQ(ERR_OK, map(pool, i % 2 ? vm1 : vm2, i << 30));
	}
	ASSERT_EQ(ERR_MAPPINGS_FULL, map(pool, vm1, 10ull << 30));
	ASSERT_EQ(ERR_EXISTS, map(pool, vm1, 1ull << 30));
	ASSERT_EQ(ERR_OK, memextent_unmap_all(pool));
	ASSERT_EQ(0, seen(vm1, 1ull << 30));
	ASSERT_EQ(ERR_OK, map(pool, vm1, 10ull << 30));
	ASSERT(all_gone());
	PASS();
}

/* One operation of the table below, on the state that prepare made. */
static struct memextent *kid;

static enum err op_map(void)
{
	return map(kid, vm2, 0x7000);
}

static enum err op_map_part(void)
{
	return map_part(pool, vm2, 0x41000, 0x401000, 0x300000);
}

static enum err op_unmap_part(void)
{
	return unmap_part(pool, vm1, 0x601000, 0x601000, 0x1000);
}

static enum err op_protect_part(void)
{
	struct map_request req = { .as = vm1,
		                   .me = pool,
		                   .ipa = 0x601000,
		                   .attrs = 0x44,
		                   .flags = MAP_FLAG_PARTIAL,
		                   .offset = 0x601000,
		                   .size = 0x400000 };

	return protect_all(&req);
}

static enum err op_derive(void)
{
	struct object *obj;
	enum err err = object_create(OBJ_MEMEXTENT, &root_partition, &obj);

	if (err != ERR_OK) {
		return err;
	}
	err = memextent_configure_derived((struct memextent *)obj, pool,
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
	return memextent_donate(TO_CHILD, pool, kid, 0x203000, 0x1000);
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
	return addrspace_add_vmmio(vm1, 0x1000, 0x1000);
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
	uint64_t tables = (uint64_t)PAGE_SIZE *
	                  (vm1->vm->s2.table_pages + vm2->vm->s2.table_pages);
	uint64_t sum =
		(root_partition.used - tables) * 31 + heap_bytes() - tables;

	for (uint64_t off = 0; off < RAM_SIZE; off += PAGE_SIZE) {
		uint64_t run;
		struct owner_page page =
			owner_look(pa(RAM_BASE + off), PAGE_SIZE, &run);

		sum = sum * 1000003 + page.state * 64 + page.maps * 8 +
		      page.is_dirty + page.holder * 1024u;
		sum = sum * 1000003 + seen(vm1, off);
		sum = sum * 1000003 + seen(vm2, off);
	}
	return sum;
}

TEST c275_memory_running_out_at_any_step_changes_nothing(int which)
{
	struct memextent *basic;
	unsigned failures = 0;

	ASSERT_EQ(ERR_OK, map_part(pool, vm1, 0, 0, RAM_SIZE));
	kid = derive(pool, 0, 0x400000, RWX | SPARSE);
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_CHILD, pool, kid, 0x5000, 0x9000));
	basic = derive(pool, 0xc00000, 0x200000, RWX);
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
	drop(kid);
	drop(basic);
	if (vm1->vmmio_count != 0) {
		ASSERT_EQ(ERR_OK, addrspace_remove_vmmio(vm1, 0x1000, 0x1000));
	}
	ASSERT(all_gone());
	PASS();
}

TEST c275_a_spent_quota_changes_nothing(int which)
{
	ASSERT_EQ(ERR_OK, map_part(pool, vm1, 0, 0, RAM_SIZE));
	kid = derive(pool, 0, 0x400000, RWX | SPARSE);
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_CHILD, pool, kid, 0x5000, 0x9000));
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
	drop(kid);
	ASSERT(all_gone());
	PASS();
}

/* vmmio ranges */
TEST vmmio_ranges_do_not_overlap_and_are_removed_as_they_were_added(void)
{
	ASSERT_EQ(ERR_OK, addrspace_add_vmmio(vm1, 0xa000000, 0x200));
	ASSERT_EQ(ERR_OK, addrspace_add_vmmio(vm1, 0xa000400, 0x200));
	ASSERT_EQ(ERR_OK, addrspace_add_vmmio(vm1, 0xa000200, 0x200));
	ASSERT_EQ(ERR_INVAL, addrspace_add_vmmio(vm1, 0xa0001ff, 1));
	ASSERT_EQ(ERR_INVAL, addrspace_add_vmmio(vm1, 0x9000000, 0x1000001));
	ASSERT_EQ(ERR_OVERFLOW, addrspace_add_vmmio(vm1, -1ull, 2));
	ASSERT_EQ(ERR_ADDR, addrspace_add_vmmio(vm1, 1ull << 40, 1));
	ASSERT_EQ(ERR_INVAL, addrspace_add_vmmio(vm1, 0, 0));
	ASSERT(addrspace_is_vmmio(vm1, ipa(0xa0005ff)));
	ASSERT_FALSE(addrspace_is_vmmio(vm1, ipa(0xa000600)));
	ASSERT_FALSE(addrspace_is_vmmio(vm1, ipa(0x9ffffff)));
	ASSERT_EQ(ERR_INVAL, addrspace_remove_vmmio(vm1, 0xa000200, 0x100));
	ASSERT_EQ(ERR_OK, addrspace_remove_vmmio(vm1, 0xa000200, 0x200));
	ASSERT_FALSE(addrspace_is_vmmio(vm1, ipa(0xa000200)));
	ASSERT(addrspace_is_vmmio(vm1, ipa(0xa000400)));
	for (unsigned i = 2; i < ADDRSPACE_VMMIO_MAX; i++) {
		ASSERT_EQ(ERR_OK, addrspace_add_vmmio(vm1, i * 16, 8));
	}
	ASSERT_EQ(ERR_NORESOURCES, addrspace_add_vmmio(vm1, 0, 1));
	ASSERT(all_gone());
	PASS();
}

/* Random use, audited. */
#define KIDS 5

static struct memextent *kids[KIDS];

/*
 * Every page that is seen by a VM is held by an extent, and mapped as often as
 * its owner entry says; nobody but that extent's mappings shows it.
 */
static bool audit(void)
{
	static unsigned maps[RAM_SIZE / PAGE_SIZE];
	struct addrspace *const spaces[] = { vm1, vm2 };

	memset(maps, 0, sizeof(maps));
	for (unsigned s = 0; s < 2; s++) {
		for (uint64_t at = 0; at < 3 * RAM_SIZE; at += PAGE_SIZE) {
			uint64_t phys = seen(spaces[s], at);

			if (phys != 0) {
				maps[(phys - RAM_BASE) / PAGE_SIZE]++;
			}
		}
		if (spaces[s]->charged_pages != spaces[s]->vm->s2.table_pages) {
			return false;
		}
	}
	for (unsigned i = 0; i < RAM_SIZE / PAGE_SIZE; i++) {
		uint64_t run;
		struct owner_page page =
			owner_look(pa(RAM_BASE + (uint64_t)i * PAGE_SIZE),
		                   PAGE_SIZE, &run);

		if (page.maps != maps[i]) {
			return false;
		}
	}
	return true;
}

static uint64_t some_pages(uint64_t r, uint64_t max)
{
	uint64_t big = (r & 7) == 0 ? BLOCK2_SIZE : PAGE_SIZE;

	return (1 + (r >> 3) % 5) * big % max;
}

static void play_create(uint64_t r, unsigned i)
{
	struct memextent *parent =
		(r & 1) != 0 && kids[0] != NULL ? kids[0] : pool;
	struct memextent *me = (struct memextent *)make(OBJ_MEMEXTENT);
	uint64_t size = some_pages(r >> 4, parent->size) | PAGE_SIZE;
	uint64_t off = (r >> 20) % (parent->size / PAGE_SIZE) * PAGE_SIZE;

	if ((r & 2) != 0) {
		off &= ~(uint64_t)(BLOCK2_SIZE - 1);
	}
	if (memextent_configure_derived(me, parent, off, size,
	                                RWX | ((r & 4) != 0 ? SPARSE : 0)) !=
	            ERR_OK ||
	    object_activate(&me->obj) != ERR_OK) {
		drop(me);
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
	uint32_t mark = (r & 1) != 0 ? r : (r & 0x70000fff);

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
	struct memextent *me = (r & 0x80) != 0 ? pool : kids[i];
	struct addrspace *as = (r & 0x40) != 0 ? vm1 : vm2;
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
			(void)!map(me, as, zero);
		}
		break;
	case 1:
	case 2:
		(void)!map_part(me, as, zero + off, off, size);
		break;
	case 3:
		(void)!unmap_part(me, as, zero + off, off, size);
		break;
	case 4:
		(void)!memextent_donate((enum donation)(r >> 50 & 3) % 3, me,
		                        kids[(r >> 52) % KIDS], off, size);
		break;
	case 5:
		(void)!memextent_donate(TO_PARENT, me, me->parent, off, size);
		if (me == pool) {
			(void)!memextent_donate(TO_CHILD, NULL, pool,
			                        RAM_BASE + off, size);
		}
		break;
	case 6:
		if (me != pool && (r >> 56) % 4 == 0) {
			drop(me);
			kids[i] = NULL;
		}
		break;
	default:
		if ((r >> 56) % 8 == 0) {
			(void)!memextent_unmap_all(me);
		} else {
			(void)!protect(me, as, zero,
			               (r >> 60) & 1 ? 0x44 : 0x77);
		}
		break;
	}
}

/* Over everything that there could be: what is no RAM takes no time. */
TEST an_extent_may_cover_what_is_not_there(void)
{
	struct memextent *me = (struct memextent *)make(OBJ_MEMEXTENT);
	uint64_t all = 1ull << 48;

	ASSERT_EQ(ERR_INVAL,
	          memextent_configure(me, 0, all + PAGE_SIZE, RWX | SPARSE));
	ASSERT_EQ(ERR_OK, memextent_configure(me, 0, all, RWX | SPARSE));
	ASSERT_EQ(ERR_OK, object_activate(&me->obj));
	ASSERT_EQ(ERR_NOT_OWNER, map(me, vm1, 0));
	/* It gets a page, far from where it begins. */
	ASSERT_EQ(ERR_OK,
	          memextent_donate(TO_PARENT, pool, NULL, 0x5000, PAGE_SIZE));
	ASSERT_EQ(ERR_OK, memextent_donate(TO_CHILD, NULL, me,
	                                   RAM_BASE + 0x5000, PAGE_SIZE));
	ASSERT_EQ(ERR_OK, map(me, vm1, 0));
	ASSERT_EQ(RAM_BASE + 0x5000, seen(vm1, RAM_BASE + 0x5000));
	ASSERT_EQ(ERR_OK, protect(me, vm1, 0, 0x44));
	ASSERT_EQ(ERR_OK, memextent_unmap_all(me));
	ASSERT_EQ(ERR_ADDR, map(me, vm1, 1ull << 40));
	drop(me);
	ASSERT(audit());
	ASSERT(all_gone());
	PASS();
}

/* Page by page, as it lies otherwise in both address spaces (71). */
TEST c71_large_ranges_are_worked_on_in_pieces(void)
{
	ASSERT_EQ(ERR_OK, map(pool, vm1, 0x1000));
	ASSERT_EQ_FMT(8u, pieces, "%u");
	ASSERT(audit());
	ASSERT_EQ(RAM_BASE + RAM_SIZE - PAGE_SIZE, seen(vm1, RAM_SIZE));
	ASSERT_EQ(ERR_OK, protect(pool, vm1, 0x1000, 0x44));
	ASSERT_EQ_FMT(8u, pieces, "%u");
	ASSERT_EQ(ERR_OK, unmap_part(pool, vm1, 0x201000, 0x200000, 0x801000));
	ASSERT_EQ_FMT(4u, pieces, "%u");
	ASSERT(audit());
	ASSERT_EQ(0, seen(vm1, 0xa01000));
	ASSERT_EQ(RAM_BASE + 0xa01000, seen(vm1, 0xa02000));
	ASSERT_EQ(ERR_INVAL,
	          unmap_part(pool, vm1, 0x201000, 0x200000, 0x801000));
	ASSERT_EQ(ERR_OK, map_part(pool, vm1, 0x201000, 0x200000, 0x801000));
	ASSERT_EQ(ERR_RESTART, memextent_unmap_all(pool));
	ASSERT(audit());
	while (memextent_unmap_all(pool) == ERR_RESTART) {
	}
	ASSERT_EQ(0, seen(vm1, 0x1000));
	/* As blocks it is little, and a dead space's are never many at once. */
	ASSERT_EQ(ERR_OK, map(pool, vm2, 0));
	ASSERT_EQ_FMT(1u, pieces, "%u");
	ASSERT_EQ(ERR_OK, map(pool, vm1, 0x1000));
	object_put(&vm1->obj);
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	object_reap();
	vm1 = make_space(1);
	ASSERT(audit());
	struct memextent *child = derive(pool, 0x200000, 0x800000, RWX);

	ASSERT_EQ(ERR_OK, map(child, vm1, 0x1000));
	object_put(&child->obj);
	ASSERT_EQ(REAP_MORE, object_reap_piece(0));
	object_reap();
	ASSERT(all_gone());
	PASS();
}

/* Something is in the way, or memory ends, when much of it is mapped. */
TEST c71_what_fails_late_is_taken_back_in_pieces(void)
{
	struct memextent *child = derive(pool, 0, PAGE_SIZE, RWX);
	unsigned refused = 0;
	enum err err;

	ASSERT_EQ(ERR_OK, map(child, vm1, 0xf01000));
	ASSERT_EQ(ERR_EXISTS, map(pool, vm1, 0x1000));
	ASSERT_LTE(10u, pieces);
	ASSERT(audit());
	ASSERT_EQ(0, seen(vm1, 0x2000));
	ASSERT_EQ(RAM_BASE, seen(vm1, 0xf01000));
	drop(child);
	for (int n = 0;; n++) {
		heap_fail_after(n);
		err = map(pool, vm1, 0x1000);
		heap_fail_after(-1);
		if (err == ERR_OK) {
			break;
		}
		ASSERT_EQ(ERR_NOMEM, err);
		ASSERT_EQ(0, seen(vm1, 0x1000));
		ASSERT(audit());
		refused++;
	}
	ASSERT_LTE(8u, refused);
	ASSERT(all_gone());
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
			ASSERTm("tables and ownership agree", audit());
		}
	}
	for (unsigned i = 0; i < KIDS; i++) {
		if (kids[i] != NULL) {
			drop(kids[i]);
		}
	}
	ASSERT(audit());
	ASSERT(all_gone());
	PASS();
}

SUITE(memextents)
{
	SET_SETUP(set_up, NULL);
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
	RUN_TEST(an_extent_has_four_places_and_not_five);
	RUN_TEST(
		vmmio_ranges_do_not_overlap_and_are_removed_as_they_were_added);
	RUN_TEST(an_extent_may_cover_what_is_not_there);
	RUN_TEST(c71_large_ranges_are_worked_on_in_pieces);
	RUN_TEST(c71_what_fails_late_is_taken_back_in_pieces);
	RUN_TEST(c228_random_use_keeps_tables_and_ownership_equal);
}

SUITE(memextents_out_of_memory)
{
	SET_SETUP(set_up, NULL);
	for (int i = 0; i < (int)(sizeof(operations) / sizeof(operations[0]));
	     i++) {
		RUN_TESTp(c275_memory_running_out_at_any_step_changes_nothing,
		          i);
		RUN_TESTp(c275_a_spent_quota_changes_nothing, i);
	}
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(memextents);
	RUN_SUITE(memextents_out_of_memory);
	GREATEST_MAIN_END();
}
