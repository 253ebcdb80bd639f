/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory parcels on a hypervisor that says yes, or no at the n-th call.
 * Promised by: docs/lifecycle.md, "Memory".
 */
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/env.h"
#include "../../guests/rm/launch.h"
#include "../../guests/rm/parcel.h"
#include "../../guests/rm/vms.h"
#include "rt/hv.h"

#define BASE 0x40000000ull
#define PAGE 4096ull
#define MIB  (1ull << 20)

/* What the real ones are; here nobody maps anything. */
struct env env;
void *env_open_window(uint64_t cap, uint64_t offset, uint64_t size)
{
	(void)cap, (void)offset, (void)size;
	return NULL;
}
void env_close_window(uint64_t cap, uint64_t offset, uint64_t size)
{
	(void)cap, (void)offset, (void)size;
}

const char *launch_mutant = ""; /* no fault is played */

static unsigned fails_in, extents, mappings;
static unsigned hidden; /* ranges that VM 3, who owns them, cannot see */
static uint64_t next_cap;

struct hv hv_call(unsigned number, const uint64_t arg[8])
{
	struct hv r = { .err = HV_OK };

	if (number != HVC_CSPACE_DELETE_CAP_FROM &&
	    number != HVC_ADDRSPACE_UNMAP && fails_in != 0 && --fails_in == 0) {
		r.err = HV_NOMEM;
		return r;
	}
	switch (number) {
	case HVC_PARTITION_CREATE_MEMEXTENT:
		extents++;
		r.out[0] = ++next_cap;
		break;
	case HVC_CSPACE_DELETE_CAP_FROM:
		extents--;
		break;
	case HVC_MEMEXTENT_DONATE:
		hidden++;
		break;
	case HVC_ADDRSPACE_MAP:
		if (arg[0] == 3) {
			hidden--;
		} else {
			mappings++;
		}
		break;
	case HVC_ADDRSPACE_UNMAP:
		mappings--;
		break;
	default:
		break;
	}
	return r;
}

static void add(uint16_t vmid)
{
	enum rm_error error;
	struct vm *vm = vms_add(vmid, 3, &error);

	vm->objects.ram_cap = vmid;
	vm->objects.addrspace = vmid;
	vm->objects.ram.size = 64 * PAGE;
}

static void set_up(void)
{
	for (uint16_t vmid = 1; vmid < 8; vmid++) {
		while (parcel_forget_owner(vmid)) {
		}
	}
	memset(vms, 0, sizeof(vms));
	fails_in = extents = mappings = hidden = 0;
	add(3);
	add(4);
	add(5);
}

static const struct rm_mem_create head = { .label = 9 };

static struct parcel *give(enum parcel_kind kind, uint64_t ipa, uint64_t size,
                           enum rm_error *error)
{
	const struct rm_acl_entry acl = { 4, RM_ACL_R | RM_ACL_W, 0 };
	const struct rm_sgl_entry sgl = { ipa, size };

	return parcel_make(kind, 3, &head, &acl, 1, &sgl, 1, error);
}

/* Every step of a parcel's life that the table allows, for each kind. */
TEST the_legal_way_round(void)
{
	enum rm_error error;
	const uint64_t to = 0x80000000;

	for (int kind = PARCEL_LEND; kind <= PARCEL_SHARE; kind++) {
		struct parcel *p;

		set_up();
		p = give((enum parcel_kind)kind, BASE, 2 * PAGE, &error);
		ASSERT(p != NULL);
		ASSERT_EQ(RM_ERR_OK, parcel_accept(p, 4, &to, 1));
		ASSERT_EQ(1u, mappings);
		ASSERT_EQ(RM_ERR_MEM_INUSE, parcel_reclaim(p, 3));
		ASSERT_EQ(RM_ERR_OK, parcel_release(p, 4));
		ASSERT_EQ(RM_ERR_OK, parcel_accept(p, 4, &to, 1));
		ASSERT_EQ(RM_ERR_OK, parcel_release(p, 4));
		ASSERT_EQ(RM_ERR_OK, parcel_reclaim(p, 3));
		ASSERT_EQ(0u, extents);
		ASSERT_EQ(0u, parcel_count());
	}
	PASS();
}

