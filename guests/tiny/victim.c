// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM to be ended: every vCPU does one thing, for ever or until it ends the
 * VM.  Bootarg do=:
 *
 *     off, reset, reset2   ask PSCI for it
 *     spin, wfi, hvc       run, sleep, make hypercalls, for ever
 *     count                counting in RAM, for ever
 *     mmio                 reads of a device that the VMM emulates, for ever
 *     device               the same device: must be as after a reset; then off
 *     slots                finds slots= empty virtio-mmio slots in its tree; off
 *     begun                tells that device when its first instructions ran, off
 *     parked               the other vCPUs off again, this one asleep
 *     watchdog             start the watchdog, and sleep until it bites
 *     pet                  start it, count, and ping it while word PET is 0
 *
 *     fault                what only a test build makes a fault of the machine
 *
 * others= what the other vCPUs do, if something else; without it those who do
 * not act go off again.
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
#include <libfdt.h>
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
#include "rt/vmtree.h"

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

/* Whatever the one before has written there is no longer there. */
static void do_device(void *arg)
{
	(void)arg;
	if (mmio_read32(DEVICE) != 0) {
		fatal("victim: the device is not as after a reset");
	}
	mmio_write32(DEVICE, 0x55aa55aa);
	if (mmio_read32(DEVICE) != 0x55aa55aa) {
		fatal("victim: the device keeps nothing");
	}
	power_off();
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

#define PET 64 /* behind the words that others count in */

/* It bites after 20 milliseconds without a ping. */
static void do_pet(void *arg)
{
	volatile uint64_t *words =
		(volatile uint64_t *)(uintptr_t)dt_ram().base;

	(void)arg;
	words[PET] = 0;
	smccc(SMCCC_WATCHDOG_SET_TIME, 10, 20, 0);
	if (smccc(SMCCC_WATCHDOG_CONTROL, 3, 0, 0) != 0) {
		fatal("victim: no watchdog");
	}
	for (;;) {
		words[0]++;
		if (words[PET] == 0) {
			smccc(SMCCC_WATCHDOG_PING, 0, 0, 0);
		}
	}
}

/* The seeded fault identify-faults ends a VM for this argument. */
static void do_fault(void *arg)
{
	(void)arg;
	HV(IDENTIFY, 1);
	fatal("victim: no fault");
}

static void do_off(void *arg)
{
	(void)arg;
	power_off();
}

#define VIRTIO_MAGIC 0x74726976 /* VIRTIO, "MMIO Device Register Layout" */

/* One slot as the tree says, without a device: it holds nothing. */
static void check_slot(int node, unsigned index)
{
	struct dt_range reg = dt_reg(node, 0);
	const fdt32_t *irq = fdt_getprop(dt(), node, "interrupts", NULL);

	if (reg.base != VMTREE_VIRTIO_BASE + index * VMTREE_VIRTIO_SIZE ||
	    reg.size != VMTREE_VIRTIO_SIZE || irq == NULL ||
	    fdt32_to_cpu(irq[1]) != VMTREE_VIRTIO_SPI + index) {
		fatal("victim: slot %u is not where it belongs", index);
	}
	mmio_write32(reg.base + 0x70, 1); /* Status: ACKNOWLEDGE */
	if (mmio_read32(reg.base) != VIRTIO_MAGIC ||
	    mmio_read32(reg.base + 4) != 2 || mmio_read32(reg.base + 8) != 0 ||
	    mmio_read32(reg.base + 0x70) != 0) {
		fatal("victim: slot %u is not an empty one", index);
	}
}

static void do_slots(void *arg)
{
	unsigned count = 0;
	int node = -1;

	mmu_map_device(VMTREE_VIRTIO_BASE, PAGE_SIZE);
	while ((node = fdt_node_offset_by_compatible(dt(), node,
	                                             "virtio,mmio")) >= 0) {
		check_slot(node, count++);
	}
	if (count != dt_bootarg_number("slots", 0)) {
		fatal("victim: %u slots", count);
	}
	do_off(arg);
}

/* By the counter that all VMs share. */
static void do_begun(void *arg)
{
	mmio_write64(DEVICE, boot_entry.cntpct);
	do_off(arg);
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

static const struct way {
	const char *name;
	void (*work)(void *arg);
	bool on_all;
} ways[] = {
	{ "off", do_off, false },       { "reset", do_reset, false },
	{ "reset2", do_reset2, false }, { "spin", do_spin, true },
	{ "wfi", do_wfi, true },        { "hvc", do_hvc, true },
	{ "mmio", do_mmio, true },      { "parked", do_wfi, false },
	{ "count", do_count, true },    { "watchdog", do_watchdog, false },
	{ "pet", do_pet, false },       { "fault", do_fault, false },
	{ "device", do_device, false }, { "begun", do_begun, false },
	{ "slots", do_slots, false },
};

static const struct way *find_way(const char *arg)
{
	const char *name = dt_bootarg(arg);

	for (unsigned i = 0; name != NULL && i < sizeof(ways) / sizeof(ways[0]);
	     i++) {
		if (strcmp(ways[i].name, name) == 0) {
			return &ways[i];
		}
	}
	return NULL;
}

/* What vCPU @cpu does while the first one does @way. */
static void place(unsigned cpu, const struct way *way)
{
	const struct way *others = find_way("others");

	if (others != NULL) {
		cpu_call(cpu, others->work, NULL);
	} else if (way->on_all) {
		cpu_call(cpu, way->work, NULL);
	} else if (dt_bootarg_number("keep", 0) == 0) {
		cpu_stop(cpu);
	}
}

int main(int argc, char **argv)
{
	const struct way *way = find_way("do");
	char line[8];
	unsigned count;

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
	if (way == NULL) {
		fatal("victim: nothing to do");
	}
	for (unsigned cpu = 1; cpu < count; cpu++) {
		place(cpu, way);
	}
	if (dt_bootarg_number("resets", 0) ==
	    dt_bootarg_number("times", UINT64_MAX)) {
		do_wfi(NULL);
	}
	way->work(NULL);
	return 1;
}
