// SPDX-License-Identifier: BSD-2-Clause
/*
 * A VM that leaves everything behind that it can, dies, and is launched again
 * in the same place: the next one must find a fresh machine.
 *
 * Bootargs: launch=N from the resource manager; last=N: this launch reports;
 * die=off or reset.  What each launch checks is kept until the last reports:
 * nowhere, of course.  So all check, a failure is told at once, and only the
 * last one's report is complete.
 */
#include <abi/psci.h>
#include <abi/rm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/rpc.h"

#define FRESH      0x600dda7a600dda7aull
#define SPI_LEFT   40
#define SPI_ACTIVE 41
#define SGI_LEFT   5
#define HEAP_ROOM  (1ull << 20) /* behind the image, for newlib */
#define TREE_ROOM  0x10000ull   /* at the end of RAM */
#define PATTERN    0xdeadbeefdeadbeefull

extern char image_end[];

static volatile uint64_t initialised = FRESH;

/* Before anything of this launch could have changed it (SGIs are rt's). */
static uint32_t pending[8], active[8], pending_private, active_private;
static uint64_t timer_ctl[2];

static void look_first(void)
{
	for (unsigned i = 1; i < 8; i++) {
		pending[i] = mmio_read32(irq_dist() + GICD_ISPENDR + 4 * i);
		active[i] = mmio_read32(irq_dist() + GICD_ISACTIVER + 4 * i);
	}
	pending_private = mmio_read32(irq_redist() + GICR_SGI + GICD_ISPENDR);
	active_private = mmio_read32(irq_redist() + GICR_SGI + GICD_ISACTIVER);
	timer_ctl[0] = sysreg_read(cntv_ctl_el0);
	timer_ctl[1] = sysreg_read(cntp_ctl_el0);
}

/* R1: nothing is pending or active in a fresh GIC. */
TEST no_interrupt_survives(void)
{
	for (unsigned i = 1; i < 8; i++) {
		ASSERT_EQ(0u, pending[i]);
		ASSERT_EQ(0u, active[i]);
	}
	ASSERT_EQ(0u, pending_private);
	ASSERT_EQ(0u, active_private);
	PASS();
}

static volatile unsigned ticks;

static void on_tick(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	ticks++;
}

/* R3: the timer's interrupt arrives, though the one before died in it. */
TEST the_timer_interrupt_arrives(void)
{
	ticks = 0;
	irq_attach(TIMER_VIRT_PPI, on_tick, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(cntvct() + timer_ticks_of_us(100), 1);
	ASSERT(irq_wait(&ticks, 1000000));
	irq_disable(TIMER_VIRT_PPI);
	PASS();
}

/* R12: no timer is armed, and none fires. */
TEST no_timer_survives(void)
{
	ASSERT_EQ(0u, timer_ctl[0] & 1);
	ASSERT_EQ(0u, timer_ctl[1] & 1);
	PASS();
}

/* R5: memory is zero, and the image is as it was built. */
TEST memory_is_fresh(void)
{
	struct dt_range ram = dt_ram();
	const uint64_t *at = (const void *)(image_end + HEAP_ROOM);
	const uint64_t *end =
		(const void *)(uintptr_t)(ram.base + ram.size - TREE_ROOM);

	ASSERT_EQ(FRESH, initialised);
	for (; at < end; at++) {
		if (*at != 0) {
			printf("at %p: %llx\n", (const void *)at,
			       (unsigned long long)*at);
			FAILm("memory is not zero");
		}
	}
	PASS();
}

/* R8: registers at entry, as Linux' "booting.rst" and PSCI have them. */
TEST registers_are_fresh(void)
{
	for (unsigned i = 1; i < 31; i++) {
		ASSERT_EQ(0u, boot_entry.x[i]);
	}
	ASSERT_EQ(0u, boot_entry.sctlr & (SCTLR_M | SCTLR_C));
	for (unsigned i = 0; i < 64; i++) {
		ASSERT_EQ(0u, boot_simd[i]);
	}
	PASS();
}

/* R9: the other CPUs are off, and can be started. */
TEST other_cpus_are_off(void)
{
	if (cpu_count < 2) {
		SKIPm("one CPU");
	}
	ASSERT_EQ(PSCI_AFFINITY_OFF,
	          psci(PSCI_AFFINITY_INFO, cpus[1].mpidr, 0, 0));
	ASSERT_EQ(0, cpu_start(1));
	PASS();
}

/* R7, R25: the first request is answered, whatever was half sent before. */
TEST the_resource_manager_answers(void)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	size_t len = 0;
	uint16_t vmid;

	ASSERT(rpc_open());
	ASSERT_EQ(RM_ERR_OK, rpc_call(RM_VM_GET_VMID, NULL, 0, answer, &len));
	ASSERT_EQ(4u, len);
	memcpy(&vmid, answer, sizeof(vmid));
	ASSERT_EQ(dt_vmid(), vmid);
	ASSERT_EQ(0u, rpc_strays()); /* what it had asked was not ours */
	PASS();
}

