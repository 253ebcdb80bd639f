/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may rely on in the virtual GIC, rule by rule (IHI 0069). */
#include "heap.h"
#include "vgic/state.h"
#include "vgic_rig.h"

#undef ASSERT
#include "greatest.h"

#define NONE 1023u
#define PRIO 0x80u

static void setup(void *unused)
{
	(void)unused;
	rig.linked = 1u << 27 | 1u << 30;
	rig_start(2, 64, 4);
}

static void teardown(void *unused)
{
	(void)unused;
	rig_end();
}

TEST c139_sgi_reaches_exactly_its_targets(void)
{
	struct vgic_vcpu *self = rig.vcpu[0].vgic;

	rig_enable(0, 5, true, PRIO);
	rig_enable(1, 5, true, PRIO);

	vgic_send_sgi(self, 5ull << 24 | 1u << 0, true);
	rig_run();
	ASSERT_EQ_FMT(5u, rig_ack(), "%u");
	rig_eoi(5);
	rig_on(1);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");

	rig_on(0);
	vgic_send_sgi(self, 5ull << 24 | SGIR_ALL, true);
	rig_run();
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_on(1);
	ASSERT_EQ_FMT(5u, rig_ack(), "%u");
	rig_eoi(5);

	rig_on(0);
	vgic_send_sgi(self, 5ull << 24 | 3u, true);
	rig_run();
	ASSERT_EQ_FMT(5u, rig_ack(), "%u");
	rig_on(1);
	ASSERT_EQ_FMT(5u, rig_ack(), "%u");
	PASS();
}

TEST sgi_is_dropped_in_the_other_group(void)
{
	rig_enable(0, 5, true, PRIO);
	vgic_send_sgi(rig.vcpu[0].vgic, 5ull << 24 | 1, false);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	PASS();
}

TEST c141_level_stays_until_lowered(void)
{
	rig_enable(0, 40, false, PRIO);
	vgic_set_level(&rig.vm, 0, 40, true);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ_FMT(40u, rig_ack(), "%u");
		ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
		rig_eoi(40);
	}
	vgic_set_level(&rig.vm, 0, 40, false);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	PASS();
}

TEST level_lowered_by_the_handler_needs_no_maintenance(void)
{
	rig_enable(0, 40, false, PRIO);
	vgic_set_level(&rig.vm, 0, 40, true);
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	vgic_set_level(&rig.vm, 0, 40, false);
	rig_eoi(40);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	ASSERT_EQ_FMT(0u, rig.maintenances, "%u");
	PASS();
}

TEST c141_edge_is_taken_once_and_again_while_active(void)
{
	rig_enable(0, 41, true, PRIO);
	vgic_raise(&rig.vm, 0, 41);
	vgic_raise(&rig.vm, 0, 41); /* still pending: the same one */
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	vgic_raise(&rig.vm, 0, 41); /* a new one */
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	rig_eoi(41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	rig_eoi(41);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	PASS();
}

TEST c142_split_eoi_keeps_it_active_until_dir(void)
{
	ich_write_vmcr(ich_read_vmcr() | ICH_VMCR_VEOIM);
	rig_enable(0, 40, false, PRIO);
	rig_enable(0, 41, true, PRIO);
	vgic_set_level(&rig.vm, 0, 40, true);
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	rig_eoi(40);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u"); /* dropped, still active */
	vgic_raise(&rig.vm, 0, 41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u"); /* others may come */
	rig_eoi(41);
	vgic_write_dir(rig.vcpu[0].vgic, 40);
	rig_run();
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	PASS();
}

TEST c142_dir_of_another_cpu_ends_an_spi(void)
{
	ich_write_vmcr(ich_read_vmcr() | ICH_VMCR_VEOIM);
	rig_enable(0, 41, true, PRIO);
	vgic_raise(&rig.vm, 0, 41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	rig_eoi(41);
	rig_on(1);
	vgic_write_dir(rig.vcpu[1].vgic, 41);
	rig_run();
	ASSERT_EQ_FMT(0u, rig_read(1, VGIC_ISACTIVER, 1), "%x");
	vgic_raise(&rig.vm, 0, 41);
	rig_run();
	rig_on(0);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	PASS();
}

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

/* A vCPU that is hidden gives back what it got, whatever has grown since. */
TEST banks_may_grow_before_a_hidden_vcpu_is_freed(void)
{
	struct vcpu late = { .vm = &rig.vm, .index = 2 };
	uint64_t before;
	uint64_t made;

	for (unsigned i = 0; i < 2; i++) {
		rig_off(i, true);
		vgic_vcpu_hide(&rig.vcpu[i]);
	}
	before = heap_bytes();
	ASSERT_EQ(ERR_OK, vgic_vcpu_init(&late));
	made = heap_bytes() - before;
	ASSERT_EQ(ERR_OK, vgic_vm_init(&rig.vm, 988));
	before = heap_bytes() - made;
	vgic_vcpu_fini(&late);
	ASSERT_EQ(before, heap_bytes());
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

TEST c171_a_new_vm_has_nothing_of_the_last(void)
{
	for (uint32_t i = 0; i < 8; i++) {
		rig_enable(0, 32 + i, true, 8 * (9 - i));
		vgic_raise(&rig.vm, 0, 32 + i);
	}
	ASSERT_EQ_FMT(39u, rig_ack(), "%u");
	teardown(NULL);
	setup(NULL);
	for (uint32_t n = 0; n < 3; n++) {
		ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISPENDR, n), "%x");
		ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISACTIVER, n), "%x");
		ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISENABLER, n), "%x");
	}
	ASSERT_EQ_FMT(0u, (unsigned)ich_read_apr(1, 0), "%x");
	rig_enable(0, 40, true, 0xf0);
	vgic_raise(&rig.vm, 0, 40);
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
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

