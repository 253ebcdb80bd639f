/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sentence of the triage, from made-up machines: each rule names the CPU,
 * the VM and the interrupt that it must, and not its neighbour.
 */
#include <abi/psci.h>
#include <string.h>

#include "greatest.h"
#include "triage_hyp.h"

static struct tri_hyp hyp;
static struct trace_record records[128];
static char said[768];

/* Two CPUs that idle, two VMs of which nobody waits for anything. */
static void begin(void)
{
	memset(&hyp, 0, sizeof(hyp));
	hyp.is_ours = true;
	hyp.log.record = records;
	hyp.cpus = 2;
	for (size_t i = 0; i < hyp.cpus; i++) {
		hyp.cpu[i] = (struct tri_cpu){
			.el = 2,
			.was_el = 2,
			.irqs_masked = true,
			.function = "sched_next",
			.is_online = true,
			.is_idle = true,
			.holder = -1,
		};
	}
	hyp.vms = 2;
	hyp.vm[0].vmid = 1;
	hyp.vm[1].vmid = 255;
	for (unsigned i = 0; i < 3; i++) {
		struct tri_vcpu *v = &hyp.vcpu[hyp.vcpus++];

		v->vmid = i < 2 ? 1 : 255;
		v->index = i < 2 ? i : 0;
		v->state = "VCPU_BLOCKED";
		v->is_on = true;
		v->loaded_on = -1;
		v->cpu = i & 1;
		snprintf(v->place, sizeof(v->place), "place%u", i);
	}
}

static const char *cause(void)
{
	triage_cause(&hyp, said, sizeof(said));
	return said;
}

static void put(uint64_t ticks, unsigned id, uint16_t vmid, uint8_t vcpu,
                uint16_t aux, uint64_t a, uint64_t b)
{
	records[hyp.log.count++] = (struct trace_record){
		.ticks = ticks,
		.id = (uint16_t)id,
		.vmid = vmid,
		.vcpu = vcpu,
		.aux = aux,
		.a = a,
		.b = b,
	};
}

static void is_in_el2(unsigned cpu, const char *place)
{
	struct tri_cpu *c = &hyp.cpu[cpu];

	c->is_idle = false;
	snprintf(c->function, sizeof(c->function), "%s", place);
	snprintf(c->place, sizeof(c->place), "%s", place);
	snprintf(c->caller, sizeof(c->caller), "%s", place);
}

static void waits(unsigned cpu, const char *lock, int holder)
{
	hyp.cpu[cpu].waits = true;
	hyp.cpu[cpu].holder = holder;
	snprintf(hyp.cpu[cpu].lock, sizeof(hyp.cpu[cpu].lock), "%s", lock);
}

TEST el2_loop_names_the_cpu_that_loops(void)
{
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		char want[64];

		begin();
		is_in_el2(cpu, "psci_loop");
		snprintf(want, sizeof(want), "cpu %u does not come back", cpu);
		ASSERT(strstr(cause(), want) != NULL);
		ASSERT(strstr(said, "psci_loop") != NULL);
	}
	PASS();
}

TEST el2_that_moves_is_not_stuck(void)
{
	begin();
	is_in_el2(1, "trap_sync");
	hyp.cpu[1].has_moved = true;
	ASSERT(strstr(cause(), "does not come back") == NULL);
	begin();
	is_in_el2(1, "trap_sync");
	hyp.cpu[1].was_el = TRIAGE_EL_VARIES;
	ASSERT(strstr(cause(), "does not come back") == NULL);
	PASS();
}

TEST lock_names_waiter_and_holder(void)
{
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		char want[128];

		begin();
		is_in_el2(cpu, "waiter");
		waits(cpu, "the lock", (int)(1 - cpu));
		is_in_el2(1 - cpu, "holder");
		snprintf(want, sizeof(want),
		         "cpu %u waits at EL2 in waiter for the lock, held by "
		         "cpu %u, which is in holder",
		         cpu, 1 - cpu);
		ASSERT_STR_EQ(want, cause());
	}
	PASS();
}

