// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the resource manager's work costs, in instructions of all that take
 * part: under icount one takes one nanosecond.  The VMM's own copying of an
 * image is not counted.
 */
#include <stdlib.h>

#include "greatest.h"
#include "rt/frame.h"
#include "rt/sysreg.h"
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
		             .args = "do=off",
		             .ram_size = size,
		             .vcpu_count = 1 };

	for (unsigned i = 0; i < 2; i++) {
		uint64_t start;

		if (machine_launch(&m) != RM_ERR_OK) {
			return false;
		}
		*launch = cntvct() - m.asked;
		if (!machine_wait(&m, 5000000)) {
			return false;
		}
		start = cntvct();
		if (machine_dispose(&m) != RM_ERR_OK) {
			return false;
		}
		*teardown = cntvct() - start;
	}
	machine_free(&m);
	return true;
}

TEST launch_and_teardown(void)
{
	uint64_t launch, teardown;

	ASSERT(measure(2 * MIB, &launch, &teardown));
	frame_bench("vm-launch-2m", instructions(launch), UNIT);
	frame_bench("vm-teardown-2m", instructions(teardown), UNIT);
	ASSERT(measure(64 * MIB, &launch, &teardown));
	frame_bench("vm-launch-64m", instructions(launch), UNIT);
	frame_bench("vm-teardown-64m", instructions(teardown), UNIT);
	PASS();
}

SUITE(bench)
{
	RUN_TEST(a_round_trip);
	RUN_TEST(launch_and_teardown);
}
