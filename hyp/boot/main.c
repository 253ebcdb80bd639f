/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The start of the hypervisor, in order.
 *
 * The boot CPU goes from boot_main (boot stack, boot table) to start_machine
 * (its own stack, final table), starts the others, makes the root VM and
 * becomes one CPU among equals.
 */
#include <abi/boot.h>

#include "arch/debug.h"
#include "arch/el2.h"
#include "arch/exits.h"
#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "arch/tlb.h"
#include "arch/trace.h"
#include "arch/upcall.h"
#include "boot/info.h"
#include "boot/root.h"
#include "call/hvc_basic.h"
#include "drv/el3.h"
#include "drv/gic.h"
#include "drv/grace.h"
#include "drv/irq.h"
#include "drv/pl011.h"
#include "drv/timer.h"
#include "lib/mutant.h"
#include "lib/print.h"
#include "lib/random.h"
#include "lib/string.h"
#include "mem/image.h"
#include "mem/page.h"
#include "mem/stack.h"
#include "mem/stage1.h"
#include "mem/stage2.h"
#include "trap/panic.h"
#include "trap/sysreg.h"
#include "vdev/console.h"
#include "vgic/part.h"
#include "vm/part.h"
#include "vm/sched.h"
#include "vm/vm.h"

/* How long a CPU may take from CPU_ON to being online. */
#define SKEW_TURNS   0x4000
#define CPU_START_US 1000000

static struct uart uart;
static const char *wrong; /* with the boot block */

unsigned cpu_count(void)
{
	return boot_info.cpu_count;
}

/* Bytes have come; a machine's SPI. */
static bool on_uart(uint32_t intid, void *arg)
{
	(void)intid;
	(void)arg;
	console_rx_interrupt();
	return true;
}

static void start_console(void)
{
	volatile void *regs;

	if (boot_info.uart.kind != BOOT_UART_PL011) {
		console_init(NULL, VMID_ROOT);
		return;
	}
	regs = stage1_map_device(pa(boot_info.uart.mmio.base),
	                         boot_info.uart.mmio.size);
	pl011_init(&uart, regs);
	console_init(&uart, VMID_ROOT);
	print_to(console_hyp_write);
}

/* Each CPU, once its table and stack are the final ones. */
static void init_cpu(void)
{
	el2_init_cpu();
	debug_init_cpu();
	sysreg_write(VTCR_EL2, stage2_vtcr());
	if (!gic_init_cpu()) {
		PANIC("no redistributor for this CPU");
	}
	timer_init_cpu(boot_info.timer.hyp);
	vgic_start_cpu(&(struct vgic_ppis){
		.maintenance = boot_info.gic.maintenance_intid,
		.virt_timer = boot_info.timer.virt,
		.phys_timer = boot_info.timer.phys,
	});
	trace(TRACE_CPU_UP, TRACE_NOBODY, 0, this_cpu()->mpidr, 0);
	/* What it has set up is seen before it counts as online. */
	__atomic_store_n(&this_cpu()->is_online, true, __ATOMIC_RELEASE);
}

/*
 * With the boot argument "skew=N" each CPU idles for a moment of its own, which
 * N chooses: on a lock-step machine that is another interleaving.
 */
static void skew(void)
{
	size_t len = 0;
	const char *digit = arg_find(boot_info.args, "skew", &len);
	uint64_t state = 0;
	uint64_t turns;

	if (digit == NULL) {
		return;
	}
	for (; len > 0; len--, digit++) {
		state = state * 10 + (uint64_t)(*digit - '0');
	}
	state = state * CPUS_MAX + cpu_index();
	for (turns = random_next(&state) % SKEW_TURNS; turns > 0; turns--) {
		__asm__ volatile("");
	}
}

noreturn void boot_secondary(void)
{
	init_cpu();
	skew();
	guest_resume(sched_next());
}