TEST lock_held_by_oneself_or_nobody(void)
{
	begin();
	is_in_el2(1, "waiter");
	waits(1, "the lock", 1);
	ASSERT(strstr(cause(), "which it holds itself") != NULL);
	begin();
	is_in_el2(1, "waiter");
	waits(1, "the lock", -1);
	ASSERT(strstr(cause(), "which nobody holds") != NULL);
	PASS();
}

TEST deadlock_names_both(void)
{
	begin();
	is_in_el2(0, "left");
	waits(0, "lock a", 1);
	is_in_el2(1, "right");
	waits(1, "lock b", 0);
	ASSERT(strstr(cause(), "cpu 0 in left waits for lock a") != NULL);
	ASSERT(strstr(said, "cpu 1 in right waits for lock b") != NULL);
	PASS();
}

TEST panic_comes_first(void)
{
	begin();
	is_in_el2(0, "waiter");
	waits(0, "the lock", 1);
	hyp.panic = (struct tri_panic){ .is_there = true,
		                        .cpu = 1,
		                        .what = "impossible",
		                        .place = "broken (b.c:7)",
		                        .callers = "up, by top",
		                        .vmid = 1,
		                        .vcpu = 2 };
	ASSERT_STR_EQ("cpu 1 has panicked in broken (b.c:7): impossible; "
	              "called by up, by top; it served vm 1 vcpu 2",
	              cause());
	PASS();
}

TEST wake_up_lost_names_the_sleeper(void)
{
	for (unsigned i = 0; i < 3; i++) {
		char want[96];

		begin();
		hyp.vcpu[i].pending = 1u << 9;
		snprintf(want, sizeof(want),
		         "vm %u vcpu %u sleeps in place%u although its "
		         "interrupt 9",
		         hyp.vcpu[i].vmid, hyp.vcpu[i].index, i);
		ASSERT(strstr(cause(), want) != NULL);
	}
	PASS();
}

/* What is in a list register may have been taken long ago. */
TEST stale_list_register_is_no_wake_up(void)
{
	begin();
	hyp.vcpu[0].pending = hyp.vcpu[0].listed = 1u << 9;
	ASSERT(strstr(cause(), "wake-up") == NULL);
	hyp.vcpu[0].request = 1;
	ASSERT(strstr(cause(), "wake-up was lost") != NULL);
	PASS();
}

TEST ready_and_idle_is_a_lost_kick(void)
{
	begin();
	hyp.vcpu[1].state = "VCPU_READY";
	hyp.vcpu[1].cpu = 1;
	ASSERT(strstr(cause(), "vm 1 vcpu 1 is ready, but cpu 1") != NULL);
	hyp.cpu[1].is_idle = false;
	hyp.cpu[1].el = 1;
	hyp.cpu[1].was_el = 1;
	ASSERT(strstr(cause(), "is ready, but") == NULL);
	PASS();
}

/* Enabled, and not met before a second of this clock. */
static struct tri_timer *arm(unsigned vcpu, unsigned which)
{
	hyp.log.ticks_per_second = 1000;
	hyp.vcpu[vcpu].is_watched = true;
	hyp.vcpu[vcpu].timer[which] =
		(struct tri_timer){ .is_enabled = true, .due = 1500 };
	return &hyp.vcpu[vcpu].timer[which];
}

TEST timer_that_nobody_watches(void)
{
	static const char *const names[] = { "virtual", "physical" };

	for (unsigned i = 0; i < TRIAGE_TIMERS; i++) {
		char want[96];

		begin();
		arm(2, i);
		hyp.vcpu[2].is_watched = false;
		snprintf(want, sizeof(want),
		         "vm 255 vcpu 0 sleeps in place2 until its %s timer "
		         "fires, but nobody watches",
		         names[i]);
		ASSERT(strstr(cause(), want) != NULL);
		hyp.vcpu[2].is_watched = true;
		ASSERT(strstr(cause(), "nobody watches") == NULL);
	}
	PASS();
}

