/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects and their life: partitions and quotas, capability spaces, states
 * (docs/abi.md; behaviours 59-68, 74, 246, 275).
 */
#include <abi/rights.h>

#include "greatest.h"
#include "hvc_objects.h"
#include "rt/call.h"

static uint64_t ledger_before[LEDGER_COUNT];

static uint64_t create_from(uint64_t partition, unsigned number, int64_t *err)
{
	const uint64_t arg[8] = { partition, root.cspace };
	struct hv r = hv_call(number, arg);

	*err = r.err;
	return r.out[0];
}

const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	if (!hv_ledger(now)) {
		return "not readable";
	}
	return hv_ledger_difference(ledger_before, now) ?: "nothing";
}

TEST the_root_vm_knows_its_capabilities(void)
{
	ASSERT(hv_root_env(&root));
	ASSERT(hv_ledger(ledger_before));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(TS_LEDGER, LEDGER_COUNT).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(TS_ROOT_ENV, 1000).err);
	PASS();
}

TEST c74_the_answer_to_identify_is_stable(void)
{
	uint64_t first[8] = { 0 };
	uint64_t again[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	hvc_native(HVC_IDENTIFY, first);
	hvc_native(HVC_IDENTIFY, again);
	ASSERT_MEM_EQ(first, again, 4 * sizeof(first[0]));
	ASSERT_EQ(1, first[0] & HVC_API_VERSION);
	ASSERT_EQ(HVC_VARIANT_GUNYAH, first[0] >> 56);
	ASSERT(first[1] & HVC_HAS_CSPACE && first[1] & HVC_HAS_DOORBELL &&
	       first[1] & HVC_HAS_MSGQUEUE && first[1] & HVC_HAS_VCPU_RUN);
	PASS();
}

/* A partition spends its own limit, and gives it back when it dies. */
TEST c275_a_partition_spends_what_it_was_given(void)
{
	uint64_t child = create(HVC_PARTITION_CREATE_PARTITION);
	uint64_t cap[64];
	unsigned made = 0;
	int64_t err;

	create_from(child, HVC_PARTITION_CREATE_DOORBELL, &err);
	ASSERT_EQ(HV_OBJECT_STATE, err);
	ASSERT_EQ(0, activate(child));
	create_from(child, HVC_PARTITION_CREATE_DOORBELL, &err);
	ASSERT_EQ(HV_NOMEM, err);
	ASSERT_EQ(HV_NOMEM, HV(TS_PARTITION_LIMIT, root.partition, child,
	                       root.partition_limit + 1)
	                            .err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(TS_PARTITION_LIMIT, child, root.partition, 1).err);
	ASSERT_EQ(0, HV(TS_PARTITION_LIMIT, root.partition, child, 4096).err);
	do {
		cap[made] =
			create_from(child, HVC_PARTITION_CREATE_DOORBELL, &err);
		made += err == HV_OK;
	} while (err == HV_OK && made < 64);
	ASSERT_EQ(HV_NOMEM, err);
	ASSERT_GT(made, 2);
	ASSERT_EQ(HV_NOMEM,
	          HV(TS_PARTITION_LIMIT, root.partition, child, -4096ull).err);
	/* Who pays lives as long as what was paid for. */
	ASSERT_EQ(0, drop(child));
	while (made > 0) {
		ASSERT_EQ(0, drop(cap[--made]));
	}
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST c68_a_capability_space_holds_its_size_and_no_more(void)
{
	uint64_t cs = create(HVC_PARTITION_CREATE_CSPACE);
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
	uint64_t id[5];

	ASSERT_EQ(HV_OBJECT_CONFIG, activate(cs));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(CSPACE_CONFIGURE, cs, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(CSPACE_CONFIGURE, cs, ~0ull).err);
	ASSERT_EQ(0, HV(CSPACE_CONFIGURE, cs, 4).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(0, activate(cs));
	ASSERT_EQ(HV_OBJECT_STATE, activate(cs));
	ASSERT_EQ(HV_OBJECT_STATE, HV(CSPACE_CONFIGURE, cs, 5).err);
	for (unsigned i = 0; i < 4; i++) {
		struct hv r =
			HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1);

		ASSERT_EQ(0, r.err);
		id[i] = r.out[0];
	}
	ASSERT_EQ(HV_CSPACE_FULL,
	          HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(HV_CSPACE_FULL,
	          HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, cs, id[2]).err);
	ASSERT_EQ(HV_CAP_NULL, HV(CSPACE_DELETE_CAP_FROM, cs, id[2]).err);
	ASSERT_EQ(0, HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(0, drop(bell)); /* the copies keep it */
	ASSERT_EQ(0, drop(cs));   /* and go with their space */
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST revoking_reaches_every_copy(void)
{
	uint64_t cs = create(HVC_PARTITION_CREATE_CSPACE);
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
	uint64_t copy;
	uint64_t far_copy;

	ASSERT_EQ(0, activate(bell));
	ASSERT_EQ(0, HV(CSPACE_CONFIGURE, cs, 4).err);
	ASSERT_EQ(0, activate(cs));
	copy = HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, root.cspace,
	          DOORBELL_MAY_SEND)
	               .out[0];
	far_copy = HV(CSPACE_COPY_CAP_FROM, root.cspace, copy, cs, ~0u).out[0];
	ASSERT_EQ(0, HV(DOORBELL_SEND, copy, 1).err);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS, HV(DOORBELL_RECEIVE, copy, 1).err);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, copy).err);
	ASSERT_EQ(0, HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, bell).err);
	ASSERT_EQ(HV_CAP_REVOKED, HV(DOORBELL_SEND, copy, 1).err);
	ASSERT_EQ(HV_CAP_REVOKED,
	          HV(CSPACE_COPY_CAP_FROM, cs, far_copy, root.cspace, 1).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT_EQ(0, drop(copy));
	ASSERT_EQ(0, drop(bell));
	ASSERT_EQ(0, drop(cs));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* Only from INIT to ACTIVE, and attached only in between. */
TEST states_are_kept_apart(void)
{
	uint64_t as = create(HVC_PARTITION_CREATE_ADDRSPACE);
	uint64_t t = create(HVC_PARTITION_CREATE_THREAD);
	uint64_t vic = create(HVC_PARTITION_CREATE_VIC);
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);

	ASSERT_EQ(HV_OBJECT_STATE, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(ADDRSPACE_ATTACH_THREAD, as, t).err);
	ASSERT_EQ(HV_OBJECT_CONFIG, activate(t));
	ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE, as, 10).err);
	ASSERT_EQ(0, activate(as));
	ASSERT_EQ(0, HV(ADDRSPACE_ATTACH_THREAD, as, t).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VIC_ATTACH_VCPU, vic, t, 0).err);
	ASSERT_EQ(HV_OBJECT_CONFIG, activate(vic));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_CONFIGURE, vic, 65, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_CONFIGURE, vic, 1, 989).err);
	ASSERT_EQ(0, HV(VIC_CONFIGURE, vic, 1, 32).err);
	ASSERT_EQ(0, activate(vic));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_ATTACH_VCPU, vic, t, 1).err);
	ASSERT_EQ(0, HV(VIC_ATTACH_VCPU, vic, t, 0).err);
	ASSERT_EQ(HV_BUSY, HV(VIC_ATTACH_VCPU, vic, t, 0).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_POWERON, t, 0, 0, 0).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_KILL, t).err);
	ASSERT_EQ(0, activate(t));
	ASSERT_EQ(HV_OBJECT_STATE, activate(t));
	ASSERT_EQ(HV_OBJECT_STATE, HV(ADDRSPACE_ATTACH_THREAD, as, t).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(CSPACE_ATTACH_THREAD, root.cspace, t).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_SET_PRIORITY, t, 10).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_SET_TIMESLICE, t, 5000000).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_CONFIGURE, t, 1).err);
	/* The caps go in the wrong order: nothing is left all the same. */
	ASSERT_EQ(0, drop(as));
	ASSERT_EQ(0, drop(vic));
	ASSERT_EQ(0, drop(t));
	ASSERT_EQ(0, drop(bell));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST scheduling_parameters_have_limits(void)
{
	uint64_t t = create(HVC_PARTITION_CREATE_THREAD);
	uint64_t weak = HV(CSPACE_COPY_CAP_FROM, root.cspace, t, root.cspace,
	                   THREAD_MAY_SET_AFFINITY)
	                        .out[0];

	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_SET_PRIORITY, t, 64).err);
	ASSERT_EQ(0, HV(VCPU_SET_PRIORITY, t, 63).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_SET_TIMESLICE, t, 999999).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_SET_TIMESLICE, t, 100000001).err);
	ASSERT_EQ(0, HV(VCPU_SET_TIMESLICE, t, 100000000).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_SET_AFFINITY, t, 8, HV_ONES).err);
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, t, 0, HV_ONES).err);
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, weak, 0, HV_ONES).err);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          HV(VCPU_SET_AFFINITY, weak, HV_ONES, HV_ONES).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_CONFIGURE, t, 4).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_REGISTER_WRITE, t, 0, 31, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_REGISTER_WRITE, t, 1, 0, 2).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_REGISTER_WRITE, t, 3, 0, 0).err);
	ASSERT_EQ(0, HV(VCPU_REGISTER_WRITE, t, 2, 1, 8).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(SCHEDULER_YIELD, 3).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(SCHEDULER_YIELD, 1ull << 31).err);
	ASSERT_EQ(HV_CAP_NULL, HV(SCHEDULER_YIELD, 1, 0).err);
	ASSERT_EQ(0, drop(weak));
	ASSERT_EQ(0, drop(t));
	PASS();
}

