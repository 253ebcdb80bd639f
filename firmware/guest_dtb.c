/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Written front to back ("sequential write"), which costs a fraction of what
 * inserting into a tree does.  The first error stays in struct writer; what
 * follows it does nothing.
 */
#include "guest_dtb.h"

#include <libfdt.h>
#include <string.h>

#define GICD_BASE  0x08000000
#define GICD_SIZE  0x10000
#define GICR_BASE  0x080a0000
#define GICR_SIZE  0x20000 /* a vCPU */
#define UART_BASE  0x09000000
#define UART_SIZE  0x1000
#define UART_SPI   1
#define UART_CLOCK 24000000
#define RTC_BASE   0x09010000
#define RTC_SIZE   0x1000
#define RTC_SPI    2

#define PHANDLE_GIC   1
#define PHANDLE_CLOCK 2

#define IRQ_SPI  0
#define IRQ_PPI  1
#define IRQ_HIGH 4 /* level, active high */

struct writer {
	void *fdt;
	int err;
};

static void begin(struct writer *w, const char *name)
{
	if (w->err == 0) {
		w->err = fdt_begin_node(w->fdt, name);
	}
}

static void end(struct writer *w)
{
	if (w->err == 0) {
		w->err = fdt_end_node(w->fdt);
	}
}

static void bytes(struct writer *w, const char *name, const void *value,
                  int len)
{
	if (w->err == 0) {
		w->err = fdt_property(w->fdt, name, value, len);
	}
}

#define CELLS_MAX 12

static void cells(struct writer *w, const char *name, const uint32_t *value,
                  int count)
{
	fdt32_t raw[CELLS_MAX];

	for (int i = 0; i < count; i++) {
		raw[i] = cpu_to_fdt32(value[i]);
	}
	bytes(w, name, raw, count * (int)sizeof(raw[0]));
}

/* Cells and strings written as one writes them in a source file. */
#define CELLS(w, name, ...)                                     \
	cells(w, name, (const uint32_t[]){ __VA_ARGS__ },       \
	      (int)(sizeof((const uint32_t[]){ __VA_ARGS__ }) / \
	            sizeof(uint32_t)))
#define STRINGS(w, name, list) bytes(w, name, list, (int)sizeof(list))

static void string(struct writer *w, const char *name, const char *value)
{
	bytes(w, name, value, (int)strlen(value) + 1);
}

static void write_chosen(struct writer *w, const struct guest *guest)
{
	begin(w, "chosen");
	string(w, "stdout-path", "/pl011@9000000");
	string(w, "bootargs", guest->bootargs);
	bytes(w, "kaslr-seed", &guest->seed[0], sizeof(guest->seed[0]));
	bytes(w, "rng-seed", &guest->seed[1],
	      sizeof(guest->seed) - sizeof(guest->seed[0]));
	end(w);
}

static void write_cpus(struct writer *w, const struct guest *guest)
{
	char name[] = "cpu@0";

	begin(w, "cpus");
	CELLS(w, "#address-cells", 1);
	CELLS(w, "#size-cells", 0);
	for (uint32_t i = 0; i < guest->vcpu_count; i++) {
		name[sizeof(name) - 2] = (char)('0' + i);
		begin(w, name);
		string(w, "device_type", "cpu");
		string(w, "compatible", "arm,armv8");
		CELLS(w, "reg", i); /* MPIDR: Aff0 counts the vCPUs */
		string(w, "enable-method", "psci");
		end(w);
	}
	end(w);
}

static void write_memory(struct writer *w, const struct guest *guest)
{
	begin(w, "memory@40000000");
	string(w, "device_type", "memory");
	CELLS(w, "reg", 0, GUEST_RAM_BASE, (uint32_t)(guest->ram_size >> 32),
	      (uint32_t)guest->ram_size);
	end(w);
}