/* Nobody has to watch a timer that does not wake. */
TEST timer_that_does_not_wake_is_not_missed(void)
{
	for (unsigned i = 0; i < 4; i++) {
		struct tri_timer *t;

		begin();
		t = arm(2, TRIAGE_VIRTUAL);
		hyp.vcpu[2].is_watched = false;
		hyp.vcpu[2].since = 1;
		t->is_masked = i == 0;
		t->is_deaf = i == 1;
		t->has_fired = i == 2;
		t->due = i == 3 ? TRIAGE_NEVER : t->due;
		ASSERT(strstr(cause(), "nobody watches") == NULL);
		ASSERT(strstr(said, "vm 255 vcpu 0 waits in place2") != NULL);
		ASSERT(strstr(said, "no timer is armed") == NULL);
		ASSERT(strstr(said, i == 0   ? "timer is armed, but masked"
		                    : i == 1 ? "interrupt 27 is disabled"
		                    : i == 2 ? "was due at 1.500000 s, but"
		                             : "that never comes") != NULL);
	}
	PASS();
}

TEST sleeper_with_a_timer_waits_for_nobody(void)
{
	for (unsigned i = 0; i < TRIAGE_TIMERS; i++) {
		begin();
		hyp.vcpus = 1;
		arm(0, i);
		ASSERT_STR_EQ(
			i == TRIAGE_VIRTUAL
				? "vm 1 vcpu 0 sleeps in place0 until its "
				  "virtual timer fires, due at 1.500000 s"
				: "vm 1 vcpu 0 sleeps in place0 until its "
				  "physical timer fires, due at "
				  "1.500000 s",
			cause());
	}
	PASS();
}

TEST earlier_of_two_timers_is_named(void)
{
	begin();
	hyp.vcpus = 1;
	arm(0, TRIAGE_VIRTUAL);
	arm(0, TRIAGE_PHYSICAL)->due = 1400;
	ASSERT(strstr(cause(), "physical timer fires, due at 1.400000 s") !=
	       NULL);
	PASS();
}

/* Its sleep began last, but it wakes by itself. */
TEST who_waits_for_nothing_comes_before_a_sleeper(void)
{
	begin();
	arm(0, TRIAGE_VIRTUAL);
	hyp.vcpu[0].since = 90;
	hyp.vcpu[1].since = 20;
	hyp.vcpu[2].since = 10;
	ASSERT_STR_EQ("vm 1 vcpu 1 waits in place1 for an interrupt that "
	              "nobody will send: none is pending, no timer is armed; "
	              "vm 1 vcpu 0 sleeps in place0 until its virtual timer "
	              "fires, due at 1.500000 s (1 more wait, too)",
	              cause());
	PASS();
}

static void nap(unsigned vcpu, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		put(10 * i, TRACE_VCPU_BLOCK, 1, (uint8_t)vcpu, 0, 0x1000, 0);
		put(10 * i + 5, TRACE_VCPU_WAKE, 1, (uint8_t)vcpu, 0, 0, 0);
	}
}

TEST naps_are_counted(void)
{
	begin();
	hyp.vcpus = 2;
	arm(1, TRIAGE_VIRTUAL);
	arm(0, TRIAGE_VIRTUAL);
	hyp.vcpu[0].since = 1;
	nap(0, 2);
	ASSERT(strstr(cause(), "again") == NULL);
	ASSERT(strstr(said, "(the trace ends at 0.015000 s)") != NULL);
	nap(0, 5);
	ASSERT(strstr(cause(), "vm 1 vcpu 0 sleeps in place0") != NULL);
	ASSERT(strstr(said, "again and again: 7 times") != NULL);
	PASS();
}