TEST state_survives_a_switch_of_cpus(void)
{
	rig_enable(0, 40, false, 0x80);
	rig_enable(0, 41, true, 0x40);
	rig_enable(0, 42, true, 0xa0);
	vgic_set_level(&rig.vm, 0, 40, true);
	ASSERT_EQ_FMT(40u, rig_ack(), "%u");
	vgic_raise(&rig.vm, 0, 42);
	rig_save(0);
	ASSERT_EQ_FMT(0u, (unsigned)ich_read_hcr(), "%x");
	vgic_raise(&rig.vm, 0, 41);
	ASSERT(rig.woken[0]);
	rig_load(0, 5);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u"); /* preempts, as before */
	rig_eoi(41);
	vgic_set_level(&rig.vm, 0, 40, false);
	rig_eoi(40);
	ASSERT_EQ_FMT(42u, rig_ack(), "%u");
	rig_eoi(42);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	PASS();
}

TEST c164_work_is_what_would_be_signalled(void)
{
	struct vgic_vcpu *c = rig.vcpu[0].vgic;

	rig_enable(0, 41, true, 0x80);
	ASSERT(!vgic_has_work(c));
	vgic_raise(&rig.vm, 0, 41);
	ASSERT(vgic_has_work(c));
	ich_write_vmcr(3 | field_put(ICH_VMCR_VPMR, 0x80));
	ASSERT(!vgic_has_work(c));
	ich_write_vmcr(3 | field_put(ICH_VMCR_VPMR, 0xf8));
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	vgic_raise(&rig.vm, 0, 41); /* same priority as the running one */
	ASSERT(!vgic_has_work(c));
	rig_save(0);
	ASSERT(!vgic_has_work(c));
	rig_load(0, 0);
	rig_eoi(41);
	rig_save(0);
	ASSERT(vgic_has_work(c));
	PASS();
}

/* What the machine does when a timer's line rises. */
static void ppi_fires(uint32_t intid)
{
	rig.inputs |= 1u << intid;
	if (!fake_ich[fake_cpu].phys_active[intid]) {
		fake_ich[fake_cpu].phys_active[intid] = true;
		vgic_ppi_fired(vgic_here[fake_cpu], intid);
	}
	rig_run();
}

TEST c140_linked_ppi_is_ended_by_the_guest(void)
{
	rig_enable(0, 27, false, PRIO);
	ppi_fires(27);
	ASSERT_EQ_FMT(27u, rig_ack(), "%u");
	ASSERT(fake_ich[0].phys_active[27]);
	rig.inputs = 0;
	rig_eoi(27);
	ASSERT(!fake_ich[0].phys_active[27]);
	ASSERT_EQ_FMT(0u, fake_deactivations, "%u");
	ASSERT_EQ_FMT(0u, rig.maintenances, "%u");
	PASS();
}