SUITE(relaunch)
{
	RUN_TEST(no_interrupt_survives);
	RUN_TEST(no_timer_survives);
	RUN_TEST(the_timer_interrupt_arrives);
	RUN_TEST(memory_is_fresh);
	RUN_TEST(registers_are_fresh);
	RUN_TEST(other_cpus_are_off);
	RUN_TEST(the_resource_manager_answers);
}

static void spin(void *arg)
{
	(void)arg;
	for (;;) {
		cpu_relax();
	}
}

/*
 * In turn: half a message; both queues full, as the resource manager does not
 * listen to somebody who does not fetch the answers.
 */
static void leave_messages(uint64_t launch)
{
	uint8_t packet[RM_PACKET_MAX];
	uint8_t payload[2 * RM_PAYLOAD_MAX] = { 0 };
	bool is_half = launch % 2 != 0;
	size_t len = rm_packet(
		RM_REQUEST, RM_VM_GET_STATE, 7, payload,
		is_half ? sizeof(payload) : sizeof(struct rm_vmid), 0, packet);

	while (rpc_send_raw(packet, len) && !is_half) {
	}
}

static void leave_memory(void)
{
	struct dt_range ram = dt_ram();
	uint64_t *at = (void *)(image_end + HEAP_ROOM);
	uint64_t *end = (void *)(uintptr_t)(ram.base + ram.size - TREE_ROOM);

	initialised = PATTERN;
	while (at < end) {
		*at++ = PATTERN;
	}
}

static void die(void)
{
	const char *how = dt_bootarg("die");

	if (how != NULL && strcmp(how, "reset") == 0) {
		psci(PSCI_SYSTEM_RESET, 0, 0, 0);
	}
	power_off();
}

/* Runs in the interrupt handler: this PPI stays active. */
static void die_in_handler(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_phys_set(cntpct() + timer_ticks_of_us(200), 1);
	die();
}

static void make_a_mess(uint64_t launch)
{
	if (cpu_count > 1) {
		cpu_call(1, spin, NULL);
	}
	leave_messages(launch);
	leave_memory();
	irq_enable(SPI_LEFT);
	irq_set_pending(SPI_LEFT + 1, true);
	irq_set_active(SPI_ACTIVE, true);
	irq_set_pending(SGI_LEFT, true);
	sysreg_write(tpidr_el0, PATTERN);
	sysreg_write(tpidrro_el0, PATTERN);
	irq_attach(TIMER_VIRT_PPI, die_in_handler, NULL);
	irq_enable(TIMER_VIRT_PPI);
	timer_virt_set(cntvct() + timer_ticks_of_us(50), 1);
	irq_unmask();
	for (;;) {
		cpu_relax();
	}
}

GREATEST_MAIN_DEFS();

static int report(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(relaunch);
	GREATEST_MAIN_END();
}

int main(int argc, char **argv)
{
	uint64_t launch = dt_bootarg_number("launch", 1);

	look_first();
	if (launch == dt_bootarg_number("last", 2)) {
		return report(argc, argv);
	}
	if (initialised != FRESH) {
		fatal("launch %u: the image is not as it was built",
		      (unsigned)launch);
	}
	if (!rpc_open()) {
		fatal("no resource manager");
	}
	cpu_start_all();
	make_a_mess(launch);
	return 1;
}
