/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot.h"

#include <libfdt.h>
#include <string.h>

#include "cpu.h"
#include "guest_dtb.h"
#include "mmu.h"
#include "payload.h"
#include "print.h"
#include "scenario.h"
#include "uart.h"

#include <abi/bundle.h>
#include <abi/console.h>

/* Outlives the firmware: hyp copies it before it uses this memory. */
static struct boot_info info;

/* What EL2 cannot do without. */
static void check_platform(const struct platform *p)
{
	if (p->gic_version != 3) {
		fatal("device tree: no GICv3, which the hypervisor needs");
	}
	if (p->psci == PSCI_NONE) {
		fatal("device tree: no PSCI");
	}
	if (p->cpu_count == 0) {
		fatal("device tree: no CPU");
	}
	if (p->timer_phys == 0 || p->timer_virt == 0 || p->timer_hyp == 0) {
		fatal("device tree: no timer with four interrupts");
	}
}

static void describe_machine(const struct platform *p)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;

	info.cpu_count = p->cpu_count;
	info.boot_cpu = p->cpu_count;
	for (uint32_t i = 0; i < p->cpu_count; i++) {
		info.mpidr[i] = p->mpidr[i];
		if (p->mpidr[i] == self) {
			info.boot_cpu = i;
		}
	}
	if (info.boot_cpu == p->cpu_count) {
		fatal("device tree: this CPU (0x%lx) is not in it", self);
	}
	info.psci_hvc = p->psci == PSCI_HVC;
	info.ram_count = p->ram_count;
	memcpy(info.ram, p->ram, sizeof(info.ram));

	info.uart.kind = p->uart.size != 0 ? BOOT_UART_PL011 : BOOT_UART_NONE;
	info.uart.intid = p->uart_intid;
	info.uart.mmio = p->uart;
	info.uart.clock_hz = p->uart_clock_hz;

	info.gic.version = p->gic_version;
	info.gic.maintenance_intid = p->gic_maintenance_intid;
	info.gic.dist = p->gic_dist;
	info.gic.redist = p->gic_redist;

	info.device_count = p->device_count;
	memcpy(info.device, p->device, sizeof(info.device));

	info.timer.phys = p->timer_phys;
	info.timer.virt = p->timer_virt;
	info.timer.hyp = p->timer_hyp;
}

static void load_hyp(const struct bundle *bundle, struct layout *layout,
                     uint32_t memory_mib)
{
	uint64_t size = memory_mib * MIB;
	const struct image *image = bundle_image(bundle, BUNDLE_HYP);
	struct payload payload;

	payload_read(&payload, image);
	if (!payload.has_header || payload.offset != 0) {
		fatal("bundle: image \"%s\": no arm64 header with offset 0",
		      image->name);
	}
	if (payload.size > size) {
		fatal("bundle: image \"%s\": does not fit: it needs %lu KiB, "
		      "hyp-memory-mib gives %u MiB",
		      image->name, payload.size / KIB, memory_mib);
	}
	if (!layout_take(layout, size, BLOCK_SIZE, LAYOUT_HIGHEST, &info.hyp)) {
		fatal("bundle: image \"%s\": no free %u MiB of RAM",
		      image->name, memory_mib);
	}
	memcpy((void *)info.hyp.base, image->data, image->size);
	/* With its BSS: hyp writes there while its caches are off. */
	cache_clean(info.hyp.base, payload.size);
}

/* Random numbers if the CPU has them, else the counter, well stirred. */
static uint64_t random_word(void)
{
	bool has_rndr =
		field_get(FIELD(63, 60), sysreg_read(id_aa64isar0_el1)) != 0;
	uint64_t word, failed = 1;

	if (has_rndr) {
		asm volatile("mrs %0, s3_3_c2_c4_0\n" /* RNDR */
		             "cset %1, eq"
		             : "=r"(word), "=r"(failed)
		             :
		             : "cc");
	}
	if (failed != 0) {
		/* The finishing steps of SplitMix64. */
		word = ticks_now() * 0x9e3779b97f4a7c15;
		word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
		word = (word ^ word >> 27) * 0x94d049bb133111eb;
		word ^= word >> 31;
	}
	return word;
}