TEST c195_no_ghost_of_a_timer_that_was_moved(void)
{
	rig.masks_irqs = true;
	rig_enable(0, 27, false, PRIO);
	ppi_fires(27);
	ASSERT(ich_read_hcr() & ICH_HCR_TALL1);
	rig.inputs = 0; /* the guest writes CVAL, then unmasks: trap on IAR */
	vgic_look_again(rig.vcpu[0].vgic);
	ASSERT(!(ich_read_hcr() & ICH_HCR_TALL1));
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
	ASSERT(!fake_ich[0].phys_active[27]);
	ppi_fires(27);
	vgic_look_again(rig.vcpu[0].vgic);
	ASSERT_EQ_FMT(27u, rig_ack(), "%u");
	PASS();
}

TEST c195_ispendr_follows_the_line(void)
{
	rig.masks_irqs = true;
	rig_enable(0, 27, false, PRIO);
	ppi_fires(27);
	ASSERT_EQ_FMT(1u << 27, rig_read(0, VGIC_ISPENDR, 0), "%x");
	rig.inputs = 0;
	ASSERT_EQ_FMT(0u, rig_read(0, VGIC_ISPENDR, 0), "%x");
	ASSERT(!fake_ich[0].phys_active[27]);
	PASS();
}

TEST ppi_goes_with_its_vcpu(void)
{
	rig_enable(0, 27, false, PRIO);
	rig_enable(1, 27, false, PRIO);
	ppi_fires(27);
	ASSERT_EQ_FMT(27u, rig_ack(), "%u");
	rig_save(0);
	ASSERT(!fake_ich[0].phys_active[27]);
	rig_save(1);
	rig_load(1, 0); /* another one may have the PPI of CPU 0 */
	ppi_fires(27);
	ASSERT_EQ_FMT(27u, rig_ack(), "%u");
	rig_load(0, 2); /* the first one in its handler, on another CPU */
	ASSERT(fake_ich[2].phys_active[27]);
	rig_eoi(27);
	ASSERT(!fake_ich[2].phys_active[27]);
	ASSERT(fake_ich[0].phys_active[27]);
	PASS();
}

