// SPDX-License-Identifier: BSD-2-Clause
/*
 * One thing that can hang, at a time: bootargs "kind=NAME" picks a row of the
 * table below.  On a good hypervisor each ends at once; with a seeded fault
 * it hangs, and the harness has to say why (docs/triage.md).
 *
 * Who waits here sleeps with WFI: what is looked for is the sleep, and a guest
 * that polled instead would go on by itself.
 */
#include <abi/psci.h>
#include <abi/smccc.h>
#include <stdio.h>
#include <string.h>

#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/hv_root.h"
#include "rt/irq.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

#define SGI_TELL    1
#define MESSAGE_SPI 40
#define TURNS       20000
#define ROUNDS      40  /* in one of them the other is asleep in time */
#define PAUSE_US    500 /* for the other to fall asleep */

static volatile unsigned told[CPU_MAX];

static void on_sgi(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	told[cpu_self()->index]++;
}

static void on_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	told[cpu_self()->index]++;
}

/* An interrupt between the look and the WFI ends the WFI: it is pending. */
static void sleep_until_told(void)
{
	volatile unsigned *flag = &told[cpu_self()->index];

	irq_enable(SGI_TELL);
	irq_mask();
	while (*flag == 0) {
		wfi();
		irq_unmask();
		irq_mask();
	}
	*flag = 0;
}

static void tell(unsigned cpu)
{
	irq_send(SGI_TELL, cpu);
}

/*
 * "wake": one sleeps, the other wakes it.  Whether it is asleep by then is up
 * to the host; so they do it ROUNDS times, and it was, at least once.
 */

static void sleep_and_answer(void *arg)
{
	for (uintptr_t i = 0; i < (uintptr_t)arg; i++) {
		sleep_until_told();
		tell(0);
	}
}

static void stall_wake(void)
{
	irq_enable(SGI_TELL);
	irq_unmask();
	cpu_call(1, sleep_and_answer, (void *)ROUNDS);
	for (unsigned i = 0; i < ROUNDS; i++) {
		timer_delay_us(PAUSE_US);
		tell(1);
		/* Awake, so that it is always the other that sleeps on. */
		while (told[0] == 0) {
			cpu_relax();
		}
		told[0] = 0;
	}
	cpu_join(1);
}

/* "nap": the same by interrupts that are open all the time. */

static volatile unsigned naps;

static void nap(void *arg)
{
	(void)arg;
	irq_enable(SGI_TELL);
	irq_unmask();
	while (naps < ROUNDS) {
		while (told[1] == 0) {
			wfi();
		}
		told[1] = 0;
		naps++;
	}
}

static void stall_nap(void)
{
	cpu_call(1, nap, NULL);
	/* Until it is done, for the one between its look and its WFI. */
	while (naps < ROUNDS) {
		timer_delay_us(PAUSE_US);
		tell(1);
	}
	cpu_join(1);
}

/* "timer": the alarm clock, often: a busy host may let it ring too early. */

/* Takes the CPU away from who sleeps, if there is only one. */
static void be_busy(void *arg)
{
	(void)arg;
	timer_delay_us(100 * PAUSE_US);
}

static void stall_timer(void)
{
	cpu_call(1, be_busy, NULL);
	irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	for (unsigned i = 0; i < ROUNDS; i++) {
		timer_virt_set(cntvct() + timer_ticks_of_us(PAUSE_US),
		               CNT_ENABLE);
		sleep_until_told();
	}
}

/* "lock": a call that fails, and then one on another CPU. */

static int64_t turn_on(unsigned cpu)
{
	return psci(PSCI_CPU_ON, cpus[cpu].mpidr,
	            (uint64_t)(uintptr_t)secondary_entry, 0);
}

static void turn_on_myself(void *arg)
{
	(void)arg;
	turn_on(1);
	tell(0);
	for (;;) {
		cpu_relax();
	}
}

static void stall_lock(void)
{
	cpu_call(1, turn_on_myself, NULL);
	sleep_until_told();
	turn_on(1);
}

/* "locks": two calls that need the same things, at the same time. */

static void ask_often(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < TURNS; i++) {
		psci(PSCI_AFFINITY_INFO, cpus[0].mpidr, 0, 0);
	}
}

static void stall_locks(void)
{
	cpu_call(1, ask_often, NULL);
	for (unsigned i = 0; i < TURNS; i++) {
		turn_on(1);
	}
	cpu_join(1);
}

/* "off": the machine goes off while another CPU is busy. */

static void spin_for_ever(void *arg)
{
	(void)arg;
	tell(0);
	for (;;) {
		cpu_relax();
	}
}

static void stall_off(void)
{
	cpu_call(1, spin_for_ever, NULL);
	sleep_until_told();
}

/* "poll": a CPU leaves, and another waits until it has. */

static void stall_poll(void)
{
	cpu_stop(1);
}

/* "call": does it come back? */

static void stall_call(void)
{
	psci(PSCI_FEATURES, PSCI_VERSION, 0, 0);
}

/* "message": through a queue that rings a level-sensitive interrupt. */

static uint64_t queue;

static void on_message(unsigned intid, void *arg)
{
	static char text[16];

	(void)intid, (void)arg;
	if (HV(MSGQUEUE_RECEIVE, queue, (uint64_t)(uintptr_t)text, sizeof(text))
	            .err == HV_OK) {
		told[cpu_self()->index]++;
	}
}

static void check(const char *what, struct hv r)
{
	if (r.err != HV_OK) {
		fatal("%s: %s", what, hv_error_name(r.err));
	}
}

static void make_queue(void)
{
	struct hv_root root;
	struct hv r;

	if (!hv_root_env(&root)) {
		fatal("not the root VM");
	}
	r = HV(PARTITION_CREATE_MSGQUEUE, root.partition, root.cspace);
	check("create", r);
	queue = r.out[0];
	check("configure", HV(MSGQUEUE_CONFIGURE, queue, 4 | 16 << 16));
	check("activate", HV(OBJECT_ACTIVATE, queue));
	irq_attach(MESSAGE_SPI, on_message, NULL);
	irq_set_edge(MESSAGE_SPI, false);
	irq_route(MESSAGE_SPI, cpus[1].mpidr);
	irq_enable(MESSAGE_SPI);
	check("bind",
	      HV(MSGQUEUE_BIND_RECEIVE_VIRQ, queue, root.vic, MESSAGE_SPI));
}

static void stall_message(void)
{
	static char text[16] = "hello";

	make_queue();
	cpu_call(1, sleep_and_answer, (void *)1);
	timer_delay_us(PAUSE_US);
	check("send", HV(MSGQUEUE_SEND, queue, sizeof(text),
	                 (uint64_t)(uintptr_t)text));
	sleep_until_told();
	cpu_join(1);
}

static const struct kind {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{ "wake", stall_wake },       { "nap", stall_nap },
	{ "timer", stall_timer },     { "lock", stall_lock },
	{ "locks", stall_locks },     { "off", stall_off },
	{ "poll", stall_poll },       { "call", stall_call },
	{ "message", stall_message },
};

int main(int argc, char **argv)
{
	const char *name = dt_bootarg("kind");

	(void)argc, (void)argv;
	irq_attach(SGI_TELL, on_sgi, NULL);
	if (cpu_count > 1 && cpu_start(1) != 0) {
		fatal("the second CPU does not start");
	}
	for (unsigned i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++) {
		if (strcmp(name, kinds[i].name) == 0) {
			printf("may stall: %s\n", name);
			fflush(stdout);
			kinds[i].run();
			printf("did not stall\n");
			return 0;
		}
	}
	fatal("no such kind: %s", name ? name : "(none)");
}
