/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vCPU is in one place at a time, whoever runs it, and from wherever
 * (docs/abi.md, vcpu_run): two runners on two CPUs take turns with it, and one
 * that EL2 has scheduled is asleep on another CPU when its runner gets it, or is
 * sent from one CPU to another; and what its accesses to devices are told by
 * does not depend on what another CPU does with the ranges of others.  And a VM
 * whose last vCPU goes off is over at that moment: no other is turned on behind.
 * Wants to be the root VM, with two vCPUs on three CPUs.
 */
#include <abi/vcpu_run.h>
#include <string.h>

#include "greatest.h"
#include "minivm.h"
#include "ours.h"
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

#define VMID        9u
#define RUN_WAKEUP  1u /* "VCPU Virtual IRQ Type" */
#define WAKE_INTID  45u
#define BELL_INTID  50u /* of the other VM */
#define GICD        0x08000000ull
#define GICD_ON     0x12u /* ARE, group 1 */
#define CODE_OFFSET 0x100u
#define TURNS       2000u /* of each runner */
#define TRIES       200000u
#define FAR_CPU     2u /* where this VM has nothing to do */
#define MOVES       20u
#define DEVICES     0x10000000ull
#define DEVICE_STEP 0x2000ull
#define DEVICES_MAX 127u /* and the one that comes and goes */
#define ENDS        20u
#define PSCI_OFF    0x84000002u
#define ACCESSES    30u
#define UNCHANGED   (~0ull)

extern const char runners_code[], runners_code_end[];

static struct minivm vm;
static uint64_t before[LEDGER_COUNT];
static struct {
	volatile unsigned turns;
	volatile int64_t err;
} runner[2];

static const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	return hv_ledger(now) ? hv_ledger_difference(before, now) ?: "nothing"
	                      : "not readable";
}

/* It is not running: from now on only by us. */
static bool bind(void)
{
	return HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID, RUN_WAKEUP)
	               .err == HV_OK;
}

/* Killed, it leaves when it is run; then its VM can be taken apart. */
static bool end(void)
{
	bool fine = HV(VCPU_KILL, vm.thread).err == HV_OK;

	for (unsigned i = 0;
	     i < TRIES && HV(VCPU_RUN_CHECK, vm.thread).err != HV_OBJECT_STATE;
	     i++) {
		HV(VCPU_RUN, vm.thread);
		cpu_relax();
	}
	return minivm_stop(&vm) && fine;
}

/* Behind the mailbox, where its memory is not cached on our side. */
static void put_code(void)
{
	memcpy((char *)vm.window + PAGE_SIZE + CODE_OFFSET, runners_code,
	       (size_t)(runners_code_end - runners_code));
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" ::: "memory");
	vm.mail->x[0] = MINIVM_CODE + PAGE_SIZE + CODE_OFFSET;
	dmb_ish(); /* where to, before the order */
	vm.mail->order = MINIVM_BRANCH;
}

/* Run it so often as it lets us; the other runner may have it. */
static void take_turns(void *arg)
{
	unsigned me = cpu_self()->index;

	(void)arg;
	for (unsigned i = 0; i < TRIES && runner[me].turns < TURNS; i++) {
		struct hv r = HV(VCPU_RUN, vm.thread);

		if (r.err == HV_OK && r.out[0] == VCPU_RUN_READY) {
			runner[me].turns++;
		} else if (r.err != HV_BUSY &&
		           !(r.err == HV_OK && r.out[0] == VCPU_RUN_BLOCKED)) {
			runner[me].err =
				r.err != HV_OK ? r.err : (int64_t)r.out[0];
			return;
		}
		cpu_relax();
	}
}

TEST two_runners_take_turns_with_one_vcpu(void)
{
	ASSERT(hv_ledger(before));
	ASSERT_EQ(NULL, minivm_make(&vm, &root, VMID));
	ASSERT(minivm_activate(&vm));
	ASSERT(bind());
	put_code();
	ASSERT_EQ(NULL, minivm_power_on(&vm));
	cpu_call(1, take_turns, NULL);
	take_turns(NULL);
	cpu_join(1);
	for (unsigned i = 0; i < 2; i++) {
		ASSERT_EQ_FMT(0ll, (long long)runner[i].err, "%lld");
		ASSERT_EQ_FMT(TURNS, runner[i].turns, "%u");
	}
	ASSERT_EQ_FMT(0ull, (unsigned long long)vm.mail->faults, "%llu");
	/* Each turn is a step, but for the way to the code. */
	ASSERT_GTE(vm.mail->woken, 2 * TURNS - 100);
	ASSERT(end());
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

static uint64_t make_bell(void)
{
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);

	return HV(OBJECT_ACTIVATE, bell).err == HV_OK &&
	                       HV(DOORBELL_BIND_VIRQ, bell, vm.vic, BELL_INTID)
	                                       .err == HV_OK
	               ? bell
	               : 0;
}

