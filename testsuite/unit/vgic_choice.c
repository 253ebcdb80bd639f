/* SPDX-License-Identifier: BSD-2-Clause */
/* Which interrupt comes first, to whom, and how many fit the list registers. */
#include "vgic_tests.h"

TEST c145_priority_orders_and_preempts(void)
{
	rig_enable(0, 40, true, 0xa0);
	rig_enable(0, 41, true, 0x60);
	rig_enable(0, 42, true, 0x80);
	vgic_raise(&rig.vm, 0, 40);
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	vgic_raise(&rig.vm, 0, 42);
	vgic_raise(&rig.vm, 0, 41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u"); /* preempts 40 */
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_eoi(41);
	ASSERT_EQ_FMT(42u, rig_ack(), "%u");
	rig_eoi(42);
	rig_eoi(40);
	PASS();
}

TEST c149_retargeted_while_pending_it_moves(void)
{
	rig_enable(0, 41, true, PRIO);
	vgic_raise(&rig.vm, 0, 41);
	vgic_write_route(rig.vm.vgic, 41, 1);
	rig_run();
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_on(1);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	/* Active: the next one goes to the new target when it has ended. */
	vgic_write_route(rig.vm.vgic, 41, 0);
	vgic_raise(&rig.vm, 0, 41);
	rig_run();
	rig_eoi(41);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_on(0);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	PASS();
}

TEST c149_routed_to_nobody_it_waits(void)
{
	rig_enable(0, 41, true, PRIO);
	vgic_write_route(rig.vm.vgic, 41, 0x77);
	vgic_raise(&rig.vm, 0, 41);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	ASSERT_EQ_FMT(1u << 9, rig_read(0, VGIC_ISPENDR, 1), "%x");
	vgic_write_route(rig.vm.vgic, 41, 1);
	rig_run();
	rig_on(1);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	PASS();
}

TEST one_of_n_goes_to_exactly_one(void)
{
	unsigned taken[2] = { 0, 0 };

	rig_enable(0, 41, true, PRIO);
	vgic_write_route(rig.vm.vgic, 41, GICD_IROUTER_ANY);
	for (unsigned i = 0; i < 4; i++) {
		rig_on(i % 2);
		vgic_raise(&rig.vm, 0, 41);
		rig_run();
		for (unsigned cpu = 0; cpu < 2; cpu++) {
			rig_on(cpu);
			if (rig_ack() == 41) {
				taken[cpu]++;
				rig_eoi(41);
			}
		}
	}
	ASSERT_EQ_FMT(4u, taken[0] + taken[1], "%u");

	/* A vCPU that goes offline holds none back. */
	rig_on(0);
	vgic_raise(&rig.vm, 0, 41);
	rig_off(0, true);
	rig_on(1);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	rig_eoi(41);

	/* The last one goes off with one pending: the next one on gets it. */
	vgic_raise(&rig.vm, 0, 41);
	rig_off(1, true);
	rig_off(0, false);
	rig_on(0);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	rig_eoi(41);
	rig_off(1, false);
	rig_off(0, true);
	rig_on(1);

	/* With nobody left it waits for somebody. */
	rig_off(1, true);
	vgic_raise(&rig.vm, 0, 41);
	rig_run();
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_off(1, false);
	rig_on(1);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	PASS();
}

TEST priority_may_change_while_queued_and_listed(void)
{
	for (uint32_t i = 0; i < 8; i++) {
		rig_enable(0, 40 + i, true, 0x80);
		vgic_raise(&rig.vm, 0, 40 + i);
	}
	rig_priority(0, 46, 0x40);
	rig_priority(0, 40, 0xc0);
	ASSERT_EQ_FMT(46u, rig_ack(), "%u");
	rig_eoi(46);
	for (uint32_t want = 41; want < 48; want++) {
		if (want == 46) {
			continue;
		}
		uint32_t got = rig_ack();

		ASSERT(got >= 41 && got < 48);
		rig_eoi(got);
	}
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	rig_eoi(40);
	PASS();
}

TEST c156_more_pending_than_list_registers(void)
{
	uint64_t seen = 0;

	for (uint32_t i = 0; i < 32; i++) {
		rig_enable(0, 32 + i, true, 8 * (31 - i));
		rig_write(0, VGIC_ISPENDR, 1, 1u << i);
	}
	ich_write_vmcr(ich_read_vmcr() | field_put(ICH_VMCR_VPMR, 0xff));
	for (uint32_t i = 32; i > 0; i--) {
		uint32_t got = rig_ack();

		ASSERT_EQ_FMT(32 + i - 1, got, "%u"); /* the best each time */
		seen |= 1ull << (got - 32);
		rig_eoi(got);
	}
	ASSERT_EQ(seen, 0xffffffffull);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	ASSERT_EQ_FMT(0u, rig.storms, "%u");
	PASS();
}

TEST nested_deeper_than_list_registers(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		rig_enable(0, 32 + i, true, 8 * (20 - i));
		vgic_raise(&rig.vm, 0, 32 + i);
		ASSERT_EQ_FMT(32 + i, rig_ack(), "%u");
	}
	ASSERT_EQ_FMT(0xffffu, rig_read(0, VGIC_ISACTIVER, 1), "%x");
	for (uint32_t i = 16; i > 0; i--) {
		rig_eoi(32 + i - 1);
		ASSERT_EQ_FMT((1u << (i - 1)) - 1,
		              rig_read(0, VGIC_ISACTIVER, 1), "%x");
	}
	ASSERT_EQ_FMT(0u, rig.storms, "%u");
	PASS();
}

