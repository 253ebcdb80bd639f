/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a manager sees of other VMs: their power state by VM groups, what they
 * do by the trace (docs/abi.md, "Power, watchdogs", "The machine").
 * Wants to be the root VM.
 */
#include <abi/psci.h>
#include <abi/trace.h>

#include "greatest.h"
#include "minivm.h"
#include "ours.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"

#define VMID        9u
#define STATE_INTID 45u /* of the root VM: a group has changed */
#define VM_INTID    50u /* of the other VM */
#define GICD        0x08000000ull
#define WAIT_US     3000000u
#define CALLS       200u

/* "VMPM Group State" */
enum { NONE, RUNNING, CPUS_SUSPENDED };

static struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];
static volatile unsigned changes;

static void on_change(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	changes++;
}

static uint64_t create_active(unsigned number)
{
	const uint64_t arg[8] = { root.partition, root.cspace };
	struct hv made = hv_call(number, arg);

	return made.err == HV_OK &&
	                       HV(OBJECT_ACTIVATE, made.out[0]).err == HV_OK
	               ? made.out[0]
	               : 0;
}

static const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	hv_ledger(now);
	return hv_ledger_difference(ledger_before, now) ?: "nothing";
}

/* A VM in a group with @options, the vCPU not on yet. */
static uint64_t make_grouped(uint64_t options)
{
	uint64_t group;

	hv_ledger(ledger_before);
	group = create(HVC_PARTITION_CREATE_VPM_GROUP);
	irq_attach(STATE_INTID, on_change, NULL);
	irq_set_edge(STATE_INTID, true);
	irq_enable(STATE_INTID);
	changes = 0;
	if (minivm_make(&vm, &root, VMID) != NULL ||
	    HV(VPM_GROUP_CONFIGURE, group, options).err != HV_OK ||
	    HV(OBJECT_ACTIVATE, group).err != HV_OK ||
	    HV(VPM_GROUP_ATTACH_VCPU, group, vm.thread, 0).err != HV_OK ||
	    HV(VPM_GROUP_BIND_VIRQ, group, root.vic, STATE_INTID).err !=
	            HV_OK) {
		return 0;
	}
	return group;
}

static uint64_t state_of(uint64_t group)
{
	return HV(VPM_GROUP_GET_STATE, group).out[0];
}

/* One interrupt, and the state it tells of. */
static bool changed_to(uint64_t group, uint64_t state)
{
	bool once = irq_wait(&changes, WAIT_US) && changes == 1;

	changes = 0;
	return once && state_of(group) == state;
}

/* Its SPI VM_INTID, edge-triggered, can wake it. */
static bool let_it_be_woken(void)
{
	return minivm_store32(&vm, GICD, 0x12) && /* ARE, group 1 */
	       minivm_store32(&vm, GICD + 0x80 + 4, ~0u) &&
	       minivm_store32(&vm, GICD + 0xc00 + VM_INTID / 16 * 4,
	                      2u << VM_INTID % 16 * 2) &&
	       minivm_store32(&vm, GICD + 0x100 + 4, 1u << VM_INTID % 32) &&
	       minivm_order(&vm, MINIVM_IRQS);
}

/* Asleep in CPU_SUSPEND, standby; the call is not over. */
static void put_to_sleep(void)
{
	vm.mail->x[0] = PSCI_CPU_SUSPEND;
	vm.mail->x[1] = 1;
	vm.mail->order = MINIVM_CALL;
}

/* Back from that call: its interrupt came first. */
static bool is_over(void)
{
	for (unsigned i = 0; i < 100000 && vm.mail->order != 0; i++) {
		HV(SCHEDULER_YIELD, 0);
	}
	return vm.mail->order == 0;
}

