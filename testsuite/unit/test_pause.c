/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pausing, on a hypervisor where a vCPU can be held only on our own CPU, and
 * where the second one of a VM is slow to come there.
 * Promised by: docs/lifecycle.md, "What is guaranteed".
 */
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/env.h"
#include "../../guests/rm/launch.h"
#include "../../guests/rm/news.h"
#include "../../guests/rm/pause.h"
#include "../../guests/rm/reset.h"
#include "rt/hv.h"

#define OURS     1u /* capabilities: our thread, those of the VM */
#define FIRST    2u
#define SECOND   3u
#define ANYWHERE UINT64_MAX

struct env env;
const char *launch_mutant = ""; /* no fault is played */

static uint64_t place[SECOND + 1]; /* affinity of each thread */
static bool is_bound[SECOND + 1];
static bool second_comes, vcpus_have_left;
static unsigned kills;
static int end; /* enum rm_exit; -1: it goes on */

struct hv hv_call(unsigned number, const uint64_t arg[8])
{
	struct hv r = { .err = HV_OK };

	if (number == HVC_VCPU_SET_AFFINITY) {
		place[arg[0]] = arg[1];
	} else if (number == HVC_VCPU_BIND_VIRQ) {
		is_bound[arg[0]] = arg[0] != SECOND || second_comes;
		r.err = is_bound[arg[0]] ? HV_OK : HV_BUSY;
	} else if (number == HVC_VCPU_UNBIND_VIRQ) {
		is_bound[arg[0]] = false;
	}
	return r;
}

void objects_kill(struct objects *o)
{
	(void)o;
	kills++;
}

bool objects_are_quiet(struct objects *o)
{
	(void)o;
	return vcpus_have_left;
}

int objects_exit(struct objects *o)
{
	(void)o;
	return end;
}

bool news_take(const struct vm *vm)
{
	(void)vm;
	return end >= 0;
}

bool reset_turn(struct vm *vm)
{
	(void)vm;
	return false;
}

void reset_begin_in_place(struct vm *vm)
{
	(void)vm;
}

/* A VM of two vCPUs that EL2 schedules, RUNNING. */
static struct vm *set_up(void)
{
	struct vm *vm = &vms[0];

	pause_forget(vm);
	memset(vms, 0, sizeof(vms));
	memset(is_bound, 0, sizeof(is_bound));
	for (unsigned i = 0; i <= SECOND; i++) {
		place[i] = ANYWHERE;
	}
	second_comes = vcpus_have_left = false;
	kills = 0;
	end = -1;
	env.thread = OURS;
	vm->vmid = 4;
	vm->state = RM_STATE_RUNNING;
	vm->objects.thread[0] = FIRST;
	vm->objects.thread[1] = SECOND;
	vm->objects.thread_count = 2;
	return vm;
}

TEST it_is_paused_when_all_vcpus_are_held(void)
{
	struct vm *vm = set_up();

	ASSERT_EQ(RM_ERR_OK, pause_begin(vm));
	ASSERT_FALSE(launch_turn(vm));
	ASSERT_EQ(RM_STATE_RUNNING, vm->state);
	ASSERT_EQ(0u, place[OURS]); /* where it cannot run as long as we do */
	ASSERT_EQ(0u, place[SECOND]);
	second_comes = true;
	ASSERT(launch_turn(vm));
	ASSERT_EQ(RM_STATE_PAUSED, vm->state);
	ASSERT_EQ(ANYWHERE, place[OURS]);
	ASSERT_FALSE(vm->is_pausing);
	ASSERT_EQ(RM_ERR_OK, pause_end(vm));
	ASSERT_EQ(RM_STATE_RUNNING, vm->state);
	ASSERT_EQ(ANYWHERE, place[SECOND]);
	ASSERT_FALSE(is_bound[FIRST] || is_bound[SECOND]);
	PASS();
}

/* We are where we were, and nothing is looked at by time, or again. */
static enum greatest_test_res its_pause_is_over(struct vm *vm)
{
	for (unsigned i = 0; i < 3; i++) {
		ASSERT_EQ(ANYWHERE, place[OURS]);
		ASSERT_FALSE(vm->is_pausing);
		launch_turn(vm);
	}
	vcpus_have_left = true;
	for (unsigned i = 0; i < 3; i++) {
		launch_turn(vm);
		ASSERT_EQ(RM_STATE_EXITED, vm->state);
		ASSERT_EQ(ANYWHERE, place[OURS]);
		ASSERT_FALSE(vm->is_pausing || vm->is_ending);
	}
	ASSERT_EQ(1u, kills);
	PASS();
}

TEST one_that_is_stopped_on_its_way_is_not_waited_for(void)
{
	struct vm *vm = set_up();

	ASSERT_EQ(RM_ERR_OK, pause_begin(vm));
	ASSERT_FALSE(launch_turn(vm));
	ASSERT_EQ(0u, place[OURS]);
	launch_stop(vm, RM_EXIT_FORCED);
	CHECK_CALL(its_pause_is_over(vm));
	PASS();
}

TEST one_that_ends_itself_on_its_way_is_not_waited_for(void)
{
	struct vm *vm = set_up();

	ASSERT_EQ(RM_ERR_OK, pause_begin(vm));
	ASSERT_FALSE(launch_turn(vm));
	end = RM_EXIT_SYSTEM_OFF;
	ASSERT(launch_turn(vm));
	CHECK_CALL(its_pause_is_over(vm));
	ASSERT_EQ(RM_EXIT_SYSTEM_OFF, vm->exit);
	PASS();
}

/* As many as there are interrupts for: none of them is left in use. */
TEST nothing_is_used_up(void)
{
	for (unsigned i = 0; i < 200; i++) {
		struct vm *vm = set_up();

		ASSERT_EQ(RM_ERR_OK, pause_begin(vm));
		launch_turn(vm);
		launch_stop(vm, RM_EXIT_FORCED);
		pause_forget(vm); /* RESET */
	}
	PASS();
}

SUITE(pause)
{
	RUN_TEST(it_is_paused_when_all_vcpus_are_held);
	RUN_TEST(one_that_is_stopped_on_its_way_is_not_waited_for);
	RUN_TEST(one_that_ends_itself_on_its_way_is_not_waited_for);
	RUN_TEST(nothing_is_used_up);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(pause);
	GREATEST_MAIN_END();
}