static void write_cpu_devices(struct writer *w, const struct guest *guest)
{
	begin(w, "psci");
	STRINGS(w, "compatible", "arm,psci-1.0\0arm,psci-0.2");
	string(w, "method", "hvc");
	end(w);

	begin(w, "timer");
	STRINGS(w, "compatible", "arm,armv8-timer");
	/* secure, non-secure, virtual, hypervisor; of these a VM has two */
	CELLS(w, "interrupts", IRQ_PPI, 13, IRQ_HIGH, IRQ_PPI, 14, IRQ_HIGH,
	      IRQ_PPI, 11, IRQ_HIGH, IRQ_PPI, 10, IRQ_HIGH);
	bytes(w, "always-on", "", 0);
	end(w);

	begin(w, "intc@8000000");
	string(w, "compatible", "arm,gic-v3");
	CELLS(w, "reg", 0, GICD_BASE, 0, GICD_SIZE, 0, GICR_BASE, 0,
	      GICR_SIZE * guest->vcpu_count);
	CELLS(w, "#interrupt-cells", 3);
	bytes(w, "interrupt-controller", "", 0);
	CELLS(w, "#address-cells", 2);
	CELLS(w, "#size-cells", 2);
	bytes(w, "ranges", "", 0);
	CELLS(w, "phandle", PHANDLE_GIC);
	end(w);
}

static void write_uart(struct writer *w)
{
	begin(w, "apb-pclk");
	string(w, "compatible", "fixed-clock");
	CELLS(w, "#clock-cells", 0);
	CELLS(w, "clock-frequency", UART_CLOCK);
	string(w, "clock-output-names", "clk24mhz");
	CELLS(w, "phandle", PHANDLE_CLOCK);
	end(w);

	begin(w, "pl011@9000000");
	STRINGS(w, "compatible", "arm,pl011\0arm,primecell");
	CELLS(w, "reg", 0, UART_BASE, 0, UART_SIZE);
	CELLS(w, "interrupts", IRQ_SPI, UART_SPI, IRQ_HIGH);
	CELLS(w, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
	STRINGS(w, "clock-names", "uartclk\0apb_pclk");
	end(w);
}

static void write_rtc(struct writer *w)
{
	begin(w, "pl031@9010000");
	STRINGS(w, "compatible", "arm,pl031\0arm,primecell");
	CELLS(w, "reg", 0, RTC_BASE, 0, RTC_SIZE);
	CELLS(w, "interrupts", IRQ_SPI, RTC_SPI, IRQ_HIGH);
	CELLS(w, "clocks", PHANDLE_CLOCK);
	string(w, "clock-names", "apb_pclk");
	end(w);
}

/* By which a guest knows that it runs on a hypervisor of this ABI, and who
 * it is (Linux' binding "gunyah-hypervisor", and the vendor's VM node). */
static void write_hypervisor(struct writer *w)
{
	begin(w, "hypervisor");
	CELLS(w, "#address-cells", 2);
	CELLS(w, "#size-cells", 0);
	STRINGS(w, "compatible", "gunyah-hypervisor\0simple-bus");
	begin(w, "qcom,gunyah-vm");
	STRINGS(w, "compatible", "qcom,gunyah-vm-id-1.0\0qcom,gunyah-vm-id");
	CELLS(w, "qcom,vmid", GUEST_ROOT_VMID);
	end(w);
	end(w);
}

int guest_dtb_write(void *buf, const struct guest *guest)
{
	/*
	 * Looking for a property's name among those already there costs more
	 * than all the rest; the tree is a few hundred bytes longer for it.
	 */
	struct writer w = { buf, fdt_create_with_flags(
					 buf, GUEST_DTB_MAX,
					 FDT_CREATE_FLAG_NO_NAME_DEDUP) };

	if (w.err == 0) {
		w.err = fdt_finish_reservemap(buf);
	}
	begin(&w, "");
	string(&w, "compatible", "linux,dummy-virt");
	string(&w, "model", "touchstone,root-vm");
	CELLS(&w, "#address-cells", 2);
	CELLS(&w, "#size-cells", 2);
	CELLS(&w, "interrupt-parent", PHANDLE_GIC);
	write_chosen(&w, guest);
	write_memory(&w, guest);
	write_cpus(&w, guest);
	write_cpu_devices(&w, guest);
	write_uart(&w);
	write_rtc(&w);
	write_hypervisor(&w);
	end(&w);
	if (w.err == 0) {
		w.err = fdt_finish(buf);
	}
	return w.err != 0 ? w.err : (int)fdt_totalsize(buf);
}