/* Its interrupt was on the way, or is lost: a record behind it tells. */
TEST napper_is_stopped_as_its_timer_is_due(void)
{
	begin();
	arm(0, TRIAGE_VIRTUAL)->has_fired = true;
	hyp.vcpu[0].since = 1;
	nap(0, 2);
	ASSERT(strstr(cause(), "was due at 1.500000 s, but no inter") != NULL);
	nap(0, 5);
	ASSERT(strstr(cause(), "vm 1 vcpu 0 sleeps in place0 until its virtual "
	                       "timer fires, which was due at 1.500000 s (the "
	                       "trace ends at 0.045000 s), again and") != NULL);
	put(1501, TRACE_VCPU_BLOCK, 2, 0, 0, 0x1000, 0);
	ASSERT(strstr(cause(), "was due at 1.500000 s, but no inter") != NULL);
	PASS();
}

/* Caught between two naps it does not go round; one that never naps does. */
TEST napper_that_is_awake_is_no_loop(void)
{
	begin();
	is_in_el2(1, "look");
	hyp.cpu[1].el = 1;
	hyp.cpu[1].was_el = TRIAGE_EL_VARIES;
	hyp.cpu[1].has_moved = true;
	hyp.vcpu[1].state = "VCPU_RUNNING";
	hyp.vcpu[1].loaded_on = 1;
	ASSERT(strstr(cause(), "goes round at EL1 in look") != NULL);
	nap(1, 5);
	ASSERT(strstr(cause(), "goes round") == NULL);
	ASSERT(strstr(said, "; vm 1 vcpu 1, awake just now in place1, sleeps, "
	                    "again and again: 5 times") != NULL);
	hyp.cpu[1].was_el = 1;
	ASSERT(strstr(cause(), "goes round at EL1 in look") != NULL);
	PASS();
}

/* Nor is it forgotten for one that sleeps for an hour. */
TEST napper_that_is_awake_comes_before_a_sleeper(void)
{
	begin();
	hyp.vcpu[1].state = "VCPU_RUNNING";
	hyp.vcpu[1].since = 45;
	arm(2, TRIAGE_VIRTUAL);
	hyp.vcpu[2].since = 3;
	nap(1, 5);
	ASSERT(strstr(cause(), "vm 1 vcpu 0 waits") != NULL);
	ASSERT(strstr(said, "; vm 1 vcpu 1, awake just now in place1, sleeps, "
	                    "again and again: 5 times in its last records (1 "
	                    "more wait, too)") != NULL);
	hyp.vcpu[2].since = 50;
	ASSERT(strstr(cause(), "; vm 255 vcpu 0 sleeps in place2") != NULL);
	PASS();
}

/* Nor does it when it makes the same call each time that it is awake. */
TEST napper_that_asks_each_time_is_no_loop(void)
{
	begin();
	hyp.vcpu[1].state = "VCPU_RUNNING";
	for (unsigned i = 0; i < 20; i++) {
		put(3 * i, TRACE_VCPU_WAKE, 1, 1, 0, 0, 0);
		put(3 * i + 1, TRACE_HYPERCALL, 1, 1, 0x1c, 0, 60);
		put(3 * i + 2, TRACE_VCPU_BLOCK, 1, 1, 0, 0x1000, 0);
	}
	ASSERT(strstr(cause(), "goes round") == NULL);
	ASSERT(strstr(said, "; vm 1 vcpu 1, awake just now") != NULL);
	PASS();
}

/* It is in no queue, so no CPU has forgotten it. */
TEST proxied_and_ready_waits_for_its_runner(void)
{
	begin();
	hyp.vcpu[1].state = "VCPU_READY";
	hyp.vcpu[1].is_proxied = true;
	ASSERT_STR_EQ("vm 1 vcpu 1 is ready, but nobody calls vcpu_run for it",
	              cause());
	hyp.cpu[0].has_moved = true;
	ASSERT(strstr(cause(), "is ready, but") == NULL);
	PASS();
}

