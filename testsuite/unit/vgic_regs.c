/* SPDX-License-Identifier: BSD-2-Clause */
/* What the registers of the virtual GIC say, and what writing them does. */
#include "vgic_tests.h"

TEST c146_disabled_waits_and_enabled_comes(void)
{
	rig_enable(0, 41, true, PRIO);
	rig_write(0, VGIC_ICENABLER, 1, 1u << 9);
	vgic_raise(&rig.vm, 0, 41);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	ASSERT_EQ_FMT(1u << 9, rig_read(0, VGIC_ISPENDR, 1), "%x");
	rig_write(0, VGIC_ISENABLER, 1, 1u << 9);
	ASSERT_EQ_FMT(1u << 9, rig_read(0, VGIC_ISPENDR, 1), "%x");
	rig_write(0, VGIC_ICENABLER, 1, 1u << 9); /* while it is listed */
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_write(0, VGIC_ISENABLER, 1, 1u << 9);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	PASS();
}

TEST c147_pending_and_active_by_software(void)
{
	rig_enable(0, 40, false, PRIO);
	rig_write(0, VGIC_ISPENDR, 1, 1u << 8);
	ASSERT_EQ_FMT(1u << 8, rig_read(0, VGIC_ISPENDR, 1), "%x");
	rig_write(0, VGIC_ICPENDR, 1, 1u << 8);
	ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISPENDR, 1), "%x");
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");

	/* A level that is high cannot be cleared. */
	vgic_set_level(&rig.vm, 0, 40, true);
	rig_write(0, VGIC_ICPENDR, 1, 1u << 8);
	ASSERT_EQ_FMT(1u << 8, rig_read(0, VGIC_ISPENDR, 1), "%x");

	/* Active: not taken; cleared: taken. */
	rig_write(0, VGIC_ISACTIVER, 1, 1u << 8);
	ASSERT_EQ_FMT(1u << 8, rig_read(0, VGIC_ISACTIVER, 1), "%x");
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_write(0, VGIC_ICACTIVER, 1, 1u << 8);
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	ASSERT_EQ_FMT(1u << 8, rig_read(0, VGIC_ISACTIVER, 1), "%x");
	rig_eoi(40);
	ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISACTIVER, 1), "%x");
	PASS();
}

/* Active with no target, and without vCPU 0, that some vCPU could be. */
TEST active_without_a_target_has_a_holder_that_is_there(void)
{
	vgic_write_route(rig.vm.vgic, 41, 0x77);
	rig_off(0, true);
	vgic_vcpu_hide(&rig.vcpu[0]);
	rig_on(1);
	rig_write(1, VGIC_ISACTIVER, 1, 1u << 9);
	ASSERT_EQ_FMT(1u << 9, rig_read(1, VGIC_ISACTIVER, 1), "%x");
	ASSERT_EQ_FMT(1u, rig.vm.vgic->spis[1]->holder[9], "%u");
	rig_write(1, VGIC_ICACTIVER, 1, 1u << 9);
	ASSERT_EQ_FMT(0u, rig_read(1, VGIC_ISACTIVER, 1), "%x");

	/* With no vCPU at all it stays as it is. */
	rig_write(1, VGIC_ISACTIVER, 1, 1u << 9);
	rig_off(1, true);
	vgic_vcpu_hide(&rig.vcpu[1]);
	ASSERT_EQ_FMT(0u, rig.vm.vgic->spis[1]->bank.active, "%x");
	rig_write(1, VGIC_ISACTIVER, 1, 1u << 9);
	ASSERT_EQ_FMT(0u, rig_read(1, VGIC_ISACTIVER, 1), "%x");

	vgic_vcpu_show(&rig.vcpu[0]);
	vgic_vcpu_show(&rig.vcpu[1]);
	PASS();
}

TEST soft_pending_level_is_taken_once(void)
{
	rig_enable(0, 40, false, PRIO);
	rig_write(0, VGIC_ISPENDR, 1, 1u << 8);
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	rig_eoi(40);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	PASS();
}

TEST c151_priority_has_five_bits_and_bytes(void)
{
	struct vgic_vm *g = rig.vm.vgic;

	vgic_write_priority(g, NULL, 40, 4, 0x11ff8f07);
	ASSERT_EQ_FMT(0x10f88800u, vgic_read_priority(g, NULL, 40, 4), "%x");
	vgic_write_priority(g, NULL, 42, 1, 0x20);
	ASSERT_EQ_FMT(0x10208800u, vgic_read_priority(g, NULL, 40, 4), "%x");
	ASSERT_EQ_FMT(0x20u, vgic_read_priority(g, NULL, 42, 1), "%x");
	PASS();
}

