// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VMM that goes while its VM lives: bootarg test=gone.  The resource manager
 * restarts it, and what is in use then must be what was in use before.
 *
 * Each launch but the first says "ledger" and a number made of all counters:
 * they must all be the same.  launch=N chooses what the VM does meanwhile.
 */
#include <stdio.h>

#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/tests.h"

#define SETTLE_US 500

static const struct {
	const char *args;
	bool is_scheduled;
} ways[] = {
	{ "do=spin", false }, { "do=wfi", false },    { "do=hvc", false },
	{ "do=mmio", false }, { "do=parked", false }, { "do=spin", true },
	{ "do=hvc", true },
};

/* FNV-1a, of those counters that stand still. */
static uint64_t digest(const uint64_t value[LEDGER_COUNT])
{
	uint64_t sum = 0xcbf29ce484222325ull;

	for (unsigned i = 0; i < LEDGER_TRACE_RECORDS; i++) {
		if (i != LEDGER_TIMERS) {
			sum = (sum ^ value[i]) * 0x100000001b3ull;
		}
	}
	return sum;
}

int gone_run(void)
{
	uint64_t launch = dt_bootarg_number("launch", 1);
	unsigned way = (unsigned)(launch % (sizeof(ways) / sizeof(ways[0])));
	static struct machine m;
	static struct machine half = { .image = "victim",
		                       .ram_size = 2ull << 20,
		                       .vcpu_count = 1 };
	uint64_t value[LEDGER_COUNT], end;

	if (!lives_ledger(value)) {
		fatal("vmm: there is no ledger");
	}
	if (launch > 1) {
		printf("ledger %016lx\n", (unsigned long)digest(value));
	}
	m = (struct machine){ .image = "victim",
		              .args = ways[way].args,
		              .is_scheduled = ways[way].is_scheduled,
		              .ram_size = 2ull << 20,
		              .vcpu_count = 2 };
	if (machine_launch(&m) != RM_ERR_OK) {
		fatal("vmm: launch: %s", m.step);
	}
	/* A VM in AUTH: nobody but its owner could bring it any further. */
	if (machine_load(&half) != RM_ERR_OK) {
		fatal("vmm: load: %s", half.step);
	}
	end = cntvct() + timer_ticks_of_us(SETTLE_US);
	while (cntvct() < end) {
		machine_turn(&m);
	}
	return 0; /* which is SYSTEM_OFF, with all it had */
}
