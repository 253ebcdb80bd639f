/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual interrupts that are linked to physical ones. */
#include "vgic_tests.h"

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
	vgic_teardown(NULL);
	ASSERT(!fake_spi_active[77]);
	vgic_setup(NULL);
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

SUITE(vgic_linked)
{
	SET_SETUP(vgic_setup, NULL);
	SET_TEARDOWN(vgic_teardown, NULL);
	RUN_TEST(c140_linked_ppi_is_ended_by_the_guest);
	RUN_TEST(c195_no_ghost_of_a_timer_that_was_moved);
	RUN_TEST(c195_ispendr_follows_the_line);
	RUN_TEST(ppi_goes_with_its_vcpu);
	RUN_TEST(c162_linked_spi_is_ended_in_every_way);
	RUN_TEST(c162_an_unlinked_spi_lingers_where_it_is_listed);
	RUN_TEST(linked_and_raised_by_software_come_one_by_one);
}
