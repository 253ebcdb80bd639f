// SPDX-License-Identifier: BSD-2-Clause
/* What a VMM can expect of the resource manager, launch after launch. */
#include "vmm/tests.h"

#include <abi/ledger.h>
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
#include "vmm/runner.h"

#define MIB       (1ull << 20)
#define END_US    5000000
#define SETTLE_US 2000 /* that a victim gets before it is killed */

#define WATCHDOG "do=watchdog"

static struct machine machine;
static unsigned count; /* launches of each kind */

static void prepare(const char *args, unsigned vcpus)
{
	void *ram = machine.ram;

	machine = (struct machine){ .image = "victim",
		                    .args = args,
		                    .ram = ram,
		                    .ram_size = 2 * MIB,
		                    .has_watchdog = strcmp(args, WATCHDOG) == 0,
		                    .vcpu_count = vcpus };
}

static const char *sentence(const char *what, uint32_t error)
{
	static char text[96];

	snprintf(text, sizeof(text), "launch %u: %s: %s",
	         (unsigned)machine.launches, what, rpc_error_name(error));
	return text;
}

/* How the victim is brought to its end. */
enum way {
	BY_ITSELF,
	BY_ITSELF_UNTENDED, /* nobody runs the other vCPUs from there on */
	BY_FORCE,
	BY_FORCE_UNTENDED,
};

static void let_run(uint64_t us)
{
	uint64_t end = cntvct() + timer_ticks_of_us(us);

	while (cntvct() < end) {
		machine_turn(&machine);
	}
}

/*
 * Wait for EXITED without running any vCPU: a VMM may be gone, too.  Whoever
 * announces the end must have seen to it.
 */
static bool wait_untended(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);

	machine.is_paused = true;
	while (!machine.has_exited && cntvct() < end) {
		if (!machine_listen()) {
			rpc_sleep();
		}
	}
	return machine.has_exited;
}

/* Until vCPU 0 has asked for the end; the other one does not hear of it. */
static void let_ask(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);

	machine.is_paused = true; /* our other CPUs do not run it, either */
	runner_wait(&machine);
	while (machine.vcpu[0].last != LAST_OFF && !machine.has_exited &&
	       cntvct() < end) {
		machine_listen();
		if (machine.vcpu[1].last != LAST_ASLEEP) {
			machine_run(&machine, 1);
		}
		machine_run(&machine, 0);
	}
}

static const char *end_it(enum way way)
{
	uint32_t error;

	if (way == BY_ITSELF_UNTENDED) {
		let_ask();
		return wait_untended() ? NULL : "EXITED does not come";
	}

	if (way == BY_ITSELF) {
		return machine_wait(&machine, END_US) ? NULL
		                                      : "it does not end";
	}
	let_run(SETTLE_US);
	error = machine_stop(&machine);
	if (error != RM_ERR_OK) {
		return sentence("STOP", error);
	}
	if (way == BY_FORCE) {
		return machine_wait(&machine, END_US) ? NULL
		                                      : "it does not end";
	}
	return wait_untended() ? NULL : "EXITED does not come";
}

/* One life. @return NULL, or what went wrong */
static const char *live(enum way way, enum rm_exit expected)
{
	uint32_t error = machine_launch(&machine);
	const char *wrong;

	if (error != RM_ERR_OK) {
		return sentence(machine.step, error);
	}
	wrong = end_it(way);
	if (wrong != NULL) {
		return wrong;
	}
	if (machine.exit != expected) {
		return sentence(machine_exit_name(machine.exit), RM_ERR_OK);
	}
	error = machine_dispose(&machine);
	if (error != RM_ERR_OK) {
		return sentence(machine.step, error);
	}
	return machine.exits_heard == 1 ? NULL : "EXITED came more than once";
}

/*
 * Many lives, the ledger equal after each.  The first is for what is made
 * once and kept; from then on nothing may move.
 */
static const char *live_often(enum way way, enum rm_exit expected)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *wrong, *differs;
	static char text[96];

	wrong = live(way, expected);
	if (wrong != NULL || !lives_ledger(before)) {
		return wrong != NULL ? wrong : "there is no ledger";
	}
	for (unsigned i = 1; i < count; i++) {
		wrong = live(way, expected);
		if (wrong != NULL) {
			return wrong;
		}
		lives_ledger(after);
		differs = hv_ledger_difference(before, after);
		if (differs != NULL) {
			snprintf(text, sizeof(text),
			         "ledger differs after launch %u: %s", i + 1,
			         differs);
			return text;
		}
	}
	return NULL;
}

#define LIVES(name, args, vcpus, way, exit)                          \
	TEST name(void)                                              \
	{                                                            \
		const char *wrong;                                   \
                                                                     \
		prepare(args, vcpus);                                \
		wrong = live_often(way, exit);                       \
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong); \
		PASS();                                              \
	}