/* @return it sleeps, on a CPU that has nobody else to load */
static bool sleep_far_away(void)
{
	if (minivm_start(&vm, &root, VMID) != NULL ||
	    HV(VCPU_SET_AFFINITY, vm.thread, FAR_CPU, UNCHANGED).err != HV_OK ||
	    !minivm_store32(&vm, GICD, GICD_ON) ||
	    !minivm_store32(&vm, GICD + 0x84, ~0u) || /* all in group 1 */
	    !minivm_store32(&vm, GICD + 0xc0c,
	                    2u << (2 * (BELL_INTID % 16))) || /* an edge */
	    !minivm_store32(&vm, GICD + 0x104, 1u << (BELL_INTID % 32)) ||
	    !minivm_order(&vm, MINIVM_IRQS) ||
	    !minivm_order(&vm, MINIVM_WAIT)) {
		return false;
	}
	for (unsigned i = 0; i < TRIES; i++) {
		struct hv r = HV(VCPU_RUN_CHECK, vm.thread);

		if (r.err == HV_OK && r.out[0] == VCPU_RUN_EXPECTS_WAKEUP) {
			return true;
		}
		HV(SCHEDULER_YIELD, 0);
	}
	return false;
}

TEST a_sleeper_comes_with_its_registers_to_its_runner(void)
{
	uint64_t bell;

	ASSERT(hv_ledger(before));
	ASSERT(sleep_far_away());
	bell = make_bell();
	ASSERT_NEQ(0, bell);
	ASSERT(bind());
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	/* It looks for orders when it has woken up, and not before. */
	vm.mail->x[0] = MINIVM_CODE;
	dmb_ish(); /* the address before the order */
	vm.mail->order = MINIVM_LOAD;
	for (unsigned i = 0; i < TRIES && vm.mail->order != 0; i++) {
		ASSERT_EQ(0, HV(VCPU_RUN, vm.thread).err);
		cpu_relax();
	}
	ASSERT_EQ(0u, vm.mail->order);
	ASSERT_EQ(1u, vm.mail->woken);
	ASSERT_EQ(BELL_INTID, vm.mail->intid);
	ASSERT_EQ(0, drop(bell));
	ASSERT(end());
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST a_sleeper_that_is_killed_leaves_its_cpu(void)
{
	ASSERT(hv_ledger(before));
	ASSERT(sleep_far_away());
	ASSERT(bind());
	ASSERT(end());
	ASSERT_STR_EQ("nothing", ledger_changed());
	/* The CPU it slept on takes the next one. */
	ASSERT(sleep_far_away());
	ASSERT(minivm_stop(&vm));
	PASS();
}

/* Back and forth, with what it leaves in its list registers. */
TEST a_vcpu_moves_with_an_interrupt_that_it_does_not_take(void)
{
	uint64_t bell, value;

	ASSERT(hv_ledger(before));
	ASSERT_EQ(NULL, minivm_start(&vm, &root, VMID));
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, vm.thread, FAR_CPU, UNCHANGED).err);
	ASSERT(minivm_store32(&vm, GICD, GICD_ON));
	ASSERT(minivm_store32(&vm, GICD + 0x84, ~0u)); /* all in group 1 */
	ASSERT(minivm_store32(&vm, GICD + 0x104, 1u << (BELL_INTID % 32)));
	bell = make_bell();
	ASSERT_NEQ(0, bell);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	for (unsigned i = 0; i < MOVES; i++) {
		ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, vm.thread,
		                i % 2 == 0 ? 0 : FAR_CPU, UNCHANGED)
		                     .err);
		ASSERT(minivm_load(&vm, MINIVM_CODE, &value));
	}
	ASSERT_EQ(0, drop(bell));
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

static struct {
	volatile bool is_over;
	volatile int64_t err;
} toggle;

static int64_t set_device(unsigned n, uint64_t op)
{
	return HV(ADDRSPACE_CONFIGURE_VMMIO, vm.addrspace,
	          DEVICES + n * DEVICE_STEP, PAGE_SIZE, op)
	        .err;
}

/* The lowest range comes and goes: each time all others change places. */
static void add_and_remove(void *unused)
{
	(void)unused;
	while (!toggle.is_over && toggle.err == HV_OK) {
		toggle.err = set_device(0, 0);
		if (toggle.err == HV_OK) {
			toggle.err = set_device(0, 1);
		}
	}
}