TEST illegal_steps_are_refused(void)
{
	enum rm_error error;
	uint64_t to = 0x80000000;
	struct parcel *p;

	set_up();
	p = give(PARCEL_LEND, BASE, PAGE, &error);
	ASSERT_EQ(RM_ERR_DENIED, parcel_accept(p, 5, &to, 1));
	ASSERT_EQ(RM_ERR_DENIED, parcel_accept(p, 3, &to, 1));
	ASSERT_EQ(RM_ERR_MEM_RELEASED, parcel_release(p, 4));
	ASSERT_EQ(RM_ERR_DENIED, parcel_release(p, 5));
	ASSERT_EQ(RM_ERR_DENIED, parcel_reclaim(p, 4));
	ASSERT_EQ(RM_ERR_MEM_INVALID, parcel_accept(p, 4, &to, 2));
	to++;
	ASSERT_EQ(RM_ERR_MEM_INVALID, parcel_accept(p, 4, &to, 1));
	to = UINT64_MAX & ~(PAGE - 1);
	ASSERT_EQ(RM_ERR_OK, parcel_accept(p, 4, &(uint64_t){ 0 }, 1));
	ASSERT_EQ(RM_ERR_MEM_INUSE, parcel_accept(p, 4, &(uint64_t){ 0 }, 1));
	PASS();
}

TEST only_whole_pages_of_ones_own_ram(void)
{
	static const struct rm_sgl_entry wrong[] = {
		{ BASE + 1, PAGE },
		{ BASE, PAGE - 1 },
		{ BASE, 0 },
		{ BASE - PAGE, PAGE },
		{ BASE + 64 * PAGE, PAGE },
		{ BASE, 65 * PAGE },
		{ BASE, UINT64_MAX & ~(PAGE - 1) },
	};
	enum rm_error error;

	set_up();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ASSERT_EQ(NULL, give(PARCEL_LEND, wrong[i].ipa, wrong[i].size,
		                     &error));
		ASSERT_EQ(RM_ERR_MEM_INVALID, error);
	}
	ASSERT(give(PARCEL_LEND, BASE, 4 * PAGE, &error) != NULL);
	ASSERT_EQ(NULL, give(PARCEL_SHARE, BASE + 3 * PAGE, PAGE, &error));
	ASSERT_EQ(RM_ERR_MEM_INUSE, error);
	ASSERT(give(PARCEL_SHARE, BASE + 4 * PAGE, PAGE, &error) != NULL);
	PASS();
}

/* What is taken comes back zeroed: a refused request must not cost memory. */
TEST a_wrong_list_is_refused_before_any_of_it_is_taken(void)
{
	static const struct {
		struct rm_sgl_entry last;
		enum rm_error error;
	} wrong[] = {
		/* not RAM; shared already; twice in the list */
		{ { BASE + 64 * PAGE, PAGE }, RM_ERR_MEM_INVALID },
		{ { BASE + 8 * PAGE, PAGE }, RM_ERR_MEM_INUSE },
		{ { BASE + PAGE, PAGE }, RM_ERR_MEM_INUSE },
	};
	const struct rm_acl_entry acl = { 4, RM_ACL_R, 0 };
	struct rm_sgl_entry sgl[2] = { { BASE, 2 * PAGE } };
	enum rm_error error;

	set_up();
	ASSERT(give(PARCEL_SHARE, BASE + 8 * PAGE, PAGE, &error) != NULL);
	for (int kind = PARCEL_LEND; kind <= PARCEL_DONATE; kind++) {
		for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			uint64_t extents_made = next_cap;

			sgl[1] = wrong[i].last;
			ASSERT_EQ(NULL,
			          parcel_make((enum parcel_kind)kind, 3, &head,
			                      &acl, 1, sgl, 2, &error));
			ASSERT_EQ(wrong[i].error, error);
			ASSERT_EQ(extents_made, next_cap);
		}
	}
	PASS();
}