/* PSCI (Arm DEN 0022): SYSTEM_OFF, SYSTEM_RESET, SYSTEM_RESET2 */
LIVES(off_then_again, "do=off", 2, BY_ITSELF, RM_EXIT_SYSTEM_OFF)
LIVES(reset_then_again, "do=reset", 2, BY_ITSELF, RM_EXIT_SYSTEM_RESET)
LIVES(reset2_then_again, "do=reset2", 2, BY_ITSELF, RM_EXIT_SYSTEM_RESET2)
/* Gunyah RM: a watchdog that bites ends the VM; the next one's is off. */
LIVES(bitten_then_again, WATCHDOG, 2, BY_ITSELF, RM_EXIT_WATCHDOG)
/* R24: what a device of its VMM holds is the VM's, and goes with it. */
LIVES(device_then_again, "do=device", 1, BY_ITSELF, RM_EXIT_SYSTEM_OFF)
/* Empty slots for virtio devices are in its tree, and say that they are empty. */
TEST slots_then_again(void)
{
	const char *wrong;

	prepare("do=slots slots=4", 1);
	machine.slots = 4;
	wrong = live_often(BY_ITSELF, RM_EXIT_SYSTEM_OFF);
	machine.slots = 0;
	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	PASS();
}

/* The other vCPU would go off when it is run: that is not its VMM's choice. */
LIVES(off_untended, "do=off keep=1", 2, BY_ITSELF_UNTENDED, RM_EXIT_SYSTEM_OFF)
/* Gunyah RM: a forced STOP ends a VM wherever its vCPUs are. */
LIVES(killed_running, "do=spin", 2, BY_FORCE, RM_EXIT_FORCED)
LIVES(killed_asleep, "do=wfi", 2, BY_FORCE, RM_EXIT_FORCED)
LIVES(killed_in_calls, "do=hvc", 2, BY_FORCE, RM_EXIT_FORCED)
LIVES(killed_in_accesses, "do=mmio", 2, BY_FORCE, RM_EXIT_FORCED)
LIVES(killed_with_vcpus_off, "do=parked", 2, BY_FORCE, RM_EXIT_FORCED)
/* Gunyah RM: EXITED means that every vCPU has left, without host help. */
LIVES(killed_running_untended, "do=spin", 2, BY_FORCE_UNTENDED, RM_EXIT_FORCED)
LIVES(killed_asleep_untended, "do=wfi", 2, BY_FORCE_UNTENDED, RM_EXIT_FORCED)
LIVES(killed_in_access_untended, "do=mmio", 2, BY_FORCE_UNTENDED,
      RM_EXIT_FORCED)

/*
 * R22: each call that a launch makes fails once: a clean error, nothing left,
 * and the next launch works.
 */
TEST every_call_may_fail(void)
{
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *differs, *wrong;
	uint32_t n = 1, error;

	prepare("do=off", 2);
	wrong = live(BY_ITSELF, RM_EXIT_SYSTEM_OFF);
	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	ASSERT(lives_ledger(before));
	for (;; n++) {
		ASSERT_EQ(RM_ERR_OK,
		          rpc_call(RM_TS_FAIL_AT, &n, sizeof(n), NULL, NULL));
		error = machine_launch(&machine);
		if (error == RM_ERR_OK) {
			break;
		}
		error = machine_dispose(&machine);
		ASSERT_EQm(machine.step, RM_ERR_OK, error);
		lives_ledger(after);
		differs = hv_ledger_difference(before, after);
		ASSERT_EQm(differs != NULL ? differs : "", NULL, differs);
	}
	ASSERT_GT(n, 20u);
	error = 0;
	rpc_call(RM_TS_FAIL_AT, &error, sizeof(error), NULL, NULL);
	ASSERT(machine_wait(&machine, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&machine));
	PASS();
}

/* Four vCPUs that never rest, each run by a CPU of its own. */
TEST vcpus_run_side_by_side(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(END_US);
	unsigned most = 0;

	prepare("do=spin", runner_count());
	ASSERT_GT(runner_count(), 1u);
	ASSERT_EQ(RM_ERR_OK, machine_launch(&machine));
	while (most < runner_count() && cntvct() < end) {
		machine_turn(&machine);
		most = runner_most();
	}
	ASSERT_EQ(runner_count(), most);
	/* Each is inside a run by now: the first one ends with its slice. */
	for (unsigned i = 0; i < machine.vcpu_count; i++) {
		while (machine.vcpu[i].runs == 0 && cntvct() < end) {
			machine_turn(&machine);
		}
		ASSERT_GT(machine.vcpu[i].runs, 0u);
	}
	ASSERT_EQ(RM_ERR_OK, machine_stop(&machine));
	ASSERT(machine_wait(&machine, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&machine));
	PASS();
}

SUITE(side_by_side)
{
	RUN_TEST(vcpus_run_side_by_side);
}

SUITE(errors)
{
	RUN_TEST(every_call_may_fail);
	RUN_TEST(off_then_again);
}

