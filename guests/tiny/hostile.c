// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM that does all it can, for ever, on all of its CPUs: another one must not
 * feel it (heartbeat.c).
 *
 * bootargs: kind=NAME, seed=N.
 */
#include <abi/psci.h>
#include <stdio.h>
#include <string.h>

#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/lock.h"
#include "rt/mmio.h"
#include "rt/mmu.h"
#include "rt/timer.h"

#define AT_WORK 200 /* operations until we say that we are at work */

static uint64_t rm_queue; /* capability: what the resource manager reads */
static struct dt_range ram;

struct seed {
	uint64_t state;
};

static uint64_t next_random(struct seed *seed)
{
	seed->state ^= seed->state >> 12;
	seed->state ^= seed->state << 25;
	seed->state ^= seed->state >> 27;
	return seed->state * 0x2545f4914f6cdd1dull;
}

static uint64_t odd_value(struct seed *seed)
{
	static const uint64_t favourites[] = {
		0,          1,          2,          UINT64_MAX, 1ull << 63,
		0x40000000, 0x40080000, 0x08000000, 0xfff,      0x1000,
		INT32_MAX,  1ull << 32, 0x41fff000, 255,        0x09000000,
	};
	uint64_t pick = next_random(seed);

	return pick & 1 ? next_random(seed)
	                : favourites[(pick >> 8) % (sizeof(favourites) /
	                                            sizeof(favourites[0]))];
}

/* Any call with any argument, but for those that end this VM. */
static void storm_calls(struct seed *seed)
{
	uint64_t arg[8], number = next_random(seed) % 0x190;

	for (unsigned i = 0; i < 8; i++) {
		arg[i] = odd_value(seed);
	}
	if (next_random(seed) % 4 == 0) {
		arg[0] = rm_queue; /* one that is good for something */
	}
	hv_call((unsigned)number, arg);
	psci(PSCI_AFFINITY_INFO, arg[1], arg[2], 0);
	psci(PSCI_FEATURES, arg[3], 0, 0);
}

/* The resource manager's queue is always full. */
static void storm_messages(struct seed *seed)
{
	static char message[256];

	HV(MSGQUEUE_SEND, rm_queue, 1 + next_random(seed) % 240,
	   (uint64_t)(uintptr_t)message, 1);
}

static void storm_sgis(struct seed *seed)
{
	uint64_t bits = next_random(seed);

	for (unsigned cpu = 0; cpu < cpu_count; cpu++) {
		irq_send(bits & 15, cpu);
	}
	if (bits & 0x100) {
		irq_unmask();
		isb(); /* all that is pending is taken here */
		irq_mask();
	}
}

static void storm_tlbs(struct seed *seed)
{
	uint64_t set_way = next_random(seed);

	__asm__ volatile("tlbi vmalle1is\n\tdsb ish\n\t"
	                 "tlbi vmalle1\n\tdsb nsh\n\t"
	                 "tlbi vale1is, %0\n\tdsb ish\n\t"
	                 "ic ialluis\n\tdsb ish\n\tisb\n\t"
	                 "dc isw, %1\n\tdc csw, %1\n\tdc cisw, %1\n\tdsb sy"
	                 :
	                 : "r"(set_way >> 20), "r"(set_way & 0xfffffff0)
	                 : "memory");
}

static void storm_faults(struct seed *seed)
{
	struct fault fault;
	uint64_t at = MMU_TEST_VA + (next_random(seed) & 0xff8);

	fault_expect(&fault);
	if (at & 8) {
		mmio_write32(at, 1);
	} else {
		mmio_read32(at);
	}
	if (!fault_came(&fault)) {
		fatal("hostile: an access to nothing has worked");
	}
}