TEST c162_linked_spi_is_ended_in_every_way(void)
{
	rig_enable(0, 41, false, PRIO);
	ASSERT_EQ(ERR_OK, vgic_link_hw(&rig.vm, 41, 77));
	ASSERT_EQ(ERR_VIRQ_BOUND, vgic_link_hw(&rig.vm, 41, 78));

	fake_spi_active[77] = true;
	vgic_hw_fired(&rig.vm, 41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	ASSERT(fake_spi_active[77]);
	rig_eoi(41);
	ASSERT(!fake_spi_active[77]);

	fake_spi_active[77] = true;
	vgic_hw_fired(&rig.vm, 41);
	rig_write(0, VGIC_ICPENDR, 1, 1u << 9);
	ASSERT(!fake_spi_active[77]);

	fake_spi_active[77] = true;
	vgic_hw_fired(&rig.vm, 41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	rig_write(0, VGIC_ICACTIVER, 1, 1u << 9);
	ASSERT(!fake_spi_active[77]);
	rig_eoi(41); /* its priority is still to be dropped */

	fake_spi_active[77] = true;
	vgic_hw_fired(&rig.vm, 41);
	vgic_unlink_hw(&rig.vm, 41);
	ASSERT(!fake_spi_active[77]);

	/* The VM dies with it active. */
	ASSERT_EQ(ERR_OK, vgic_link_hw(&rig.vm, 41, 77));
	fake_spi_active[77] = true;
	vgic_hw_fired(&rig.vm, 41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	teardown(NULL);
	ASSERT(!fake_spi_active[77]);
	setup(NULL);
	PASS();
}

/* Nobody else is linked there before the CPU that has it listed has looked. */
TEST c162_an_unlinked_spi_lingers_where_it_is_listed(void)
{
	rig_enable(0, 41, false, PRIO);
	ASSERT_EQ(ERR_OK, vgic_link_hw(&rig.vm, 41, 77));
	fake_spi_active[77] = true;
	vgic_hw_fired(&rig.vm, 41);
	ASSERT_EQ_FMT(41u, rig_ack(), "%u");
	ASSERT(!vgic_hw_lingers(&rig.vm, 41));
	rig_on(1);
	vgic_unlink_hw(&rig.vm, 41);
	ASSERT(fake_spi_active[77]);
	ASSERT(vgic_hw_lingers(&rig.vm, 41));
	ASSERT(!vgic_hw_lingers(&rig.vm, 42));
	ASSERT(!vgic_hw_lingers(&rig.vm, 96)); /* not one of its */
	ASSERT(!vgic_hw_lingers(&rig.vm, 9));
	rig_run();
	ASSERT(!vgic_hw_lingers(&rig.vm, 41));
	ASSERT(!fake_spi_active[77]);
	PASS();
}

TEST linked_and_raised_by_software_come_one_by_one(void)
{
	rig_enable(0, 27, false, PRIO);
	ppi_fires(27);
	ASSERT_EQ_FMT(27u, rig_ack(), "%u");
	rig.inputs = 0;
	rig_write(0, VGIC_ISPENDR, 0, 1u << 27); /* while active */
	rig_eoi(27);
	ASSERT(!fake_ich[0].phys_active[27]);
	ASSERT_EQ_FMT(27u, rig_ack(), "%u");
	rig_eoi(27);
	ASSERT_EQ_FMT(NONE, rig_ack(), "%u");
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

TEST c160_all_or_nothing_without_memory(void)
{
	uint64_t before;
	unsigned failed = 0;

	rig_end();
	before = heap_bytes();
	for (int n = 0; n < 16; n++) {
		heap_fail_after(n);
		if (vgic_vm_init(&rig.vm, 256) == ERR_NOMEM) {
			failed++;
			ASSERT_EQ(before, heap_bytes());
			continue;
		}
		heap_fail_after(-1);
		vgic_vm_fini(&rig.vm);
		ASSERT_EQ(before, heap_bytes());
		break;
	}
	ASSERT(failed >= 8);
	setup(NULL);
	PASS();
}

SUITE(vgic)
{
	SET_SETUP(setup, NULL);
	SET_TEARDOWN(teardown, NULL);
	RUN_TEST(c139_sgi_reaches_exactly_its_targets);
	RUN_TEST(sgi_is_dropped_in_the_other_group);
	RUN_TEST(c141_level_stays_until_lowered);
	RUN_TEST(level_lowered_by_the_handler_needs_no_maintenance);
	RUN_TEST(c141_edge_is_taken_once_and_again_while_active);
	RUN_TEST(c142_split_eoi_keeps_it_active_until_dir);
	RUN_TEST(c142_dir_of_another_cpu_ends_an_spi);
	RUN_TEST(c145_priority_orders_and_preempts);
	RUN_TEST(c146_disabled_waits_and_enabled_comes);
	RUN_TEST(c147_pending_and_active_by_software);
	RUN_TEST(active_without_a_target_has_a_holder_that_is_there);
	RUN_TEST(banks_may_grow_before_a_hidden_vcpu_is_freed);
	RUN_TEST(soft_pending_level_is_taken_once);
	RUN_TEST(c149_retargeted_while_pending_it_moves);
	RUN_TEST(c149_routed_to_nobody_it_waits);
	RUN_TEST(one_of_n_goes_to_exactly_one);
	RUN_TEST(c151_priority_has_five_bits_and_bytes);
	RUN_TEST(priority_may_change_while_queued_and_listed);
	RUN_TEST(c156_more_pending_than_list_registers);
	RUN_TEST(nested_deeper_than_list_registers);
	RUN_TEST(many_split_active_ones_end_by_dir);
	RUN_TEST(group_that_is_off_blocks_no_other);
	RUN_TEST(c158_no_such_interrupt_is_an_error);
	RUN_TEST(c170_nothing_while_the_distributor_is_off);
	RUN_TEST(c171_a_new_vm_has_nothing_of_the_last);
	RUN_TEST(c172_banks_beyond_the_last_are_zero);
	RUN_TEST(state_survives_a_switch_of_cpus);
	RUN_TEST(c164_work_is_what_would_be_signalled);
	RUN_TEST(c140_linked_ppi_is_ended_by_the_guest);
	RUN_TEST(c195_no_ghost_of_a_timer_that_was_moved);
	RUN_TEST(c195_ispendr_follows_the_line);
	RUN_TEST(ppi_goes_with_its_vcpu);
	RUN_TEST(c162_linked_spi_is_ended_in_every_way);
	RUN_TEST(c162_an_unlinked_spi_lingers_where_it_is_listed);
	RUN_TEST(linked_and_raised_by_software_come_one_by_one);
	RUN_TEST(registers_of_a_remote_vcpu_tell_the_truth);
	RUN_TEST(c160_all_or_nothing_without_memory);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(vgic);
	GREATEST_MAIN_END();
}