SUITE_EXTERN(requests);         /* requests.c */
SUITE_EXTERN(bench);            /* bench.c */
SUITE_EXTERN(hostile);          /* hostile.c */
SUITE_EXTERN(pausing);          /* pausing.c */
SUITE_EXTERN(pausing_watchdog); /* pausing_watchdog.c */
SUITE_EXTERN(resetting);        /* resetting.c */
SUITE_EXTERN(sharing);          /* sharing.c */
SUITE_EXTERN(sharing_many);     /* sharing_many.c */
SUITE_EXTERN(irqs);             /* irqs.c */
SUITE_EXTERN(irqs_ends);        /* irqs_ends.c */
SUITE_EXTERN(auth);             /* auth.c */
SUITE_EXTERN(begins);           /* begins.c */
SUITE_EXTERN(bells);            /* bells.c */
SUITE_EXTERN(calls);            /* calls.c */
SUITE_EXTERN(queues);           /* queues.c */
SUITE_EXTERN(queues_bad);       /* queues_bad.c */
SUITE_EXTERN(queues_errors);    /* queues_bad.c */
SUITE_EXTERN(rmfuzz);           /* rmfuzz.c */
SUITE_EXTERN(matrix);           /* matrix.c */
SUITE_EXTERN(chance);           /* chance.c */
SUITE_EXTERN(messages);         /* messages.c */
SUITE_EXTERN(shortage);         /* shortage.c */

/*
 * Thousands of lives, the last as short as the first: only where time is
 * counted in instructions.
 */
TEST lives_are_flat(void)
{
	struct lives_time t;
	const char *wrong = lives_timed(count, &t);

	ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong);
	printf("%u lives; the last tenth differs by %u %% at most\n", count,
	       lives_drift(&t));
	ASSERT_LTE(lives_drift(&t), 5u);
	PASS();
}

SUITE(storm)
{
	RUN_TEST(lives_are_flat);
}

SUITE(lives)
{
	RUN_TEST(off_then_again);
	RUN_TEST(reset_then_again);
	RUN_TEST(reset2_then_again);
	RUN_TEST(bitten_then_again);
	RUN_TEST(device_then_again);
	RUN_TEST(slots_then_again);
	RUN_TEST(off_untended);
	RUN_TEST(killed_running);
	RUN_TEST(killed_asleep);
	RUN_TEST(killed_in_calls);
	RUN_TEST(killed_in_accesses);
	RUN_TEST(killed_with_vcpus_off);
	RUN_TEST(killed_running_untended);
	RUN_TEST(killed_asleep_untended);
	RUN_TEST(killed_in_access_untended);
}

GREATEST_MAIN_DEFS();

int tests_run(int argc, char **argv, const char *name)
{
	count = (unsigned)dt_bootarg_number("count", 10);
	GREATEST_MAIN_BEGIN();
	if (strcmp(name, "storm") == 0) {
		RUN_SUITE(storm);
	} else if (strcmp(name, "errors") == 0) {
		RUN_SUITE(errors);
	} else if (strcmp(name, "bench") == 0) {
		RUN_SUITE(bench);
	} else if (strcmp(name, "pausing") == 0) {
		RUN_SUITE(pausing);
	} else if (strcmp(name, "pausing-watchdog") == 0) {
		RUN_SUITE(pausing_watchdog);
	} else if (strcmp(name, "resetting") == 0) {
		RUN_SUITE(resetting);
	} else if (strcmp(name, "sharing") == 0) {
		RUN_SUITE(sharing_many);
		RUN_SUITE(sharing);
	} else if (strcmp(name, "irqs") == 0) {
		RUN_SUITE(irqs);
		RUN_SUITE(irqs_ends);
	} else if (strcmp(name, "auth") == 0) {
		RUN_SUITE(auth);
	} else if (strcmp(name, "calls") == 0) {
		RUN_SUITE(begins);
		RUN_SUITE(bells);
		RUN_SUITE(calls);
	} else if (strcmp(name, "queues-errors") == 0) {
		RUN_SUITE(queues_errors);
	} else if (strcmp(name, "queues") == 0) {
		RUN_SUITE(queues);
		RUN_SUITE(queues_bad);
	} else if (strcmp(name, "rmfuzz") == 0) {
		RUN_SUITE(rmfuzz);
	} else if (strcmp(name, "hostile") == 0) {
		RUN_SUITE(hostile);
	} else if (strcmp(name, "matrix") == 0) {
		RUN_SUITE(matrix);
	} else if (strcmp(name, "chance") == 0) {
		RUN_SUITE(chance);
	} else if (strcmp(name, "messages") == 0) {
		RUN_SUITE(messages);
	} else if (strcmp(name, "shortage") == 0) {
		RUN_SUITE(shortage);
	} else if (strcmp(name, "requests") == 0) {
		RUN_SUITE(requests);
	} else {
		if (runner_count() > 1) {
			RUN_SUITE(side_by_side);
		}
		RUN_SUITE(lives);
	}
	GREATEST_MAIN_END();
}
