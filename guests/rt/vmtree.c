/* SPDX-License-Identifier: BSD-2-Clause */
/* Front to back, with one sticky error. */
#include "rt/vmtree.h"

#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PHANDLE_GIC   VMTREE_PHANDLE_GIC
#define PHANDLE_CLOCK 2

#define SPI        0
#define PPI        1
#define EDGE_UP    1
#define LEVEL_HIGH 4

#define GICD      0x08000000
#define GICD_LEN  0x10000
#define GICR      0x080a0000
#define GICR_LEN  0x20000 /* for each vCPU */
#define UART      0x09000000
#define RTC       0x09010000
#define PERIPH_HZ 24000000

struct pen {
	void *fdt;
	int err;
};

static void open_node(struct pen *pen, const char *fmt, ...)
{
	char name[40];
	va_list args;

	va_start(args, fmt);
	vsnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	pen->err = pen->err ? pen->err : fdt_begin_node(pen->fdt, name);
}

static void close_node(struct pen *pen)
{
	pen->err = pen->err ? pen->err : fdt_end_node(pen->fdt);
}

static void put(struct pen *pen, const char *name, const void *data, size_t len)
{
	pen->err = pen->err ? pen->err
	                    : fdt_property(pen->fdt, name, data, (int)len);
}

static void put_cells(struct pen *pen, const char *name, const uint32_t *cell,
                      size_t count)
{
	fdt32_t raw[16];

	for (size_t i = 0; i < count; i++) {
		raw[i] = cpu_to_fdt32(cell[i]);
	}
	put(pen, name, raw, count * sizeof(raw[0]));
}

#define PUT_CELLS(pen, name, ...)                               \
	put_cells(pen, name, (const uint32_t[]){ __VA_ARGS__ }, \
	          sizeof((const uint32_t[]){ __VA_ARGS__ }) /   \
	                  sizeof(uint32_t))
#define PUT_TEXT(pen, name, text) put(pen, name, text, sizeof(text))

#define HIGH(v) ((uint32_t)((v) >> 32))
#define LOW(v)  ((uint32_t)(v))

static void put_chosen(struct pen *pen, const struct vmtree *vm)
{
	const char *args = vm->bootargs != NULL ? vm->bootargs : "";

	open_node(pen, "chosen");
	PUT_TEXT(pen, "stdout-path", "/pl011@9000000");
	put(pen, "bootargs", args, strlen(args) + 1);
	if (vm->initrd_end > vm->initrd_start) {
		PUT_CELLS(pen, "linux,initrd-start", HIGH(vm->initrd_start),
		          LOW(vm->initrd_start));
		PUT_CELLS(pen, "linux,initrd-end", HIGH(vm->initrd_end),
		          LOW(vm->initrd_end));
	}
	if ((vm->seed[0] | vm->seed[1] | vm->seed[2]) != 0) {
		put(pen, "kaslr-seed", &vm->seed[0], sizeof(vm->seed[0]));
		put(pen, "rng-seed", &vm->seed[1], 2 * sizeof(vm->seed[0]));
	}
	close_node(pen);
}

static void put_cpus(struct pen *pen, const struct vmtree *vm)
{
	open_node(pen, "cpus");
	PUT_CELLS(pen, "#address-cells", 1);
	PUT_CELLS(pen, "#size-cells", 0);
	for (uint32_t i = 0; i < vm->vcpus; i++) {
		/* Aff0 has 16 values, then Aff1 goes on. */
		uint32_t mpidr = (i & 0xf) | (i >> 4) << 8;

		open_node(pen, "cpu@%x", (unsigned)mpidr);
		PUT_TEXT(pen, "device_type", "cpu");
		PUT_TEXT(pen, "compatible", "arm,armv8");
		PUT_CELLS(pen, "reg", mpidr);
		PUT_TEXT(pen, "enable-method", "psci");
		close_node(pen);
	}
	close_node(pen);
}

static void put_gic(struct pen *pen, const struct vmtree *vm)
{
	open_node(pen, "intc@8000000");
	PUT_TEXT(pen, "compatible", "arm,gic-v3");
	PUT_CELLS(pen, "#interrupt-cells", 3);
	PUT_TEXT(pen, "interrupt-controller", "");
	PUT_CELLS(pen, "reg", 0, GICD, 0, GICD_LEN, 0, GICR, 0,
	          GICR_LEN * vm->vcpus);
	PUT_CELLS(pen, "#address-cells", 2);
	PUT_CELLS(pen, "#size-cells", 2);
	put(pen, "ranges", NULL, 0);
	PUT_CELLS(pen, "phandle", PHANDLE_GIC);
	close_node(pen);
}

