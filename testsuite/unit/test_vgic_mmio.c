/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frames of distributor and redistributors: that the arithmetic which finds
 * a register finds exactly what the tables say, and what the registers read.
 */
#include <arm64/gicv3.h>

#include "machine.h"
#include "vdev/vgicd.h"
#include "vgic/state.h"
#include "vgic_rig.h"

#undef ASSERT
#include "greatest.h"

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

void vcpu_inject_abort(struct vcpu *v, uint64_t esr, uint64_t far)
{
	(void)v, (void)esr, (void)far;
	abort();
}

static const struct mmio_reg *row(const struct mmio_model *model,
                                  uint32_t offset)
{
	return model->decode(rig.vm.vgic, offset);
}

static uint64_t get(const struct mmio_model *model, uint32_t offset,
                    uint32_t size)
{
	const struct mmio_reg *r = row(model, offset);
	struct mmio_access at = { offset, size };

	if (r == NULL || !(r->widths & size) || r->read == NULL) {
		return 0;
	}
	return r->read(rig.vm.vgic, &rig.vcpu[0], at) &
	       (UINT64_MAX >> (64 - 8 * size));
}

static void put(const struct mmio_model *model, uint32_t offset, uint32_t size,
                uint64_t value)
{
	const struct mmio_reg *r = row(model, offset);
	struct mmio_access at = { offset, size };

	if (r != NULL && (r->widths & size) && r->write != NULL) {
		r->write(rig.vm.vgic, &rig.vcpu[0], at, value);
	}
	rig_run();
}

/* Word by word, what decode says and what the table says. */
static enum greatest_test_res same_as_table(const struct mmio_model *model,
                                            uint32_t size)
{
	for (uint32_t offset = 0; offset < size; offset += 4) {
		const struct mmio_reg *found = row(model, offset);
		const struct mmio_reg *want = NULL;

		for (size_t i = 0; i < model->reg_count; i++) {
			if (offset - model->regs[i].offset <
			    model->regs[i].len) {
				want = &model->regs[i];
			}
		}
		if (found != want) {
			fprintf(stderr, "%s: offset %#x\n", model->name,
			        offset);
		}
		ASSERT_EQ(want, found);
	}
	PASS();
}

TEST decode_finds_what_the_tables_say(void)
{
	CHECK_CALL(same_as_table(&vgicd_model, GICD_FRAME_SIZE));
	CHECK_CALL(same_as_table(&vgicr_model, GICR_FRAMES_SIZE));
	PASS();
}

TEST c154_frames_without_a_vcpu_are_empty(void)
{
	for (uint32_t at = 0; at < GICR_FRAMES_SIZE; at += 4) {
		ASSERT_EQ(NULL, row(&vgicr_model, 2 * GICR_FRAMES_SIZE + at));
	}
	ASSERT_EQ(NULL, row(&vgicr_model, VGICR_SIZE - 4));
	PASS();
}

/* Its vCPU goes between the look at the frame and the access itself. */
TEST c154_a_frame_may_lose_its_vcpu_at_any_time(void)
{
	rig_off(1, true);
	for (uint32_t at = 0; at < GICR_FRAMES_SIZE; at += 4) {
		const struct mmio_reg *r =
			row(&vgicr_model, GICR_FRAMES_SIZE + at);
		struct mmio_access access = { GICR_FRAMES_SIZE + at, 4 };
		uint64_t value;

		if (r == NULL) {
			continue;
		}
		vgic_vcpu_hide(&rig.vcpu[1]);
		if (r->write != NULL) {
			r->write(rig.vm.vgic, &rig.vcpu[0], access, ~0ull);
		}
		value = r->read(rig.vm.vgic, &rig.vcpu[0], access);
		vgic_vcpu_show(&rig.vcpu[1]);
		/* What it is does not depend on whose it is. */
		if (at != GICR_IIDR && at < GIC_ID_REGISTERS) {
			ASSERT_EQ_FMT(0u, (uint32_t)value, "%x");
		}
	}
	PASS();
}

TEST c150_identity_is_that_of_a_gicv3(void)
{
	/* 96 INTIDs, 10 bits of them, affinity 3 */
	ASSERT_EQ_FMT(0x01480002u, (uint32_t)get(&vgicd_model, GICD_TYPER, 4),
	              "%x");
	ASSERT_EQ_FMT(0x3bu, (uint32_t)get(&vgicd_model, GIC_PIDR2, 4), "%x");
	ASSERT_EQ_FMT(0x3bu, (uint32_t)get(&vgicr_model, GIC_PIDR2, 4), "%x");
	ASSERT_EQ_FMT(VGIC_IIDR, (uint32_t)get(&vgicd_model, GICD_IIDR, 4),
	              "%x");
	put(&vgicd_model, GICD_TYPER, 4, ~0ull);
	ASSERT_EQ_FMT(0x01480002u, (uint32_t)get(&vgicd_model, GICD_TYPER, 4),
	              "%x");
	ASSERT_EQ_FMT(0x53u, (uint32_t)get(&vgicd_model, GICD_CTLR, 4), "%x");
	PASS();
}

