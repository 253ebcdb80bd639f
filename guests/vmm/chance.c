// SPDX-License-Identifier: BSD-2-Clause
/*
 * Two to eight VMs that are launched, die and are launched again by chance,
 * while the others go on.
 *
 * Bootargs: seed=N; lives=N: how many launches in all, or seconds=N instead.
 * The first VM never dies; each of the others lives in one of the ways below,
 * on its VMM's CPU or on others.  Whoever serves a device must be seen to go
 * on between two events: that is its heartbeat.
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

static const struct way {
	const char *args;
	bool needs_vmm, ends, beats;
} ways[] = {
	{ "do=mmio", true, false, true }, /* the first VM's, too */
	{ "do=spin", false, false, false },
	{ "do=hvc", false, false, false },
	{ "do=wfi", false, false, false },
	{ "do=off", false, true, false },
	{ "do=reset", false, true, false },
	{ "do=parked", false, false, false },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static struct machine vm[VMS_MAX];
static const struct way *way_of[VMS_MAX];
static unsigned vm_count;
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

static uint64_t beats_of(unsigned i)
{
	return vm[i].vcpu[0].exits;
}

/* Every heart beats, within a time that is long for anybody. */
static bool all_beat(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);

	for (unsigned i = 0; i < vm_count; i++) {
		uint64_t before = beats_of(i);

		if (!is_alive(i) || !way_of[i]->beats) {
			continue;
		}
		while (beats_of(i) < before + 4) {
			if (cntvct() > end || vm[i].has_exited) {
				return false;
			}
			turn_all();
		}
	}
	return true;
}

static const char *launch(unsigned i)
{
	void *ram = vm[i].ram;

	way_of[i] = &ways[i == 0 ? 0 : below(WAYS)];
	vm[i] = (struct machine){
		.image = "victim",
		.args = way_of[i]->args,
		.ram = ram,
		.ram_size = 2 * MIB,
		.vcpu_count = 1 + below(2),
		.is_scheduled = !way_of[i]->needs_vmm && below(2) != 0,
	};
	return machine_launch(&vm[i]) == RM_ERR_OK ? NULL : vm[i].step;
}

static const char *end(unsigned i)
{
	enum rm_exit expected = RM_EXIT_FORCED;
	uint64_t deadline = cntvct() + timer_ticks_of_us(END_US);

	if (way_of[i]->ends) {
		expected = way_of[i]->args[3] == 'o' ? RM_EXIT_SYSTEM_OFF
		                                     : RM_EXIT_SYSTEM_RESET;
	} else if (machine_stop(&vm[i]) != RM_ERR_OK) {
		return vm[i].step;
	}
	while (!vm[i].has_exited) {
		if (cntvct() > deadline) {
			return "it does not end";
		}
		turn_all();
	}
	if (vm[i].exit != expected) {
		return machine_exit_name(vm[i].exit);
	}
	return machine_dispose(&vm[i]) == RM_ERR_OK ? NULL : vm[i].step;
}

/* One thing happens to one VM. */
static const char *event(unsigned *lives)
{
	unsigned i = 1 + below(vm_count - 1);

	if (vm[i].vmid != 0) {
		return end(i);
	}
	++*lives;
	return launch(i);
}

static const char *live_by_chance(unsigned lives_max, uint64_t seconds)
{
	uint64_t stop = cntvct() + seconds * cntfrq();
	const char *wrong = launch(0);
	unsigned lives = 0;

	while (wrong == NULL &&
	       (seconds != 0 ? cntvct() < stop : lives < lives_max)) {
		wrong = event(&lives);
		if (wrong == NULL && !all_beat()) {
			wrong = "a heart stands still";
		}
	}
	for (unsigned i = 0; wrong == NULL && i < vm_count; i++) {
		wrong = vm[i].vmid != 0 ? end(i) : NULL;
	}
	printf("%u VMs, %u launches\n", vm_count, lives);
	return wrong;
}

/* The same again with more VMs; in the end nothing is left of any of them. */
TEST others_go_on(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	unsigned lives = (unsigned)dt_bootarg_number("lives", 20);
	uint64_t seconds = dt_bootarg_number("seconds", 0);
	const char *wrong;

	state = (dt_bootarg_number("seed", 1) + 1) * 0x9e3779b97f4a7c15ull;
	vm_count = VMS_MAX;
	wrong = live_by_chance(VMS_MAX, 0); /* what is made once and kept */
	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	ASSERT(lives_ledger(before));
	for (vm_count = VMS_MIN; vm_count <= VMS_MAX; vm_count += 3) {
		wrong = live_by_chance(lives, seconds / 3);
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