static void put_cpu_parts(struct pen *pen, const struct vmtree *vm)
{
	open_node(pen, "psci");
	PUT_TEXT(pen, "compatible", "arm,psci-1.0\0arm,psci-0.2");
	PUT_TEXT(pen, "method", "hvc");
	close_node(pen);

	open_node(pen, "timer");
	PUT_TEXT(pen, "compatible", "arm,armv8-timer");
	put(pen, "always-on", NULL, 0);
	/* The binding wants four; a VM has the second and the third. */
	PUT_CELLS(pen, "interrupts", PPI, 13, LEVEL_HIGH, PPI, 14, LEVEL_HIGH,
	          PPI, 11, LEVEL_HIGH, PPI, 10, LEVEL_HIGH);
	close_node(pen);
	put_gic(pen, vm);
}

static void put_peripherals(struct pen *pen)
{
	open_node(pen, "apb-pclk");
	PUT_TEXT(pen, "compatible", "fixed-clock");
	PUT_TEXT(pen, "clock-output-names", "clk24mhz");
	PUT_CELLS(pen, "clock-frequency", PERIPH_HZ);
	PUT_CELLS(pen, "#clock-cells", 0);
	PUT_CELLS(pen, "phandle", PHANDLE_CLOCK);
	close_node(pen);

	open_node(pen, "pl011@9000000");
	PUT_TEXT(pen, "compatible", "arm,pl011\0arm,primecell");
	PUT_CELLS(pen, "reg", 0, UART, 0, 0x1000);
	PUT_CELLS(pen, "interrupts", SPI, 1, LEVEL_HIGH);
	PUT_TEXT(pen, "clock-names", "uartclk\0apb_pclk");
	PUT_CELLS(pen, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
	close_node(pen);

	open_node(pen, "pl031@9010000");
	PUT_TEXT(pen, "compatible", "arm,pl031\0arm,primecell");
	PUT_CELLS(pen, "reg", 0, RTC, 0, 0x1000);
	PUT_CELLS(pen, "interrupts", SPI, 2, LEVEL_HIGH);
	PUT_TEXT(pen, "clock-names", "apb_pclk");
	PUT_CELLS(pen, "clocks", PHANDLE_CLOCK);
	close_node(pen);
}

static void put_virtio(struct pen *pen, uint32_t slots)
{
	for (uint32_t i = 0; i < slots; i++) {
		uint64_t at = VMTREE_VIRTIO_BASE + i * VMTREE_VIRTIO_SIZE;

		open_node(pen, "virtio_mmio@%lx", (unsigned long)at);
		PUT_TEXT(pen, "compatible", "virtio,mmio");
		PUT_CELLS(pen, "reg", HIGH(at), LOW(at), 0,
		          (uint32_t)VMTREE_VIRTIO_SIZE);
		PUT_CELLS(pen, "interrupts", SPI, VMTREE_VIRTIO_SPI + i,
		          EDGE_UP);
		put(pen, "dma-coherent", NULL, 0);
		close_node(pen);
	}
}

static void put_memory(struct pen *pen, uint64_t size)
{
	if (size == 0) {
		return;
	}
	open_node(pen, "memory@%lx", (unsigned long)VMTREE_RAM_BASE);
	PUT_TEXT(pen, "device_type", "memory");
	PUT_CELLS(pen, "reg", HIGH(VMTREE_RAM_BASE), LOW(VMTREE_RAM_BASE),
	          HIGH(size), LOW(size));
	close_node(pen);
}

int vmtree_write(void *buf, size_t room, const struct vmtree *vm)
{
	struct pen pen = { buf, 0 };

	if (vm->vcpus < 1 || vm->vcpus > VMTREE_VCPUS_MAX ||
	    vm->virtio_slots > VMTREE_SLOTS_MAX) {
		return -FDT_ERR_BADVALUE;
	}
	pen.err = fdt_create(buf, room > INT32_MAX ? INT32_MAX : (int)room);
	pen.err = pen.err ? pen.err : fdt_finish_reservemap(buf);
	open_node(&pen, "");
	PUT_TEXT(&pen, "compatible", "linux,dummy-virt");
	PUT_TEXT(&pen, "model", "touchstone,vm");
	PUT_CELLS(&pen, "#address-cells", 2);
	PUT_CELLS(&pen, "#size-cells", 2);
	PUT_CELLS(&pen, "interrupt-parent", PHANDLE_GIC);
	put_chosen(&pen, vm);
	put_memory(&pen, vm->ram_size);
	put_cpus(&pen, vm);
	put_cpu_parts(&pen, vm);
	put_peripherals(&pen);
	put_virtio(&pen, vm->virtio_slots);
	close_node(&pen);
	pen.err = pen.err ? pen.err : fdt_finish(buf);
	return pen.err ? pen.err : (int)fdt_totalsize(buf);
}