TEST c154_each_frame_names_its_vcpu(void)
{
	uint64_t first = get(&vgicr_model, GICR_TYPER, 8);
	uint64_t last = get(&vgicr_model, GICR_FRAMES_SIZE + GICR_TYPER, 8);

	ASSERT_EQ_FMT(0ul, (unsigned long)first, "%lx");
	ASSERT_EQ_FMT(0x100000110ul, (unsigned long)last, "%lx");
	ASSERT_EQ_FMT(1u,
	              (uint32_t)get(&vgicr_model,
	                            GICR_FRAMES_SIZE + GICR_TYPER + 4, 4),
	              "%x");
	put(&vgicr_model, GICR_WAKER, 4, GICR_WAKER_SLEEP);
	ASSERT_EQ_FMT(6u, (uint32_t)get(&vgicr_model, GICR_WAKER, 4), "%x");
	put(&vgicr_model, GICR_WAKER, 4, 0);
	ASSERT_EQ_FMT(0u, (uint32_t)get(&vgicr_model, GICR_WAKER, 4), "%x");
	PASS();
}

TEST private_registers_of_the_distributor_are_zero(void)
{
	put(&vgicr_model, GICR_SGI_OFFSET + GICD_ISENABLER, 4, ~0u);
	put(&vgicr_model, GICR_SGI_OFFSET + GICD_IPRIORITYR, 4, ~0u);
	ASSERT_EQ_FMT(~0u,
	              (uint32_t)get(&vgicr_model,
	                            GICR_SGI_OFFSET + GICD_ISENABLER, 4),
	              "%x");
	ASSERT_EQ_FMT(0u, (uint32_t)get(&vgicd_model, GICD_ISENABLER, 4), "%x");
	ASSERT_EQ_FMT(0u, (uint32_t)get(&vgicd_model, GICD_IPRIORITYR, 4),
	              "%x");
	put(&vgicd_model, GICD_ICENABLER, 4, ~0u);
	ASSERT_EQ_FMT(~0u,
	              (uint32_t)get(&vgicr_model,
	                            GICR_SGI_OFFSET + GICD_ISENABLER, 4),
	              "%x");
	PASS();
}

TEST c149_c172_irouter_is_64_bits_or_its_halves(void)
{
	uint32_t at = GICD_IROUTER + 8 * 40;

	put(&vgicd_model, at, 8, 0xff12345680abcdefull);
	ASSERT_EQ_FMT(0x5680abcdeful & 0xff80fffffful,
	              (unsigned long)get(&vgicd_model, at, 8), "%lx");
	put(&vgicd_model, at + 4, 4, 0x77);
	put(&vgicd_model, at, 4, 1);
	ASSERT_EQ_FMT(0x7700000001ul, (unsigned long)get(&vgicd_model, at, 8),
	              "%lx");
	ASSERT_EQ_FMT(0x77u, (uint32_t)get(&vgicd_model, at + 4, 4), "%x");
	ASSERT_EQ_FMT(0u, (uint32_t)get(&vgicd_model, at, 2), "%x");
	ASSERT_EQ_FMT(
		0ul, (unsigned long)get(&vgicd_model, GICD_IROUTER + 8 * 96, 8),
		"%lx");
	PASS();
}

TEST c151_c172_only_priorities_have_bytes(void)
{
	ASSERT_EQ(W8 | W32, row(&vgicd_model, GICD_IPRIORITYR + 41)->widths);
	ASSERT_EQ(W32, row(&vgicd_model, GICD_ISENABLER + 4)->widths);
	ASSERT_EQ(W32, row(&vgicd_model, GICD_ICFGR + 8)->widths);
	ASSERT_EQ(W32,
	          row(&vgicr_model, GICR_SGI_OFFSET + GICD_ISPENDR)->widths);
	put(&vgicd_model, GICD_IPRIORITYR + 41, 1, 0x88);
	ASSERT_EQ_FMT(0x8800u,
	              (uint32_t)get(&vgicd_model, GICD_IPRIORITYR + 40, 4),
	              "%x");
	PASS();
}

SUITE(vgic_mmio)
{
	SET_SETUP(setup, NULL);
	SET_TEARDOWN(teardown, NULL);
	RUN_TEST(decode_finds_what_the_tables_say);
	RUN_TEST(c154_frames_without_a_vcpu_are_empty);
	RUN_TEST(c154_a_frame_may_lose_its_vcpu_at_any_time);
	RUN_TEST(c150_identity_is_that_of_a_gicv3);
	RUN_TEST(c154_each_frame_names_its_vcpu);
	RUN_TEST(private_registers_of_the_distributor_are_zero);
	RUN_TEST(c149_c172_irouter_is_64_bits_or_its_halves);
	RUN_TEST(c151_c172_only_priorities_have_bytes);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(vgic_mmio);
	GREATEST_MAIN_END();
}