static bool start_cpu(unsigned cpu)
{
	struct percpu *it = &percpu_table[cpu];
	uint64_t limit;

	if (el3_cpu_on(it->mpidr, virt_to_phys(entry_secondary).v,
	               (uint64_t)it) != 0) {
		return false;
	}
	limit = timer_now() + timer_us_to_ticks(CPU_START_US);
	while (!__atomic_load_n(&it->is_online, __ATOMIC_ACQUIRE)) {
		if (timer_now() > limit) {
			return false;
		}
	}
	return true;
}

static void start_cpus(void)
{
	unsigned cpu;

	for (cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu != cpu_index() && !start_cpu(cpu)) {
			print("hyp: CPU %u (MPIDR %lx) does not start\n", cpu,
			      percpu_table[cpu].mpidr);
			PANIC("a CPU is missing");
		}
	}
	/* Nobody needs the identity map any more. */
	boot_l0[0] = 0;
	tlb_flush_el2();
}

static void start_gic(void)
{
	volatile void *dist, *redist;

	dist = stage1_map_device(pa(boot_info.gic.dist.base),
	                         boot_info.gic.dist.size);
	redist = stage1_map_device(pa(boot_info.gic.redist.base),
	                           boot_info.gic.redist.size);
	gic_init(dist, redist, boot_info.gic.redist.size);
	panic_init();
}

static void start_uart_interrupt(void)
{
	if (boot_info.uart.kind == BOOT_UART_PL011) {
		irq_handle(boot_info.uart.intid, on_uart, NULL);
		gic_route(boot_info.uart.intid, cpu_index());
		gic_enable(boot_info.uart.intid);
	}
}

/* On the boot CPU's own stack, under the final table. */
static void start_machine(void)
{
	start_console();
	if (wrong != NULL) {
		print("hyp: boot block: %s\n", wrong);
		PANIC("the firmware's boot block is unusable");
	}
	if (!mutant_choose(boot_info.args)) {
		print("hyp: no such mutant in this build: %s\n",
		      boot_info.args);
		el3_system_off();
	}
	start_gic();
	stage2_probe();
	id_reg_init();
	vm_hooks_init();
	sched_init();
	grace_init();
	init_cpu();
	start_uart_interrupt();
	start_cpus();
	root_start();
	print("hyp: %u CPUs, %lu KiB heap free, VM %u \"%s\" starts\n",
	      cpu_count(), page_unused() * (PAGE_SIZE / 1024),
	      boot_info.root.vmid, boot_info.root.name);
	trace(TRACE_BOOT, TRACE_NOBODY, 1, 0, 0);
	skew();
	boot_ticks.guest = sysreg_read(CNTPCT_EL0);
	guest_resume(sched_next());
}

static void map_ram(void)
{
	unsigned i;

	for (i = 0; i < boot_info.ram_count; i++) {
		phys_add_ram(pa(boot_info.ram[i].base), boot_info.ram[i].size);
		stage1_map_ram(pa(boot_info.ram[i].base),
		               boot_info.ram[i].size);
	}
}

/* The boot CPU's struct moves from slot 0 to where its index says. */
static void init_percpu(void)
{
	unsigned cpu;

	trace_init();
	exits_init();
	for (cpu = 0; cpu < cpu_count(); cpu++) {
		percpu_table[cpu].mpidr = boot_info.mpidr[cpu];
		stack_make(cpu);
	}
	sysreg_write(TPIDR_EL2, &percpu_table[boot_info.boot_cpu]);
}

noreturn void boot_main(uint64_t info, uint64_t ticks, uint64_t image_pa)
{
	uint64_t end;

	image_offset = IMAGE_VA - image_pa;
	wrong = boot_info_take(info);
	if (wrong != NULL) {
		/* Without it there is no console, and no RAM that is ours. */
		el3_system_off();
	}
	boot_ticks.firmware = boot_info.firmware_ticks;
	boot_ticks.hyp = ticks;
	el3_init(boot_info.psci_hvc != 0);

	end = virt_to_phys(image_end).v;
	page_init(pa(end), boot_info.hyp.base + boot_info.hyp.size - end);
	stage1_init();
	map_ram();
	init_percpu();
	el2_switch_table(stage1_ttbr);
	el2_switch_stack(percpu_table[boot_info.boot_cpu].stack_top,
	                 start_machine);
}