TEST a_group_tells_of_each_change(void)
{
	uint64_t group = make_grouped(0);
	uint64_t bell = create_active(HVC_PARTITION_CREATE_DOORBELL);

	ASSERT_NEQ(0, group);
	ASSERT_EQ(NONE, state_of(group));
	ASSERT_EQ(NULL, minivm_run(&vm));
	ASSERT(changed_to(group, RUNNING));
	ASSERT(let_it_be_woken());
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, vm.vic, VM_INTID).err);
	for (unsigned i = 0; i < 3; i++) {
		put_to_sleep();
		ASSERT(changed_to(group, CPUS_SUSPENDED));
		ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
		ASSERT(changed_to(group, RUNNING));
		ASSERT(is_over()); /* told of it, it has yet to run */
		ASSERT_EQ(i + 1, vm.mail->irq_count);
	}
	put_to_sleep();
	ASSERT(changed_to(group, CPUS_SUSPENDED));
	/* Asleep for good: awake, and off. */
	ASSERT_EQ(0, HV(VCPU_KILL, vm.thread).err);
	for (unsigned i = 0; i < 1000 && state_of(group) != NONE; i++) {
		HV(SCHEDULER_YIELD, 0);
	}
	ASSERT_EQ(NONE, state_of(group));
	ASSERT(irq_wait(&changes, WAIT_US));
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(bell));
	ASSERT_EQ(0, drop(group));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST a_group_without_aggregation_says_nothing(void)
{
	uint64_t group = make_grouped(1);

	ASSERT_NEQ(0, group);
	ASSERT_EQ(NULL, minivm_run(&vm));
	ASSERT(minivm_order(&vm, MINIVM_IRQS)); /* it is there */
	ASSERT_EQ(NONE, state_of(group));
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(group));
	ASSERT_EQ(0, changes);
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST a_group_is_configured_before_it_is_used(void)
{
	uint64_t group = create(HVC_PARTITION_CREATE_VPM_GROUP);

	ASSERT_EQ(NULL, minivm_make(&vm, &root, VMID));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VPM_GROUP_CONFIGURE, group, 2).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(VPM_GROUP_ATTACH_VCPU, group, vm.thread, 0).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, group).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VPM_GROUP_CONFIGURE, group, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VPM_GROUP_ATTACH_VCPU, group, vm.thread, 64).err);
	ASSERT_EQ(0, drop(group));
	ASSERT(minivm_stop(&vm));
	PASS();
}

static struct hv set_classes(uint64_t on, uint64_t off)
{
	return HV(TRACE_UPDATE_CLASS_FLAGS, on, off);
}

/* Records that CALLS hypercalls leave. */
static uint64_t records(void)
{
	uint64_t before = HV(TS_LEDGER, LEDGER_TRACE_RECORDS).out[0];

	for (unsigned i = 0; i < CALLS; i++) {
		HV(IDENTIFY);
	}
	return HV(TS_LEDGER, LEDGER_TRACE_RECORDS).out[0] - before;
}

TEST a_class_that_is_off_is_not_written(void)
{
	ASSERT_EQ(TRACE_CLASS_ALL, set_classes(0, 0).out[0]);
	ASSERT_GTE(records(), CALLS);
	ASSERT_EQ(TRACE_CLASS_ALL & ~TRACE_CLASS_CALLS,
	          set_classes(0, TRACE_CLASS_CALLS).out[0]);
	ASSERT_LT(records(), CALLS / 10); /* interrupts have a class, too */
	/* Another class does not bring it back; its own does. */
	set_classes(TRACE_CLASS_VIRQS, 0);
	ASSERT_LT(records(), CALLS / 10);
	ASSERT_EQ(TRACE_CLASS_ALL, set_classes(TRACE_CLASS_CALLS, 0).out[0]);
	ASSERT_GTE(records(), CALLS);
	PASS();
}

TEST flags_of_classes_have_rules(void)
{
	/* Those that are nobody's read as zero; boot and panic stay. */
	ASSERT_EQ(TRACE_CLASS_ALL, set_classes(~0ull, 0).out[0]);
	ASSERT_EQ(TRACE_CLASS_BOOT, set_classes(~0ull, ~0ull).out[0]);
	ASSERT_EQ(TRACE_CLASS_ALL, set_classes(~0ull, 0).out[0]);
	ASSERT_EQ(NULL, minivm_start(&vm, &root, VMID));
	ASSERT_EQ(HV_DENIED,
	          minivm_call(&vm, HVC_TRACE_UPDATE_CLASS_FLAGS,
	                      (const uint64_t[7]){ 0, TRACE_CLASS_ALL }));
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(TRACE_CLASS_ALL, set_classes(0, 0).out[0]);
	PASS();
}

SUITE(what_a_manager_sees)
{
	RUN_TEST(a_group_is_configured_before_it_is_used);
	RUN_TEST(a_group_tells_of_each_change);
	RUN_TEST(a_group_without_aggregation_says_nothing);
	RUN_TEST(a_class_that_is_off_is_not_written);
	RUN_TEST(flags_of_classes_have_rules);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (!hv_root_env(&root)) {
		fatal("only the root VM is told");
	}
	RUN_SUITE(what_a_manager_sees);
	GREATEST_MAIN_END();
}