TEST wrong_borrowers(void)
{
	struct rm_acl_entry acl[2] = { { 3, RM_ACL_R, 0 }, { 4, 1, 0 } };
	const struct rm_sgl_entry sgl = { BASE, PAGE };
	enum rm_error error;

	set_up();
	ASSERT_EQ(NULL, parcel_make(PARCEL_LEND, 3, &head, acl, 1, &sgl, 1,
	                            &error)); /* oneself */
	ASSERT_EQ(RM_ERR_VMID_INVALID, error);
	acl[0].vmid = 99;
	ASSERT_EQ(NULL,
	          parcel_make(PARCEL_LEND, 3, &head, acl, 1, &sgl, 1, &error));
	ASSERT_EQ(RM_ERR_VMID_INVALID, error);
	acl[0].vmid = 4;
	ASSERT_EQ(NULL, parcel_make(PARCEL_LEND, 3, &head, acl, 2, &sgl, 1,
	                            &error)); /* twice the same */
	acl[0].rights = 0;
	ASSERT_EQ(NULL,
	          parcel_make(PARCEL_LEND, 3, &head, acl, 1, &sgl, 1, &error));
	acl[0].rights = 8;
	ASSERT_EQ(NULL,
	          parcel_make(PARCEL_LEND, 3, &head, acl, 1, &sgl, 1, &error));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, error);
	PASS();
}

TEST whoever_dies_first_nothing_is_left(void)
{
	enum rm_error error;
	const uint64_t to = 0x80000000;
	struct parcel *p;

	set_up();
	p = give(PARCEL_LEND, BASE, PAGE, &error);
	parcel_accept(p, 4, &to, 1);
	parcel_forget_borrower(4);
	ASSERT_EQ(1u, extents); /* still lent, and the owner may take it back */
	ASSERT_EQ(RM_ERR_OK, parcel_reclaim(p, 3));
	ASSERT_EQ(0u, extents);

	p = give(PARCEL_LEND, BASE, PAGE, &error);
	parcel_accept(p, 4, &to, 1);
	fails_in = 1; /* whatever it is */
	while (parcel_forget_owner(3)) {
	}
	fails_in = 0;
	ASSERT_EQ(0u, extents);
	ASSERT_EQ(0u, parcel_count());

	p = give(PARCEL_DONATE, BASE, PAGE, &error);
	parcel_accept(p, 4, &to, 1);
	ASSERT_EQ(RM_ERR_DENIED, parcel_reclaim(p, 3));
	parcel_forget_borrower(4);
	ASSERT_EQ(0u, extents);
	PASS();
}

/* What is large goes in steps, and nobody gets it in between. */
TEST an_owner_that_dies_lets_others_be_answered(void)
{
	const struct rm_acl_entry acl = { 4, RM_ACL_R, 0 };
	const struct rm_sgl_entry sgl[] = { { BASE, 5 * MIB + PAGE },
		                            { BASE + 6 * MIB, PAGE } };
	const uint64_t to = 0x80000000;
	enum rm_error error;
	unsigned steps = 0;
	struct parcel *p;

	set_up();
	vms_find(3)->objects.ram.size = 8 * MIB;
	p = parcel_make(PARCEL_LEND, 3, &head, &acl, 1, sgl, 2, &error);
	ASSERT(p != NULL);
	ASSERT_EQ(RM_ERR_OK, parcel_accept(p, 4, &to, 1));
	while (parcel_forget_owner(3)) {
		steps++;
		ASSERT_EQ(0u, mappings);
		ASSERT_EQ(RM_ERR_DENIED, parcel_accept(p, 4, &to, 1));
	}
	ASSERT_EQ(3u, steps); /* the page; 2 MiB, 2 MiB; the rest ends it */
	ASSERT_EQ(0u, extents);
	ASSERT_EQ(0u, parcel_count());
	/* Refused, it goes all at once, with its extent. */
	p = parcel_make(PARCEL_LEND, 3, &head, &acl, 1, sgl, 1, &error);
	fails_in = 1;
	ASSERT_FALSE(parcel_forget_owner(3));
	ASSERT_EQ(0u, extents);
	ASSERT_EQ(0u, parcel_count());
	PASS();
}

TEST an_offer_is_not_inherited_with_a_vmid(void)
{
	enum rm_error error;
	const uint64_t to = 0x80000000;
	struct parcel *p;

	set_up();
	p = give(PARCEL_LEND, BASE, PAGE, &error);
	parcel_withdraw(4);
	ASSERT_EQ(RM_ERR_DENIED, parcel_accept(p, 4, &to, 1));
	ASSERT_EQ(RM_ERR_DENIED, parcel_accept(p, 0, &to, 1));
	ASSERT_EQ(RM_ERR_OK, parcel_reclaim(p, 3));
	p = give(PARCEL_DONATE, BASE, PAGE, &error);
	parcel_withdraw(4);
	ASSERT_EQ(0u, extents);
	ASSERT_EQ(0u, parcel_count());
	PASS();
}

