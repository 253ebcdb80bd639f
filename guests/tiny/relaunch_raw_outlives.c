/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What watches a VM, runs it or counts it lives longer than the VM does: it
 * must not go on with the next one (docs/lifecycle.md, R14, R15, R18, R20).
 */
#include <abi/smccc.h>
#include <abi/vcpu_run.h>

#include "greatest.h"
#include "listen.h"
#include "relaunch_raw.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

#define BARK_INTID    43u
#define BITE_INTID    44u
#define WAKE_INTID    46u
#define WAIT_US       3000000u
#define LIVES         4
#define SLEEP_US      300000u
#define SLEEP_RECORDS 100u /* one each millisecond is too many */

static int64_t call_watchdog(uint32_t id, uint64_t a, uint64_t b)
{
	vm.mail->x[0] = id;
	vm.mail->x[1] = a;
	vm.mail->x[2] = b;
	return minivm_order(&vm, MINIVM_CALL) ? (int64_t)vm.mail->x[0] : -99;
}

/* R20: its VM is gone: it neither barks nor bites, nor does it bite the next. */
TEST r20_a_watchdog_stops_with_its_vm(void)
{
	const char *wrong;
	uint64_t dog;

	ASSERT(end_it());
	wrong = minivm_make(&vm, &root, VMID);
	ASSERTm(wrong, wrong == NULL);
	dog = create(HVC_PARTITION_CREATE_WATCHDOG);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, dog).err);
	ASSERT_EQ(0, HV(WATCHDOG_ATTACH_VCPU, dog, vm.thread).err);
	listen_to(BARK_INTID);
	listen_to(BITE_INTID);
	ASSERT_EQ(0, HV(WATCHDOG_BIND_VIRQ, dog, root.vic, BARK_INTID, 0).err);
	ASSERT_EQ(0, HV(WATCHDOG_BIND_VIRQ, dog, root.vic, BITE_INTID, 1).err);
	ASSERT_EQ(NULL, minivm_run(&vm));
	ASSERT_EQ(0, call_watchdog(SMCCC_WATCHDOG_SET_TIME, 2000, 2100));
	ASSERT_EQ(0, call_watchdog(SMCCC_WATCHDOG_CONTROL, 3, 0));
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(NULL, begin(1));
	ASSERT_FALSE(irq_wait(&heard[BITE_INTID], 2500000));
	ASSERT_EQ(0u, heard[BARK_INTID]);
	ASSERT(minivm_order(&vm, MINIVM_LOAD)); /* it lives */
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(dog));
	PASS();
}

/* R18: a range that was taken back is nothing again, one that is there is. */
TEST r18_ranges_of_the_vmm_are_what_they_are_now(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);
	struct hv r;

	ASSERTm(wrong, wrong == NULL);
	/* Unbound, it is scheduled: here, where it is not while we run. */
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, vm.thread, 0, HV_ONES).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, vm.thread).err);
	listen_to(WAKE_INTID);
	ASSERT_EQ(0,
	          HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID, 1).err);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, vm.addrspace, vm.memory, MINIVM_CODE,
	                MAP_RWX)
	                     .err);
	ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE_VMMIO, vm.addrspace, DEVICE,
	                PAGE_SIZE, 0)
	                     .err);
	ASSERT_EQ(0, HV(VCPU_POWERON, vm.thread, MINIVM_CODE, MINIVM_MAIL).err);
	vm.mail->x[0] = DEVICE;
	vm.mail->order = MINIVM_LOAD32;
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(0u, vm.mail->order);
	ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE_VMMIO, vm.addrspace, DEVICE,
	                PAGE_SIZE, 1)
	                     .err);
	vm.mail->x[0] = DEVICE;
	vm.mail->order = MINIVM_LOAD32;
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_NEQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	ASSERT_EQ(0u, vm.mail->order);
	ASSERT_EQ(1u, vm.mail->faults);
	PASS();
}