/* Offset of the device tree in the VM's RAM; the image ends at @end. */
static uint64_t place_dtb(const struct image *image, uint64_t ram_size,
                          uint64_t end)
{
	if (end <= ram_size - BLOCK_SIZE) {
		return ram_size - BLOCK_SIZE;
	}
	if (end > ram_size - GUEST_DTB_MAX) {
		fatal("bundle: image \"%s\": does not fit: with its device "
		      "tree it needs %lu KiB, memory-mib gives %lu MiB",
		      image->name, (end + GUEST_DTB_MAX) / KIB, ram_size / MIB);
	}
	return ram_size - GUEST_DTB_MAX;
}

static void write_dtb(const struct scenario *s, uint64_t offset)
{
	void *dtb = (void *)(info.root.ram.base + offset);
	struct guest guest = { .ram_size = info.root.ram.size,
		               .vcpu_count = s->root_vcpus,
		               .bootargs = s->root_bootargs };
	int len;

	for (unsigned i = 0; i < GUEST_SEED_WORDS; i++) {
		guest.seed[i] = random_word();
	}
	len = guest_dtb_write(dtb, &guest);
	if (len < 0) {
		fatal("device tree of the root VM: %s", fdt_strerror(len));
	}
	cache_clean((uint64_t)dtb, (uint64_t)len);
	info.root.dtb = GUEST_RAM_BASE + offset;
}

static void load_root(const struct bundle *bundle, struct layout *layout,
                      const struct scenario *s)
{
	uint64_t size = s->root_memory_mib * MIB, dtb_offset;
	const struct image *image = bundle_image(bundle, s->root_image);
	struct payload payload;

	payload_read(&payload, image);
	if (payload.offset > size || payload.size > size) {
		fatal("bundle: image \"%s\": does not fit: it needs %lu KiB, "
		      "memory-mib gives %u MiB",
		      image->name, payload.size / KIB, s->root_memory_mib);
	}
	dtb_offset = place_dtb(image, size, payload.offset + payload.size);
	if (!layout_take(layout, size, BLOCK_SIZE, LAYOUT_LOWEST,
	                 &info.root.ram)) {
		fatal("bundle: image \"%s\": no free %u MiB of RAM",
		      image->name, s->root_memory_mib);
	}
	memcpy((void *)(info.root.ram.base + payload.offset), image->data,
	       image->size);
	cache_clean(info.root.ram.base + payload.offset, image->size);
	info.root.ipa = GUEST_RAM_BASE;
	info.root.entry = GUEST_RAM_BASE + payload.offset;
	info.root.vcpu_count = s->root_vcpus;
	info.root.vmid = GUEST_ROOT_VMID;
	memcpy(info.root.name, s->root_name, sizeof(info.root.name));
	write_dtb(s, dtb_offset);
	print("firmware: root VM \"%s\": image \"%s\", %u vCPU, %u MiB at "
	      "0x%lx\n",
	      s->root_name, image->name, s->root_vcpus, s->root_memory_mib,
	      info.root.ram.base);
}

_Noreturn void boot(const struct platform *platform,
                    const struct bundle *bundle, struct layout *layout,
                    uint64_t first_ticks)
{
	uint64_t bundle_end = (uint64_t)bundle->fdt + bundle->size;
	struct scenario scenario;

	check_platform(platform);
	describe_machine(platform);
	scenario_read(&scenario, bundle_image(bundle, BUNDLE_SCENARIO),
	              platform->cpu_count);
	load_hyp(bundle, layout, scenario.hyp_memory_mib);
	load_root(bundle, layout, &scenario);

	info.magic = BOOT_MAGIC;
	info.version = BOOT_VERSION;
	info.size = sizeof(info);
	info.firmware_ticks = first_ticks;
	info.bundle.base = align_down((uint64_t)bundle->fdt, PAGE_SIZE);
	info.bundle.size = align_up(bundle_end, PAGE_SIZE) - info.bundle.base;
	memcpy(info.args, scenario.args, sizeof(info.args));

	print(CONSOLE_HYP_PLACE "0x%lx, %u MiB\n", info.hyp.base,
	      scenario.hyp_memory_mib);
	uart_drain();
	info.handover_ticks = ticks_now();
	cache_clean((uint64_t)&info, sizeof(info));
	handover(info.hyp.base, (uint64_t)&info);
}