/* Every call of making and accepting fails once: nothing is kept, and the owner
 * sees all it has. */
TEST an_error_at_any_call_leaves_nothing(void)
{
	const struct rm_mem_create clean = { .flags = RM_MEM_SANITIZE };
	const struct rm_acl_entry acl = { 4, RM_ACL_R, 0 };
	const struct rm_sgl_entry sgl[3] = { { BASE, PAGE },
		                             { BASE + PAGE, PAGE },
		                             { BASE + 4 * PAGE, PAGE } };
	const uint64_t to = 0;
	enum rm_error error;
	unsigned n = 1;

	for (;; n++) {
		struct parcel *p;

		set_up();
		fails_in = n;
		p = parcel_make(PARCEL_LEND, 3, &clean, &acl, 1, sgl, 3,
		                &error);
		if (p != NULL && parcel_accept(p, 4, &to, 1) == RM_ERR_OK) {
			break;
		}
		if (p == NULL) {
			ASSERT_EQ(0u, extents);
			ASSERT_EQ(0u, parcel_count());
		} else {
			ASSERT_EQ(0u, mappings);
			fails_in = 0;
			ASSERT_EQ(RM_ERR_OK, parcel_reclaim(p, 3));
			ASSERT_EQ(0u, extents);
		}
		ASSERT_EQ(0u, hidden);
	}
	ASSERT_GT(n, 10u); /* it did fail often */
	PASS();
}

/* Every call of taking back fails once: it says so, and then can be done. */
TEST what_cannot_come_back_can_be_asked_for_again(void)
{
	const struct rm_acl_entry acl = { 4, RM_ACL_R, 0 };
	const struct rm_sgl_entry sgl[2] = { { BASE, PAGE },
		                             { BASE + 4 * PAGE, PAGE } };
	const uint64_t to = 0;
	enum rm_error error;

	for (int kind = PARCEL_LEND; kind <= PARCEL_DONATE; kind++) {
		for (unsigned n = 1; kind != PARCEL_SHARE && n <= 2; n++) {
			struct parcel *p;

			set_up();
			p = parcel_make((enum parcel_kind)kind, 3, &head, &acl,
			                1, sgl, 2, &error);
			ASSERT_EQ(2u, hidden);
			fails_in = n;
			if (kind == PARCEL_DONATE) {
				parcel_forget_borrower(4);
			} else {
				ASSERT_EQ(RM_ERR_MAP_FAILED,
				          parcel_reclaim(p, 3));
			}
			ASSERT_EQ(3 - n, hidden);
			ASSERT_EQ(RM_ERR_DENIED, parcel_accept(p, 4, &to, 1));
			ASSERT_EQ(RM_ERR_DENIED, parcel_reclaim(p, 4));
			ASSERT_EQ(RM_ERR_OK, parcel_reclaim(p, 3));
			ASSERT_EQ(0u, hidden);
			ASSERT_EQ(0u, extents);
			ASSERT_EQ(0u, parcel_count());
		}
	}
	PASS();
}

static unsigned lend_by(uint16_t owner, unsigned parcels)
{
	const struct rm_acl_entry acl = { 5, RM_ACL_R, 0 };
	enum rm_error error;
	unsigned i;

	for (i = 0; i < parcels; i++) {
		const struct rm_sgl_entry sgl = { BASE + i * PAGE, PAGE };

		if (parcel_make(PARCEL_LEND, owner, &head, &acl, 1, &sgl, 1,
		                &error) == NULL) {
			return error == RM_ERR_NORESOURCE ? i : 1000;
		}
	}
	return i;
}

