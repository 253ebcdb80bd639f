// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two to eight VMs that are launched, die and are launched again by chance,
 * while the others go on.
 *
 * Bootargs: seed=N; lives=N: how many launches for each number of VMs, or
 * seconds=N for all of them together.  The first VM never dies; each of the
 * others lives in one of the ways below, on its VMM's CPU or on others.  Two
 * ways have a heart: who has a device served, by its VMM, and who counts in
 * memory that both see, which needs nobody.  Between two events each heart must
 * be seen to beat.
 */
#include <stdio.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/hv_root.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"

#define MIB     (1ull << 20)
#define VMS_MIN 2
#define VMS_MAX 8
#define END_US  10000000
#define COUNTS  "do=count"

/* VMs that share memory: its owner's extent has four places, one is its own,
 * and one is the resource manager's while it makes a VM. */
#define SHARED_MAX 2

enum { SERVED = 0, OFF = 4 }; /* of the ways */

static const struct way {
	const char *args;
	bool needs_vmm;
	bool ends; /* by itself, like that; else by force */
	enum rm_exit exit;
	bool is_shared; /* memory; its heart is there */
} ways[] = {
	{ "do=mmio", true, false, RM_EXIT_FORCED, false }, /* the first VM's */
	{ "do=spin", false, false, RM_EXIT_FORCED, false },
	{ "do=hvc", false, false, RM_EXIT_FORCED, false },
	{ "do=wfi", false, false, RM_EXIT_FORCED, false },
	{ "do=off", false, true, RM_EXIT_SYSTEM_OFF, false },
	{ "do=reset", false, true, RM_EXIT_SYSTEM_RESET, false },
	{ "do=watchdog", false, true, RM_EXIT_WATCHDOG, false },
	{ "do=parked", false, false, RM_EXIT_FORCED, false },
	{ COUNTS, false, false, RM_EXIT_FORCED, true },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static struct machine vm[VMS_MAX];
static const struct way *way_of[VMS_MAX];
static unsigned vm_count;
static uint64_t longest; /* ticks, from an event to the fourth beat */
static uint64_t state;

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)(state >> 33) % n;
}

static bool is_alive(unsigned i)
{
	return vm[i].vmid != 0 && !vm[i].has_exited;
}

static void turn_all(void)
{
	for (unsigned i = 0; i < vm_count; i++) {
		if (is_alive(i)) {
			machine_turn(&vm[i]);
		}
	}
}

static bool has_heart(unsigned i)
{
	return is_alive(i) && (way_of[i]->is_shared || way_of[i]->needs_vmm);
}

static uint64_t beats_of(unsigned i)
{
	return way_of[i]->is_shared ? *(volatile uint64_t *)vm[i].ram
	                            : vm[i].vcpu[0].exits;
}

/* Every heart beats, within a time that is long for anybody. */
static bool all_beat(void)
{
	uint64_t start = cntvct();
	uint64_t end = start + timer_ticks_of_us(END_US);

	for (unsigned i = 0; i < vm_count; i++) {
		uint64_t before;

		if (!has_heart(i)) {
			continue;
		}
		before = beats_of(i);
		while (beats_of(i) < before + 4) {
			if (cntvct() > end || vm[i].has_exited) {
				return false;
			}
			turn_all();
		}
	}
	longest = cntvct() - start > longest ? cntvct() - start : longest;
	return true;
}

static const struct way *choose_way(void)
{
	const struct way *way = &ways[below(WAYS)];
	unsigned shared = 0;

	for (unsigned k = 0; k < vm_count; k++) {
		shared += vm[k].vmid != 0 && way_of[k]->is_shared;
	}
	return way->is_shared && shared == SHARED_MAX ? &ways[SERVED] : way;
}

static const char *launch(unsigned i, const struct way *way)
{
	void *ram = vm[i].ram;

	way_of[i] = way;
	vm[i] = (struct machine){
		.image = "victim",
		.args = way->args,
		.ram = ram,
		.ram_size = 2 * MIB,
		.vcpu_count = 1 + below(2),
		.is_shared = way->is_shared,
		.has_watchdog = way->exit == RM_EXIT_WATCHDOG,
		.is_scheduled = !way->needs_vmm && below(2) != 0,
	};
	return machine_launch(&vm[i]) == RM_ERR_OK ? NULL : vm[i].step;
}

static const char *end(unsigned i)
{
	uint64_t deadline = cntvct() + timer_ticks_of_us(END_US);

	if (!way_of[i]->ends && machine_stop(&vm[i]) != RM_ERR_OK) {
		return vm[i].step;
	}
	while (!vm[i].has_exited) {
		if (cntvct() > deadline) {
			return "it does not end";
		}
		turn_all();
	}
	if (vm[i].exit != way_of[i]->exit) {
		return machine_exit_name(vm[i].exit);
	}
	return machine_dispose(&vm[i]) == RM_ERR_OK ? NULL : vm[i].step;
}

/*
 * It ends for good.  Memory that was shared, and that the resource manager has
 * looked at a part of, EL2 tells page by page until it is lent as a whole.
 */
static const char *end_for_good(unsigned i)
{
	const char *wrong = vm[i].vmid != 0 ? end(i) : NULL;

	if (wrong == NULL && way_of[i] != NULL && way_of[i]->is_shared) {
		wrong = launch(i, &ways[OFF]);
		wrong = wrong == NULL ? end(i) : wrong;
	}
	return wrong;
}

/* One thing happens to one VM. */
static const char *event(unsigned *lives)
{
	unsigned i = 1 + below(vm_count - 1);

	if (vm[i].vmid != 0) {
		return end(i);
	}
	++*lives;
	return launch(i, choose_way());
}

/* @ticks  how long; 0: until there were @lives_max launches */
static const char *live_by_chance(unsigned lives_max, uint64_t ticks)
{
	uint64_t stop = cntvct() + ticks;
	const char *wrong = launch(0, &ways[SERVED]);
	unsigned lives = 1;

	while (wrong == NULL &&
	       (ticks != 0 ? cntvct() < stop : lives < lives_max)) {
		wrong = event(&lives);
		if (wrong == NULL && !all_beat()) {
			wrong = "a heart stands still";
		}
	}
	for (unsigned i = 0; wrong == NULL && i < vm_count; i++) {
		wrong = end_for_good(i);
	}
	printf("%u VMs, %u launches; 4 beats of each heart within %lu us\n",
	       vm_count, lives, (unsigned long)(longest * 1000000 / cntfrq()));
	return wrong;
}

/* The same again with more VMs; in the end nothing is left of any of them. */
TEST others_go_on(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	unsigned lives = (unsigned)dt_bootarg_number("lives", 20);
	uint64_t ticks = dt_bootarg_number("seconds", 0) * cntfrq() /
	                 (VMS_MAX - VMS_MIN + 1);
	const char *wrong;

	state = (dt_bootarg_number("seed", 1) + 1) * 0x9e3779b97f4a7c15ull;
	vm_count = VMS_MAX;
	wrong = live_by_chance(2 * VMS_MAX, 0); /* what is made once and kept */
	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	ASSERT(lives_ledger(before));
	for (vm_count = VMS_MIN; vm_count <= VMS_MAX; vm_count++) {
		longest = 0;
		wrong = live_by_chance(lives, ticks);
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
		lives_ledger(after);
		wrong = hv_ledger_difference(before, after);
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	}
	PASS();
}

SUITE(chance)
{
	RUN_TEST(others_go_on);
}