/* Refused a hundred thousand times, nothing has been lost (66, 67). */
TEST c66_c67_refusals_cost_nothing(void)
{
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
	uint64_t before[LEDGER_COUNT];
	uint64_t after[LEDGER_COUNT];

	ASSERT(hv_ledger(before));
	for (unsigned i = 0; i < 25000; i++) {
		ASSERT_EQ(HV_OBJECT_STATE, HV(DOORBELL_SEND, bell, 1).err);
		ASSERT_EQ(HV_WRONG_OBJECT_TYPE,
		          HV(DOORBELL_BIND_VIRQ, root.vic, bell, 40).err);
		ASSERT_EQ(HV_CAP_NULL,
		          HV(PARTITION_CREATE_THREAD, root.partition, i).err);
		ASSERT_EQ(HV_OBJECT_STATE,
		          HV(OBJECT_ACTIVATE, root.cspace).err);
	}
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(before, after) ?: "nothing");
	ASSERT_EQ(0, activate(bell));
	ASSERT_EQ(0, drop(bell));
	PASS();
}

SUITE(objects)
{
	RUN_TEST(the_root_vm_knows_its_capabilities);
	RUN_TEST(c74_the_answer_to_identify_is_stable);
	RUN_TEST(c275_a_partition_spends_what_it_was_given);
	RUN_TEST(c68_a_capability_space_holds_its_size_and_no_more);
	RUN_TEST(revoking_reaches_every_copy);
	RUN_TEST(states_are_kept_apart);
	RUN_TEST(scheduling_parameters_have_limits);
	RUN_TEST(c66_c67_refusals_cost_nothing);
}

SUITE_EXTERN(vcpus); /* hvc_objects_vcpus.c */

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(objects);
	RUN_SUITE(vcpus);
	GREATEST_MAIN_END();
}