TEST ended_vm_with_a_vcpu_on(void)
{
	begin();
	hyp.vm[0].end = "OFF";
	hyp.vcpu[0].state = "VCPU_OFF";
	hyp.vcpu[0].is_on = false;
	hyp.vcpu[1].state = "VCPU_RUNNING";
	ASSERT(strstr(cause(), "vm 1 has ended (OFF), but its vcpu 1 still "
	                       "runs in place1") != NULL);
	ASSERT(strstr(said, "vm 255 vcpu 0, in place2, waits for an end") !=
	       NULL);
	PASS();
}

TEST sgi_lost_names_sender_and_target(void)
{
	begin();
	hyp.vcpu[1].since = 100;
	put(200, TRACE_SYSREG, 1, 0, 1, 0xc65d, 5u << 24 | 1u << 1);
	ASSERT(strstr(cause(), "vm 1 vcpu 1 waits in place1 for its interrupt "
	                       "5, which vcpu 0 has sent") != NULL);
	/* It has lived since: it was not lost. */
	hyp.vcpu[1].since = 300;
	ASSERT(strstr(cause(), "has sent") == NULL);
	PASS();
}

TEST message_that_is_nowhere(void)
{
	begin();
	hyp.vcpu[2].since = 100;
	hyp.vcpu[0].since = hyp.vcpu[1].since = 300;
	put(200, TRACE_MSGQUEUE, 1, 0, 1, 240, 1);
	ASSERT(strstr(cause(),
	              "vm 255 vcpu 0 waits in place2 for a message: "
	              "vm 1 vcpu 0 has sent one of 240 bytes") != NULL);
	hyp.queues = 1;
	hyp.queue[0].messages = 1;
	ASSERT(strstr(cause(), "dropped") == NULL);
	PASS();
}

/* Another CPU's ring has forgotten that time, and what came of it. */
TEST what_was_not_followed_was_not_lost(void)
{
	begin();
	hyp.log.whole_since = 150;
	hyp.vcpu[2].since = 100;
	hyp.vcpu[0].since = hyp.vcpu[1].since = 300;
	put(200, TRACE_MSGQUEUE, 1, 0, 1, 240, 1);
	ASSERT(strstr(cause(), "dropped") != NULL);
	hyp.log.whole_since = 250;
	ASSERT(strstr(cause(), "dropped") == NULL);

	begin();
	hyp.log.whole_since = 150;
	hyp.vcpu[1].since = 100;
	put(200, TRACE_SYSREG, 1, 0, 1, 0xc65d, 5u << 24 | 1u << 1);
	ASSERT(strstr(cause(), "has sent but which never") != NULL);
	hyp.log.whole_since = 250;
	ASSERT(strstr(cause(), "has sent") == NULL);
	PASS();
}

TEST message_whose_receiver_slept_late(void)
{
	begin();
	for (unsigned i = 0; i < 3; i++) {
		hyp.vcpu[i].since = 300;
	}
	put(200, TRACE_MSGQUEUE, 1, 0, 1, 240, 1);
	ASSERT(strstr(cause(), "dropped") == NULL);
	hyp.queues = 1;
	hyp.queue[0] = (struct tri_queue){
		.is_bound = true, .vmid = 1, .intid = 40, .to = 1
	};
	ASSERT(strstr(cause(),
	              "vm 1 vcpu 1 waits in place1 for a message: "
	              "vm 1 vcpu 0 has sent one of 240 bytes") != NULL);
	put(250, TRACE_MSGQUEUE, 255, 0, 0, 240, 0);
	ASSERT(strstr(cause(), "dropped") == NULL);
	PASS();
}