TEST c158_no_such_interrupt_is_an_error(void)
{
	static const uint32_t bad[] = { 96,   97,   1019, 1020, 1023,
		                        1024, 1120, 5120, ~0u };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(ERR_INVAL, vgic_raise(&rig.vm, 0, bad[i]));
		ASSERT_EQ(ERR_INVAL, vgic_set_level(&rig.vm, 0, bad[i], true));
	}
	ASSERT_EQ(ERR_INVAL, vgic_raise(&rig.vm, 2, 5));
	ASSERT_EQ(ERR_INVAL, vgic_raise(&rig.vm, 64, 5));
	ASSERT_EQ(ERR_INVAL, vgic_raise(&rig.vm, ~0u, 5));
	ASSERT_EQ(ERR_OK, vgic_raise(&rig.vm, ~0u, 95));
	PASS();
}

TEST c170_nothing_while_the_distributor_is_off(void)
{
	rig_enable(0, 41, true, PRIO);
	vgic_write_ctlr(rig.vm.vgic, 0);
	vgic_raise(&rig.vm, 0, 41);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	vgic_write_ctlr(rig.vm.vgic, 1); /* group 0 alone */
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	vgic_write_ctlr(rig.vm.vgic, 2);
	ASSERT_EQ_FMT(0x52u, vgic_read_ctlr(rig.vm.vgic), "%x");
	vgic_write_ctlr(rig.vm.vgic, 0); /* while it is listed */
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	vgic_write_ctlr(rig.vm.vgic, 2);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	PASS();
}

TEST c172_banks_beyond_the_last_are_zero(void)
{
	rig_write(0, VGIC_ISENABLER, 3, ~0u);
	rig_write(0, VGIC_ISPENDR, 31, ~0u);
	ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISENABLER, 3), "%x");
	ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISPENDR, 31), "%x");
	ASSERT_EQ_FMT(0xaaaaaaaau,
	              vgic_read_config(rig.vm.vgic, rig.vcpu[0].vgic, 0), "%x");
	vgic_write_config(rig.vm.vgic, rig.vcpu[0].vgic, 0, 0);
	ASSERT_EQ_FMT(0xaaaaaaaau,
	              vgic_read_config(rig.vm.vgic, rig.vcpu[0].vgic, 0), "%x");
	PASS();
}

TEST registers_of_a_remote_vcpu_tell_the_truth(void)
{
	rig_on(1);
	rig_enable(1, 20, true, PRIO);
	vgic_raise(&rig.vm, 1, 20);
	rig_on(0);
	ASSERT_EQ_FMT(1u << 20, rig_read(1, VGIC_ISPENDR, 0), "%x");
	rig_on(1);
	ASSERT_EQ_FMT(20u, rig_ack(), "%u");
	rig_on(0);
	ASSERT_EQ_FMT(0u, rig_read(1, VGIC_ISPENDR, 0), "%x");
	ASSERT_EQ_FMT(1u << 20, rig_read(1, VGIC_ISACTIVER, 0), "%x");
	rig_write(1, VGIC_ICACTIVER, 0, 1u << 20);
	vgic_raise(&rig.vm, 1, 20);
	rig_run();
	rig_write(1, VGIC_ICENABLER, 0, 1u << 20);
	rig_on(1);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u"); /* disabled means disabled */
	PASS();
}

SUITE(vgic_regs)
{
	SET_SETUP(vgic_setup, NULL);
	SET_TEARDOWN(vgic_teardown, NULL);
	RUN_TEST(c146_disabled_waits_and_enabled_comes);
	RUN_TEST(c147_pending_and_active_by_software);
	RUN_TEST(active_without_a_target_has_a_holder_that_is_there);
	RUN_TEST(soft_pending_level_is_taken_once);
	RUN_TEST(c151_priority_has_five_bits_and_bytes);
	RUN_TEST(c158_no_such_interrupt_is_an_error);
	RUN_TEST(c170_nothing_while_the_distributor_is_off);
	RUN_TEST(c172_banks_beyond_the_last_are_zero);
	RUN_TEST(registers_of_a_remote_vcpu_tell_the_truth);
}
