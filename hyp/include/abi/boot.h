/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware hands to the hypervisor: x0 at hyp's entry.
 *
 * The firmware reads device trees and the bundle so that EL2 need not.  The
 * block lies in RAM, is written once, and hyp copies and checks it before use.
 *
 * Entry state of hyp: EL2, one CPU, MMU and D-cache off, DAIF set, image at
 * hyp.base (2 MiB aligned) with its BSS not yet cleared, all images cleaned to
 * the point of coherency.
 *
 *     physical RAM
 *     +--------------+ ram[0].base
 *     | ...          |   root.ram: the root VM's memory, image and device tree
 *     | root.ram     |   in place
 *     | bundle       |   read-only for everybody from here on
 *     | hyp          |   hyp's image, tables, heap: nobody else's, ever
 *     | the rest     |   free; belongs to the root partition
 *     +--------------+
 */
#ifndef ABI_BOOT_H
#define ABI_BOOT_H

#include <stdint.h>

#define BOOT_MAGIC       0x544f4f4253545354ull /* "TSTSBOOT" */
#define BOOT_VERSION     2
#define BOOT_CPUS_MAX    8
#define BOOT_RAM_MAX     8
#define BOOT_ARGS_MAX    256
#define BOOT_NAME_MAX    32
#define BOOT_DEVICES_MAX 4

struct boot_range {
	uint64_t base; /* bytes, page aligned */
	uint64_t size; /* bytes, page aligned; 0: absent */
};

/* A device with pages and an interrupt of its own, which EL2 does not use. */
struct boot_device {
	struct boot_range mmio;
	uint32_t intid; /* an SPI */
	uint32_t is_edge;
};

enum boot_uart_kind { BOOT_UART_NONE, BOOT_UART_PL011 };

struct boot_info {
	uint64_t magic;
	uint32_t version;
	uint32_t size; /* sizeof(struct boot_info) */

	uint64_t firmware_ticks; /* CNTPCT_EL0 at the firmware's first line */
	uint64_t handover_ticks; /* CNTPCT_EL0 just before the jump to hyp */

	uint32_t cpu_count;
	uint32_t boot_cpu; /* index into mpidr[] */
	uint64_t mpidr[BOOT_CPUS_MAX];

	uint32_t ram_count;
	uint32_t psci_hvc; /* 0: PSCI by SMC; hyp runs below EL3 */
	struct boot_range ram[BOOT_RAM_MAX];

	struct {
		uint32_t kind; /* enum boot_uart_kind */
		uint32_t intid;
		struct boot_range mmio;
		uint64_t clock_hz;
	} uart;

	struct {
		uint32_t version; /* 3 */
		uint32_t maintenance_intid;
		struct boot_range dist;
		struct boot_range redist;
	} gic;

	struct { /* INTIDs, 16..31 */
		uint32_t phys, virt, hyp;
		uint32_t reserved;
	} timer;

	/* What a VM may be given as it is. */
	uint32_t device_count;
	uint32_t reserved;
	struct boot_device device[BOOT_DEVICES_MAX];

	struct boot_range hyp;    /* image first, then heap; 2 MiB aligned */
	struct boot_range bundle; /* checked; page aligned outwards */

	struct {
		struct boot_range ram;    /* physical; 2 MiB aligned */
		uint64_t ipa;             /* where the VM sees ram.base */
		uint64_t entry;           /* IPA of its first instruction */
		uint64_t dtb;             /* IPA, its x0 */
		uint32_t vcpu_count;      /* 1..cpu limit of the ABI */
		uint32_t vmid;            /* 255 */
		char name[BOOT_NAME_MAX]; /* from the scenario; NUL-ended */
	} root;

	char args[BOOT_ARGS_MAX]; /* scenario's "hyp-args"; NUL-ended */
};
_Static_assert(sizeof(struct boot_info) % 8 == 0, "no tail padding");

#endif