/* Anywhere but in our own RAM and console; most of it is nobody's. */
static void storm_stores(struct seed *seed)
{
	static const uint64_t spots[] = { 0x0,        0x08000000, 0x080a0000,
		                          0x09010000, 0x0a000000, 0x40000000,
		                          0x50000000, 0x5f000000, 0xc0000000 };
	unsigned spot = (unsigned)(next_random(seed) %
	                           (sizeof(spots) / sizeof(spots[0])));
	uint64_t pa = spots[spot] + (next_random(seed) & 0x3ff000);
	uint64_t va = MMU_TEST_VA + BLOCK_SIZE * (cpu_self()->index + 1);
	struct fault fault;

	if (pa >= ram.base && pa < ram.base + ram.size) {
		pa += ram.size;
	}
	mmu_map(va, pa, PAGE_SIZE, MMU_NC);
	fault_expect(&fault);
	mmio_write32(va + (next_random(seed) & 0xffc), (uint32_t)seed->state);
	fault_came(&fault);
	mmu_unmap(va, PAGE_SIZE);
}

static void storm_yields(struct seed *seed)
{
	(void)seed;
	HV(SCHEDULER_YIELD, 0);
}

/* A timer that is always due, and a WFI that never sleeps. */
static void storm_timer(struct seed *seed)
{
	(void)seed;
	timer_virt_set(cntvct(), CNT_ENABLE);
	wfi();
	irq_unmask();
	isb(); /* the timer is taken here */
	irq_mask();
}

static void on_timer(unsigned intid, void *arg)
{
	(void)intid;
	(void)arg;
	timer_virt_off();
}

static void ignore(unsigned intid, void *arg)
{
	(void)intid;
	(void)arg;
}

/* Everything masked, and not one exit. */
static void spin(struct seed *seed)
{
	(void)seed;
	__asm__ volatile("msr daifset, #15\n1:	b 1b");
}

static const struct kind {
	const char *name;
	void (*storm)(struct seed *seed);
	bool at_once; /* the first operation does not end */
} kinds[] = {
	{ "calls", storm_calls, false },
	{ "messages", storm_messages, false },
	{ "sgis", storm_sgis, false },
	{ "tlbs", storm_tlbs, false },
	{ "faults", storm_faults, false },
	{ "stores", storm_stores, false },
	{ "yields", storm_yields, false },
	{ "timer", storm_timer, false },
	{ "masked", spin, true },
};

/* The C library's printf is for one CPU at a time. */
static void say_so(const char *kind)
{
	static struct lock lock;

	lock_take(&lock);
	printf("hostile: cpu %u is at work: %s\n", cpu_self()->index, kind);
	lock_drop(&lock);
}

static void rage(void *arg)
{
	const struct kind *kind = arg;
	struct seed seed = { (dt_bootarg_number("seed", 1) + 1) *
		             0x9e3779b97f4a7c15ull * (cpu_self()->index + 1) };

	for (unsigned sgi = 0; sgi < 16; sgi++) {
		irq_enable(sgi);
	}
	irq_enable(TIMER_VIRT_PPI);
	for (uint64_t n = 0;; n++) {
		if (n == (kind->at_once ? 0 : AT_WORK)) {
			say_so(kind->name);
		}
		kind->storm(&seed);
	}
}

static void rage_on_all(void *kind)
{
	unsigned online = cpu_start_all();

	for (unsigned cpu = 1; cpu < online; cpu++) {
		cpu_call(cpu, rage, kind);
	}
	rage(kind);
}

static void find_rm_queue(void)
{
	int node = dt_find("gunyah-resource-manager");

	if (node >= 0) {
		rm_queue = dt_reg(node, 0).base;
	}
}

int main(int argc, char **argv)
{
	const char *name = dt_bootarg("kind");

	(void)argc;
	(void)argv;
	find_rm_queue();
	ram = dt_ram();
	for (unsigned sgi = 0; sgi < 16; sgi++) {
		irq_attach(sgi, ignore, NULL);
	}
	irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
	mmu_map(MMU_TEST_VA, 0x20000000, PAGE_SIZE, MMU_DEVICE);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (name != NULL && strcmp(name, kinds[i].name) == 0) {
			rage_on_all((void *)(uintptr_t)&kinds[i]);
		}
	}
	fatal("hostile: no such kind");
}
