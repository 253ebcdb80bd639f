// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM to be ended: every vCPU does one thing, for ever or until it ends the
 * VM.  Bootarg do=:
 *
 *     off, reset, reset2   ask PSCI for it
 *     spin, wfi, hvc       run, sleep, make hypercalls, for ever
 *     count                counting in RAM, for ever
 *     mmio                 reads of a device that the VMM emulates, for ever
 *     parked               the other vCPUs off again, this one asleep
 *     watchdog             start the watchdog, and sleep until it bites
 *
 * line=1 waits for a line on the console before; keep=1 leaves the other vCPUs
 * on, asleep, where one alone acts; say=1 tells launch= and resets=;
 * times=N does nothing any more after N resets.
 *
 * It says nothing unless something is wrong: it is launched thousands of
 * times.
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <abi/smccc.h>
#include <stdio.h>
#include <string.h>

#include "rt/call.h"
#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/main.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

#define DEVICE 0x0b000000ull /* of guests/vmm */

static void do_spin(void *arg)
{
	(void)arg;
	for (;;) {
		cpu_relax();
	}
}

static void do_wfi(void *arg)
{
	(void)arg;
	irq_mask();
	for (;;) {
		wfi();
	}
}

static void do_hvc(void *arg)
{
	(void)arg;
	for (;;) {
		HV(IDENTIFY, 0);
	}
}

static void do_mmio(void *arg)
{
	(void)arg;
	for (uint32_t i = 0;; i++) {
		mmio_write32(DEVICE, i);
		(void)mmio_read32(DEVICE);
	}
}

/* One word for each vCPU, in lines of their own at the beginning of RAM. */
static void do_count(void *arg)
{
	volatile uint64_t *word =
		(volatile uint64_t *)(uintptr_t)dt_ram().base +
		8ull * cpu_self()->index;

	(void)arg;
	for (;;) {
		++*word;
	}
}

/* It barks after one millisecond and bites after two. */
static void do_watchdog(void *arg)
{
	smccc(SMCCC_WATCHDOG_SET_TIME, 1, 2, 0);
	if (smccc(SMCCC_WATCHDOG_CONTROL, 3, 0, 0) != 0) {
		fatal("victim: no watchdog");
	}
	do_wfi(arg);
}

static void do_off(void *arg)
{
	(void)arg;
	power_off();
}

static void do_reset(void *arg)
{
	(void)arg;
	psci(PSCI_SYSTEM_RESET, 0, 0, 0);
}

static void do_reset2(void *arg)
{
	(void)arg;
	smccc(PSCI_SYSTEM_RESET2, 0, 0, 0);
}

static const struct {
	const char *name;
	void (*work)(void *arg);
	bool on_all;
} ways[] = {
	{ "off", do_off, false },       { "reset", do_reset, false },
	{ "reset2", do_reset2, false }, { "spin", do_spin, true },
	{ "wfi", do_wfi, true },        { "hvc", do_hvc, true },
	{ "mmio", do_mmio, true },      { "parked", do_wfi, false },
	{ "count", do_count, true },    { "watchdog", do_watchdog, false },
};

int main(int argc, char **argv)
{
	const char *name;
	char line[8];
	unsigned count;
	uint64_t times;
	bool keep;

	(void)argc, (void)argv;
	mmu_map_device(DEVICE, PAGE_SIZE);
	count = cpu_start_all();
	if (dt_bootarg_number("say", 0) != 0) {
		printf("launch %u resets %u\n",
		       (unsigned)dt_bootarg_number("launch", 0),
		       (unsigned)dt_bootarg_number("resets", 0));
	}
	if (dt_bootarg_number("line", 0) != 0) {
		console_read_line(line, sizeof(line));
	}
	times = dt_bootarg_number("times", UINT64_MAX);
	keep = dt_bootarg_number("keep", 0) != 0;
	name = dt_bootarg("do");
	for (unsigned i = 0; name != NULL && i < sizeof(ways) / sizeof(ways[0]);
	     i++) {
		if (strcmp(ways[i].name, name) != 0) {
			continue;
		}
		for (unsigned cpu = 1; cpu < count; cpu++) {
			if (ways[i].on_all) {
				cpu_call(cpu, ways[i].work, NULL);
			} else if (!keep) {
				cpu_stop(cpu);
			}
		}
		if (dt_bootarg_number("resets", 0) == times) {
			do_wfi(NULL);
		}
		ways[i].work(NULL);
	}
	fatal("victim: nothing to do");
}