TEST many_split_active_ones_end_by_dir(void)
{
	ich_write_vmcr(ich_read_vmcr() | ICH_VMCR_VEOIM);
	for (uint32_t i = 0; i < 12; i++) {
		rig_enable(0, 32 + i, true, PRIO);
		vgic_raise(&rig.vm, 0, 32 + i);
	}
	for (uint32_t i = 0; i < 12; i++) {
		uint32_t got = rig_ack();

		ASSERT_NEQ(NONE, got);
		rig_eoi(got);
	}
	ASSERT_EQ_FMT(0xfffu, rig_read(0, VGIC_ISACTIVER, 1), "%x");
	for (uint32_t i = 0; i < 12; i++) {
		ASSERT(ich_read_hcr() & ICH_HCR_TDIR);
		vgic_write_dir(rig.vcpu[0].vgic, 32 + i);
		rig_run();
	}
	ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISACTIVER, 1), "%x");
	ASSERT_EQ_FMT(0u, rig.storms, "%u");
	PASS();
}

TEST group_that_is_off_blocks_no_other(void)
{
	/* Group 0 has the better priorities, but is off in the interface. */
	rig_write(0, VGIC_IGROUPR, 1, 0xffff0000u);
	ich_write_vmcr(ich_read_vmcr() & ~ICH_VMCR_VENG0);
	for (uint32_t i = 0; i < 8; i++) {
		rig_enable(0, 32 + i, true, 0x10);
		vgic_raise(&rig.vm, 0, 32 + i);
	}
	rig_enable(0, 50, true, PRIO);
	vgic_raise(&rig.vm, 0, 50);
	ASSERT_EQ_FMT(50u, rig_ack(), "%u");
	PASS();
}

SUITE(vgic_choice)
{
	SET_SETUP(vgic_setup, NULL);
	SET_TEARDOWN(vgic_teardown, NULL);
	RUN_TEST(c145_priority_orders_and_preempts);
	RUN_TEST(c149_retargeted_while_pending_it_moves);
	RUN_TEST(c149_routed_to_nobody_it_waits);
	RUN_TEST(one_of_n_goes_to_exactly_one);
	RUN_TEST(priority_may_change_while_queued_and_listed);
	RUN_TEST(c156_more_pending_than_list_registers);
	RUN_TEST(nested_deeper_than_list_registers);
	RUN_TEST(many_split_active_ones_end_by_dir);
	RUN_TEST(group_that_is_off_blocks_no_other);
}
