/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking what the firmware says, before anything relies on it. */
#include "boot/info.h"

#include <stdbool.h>
#include <stddef.h>

#include "lib/range.h"
#include "lib/string.h"
#include "mem/image.h"
#include "mem/phys.h"
#include "vm/vm.h"

struct boot_info boot_info;

/* The boot tables reach this far; see entry.S. */
#define PA_END (1ull << 39)

static bool is_pages(struct boot_range r)
{
	return is_page_aligned(r.base | r.size) && r.size != 0 &&
	       range_is_good(r.base, r.size) && r.base + r.size <= PA_END;
}

static bool is_in_ram(const struct boot_info *b, struct boot_range r)
{
	unsigned i;

	for (i = 0; i < b->ram_count; i++) {
		if (range_holds(b->ram[i].base, b->ram[i].size, r.base,
		                r.size)) {
			return true;
		}
	}
	return false;
}

static bool meets(struct boot_range a, struct boot_range b)
{
	return range_meets(a.base, a.size, b.base, b.size);
}

static bool meets_ram(const struct boot_info *b, struct boot_range r)
{
	unsigned i;

	for (i = 0; i < b->ram_count; i++) {
		if (meets(b->ram[i], r)) {
			return true;
		}
	}
	return false;
}

static const char *check_devices(const struct boot_info *b)
{
	unsigned i;

	if (b->device_count > BOOT_DEVICES_MAX) {
		return "number of devices";
	}
	for (i = 0; i < b->device_count; i++) {
		const struct boot_device *d = &b->device[i];

		if (!is_pages(d->mmio) || d->intid < 32 || d->intid > 1019 ||
		    meets(d->mmio, b->gic.dist) ||
		    meets(d->mmio, b->gic.redist) ||
		    meets(d->mmio, b->uart.mmio) || meets_ram(b, d->mmio)) {
			return "device";
		}
	}
	return NULL;
}

static const char *check_machine(const struct boot_info *b)
{
	unsigned i;

	if (b->cpu_count < 1 || b->cpu_count > BOOT_CPUS_MAX ||
	    b->boot_cpu >= b->cpu_count) {
		return "CPUs";
	}
	if (b->ram_count < 1 || b->ram_count > BOOT_RAM_MAX) {
		return "number of RAM ranges";
	}
	for (i = 0; i < b->ram_count; i++) {
		if (!is_pages(b->ram[i])) {
			return "RAM range";
		}
	}
	if (b->gic.version != 3 || !is_pages(b->gic.dist) ||
	    !is_pages(b->gic.redist)) {
		return "GIC";
	}
	if (b->uart.kind == BOOT_UART_PL011 && !is_pages(b->uart.mmio)) {
		return "UART";
	}
	if (b->timer.hyp < 16 || b->timer.hyp > 31 || b->timer.virt < 16 ||
	    b->timer.virt > 31 || b->timer.phys < 16 || b->timer.phys > 31) {
		return "timer interrupts";
	}
	return check_devices(b);
}

static const char *check_places(const struct boot_info *b)
{
	uint64_t image = virt_to_phys(image_text).v;
	uint64_t end = virt_to_phys(image_end).v;

	if (!is_pages(b->hyp) || !is_in_ram(b, b->hyp) ||
	    b->hyp.base != image || end > b->hyp.base + b->hyp.size ||
	    /* entry.S has mapped one GiB only. */
	    b->hyp.base >> 30 != (b->hyp.base + b->hyp.size - 1) >> 30) {
		return "place of the hypervisor";
	}
	if (!is_pages(b->root.ram) || !is_in_ram(b, b->root.ram) ||
	    meets(b->root.ram, b->hyp)) {
		return "place of the root VM";
	}
	if (b->bundle.size != 0 &&
	    (!is_pages(b->bundle) || meets(b->bundle, b->hyp) ||
	     meets(b->bundle, b->root.ram))) {
		return "place of the bundle";
	}
	return NULL;
}

static const char *check_root(const struct boot_info *b)
{
	uint64_t end = b->root.ipa + b->root.ram.size;

	if (!is_page_aligned(b->root.ipa) || end < b->root.ipa ||
	    b->root.entry < b->root.ipa || b->root.entry >= end ||
	    b->root.dtb < b->root.ipa || b->root.dtb >= end) {
		return "addresses of the root VM";
	}
	if (b->root.vcpu_count < 1 || b->root.vcpu_count > VM_VCPUS_MAX) {
		return "vCPUs of the root VM";
	}
	if (b->root.vmid != VMID_ROOT) {
		return "VMID of the root VM";
	}
	return NULL;
}

const char *boot_info_take(uint64_t from)
{
	struct boot_info *b = &boot_info;
	const char *wrong;

	if ((from & 7) != 0) {
		return "alignment";
	}
	memcpy(b, phys_to_virt(pa(from)), sizeof(*b));
	if (b->magic != BOOT_MAGIC || b->version != BOOT_VERSION ||
	    b->size != sizeof(*b)) {
		return "magic, version or size";
	}
	b->args[BOOT_ARGS_MAX - 1] = '\0';
	b->root.name[BOOT_NAME_MAX - 1] = '\0';
	wrong = check_machine(b);
	if (wrong == NULL) {
		wrong = check_places(b);
	}
	if (wrong == NULL) {
		wrong = check_root(b);
	}
	return wrong;
}
