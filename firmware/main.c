/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The firmware: learns the machine from its device tree, then boots the bundle
 * that it finds, or tests the board when there is none.
 */
#include <libfdt.h>
#include <stddef.h>

#include "boot.h"
#include "bundle.h"
#include "cpu.h"
#include "layout.h"
#include "mmu.h"
#include "platform.h"
#include "print.h"
#include "psci.h"
#include "smoke.h"
#include "uart.h"

static struct platform platform;
static struct layout layout;
static struct bundle bundle;

extern char image_start[], image_end[];

static void map_machine(uint64_t dtb)
{
	/* First, in case the tree's idea of RAM does not cover them. */
	mmu_map((uint64_t)image_start, (uint64_t)(image_end - image_start),
	        MMU_RAM);
	mmu_map(dtb, fdt_totalsize((void *)dtb), MMU_RAM);
	for (uint32_t i = 0; i < platform.ram_count; i++) {
		mmu_map(platform.ram[i].base, platform.ram[i].size, MMU_RAM);
	}
	mmu_map(platform.uart.base, platform.uart.size, MMU_DEVICE);
	mmu_map(platform.gic_dist.base, platform.gic_dist.size, MMU_DEVICE);
	mmu_map(platform.gic_redist.base, platform.gic_redist.size, MMU_DEVICE);
	mmu_switch();
}

static void use(uint64_t base, uint64_t size)
{
	if (!layout_use(&layout, base, size)) {
		fatal("device tree: more than %u reserved ranges",
		      LAYOUT_USED_MAX);
	}
}

static void reserve_known(const void *fdt)
{
	uint64_t base, size;

	layout.ram = platform.ram;
	layout.ram_count = platform.ram_count;
	use((uint64_t)image_start, (uint64_t)(image_end - image_start));
	use((uint64_t)fdt, fdt_totalsize(fdt));
	use((uint64_t)bundle.fdt, bundle.size);
	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++) {
		if (fdt_get_mem_rsv(fdt, i, &base, &size) == 0) {
			use(base, size);
		}
	}
}

static sha256_blocks_fn *choose_hash(void)
{
	uint64_t sha2 = field_get(FIELD(15, 12), sysreg_read(id_aa64isar0_el1));

	return sha2 != 0 ? sha256_blocks_armv8 : sha256_blocks_portable;
}

static void check_level(unsigned entry_level)
{
	if (entry_level == 1) {
		fatal("entered at EL1, needs EL2 (QEMU: -machine "
		      "virtualization=on)");
	}
	if (entry_level == 3) {
		fatal("entered at EL3, needs EL2 with PSCI below it");
	}
}

/* From start.S, with the MMU on. */
_Noreturn void firmware_main(const void *fdt, uint64_t first_ticks,
                             uint64_t entry_level);
_Noreturn void firmware_main(const void *fdt, uint64_t first_ticks,
                             uint64_t entry_level)
{
	uint64_t ram_size = 0, limit;
	bool has_bundle;

	if (fdt_check_header(fdt) != 0) {
		power_off(); /* no tree, no UART, no words */
	}
	platform_read(&platform, fdt);
	map_machine((uint64_t)fdt);
	psci_use(platform.psci);
	if (platform.uart.size != 0) {
		uart_init(platform.uart.base, platform.uart_clock_hz);
	}
	for (uint32_t i = 0; i < platform.ram_count; i++) {
		ram_size += platform.ram[i].size;
	}
	print("firmware: entered at EL%lu, %u CPUs, %lu MiB of RAM\n",
	      entry_level, platform.cpu_count, ram_size / MIB);
	check_level((unsigned)entry_level);
	if (platform.cpu_ignored != 0) {
		print("firmware: %u more CPUs are ignored\n",
		      platform.cpu_ignored);
	}

	has_bundle =
		bundle_find(&platform, (uint64_t)image_end, &bundle, &limit);
	if (has_bundle) {
		bundle_check(&bundle, limit, choose_hash());
	}
	reserve_known(fdt);
	if (has_bundle) {
		boot(&platform, &bundle, &layout, first_ticks);
	}
	print("firmware: no bundle, testing the board\n");
	smoke_test(&platform, &layout, fdt);
	power_off();
}