/* Who is not the primary VM cannot take parcels and ranges from the others. */
TEST a_vm_has_its_share(void)
{
	const struct rm_mem_create open = { .flags = RM_MEM_MORE };
	const struct rm_acl_entry acl = { 5, RM_ACL_R, 0 };
	struct rm_sgl_entry sgl[2] = { { BASE, PAGE }, { BASE + PAGE, PAGE } };
	enum rm_error error;
	struct parcel *p;

	set_up();
	ASSERT_EQ(PARCELS_OF_VM, lend_by(4, 20));
	ASSERT_EQ(20u, lend_by(3, 20));
	set_up();
	vms_find(4)->objects.ram.size = 2000 * PAGE;
	p = parcel_make(PARCEL_LEND, 4, &open, &acl, 1, sgl, 1, &error);
	for (unsigned i = 1; i < PARCEL_RANGES_OF_VM; i++) {
		sgl[1].ipa = BASE + i * PAGE;
		ASSERT_EQ(RM_ERR_OK, parcel_append(p, &sgl[1], 1, false));
	}
	sgl[1].ipa = BASE + 1500 * PAGE;
	ASSERT_EQ(RM_ERR_NORESOURCE, parcel_append(p, &sgl[1], 1, false));
	ASSERT_EQ(NULL, parcel_make(PARCEL_LEND, 4, &open, &acl, 1, &sgl[1], 1,
	                            &error));
	ASSERT_EQ(RM_ERR_NORESOURCE, error);
	ASSERT_EQ(RM_ERR_OK, parcel_reclaim(p, 4));
	ASSERT_EQ(1u, lend_by(4, 1));
	PASS();
}

TEST appended_ranges_close_the_parcel(void)
{
	const struct rm_mem_create open = { .flags = RM_MEM_MORE };
	const struct rm_acl_entry acl = { 4, RM_ACL_R, 0 };
	const struct rm_sgl_entry sgl[2] = { { BASE, PAGE },
		                             { BASE + PAGE, PAGE } };
	const uint64_t to = 0;
	enum rm_error error;
	struct parcel *p;

	set_up();
	p = parcel_make(PARCEL_LEND, 3, &open, &acl, 1, sgl, 1, &error);
	ASSERT_EQ(RM_ERR_DENIED, parcel_accept(p, 4, &to, 1));
	ASSERT_EQ(RM_ERR_OK, parcel_append(p, &sgl[1], 1, true));
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, parcel_append(p, &sgl[1], 1, true));
	ASSERT_EQ(2 * PAGE, parcel_size(p));
	ASSERT_EQ(RM_ERR_OK, parcel_accept(p, 4, &to, 1));
	ASSERT_EQ(2u, mappings);
	PASS();
}

TEST vmids_and_states(void)
{
	enum rm_error error;
	struct vm *vm;

	memset(vms, 0, sizeof(vms));
	vm = vms_add(0, 3, &error);
	ASSERT_EQ(RM_VMID_DYNAMIC_MIN, vm->vmid);
	ASSERT_EQ(RM_STATE_LOAD, vm->state);
	ASSERT_EQ(NULL, vms_add(vm->vmid, 3, &error));
	ASSERT_EQ(RM_ERR_IN_USE, error);
	ASSERT_EQ(NULL, vms_add(64, 3, &error));
	ASSERT_EQ(RM_ERR_VMID_INVALID, error);
	ASSERT_EQ(NULL, vms_add(RM_VMID, 3, &error));
	ASSERT_FALSE(vms_enter(vm, RM_STATE_RUNNING));
	ASSERT_EQ(RM_STATE_LOAD, vm->state);
	vms_remove(vm);
	ASSERT_EQ(NULL, vms_find(RM_VMID_DYNAMIC_MIN));
	for (unsigned i = 0; i < VMS_MAX; i++) {
		ASSERT(vms_add(0, 3, &error) != NULL);
	}
	ASSERT_EQ(NULL, vms_add(0, 3, &error));
	ASSERT_EQ(RM_ERR_NORESOURCE, error);
	PASS();
}

SUITE(parcel)
{
	RUN_TEST(the_legal_way_round);
	RUN_TEST(illegal_steps_are_refused);
	RUN_TEST(only_whole_pages_of_ones_own_ram);
	RUN_TEST(a_wrong_list_is_refused_before_any_of_it_is_taken);
	RUN_TEST(wrong_borrowers);
	RUN_TEST(whoever_dies_first_nothing_is_left);
	RUN_TEST(an_owner_that_dies_lets_others_be_answered);
	RUN_TEST(an_offer_is_not_inherited_with_a_vmid);
	RUN_TEST(an_error_at_any_call_leaves_nothing);
	RUN_TEST(what_cannot_come_back_can_be_asked_for_again);
	RUN_TEST(a_vm_has_its_share);
	RUN_TEST(appended_ranges_close_the_parcel);
	RUN_TEST(vmids_and_states);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(parcel);
	GREATEST_MAIN_END();
}
