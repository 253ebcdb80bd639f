/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A VM of the scenario that resets itself in place: it runs, for others, all
 * the time, and what it had still to say before that is not heard any more.
 * Promised by: docs/lifecycle.md, "What is guaranteed".
 */
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/client.h"
#include "../../guests/rm/env.h"
#include "../../guests/rm/irqs.h"
#include "../../guests/rm/launch.h"
#include "../../guests/rm/news.h"
#include "../../guests/rm/parcel.h"
#include "../../guests/rm/pause.h"
#include "../../guests/rm/request.h"
#include "../../guests/rm/reset.h"
#include "rt/hv.h"

#define TURNS 20

struct env env;
const char *launch_mutant = ""; /* no fault is played */

static int end;           /* enum rm_exit; -1: it goes on */
static const char *wrong; /* why it cannot be launched; NULL: it can */
static unsigned launches, kills, resets, all_ends;

struct hv hv_call(unsigned number, const uint64_t arg[8])
{
	(void)number, (void)arg;
	return (struct hv){ .err = HV_OK };
}

void objects_kill(struct objects *o)
{
	(void)o;
	kills++;
}

bool objects_are_quiet(struct objects *o)
{
	(void)o;
	return true;
}

int objects_exit(struct objects *o)
{
	(void)o;
	return end;
}

void objects_end(struct objects *o)
{
	(void)o;
	all_ends++;
}

void objects_end_but_ram(struct objects *o)
{
	(void)o;
}

bool objects_ram_turn(struct objects *o, bool is_kept)
{
	(void)o, (void)is_kept;
	return false;
}

bool news_take(const struct vm *vm)
{
	(void)vm;
	return end >= 0;
}

void news_close(const struct vm *vm)
{
	(void)vm;
}

void client_close(struct vm *vm)
{
	(void)vm;
}

void irqs_forget_borrower(uint16_t vmid)
{
	(void)vmid;
}

void irqs_forget_owner(uint16_t vmid)
{
	(void)vmid;
}

void parcel_forget_borrower(uint16_t vmid)
{
	(void)vmid;
}

bool parcel_forget_owner(uint16_t vmid)
{
	(void)vmid;
	return false;
}

const char *launch_again(struct vm *vm)
{
	(void)vm;
	launches++;
	return wrong;
}

static bool stays(const struct vm *vm)
{
	return vm->exit == RM_EXIT_SYSTEM_RESET;
}

static void count_reset(struct vm *vm)
{
	(void)vm;
	resets++;
}

/* It has asked for a reset and left; its next turn begins with that. */
static struct vm *set_up(void)
{
	struct vm *vm = &vms[0];

	memset(vms, 0, sizeof(vms));
	vm->vmid = 4;
	vm->owner = RM_VMID;
	vm->state = RM_STATE_RUNNING;
	wrong = NULL;
	launches = kills = resets = all_ends = 0;
	launch_stays = stays;
	reset_on_done = count_reset;
	end = RM_EXIT_SYSTEM_RESET;
	launch_turn(vm); /* is_ending */
	end = -1;
	return vm;
}

static enum rm_error say_exit(struct vm *vm)
{
	static const uint32_t in[3] = { 0, 4, RM_EXIT_RESTART };
	static struct request rq;

	rq = (struct request){ .from = vm,
		               .id = RM_VM_EXIT,
		               .in = (const uint8_t *)in,
		               .len = sizeof(in) };
	return vm_exit(&rq);
}

TEST it_goes_on_and_runs_for_others(void)
{
	struct vm *vm = set_up();

	for (unsigned i = 0; i < TURNS; i++) {
		ASSERT_EQ(RM_STATE_RUNNING, vm->state);
		launch_turn(vm);
	}
	ASSERT_EQ_FMT(1u, launches, "%u");
	ASSERT_EQ_FMT(1u, vm->resets, "%u");
	ASSERT_EQ_FMT(0u, all_ends + resets, "%u");
	ASSERT_FALSE(vm->is_in_place || vm->is_ending);
	PASS();
}

/* An exit that was sent before the reset may be read in the middle of it. */
TEST an_exit_is_not_heard_meanwhile(void)
{
	struct vm *vm = set_up();
	unsigned asked = 0;

	ASSERT(vm->is_ending);
	ASSERT_EQ(RM_ERR_VM_STATE, say_exit(vm));
	launch_turn(vm);
	for (; vm->is_in_place && asked < TURNS; asked++) {
		ASSERT_EQ(RM_ERR_VM_STATE, say_exit(vm));
		ASSERT_EQ(RM_ERR_VM_STATE, pause_begin(vm));
		launch_turn(vm);
	}
	ASSERT(asked > 1);
	ASSERT_EQ_FMT(1u, kills, "%u");
	ASSERT_EQ(RM_EXIT_SYSTEM_RESET, vm->exit);
	ASSERT_FALSE(vm->wants_restart || vm->is_ending);
	ASSERT_EQ_FMT(1u, launches, "%u");
	ASSERT_EQ(RM_STATE_RUNNING, vm->state);
	ASSERT_EQ(RM_ERR_OK, say_exit(vm)); /* in its next life it is */
	ASSERT_EQ(RM_EXIT_VM_EXIT, vm->exit);
	PASS();
}

TEST one_that_cannot_go_on_is_taken_down_once(void)
{
	struct vm *vm = set_up();

	wrong = "it does not please";
	for (unsigned i = 0; i < TURNS; i++) {
		launch_turn(vm);
	}
	ASSERT_EQ(RM_STATE_RESET, vm->state);
	ASSERT_EQ_FMT(1u, launches, "%u");
	ASSERT_EQ_FMT(1u, all_ends, "%u");
	ASSERT_EQ_FMT(1u, resets, "%u");
	PASS();
}

SUITE(in_place)
{
	RUN_TEST(it_goes_on_and_runs_for_others);
	RUN_TEST(an_exit_is_not_heard_meanwhile);
	RUN_TEST(one_that_cannot_go_on_is_taken_down_once);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(in_place);
	GREATEST_MAIN_END();
}