TEST polling_names_the_call(void)
{
	begin();
	hyp.vcpu[1].state = "VCPU_RUNNING";
	for (unsigned i = 0; i < 64; i++) {
		put(i, TRACE_SMCCC, 1, 1, 0, PSCI_AFFINITY_INFO, 0);
	}
	ASSERT(strstr(cause(), "vm 1 vcpu 1 goes round in place1: it calls "
	                       "PSCI AFFINITY_INFO") != NULL);
	PASS();
}

TEST stray_interrupt_is_no_storm(void)
{
	begin();
	hyp.vcpu[0].state = "VCPU_RUNNING";
	for (unsigned i = 0; i < 60; i++) {
		if (i % 20 == 19) {
			put(i, TRACE_EXIT_IRQ, 1, 0, 8, i, 0);
		} else {
			put(i, TRACE_SMCCC, 1, 0, 0, PSCI_AFFINITY_INFO, 0);
		}
	}
	ASSERT(strstr(cause(), "storms") == NULL);
	ASSERT(strstr(said, "PSCI AFFINITY_INFO") != NULL);
	PASS();
}

TEST storm_names_the_interrupt(void)
{
	begin();
	hyp.log.ticks_per_second = 1000;
	hyp.vcpu[0].state = "VCPU_RUNNING";
	for (unsigned i = 0; i < 64; i++) {
		put(i, TRACE_EXIT_IRQ, 1, 0, 27, i, 0);
	}
	ASSERT(strstr(cause(), "interrupt 27 storms") != NULL);
	hyp.vm[0].spis = 1;
	hyp.vm[0].spi[0] = (struct tri_spi){ .intid = 40, .is_high = true };
	ASSERT(strstr(cause(), "interrupt 40 of vm 1 storms") != NULL);
	PASS();
}

/* EL2's timer ends each slice of two that share a CPU. */
TEST slices_are_no_storm(void)
{
	begin();
	hyp.log.ticks_per_second = 1000;
	hyp.vcpu[0].state = hyp.vcpu[1].state = "VCPU_RUNNING";
	for (unsigned i = 0; i < 120; i++) {
		put(10 * i, TRACE_EXIT_IRQ, 1, i % 2, 26, i, 0);
	}
	ASSERT(strstr(cause(), "storms") == NULL);
	PASS();
}

TEST naps_are_no_storm(void)
{
	begin();
	hyp.log.ticks_per_second = 1000;
	hyp.vcpu[0].state = "VCPU_RUNNING";
	for (unsigned i = 0; i < 40; i++) {
		put(2 * i, TRACE_VCPU_BLOCK, 1, 0, 0, 0x1000, 0);
		put(2 * i + 1, TRACE_VCPU_WAKE, 1, 0, 0, 0, 0);
		put(2 * i + 1, TRACE_EXIT_IRQ, 1, 0, 26, i, 0);
	}
	ASSERT(strstr(cause(), "storms") == NULL);
	PASS();
}

TEST masked_with_something_pending(void)
{
	begin();
	hyp.cpu[1].is_idle = false;
	hyp.cpu[1].el = hyp.cpu[1].was_el = 1;
	hyp.vcpu[1].state = "VCPU_RUNNING";
	hyp.vcpu[1].loaded_on = 1;
	hyp.vcpu[1].pending = hyp.vcpu[1].listed = 2;
	ASSERT(strstr(cause(), "vm 1 vcpu 1 goes round in place1 with "
	                       "interrupts masked: its interrupt 1") != NULL);
	hyp.cpu[1].irqs_masked = false;
	ASSERT(strstr(cause(), "interrupts masked") == NULL);
	PASS();
}

