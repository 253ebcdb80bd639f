// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the resource manager's work costs, in instructions of all that take
 * part: under icount one takes one nanosecond.  The VMM's own copying of an
 * image is not counted.
 */
#include <stdio.h>
#include <stdlib.h>

#include "greatest.h"
#include "rt/frame.h"
#include "rt/sysreg.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB    (1ull << 20)
#define ROUNDS 20
#define UNIT   "instructions"

static unsigned long instructions(uint64_t ticks)
{
	return (unsigned long)(ticks * (1000000000 / cntfrq()));
}

TEST a_round_trip(void)
{
	const struct rm_vmid self = { 0, 0 };
	uint64_t start;

	rpc_call(RM_VM_GET_STATE, &self, sizeof(self), NULL, NULL);
	start = cntvct();
	for (unsigned i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(RM_ERR_OK, rpc_call(RM_VM_GET_STATE, &self,
		                              sizeof(self), NULL, NULL));
	}
	frame_bench("rm-get-state", instructions(cntvct() - start) / ROUNDS,
	            UNIT);
	PASS();
}

/* One life of a VM of that size; the second is measured. */
static bool measure(uint64_t size, uint64_t *launch, uint64_t *teardown)
{
	struct machine m = { .image = "victim",
		             .args = "do=begun", /* the device keeps when */
		             .ram_size = size,
		             .vcpu_count = 1 };

	for (unsigned i = 0; i < 2; i++) {
		uint64_t start;

		if (machine_launch(&m) != RM_ERR_OK) {
			return false;
		}
		if (!machine_wait(&m, 5000000) || m.scratch <= m.asked) {
			return false;
		}
		*launch = m.scratch - m.asked;
		start = cntvct();
		if (machine_dispose(&m) != RM_ERR_OK) {
			return false;
		}
		*teardown = cntvct() - start;
	}
	machine_free(&m);
	return true;
}

/* In MiB, and from each to the next in blocks of 2 MiB. */
static const unsigned sizes[] = { 2, 64, 512 };
static const unsigned steps[] = { 31, 224 };

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* What each further 2 MiB adds, from size @i to the next. */
static unsigned long each(const uint64_t *ticks, unsigned i)
{
	return instructions(ticks[i + 1] - ticks[i]) / steps[i];
}

/*
 * Only the scrub may grow with the size of the VM, and it grows evenly.  A
 * launch scrubs nothing here: what it adds are entries of stage 2, one for each
 * 2 MiB out of the VMM's table and one into the VM's.
 */
TEST launch_and_teardown(void)
{
	uint64_t launch[SIZES], teardown[SIZES];
	unsigned long scrub, uneven;
	char name[32];

	for (unsigned i = 0; i < SIZES; i++) {
		ASSERT(measure(sizes[i] * MIB, &launch[i], &teardown[i]));
		snprintf(name, sizeof(name), "vm-launch-%um", sizes[i]);
		frame_bench(name, instructions(launch[i]), UNIT);
		snprintf(name, sizeof(name), "vm-teardown-%um", sizes[i]);
		frame_bench(name, instructions(teardown[i]), UNIT);
	}
	scrub = each(teardown, 1);
	frame_bench("vm-launch-each-2m", each(launch, 1), UNIT);
	frame_bench("vm-teardown-each-2m", scrub, UNIT);
	uneven = (unsigned long)labs((long)(scrub - each(teardown, 0)));
	ASSERTm("teardown is linear, to 1 %", uneven * 100 < scrub);
	ASSERTm("what a launch adds is nothing beside a scrub",
	        each(launch, 1) * 1000 < scrub);
	PASS();
}

#define LIVES 500

/* Whatever a life leaves behind makes the next ones longer. */
TEST lives_take_no_longer(void)
{
	struct lives_time t;
	const char *wrong = lives_timed(LIVES, &t);

	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	frame_bench("relaunch-drift-percent", lives_drift(&t), "percent");
	PASS();
}

SUITE(bench)
{
	RUN_TEST(a_round_trip);
	RUN_TEST(launch_and_teardown);
	RUN_TEST(lives_take_no_longer);
}
