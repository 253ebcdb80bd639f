// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every way a VM can end, with its other vCPU in every position: after each
 * one the ledger is what it was, and the next one is launched in its place.
 *
 * Bootargs: kinds=all (without faults, which a test build alone can make) or
 * kinds=fault; scheduled=1: the VM's vCPUs run on CPUs of their own instead of
 * inside vcpu_run; rounds=N.
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/hv_root.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"

#define MIB       (1ull << 20)
#define END_US    20000000
#define SETTLE_US 300 /* for the vCPUs to come to where they shall be */

static const struct kind {
	const char *name;
	const char *act; /* what the first vCPU does; NULL: as the others */
	enum rm_exit exit;
	bool is_fault;
} kinds[] = {
	{ "off", "off", RM_EXIT_SYSTEM_OFF, false },
	{ "reset", "reset", RM_EXIT_SYSTEM_RESET, false },
	{ "reset2", "reset2", RM_EXIT_SYSTEM_RESET2, false },
	{ "watchdog", "watchdog", RM_EXIT_WATCHDOG, false },
	{ "fault", "fault", RM_EXIT_FAULT, true },
	{ "forced", NULL, RM_EXIT_FORCED, false },
};

static const struct position {
	const char *name; /* what the victim's other vCPU does; NULL: off */
	bool needs_vmm;   /* nothing answers a device of ours but we */
} positions[] = {
	{ "spin", false }, { "wfi", false }, { "hvc", false },
	{ "mmio", true },  { NULL, false },
};

static struct machine m;
static char args[64];

static void prepare(const struct kind *kind, const struct position *position,
                    bool scheduled)
{
	void *ram = m.ram;
	bool is_off = position->name == NULL;

	snprintf(args, sizeof(args), "do=%s%s%s",
	         kind->act != NULL ? kind->act
	         : is_off          ? "parked"
	                           : position->name,
	         is_off ? "" : " others=", is_off ? "" : position->name);
	m = (struct machine){ .image = "victim",
		              .args = args,
		              .ram = ram,
		              .ram_size = 2 * MIB,
		              .vcpu_count = 2,
		              .is_scheduled = scheduled,
		              .has_watchdog =
		                      strcmp(kind->name, "watchdog") == 0 };
}

/* Let it get there; then by force, if it does not end by itself. */
static const char *end_it(const struct kind *kind)
{
	uint64_t end = cntvct() + timer_ticks_of_us(SETTLE_US);

	if (kind->act == NULL) {
		while (cntvct() < end) {
			machine_turn(&m);
		}
		if (machine_stop(&m) != RM_ERR_OK) {
			return "STOP is refused";
		}
	}
	if (!machine_wait(&m, END_US)) {
		return "it does not end";
	}
	return m.exit == kind->exit ? NULL : machine_exit_name(m.exit);
}

static const char *one(const struct kind *kind, const struct position *position,
                       bool scheduled)
{
	const char *wrong;

	prepare(kind, position, scheduled);
	if (machine_launch(&m) != RM_ERR_OK) {
		return m.step;
	}
	wrong = end_it(kind);
	if (wrong != NULL) {
		return wrong;
	}
	if (machine_dispose(&m) != RM_ERR_OK) {
		return m.step;
	}
	return m.exits_heard == 1 ? NULL : "EXITED did not come once";
}

/* All positions for one kind of end, one after the other, the same VMID. */
TEST can_be_launched_again(const struct kind *kind)
{
	bool scheduled = dt_bootarg_number("scheduled", 0) != 0;
	uint64_t rounds = dt_bootarg_number("rounds", 1);
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *wrong = one(&kinds[0], &positions[0], scheduled);

	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	ASSERT(lives_ledger(before));
	for (unsigned i = 0;
	     i < rounds * (sizeof(positions) / sizeof(positions[0])); i++) {
		const struct position *p =
			&positions[i %
		                   (sizeof(positions) / sizeof(positions[0]))];

		if (p->needs_vmm && scheduled) {
			continue;
		}
		wrong = one(kind, p, scheduled);
		if (wrong == NULL && lives_ledger(after)) {
			wrong = hv_ledger_difference(before, after);
		}
		if (wrong != NULL) {
			printf("%s while the other one does %s: %s\n",
			       kind->name,
			       p->name != NULL ? p->name : "nothing", wrong);
		}
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	}
	PASS();
}

SUITE(matrix)
{
	const char *which = dt_bootarg("kinds");
	bool faults = which != NULL && strncmp(which, "fault", 5) == 0;

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].is_fault == faults) {
			greatest_set_test_suffix(kinds[i].name);
			RUN_TESTp(can_be_launched_again, &kinds[i]);
		}
	}
}
