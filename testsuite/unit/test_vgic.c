/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest may rely on in the virtual GIC, rule by rule (IHI 0069): here,
 * how an interrupt comes and ends, and how a vCPU's GIC moves and dies.
 */
#include "heap.h"
#include "vgic_tests.h"

void vgic_setup(void *unused)
{
	(void)unused;
	rig.linked = 1u << 27 | 1u << 30;
	rig_start(2, 64, 4);
}

void vgic_teardown(void *unused)
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

TEST c171_a_new_vm_has_nothing_of_the_last(void)
{
	for (uint32_t i = 0; i < 8; i++) {
		rig_enable(0, 32 + i, true, 8 * (9 - i));
		vgic_raise(&rig.vm, 0, 32 + i);
	}
	ASSERT_EQ_FMT(39u, rig_ack(), "%u");
	vgic_teardown(NULL);
	vgic_setup(NULL);
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
	vgic_setup(NULL);
	PASS();
}

SUITE(vgic)
{
	SET_SETUP(vgic_setup, NULL);
	SET_TEARDOWN(vgic_teardown, NULL);
	RUN_TEST(c139_sgi_reaches_exactly_its_targets);
	RUN_TEST(sgi_is_dropped_in_the_other_group);
	RUN_TEST(c141_level_stays_until_lowered);
	RUN_TEST(level_lowered_by_the_handler_needs_no_maintenance);
	RUN_TEST(c141_edge_is_taken_once_and_again_while_active);
	RUN_TEST(c142_split_eoi_keeps_it_active_until_dir);
	RUN_TEST(c142_dir_of_another_cpu_ends_an_spi);
	RUN_TEST(banks_may_grow_before_a_hidden_vcpu_is_freed);
	RUN_TEST(c171_a_new_vm_has_nothing_of_the_last);
	RUN_TEST(state_survives_a_switch_of_cpus);
	RUN_TEST(c164_work_is_what_would_be_signalled);
	RUN_TEST(c160_all_or_nothing_without_memory);
}

SUITE_EXTERN(vgic_regs);   /* vgic_regs.c */
SUITE_EXTERN(vgic_choice); /* vgic_choice.c */
SUITE_EXTERN(vgic_linked); /* vgic_linked.c */

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(vgic);
	RUN_SUITE(vgic_regs);
	RUN_SUITE(vgic_choice);
	RUN_SUITE(vgic_linked);
	GREATEST_MAIN_END();
}