/* R15: bound anew, it runs for its runner alone, and wakes it just once. */
TEST r15_a_wakeup_can_be_bound_again(void)
{
	ASSERT_EQ(0, HV(VCPU_UNBIND_VIRQ, vm.thread, 1).err);
	ASSERT_EQ(0, HV(VCPU_UNBIND_VIRQ, vm.thread, 1).err);
	ASSERT_EQ(0,
	          HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID, 1).err);
	vm.mail->x[0] = MINIVM_CODE;
	ASSERT_FALSE(minivm_order(&vm, MINIVM_LOAD)); /* not by itself */
	minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(0u, vm.mail->order);

	/* SPI 50, an edge, may wake it; so it sleeps, and is rung twice. */
	ASSERT(make_bell());
	vm.mail->x[1] = 0x12;
	vm.mail->x[0] = GICD;
	vm.mail->order = MINIVM_STORE32;
	minivm_run_vcpu(&vm, 0);
	vm.mail->x[0] = GICD + 0x84;
	vm.mail->x[1] = ~0u;
	vm.mail->order = MINIVM_STORE32;
	minivm_run_vcpu(&vm, 0);
	vm.mail->x[0] = GICD + 0x104;
	vm.mail->x[1] = 1u << (BELL_INTID - 32);
	vm.mail->order = MINIVM_STORE32;
	minivm_run_vcpu(&vm, 0);
	vm.mail->order = MINIVM_IRQS;
	minivm_run_vcpu(&vm, 0);
	vm.mail->order = MINIVM_WAIT;
	minivm_run_vcpu(&vm, 0);
	HV(VCPU_RUN, vm.thread);
	ASSERT_EQ(VCPU_RUN_EXPECTS_WAKEUP,
	          HV(VCPU_RUN_CHECK, vm.thread).out[0]);
	/* Neither wakes who sleeps. */
	ASSERT_EQ(0, HV(VCPU_UNBIND_VIRQ, vm.thread, 1).err);
	ASSERT_EQ(0,
	          HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID, 1).err);
	ASSERT_EQ(VCPU_RUN_EXPECTS_WAKEUP,
	          HV(VCPU_RUN_CHECK, vm.thread).out[0]);
	heard[WAKE_INTID] = 0;
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT(irq_wait(&heard[WAKE_INTID], WAIT_US));
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 2).err);
	ASSERT_EQ(1u, heard[WAKE_INTID]);
	ASSERT_EQ(0, drop(bell));
	ASSERT_EQ(0, HV(VCPU_KILL, vm.thread).err);
	for (unsigned i = 0; i < 1000; i++) {
		HV(VCPU_RUN, vm.thread);
	}
	ASSERT(minivm_stop(&vm));
	PASS();
}

static uint64_t group;

/* What a group that outlives them says of its VMs. */
static uint64_t group_state(void)
{
	return HV(VPM_GROUP_GET_STATE, group).out[0];
}

static const char *live_in_group(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);

	if (wrong != NULL) {
		return wrong;
	}
	if (HV(VPM_GROUP_ATTACH_VCPU, group, vm.thread, 0).err != HV_OK) {
		return "the group is full";
	}
	return minivm_run(&vm);
}

static void on_timer(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
}

/* @return what the hypervisor has had to do meanwhile, on all CPUs */
static uint64_t sleep_here(uint64_t us)
{
	uint64_t before = ledger(LEDGER_TRACE_RECORDS);
	uint64_t end = cntvct() + timer_ticks_of_us(us);

	irq_attach(TIMER_VIRT_PPI, on_timer, NULL);
	irq_enable(TIMER_VIRT_PPI);
	while (cntvct() < end) {
		irq_mask();
		timer_virt_set(end, 1);
		wfi(); /* what comes in between is pending, and ends it */
		irq_unmask();
	}
	return ledger(LEDGER_TRACE_RECORDS) - before;
}

/* R14: nobody who is gone is counted as on, or keeps a CPU from its sleep. */
TEST r14_votes_and_queues_are_empty(void)
{
	group = create(HVC_PARTITION_CREATE_VPM_GROUP);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, group).err);
	for (unsigned i = 0; i < LIVES; i++) {
		const char *wrong;

		ASSERT_EQ(0u, group_state());
		wrong = live_in_group();
		ASSERTm(wrong, wrong == NULL);
		ASSERT_EQ(1u, group_state());
		ASSERT(minivm_order(&vm, MINIVM_LOAD)); /* it has its turn */
		ASSERT(minivm_stop(&vm));
	}
	ASSERT_EQ(0u, group_state());
	ASSERT_EQ(0, drop(group));
	ASSERT_LT(sleep_here(SLEEP_US), SLEEP_RECORDS);
	PASS();
}

SUITE(what_outlives_nobody)
{
	RUN_TEST(r20_a_watchdog_stops_with_its_vm);
	RUN_TEST(r18_ranges_of_the_vmm_are_what_they_are_now);
	RUN_TEST(r15_a_wakeup_can_be_bound_again);
	RUN_TEST(r14_votes_and_queues_are_empty);
}