TEST in_a_handler_is_not_masked(void)
{
	begin();
	hyp.cpu[1].is_idle = false;
	hyp.cpu[1].el = hyp.cpu[1].was_el = 1;
	hyp.cpu[1].irqs_masked = true;
	hyp.vcpu[1].state = "VCPU_RUNNING";
	hyp.vcpu[1].loaded_on = 1;
	hyp.vcpu[1].pending = hyp.vcpu[1].listed = 2;
	hyp.vm[0].spi[0] =
		(struct tri_spi){ .intid = 40, .to = 1, .is_high = true };
	hyp.vm[0].spis = 1;
	for (unsigned i = 0; i < 60; i += 2) {
		put(i, TRACE_VIRQ_LIST, 1, 1, 0, 40, 0);
		put(i + 1, TRACE_VIRQ_DONE, 1, 1, 0, 40, 0);
	}
	ASSERT(strstr(cause(), "interrupt 40 of vm 1 storms") != NULL);
	PASS();
}

TEST guest_loop_names_cpu_and_vm(void)
{
	begin();
	is_in_el2(1, "spin");
	hyp.cpu[1].el = hyp.cpu[1].was_el = 1;
	hyp.cpu[1].vmid = 1;
	ASSERT(strstr(cause(), "cpu 1: vm 1 goes round at EL1 in spin") !=
	       NULL);
	PASS();
}

TEST who_slept_last_is_named(void)
{
	begin();
	hyp.vcpu[0].since = 10;
	hyp.vcpu[1].since = 30;
	hyp.vcpu[2].since = 20;
	ASSERT(strstr(cause(), "vm 1 vcpu 1 waits in place1") != NULL);
	ASSERT(strstr(said, "2 more wait") != NULL);
	PASS();
}

TEST nothing_known_is_said_so(void)
{
	begin();
	hyp.vcpus = 0;
	ASSERT(strstr(cause(), "no rule fits") != NULL);
	PASS();
}

SUITE(triage)
{
	RUN_TEST(el2_loop_names_the_cpu_that_loops);
	RUN_TEST(el2_that_moves_is_not_stuck);
	RUN_TEST(lock_names_waiter_and_holder);
	RUN_TEST(lock_held_by_oneself_or_nobody);
	RUN_TEST(deadlock_names_both);
	RUN_TEST(panic_comes_first);
	RUN_TEST(wake_up_lost_names_the_sleeper);
	RUN_TEST(stale_list_register_is_no_wake_up);
	RUN_TEST(ready_and_idle_is_a_lost_kick);
	RUN_TEST(timer_that_nobody_watches);
	RUN_TEST(timer_that_does_not_wake_is_not_missed);
	RUN_TEST(sleeper_with_a_timer_waits_for_nobody);
	RUN_TEST(earlier_of_two_timers_is_named);
	RUN_TEST(who_waits_for_nothing_comes_before_a_sleeper);
	RUN_TEST(naps_are_counted);
	RUN_TEST(napper_is_stopped_as_its_timer_is_due);
	RUN_TEST(napper_that_is_awake_is_no_loop);
	RUN_TEST(napper_that_is_awake_comes_before_a_sleeper);
	RUN_TEST(napper_that_asks_each_time_is_no_loop);
	RUN_TEST(proxied_and_ready_waits_for_its_runner);
	RUN_TEST(ended_vm_with_a_vcpu_on);
	RUN_TEST(sgi_lost_names_sender_and_target);
	RUN_TEST(message_that_is_nowhere);
	RUN_TEST(what_was_not_followed_was_not_lost);
	RUN_TEST(message_whose_receiver_slept_late);
	RUN_TEST(polling_names_the_call);
	RUN_TEST(stray_interrupt_is_no_storm);
	RUN_TEST(storm_names_the_interrupt);
	RUN_TEST(slices_are_no_storm);
	RUN_TEST(naps_are_no_storm);
	RUN_TEST(masked_with_something_pending);
	RUN_TEST(in_a_handler_is_not_masked);
	RUN_TEST(guest_loop_names_cpu_and_vm);
	RUN_TEST(who_slept_last_is_named);
	RUN_TEST(nothing_known_is_said_so);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(triage);
	GREATEST_MAIN_END();
}
