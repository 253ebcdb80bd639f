/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine, as its device tree describes it (Devicetree Specification and
 * Linux' bindings of the compatible strings in platform.c).
 */
#ifndef FIRMWARE_PLATFORM_H
#define FIRMWARE_PLATFORM_H

#include <stdint.h>

#include <abi/boot.h>

#include "psci.h"

struct platform {
	uint32_t cpu_count;   /* in mpidr[] */
	uint32_t cpu_ignored; /* more than BOOT_CPUS_MAX */
	uint64_t mpidr[BOOT_CPUS_MAX];

	uint32_t ram_count;
	struct boot_range ram[BOOT_RAM_MAX];

	struct boot_range uart; /* size 0: no PL011 */
	uint32_t uart_intid;
	uint64_t uart_clock_hz; /* 0: unknown */

	uint32_t gic_version; /* 0: no GIC that we know */
	struct boot_range gic_dist, gic_redist;
	uint32_t gic_maintenance_intid;

	uint32_t timer_phys, timer_virt, timer_hyp; /* INTIDs; 0: unknown */

	enum psci_conduit psci;

	uint32_t device_count; /* that the hypervisor does not use */
	struct boot_device device[BOOT_DEVICES_MAX];

	uint64_t initrd_start, initrd_end; /* equal: none */
};

/*
 * Fills *platform from the tree, whose header has been checked.  What the tree
 * does not say stays 0; the caller decides what it cannot do without.
 */
void platform_read(struct platform *platform, const void *fdt);

#endif