TEST a_devices_range_stays_while_others_come_and_go(void)
{
	const uint64_t at = DEVICES + DEVICES_MAX * DEVICE_STEP;
	unsigned lost = 0;

	ASSERT(hv_ledger(before));
	ASSERT_EQ(NULL, minivm_make(&vm, &root, VMID));
	ASSERT(minivm_activate(&vm));
	ASSERT(bind());
	for (unsigned n = 1; n <= DEVICES_MAX; n++) {
		ASSERT_EQ(0, set_device(n, 0));
	}
	ASSERT_EQ(NULL, minivm_power_on(&vm));
	cpu_call(1, add_and_remove, NULL);
	for (unsigned i = 1; i <= ACCESSES && toggle.err == HV_OK; i++) {
		struct hv r;

		vm.mail->x[0] = at;
		dmb_ish(); /* the address before the order */
		vm.mail->order = MINIVM_LOAD32;
		r = minivm_run_vcpu(&vm, 0);
		if (r.out[0] == VCPU_RUN_VMMIO_READ && r.out[1] == at) {
			minivm_run_vcpu(&vm, i);
		}
		lost += vm.mail->x[1] != i;
	}
	toggle.is_over = true;
	cpu_join(1);
	ASSERT_EQ_FMT(0ll, (long long)toggle.err, "%lld");
	ASSERT_EQ_FMT(0u, lost, "%u");
	ASSERT_EQ_FMT(0ull, (unsigned long long)vm.mail->faults, "%llu");
	ASSERT(end());
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* @return a second vCPU of the VM, off; 0: it could not be made */
static uint64_t make_sibling(void)
{
	uint64_t t = create(HVC_PARTITION_CREATE_THREAD);

	return HV(ADDRSPACE_ATTACH_THREAD, vm.addrspace, t).err == HV_OK &&
	                       HV(CSPACE_ATTACH_THREAD, vm.cspace, t).err ==
	                               HV_OK &&
	                       HV(VIC_ATTACH_VCPU, vm.vic, t, 1).err == HV_OK &&
	                       HV(OBJECT_ACTIVATE, t).err == HV_OK
	               ? t
	               : 0;
}

/* Off, and out of its CPU's hands or about to be. @return it is */
static bool wait_for_off(void)
{
	for (unsigned i = 0; i < TRIES; i++) {
		struct hv r = HV(VCPU_RUN_CHECK, vm.thread);

		if (r.err == HV_OK && r.out[0] == VCPU_RUN_POWERED_OFF) {
			return true;
		}
	}
	return false;
}

/* Has the VM ended? If it seems not, for a while. */
static bool has_ended(void)
{
	for (unsigned i = 0; i < 2000; i++) {
		if (HV(VCPU_RUN_CHECK, vm.thread).out[1] != 0) {
			return true;
		}
	}
	return false;
}

TEST nobody_is_turned_on_when_the_last_one_is_off(void)
{
	ASSERT(hv_ledger(before));
	for (unsigned i = 0; i < ENDS; i++) {
		uint64_t sibling;
		int64_t err;

		ASSERT_EQ(NULL, minivm_make_wide(&vm, &root, VMID, 2));
		ASSERT(minivm_activate(&vm));
		ASSERT_EQ(0,
		          HV(VCPU_SET_AFFINITY, vm.thread, FAR_CPU, UNCHANGED)
		                  .err);
		sibling = make_sibling();
		ASSERT_NEQ(0, sibling);
		ASSERT_EQ(NULL, minivm_power_on(&vm));
		vm.mail->x[0] = PSCI_OFF;
		dmb_ish(); /* what before the order */
		vm.mail->order = MINIVM_CALL;
		ASSERT(wait_for_off());
		vm.mail->order = 0; /* not the other one's */
		err = HV(VCPU_POWERON, sibling, MINIVM_CODE, MINIVM_MAIL).err;
		if (err != HV_OK) {
			ASSERT_EQ(HV_OBJECT_STATE, err);
		}
		ASSERT_EQ(err != HV_OK, has_ended());
		ASSERT_EQ(0, drop(sibling));
		ASSERT(minivm_stop(&vm));
	}
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

SUITE(runners)
{
	RUN_TEST(two_runners_take_turns_with_one_vcpu);
	RUN_TEST(a_sleeper_comes_with_its_registers_to_its_runner);
	RUN_TEST(a_sleeper_that_is_killed_leaves_its_cpu);
	RUN_TEST(a_vcpu_moves_with_an_interrupt_that_it_does_not_take);
	RUN_TEST(a_devices_range_stays_while_others_come_and_go);
	RUN_TEST(nobody_is_turned_on_when_the_last_one_is_off);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (!hv_root_env(&root)) {
		fatal("not the root VM");
	}
	irq_unmask();
	cpu_start_all();
	RUN_SUITE(runners);
	GREATEST_MAIN_END();
}
