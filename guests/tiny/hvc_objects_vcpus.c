/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * vCPUs in the hands of the root VM: their power, watchdogs, proxy scheduling
 * (docs/abi.md; behaviours 269, 318).
 */
#include <abi/smccc.h>
#include <abi/vcpu_run.h>

#include "greatest.h"
#include "hvc_objects.h"
#include "listen.h"
#include "minivm.h"
#include "rt/call.h"
#include "rt/irq.h"

#define VMID       9u
#define BARK_INTID 43u
#define BITE_INTID 44u
#define WAKE_INTID 46u
#define WAIT_US    3000000u
#define VMMIO      0x0b000000ull

static struct minivm vm;

TEST a_vcpu_is_on_once_and_killed_once(void)
{
	const char *wrong = minivm_start(&vm, &root, VMID);
	uint64_t value;

	ASSERTm(wrong, wrong == NULL);
	ASSERT(minivm_load(&vm, MINIVM_CODE, &value));
	ASSERT_EQ(HV_BUSY, HV(VCPU_POWERON, vm.thread, 0, 0, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_POWERON, vm.thread, 0, 0, 4).err);
	ASSERT_EQ(HV_BUSY, HV(VCPU_REGISTER_WRITE, vm.thread, 0, 1, 5).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_POWEROFF, vm.thread, 1).err);
	ASSERT_EQ(HV_BUSY, HV(VCPU_RUN, vm.thread).err); /* not by proxy */
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_RUN, root.thread[0]).err);
	ASSERT_EQ(HV_DENIED, HV(VCPU_POWEROFF, root.thread[0], 0).err);
	ASSERT_EQ(0, HV(VCPU_KILL, vm.thread).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_KILL, vm.thread).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_POWERON, vm.thread, 0, 0, 0).err);
	ASSERT_FALSE(minivm_order(&vm, MINIVM_LOAD));
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* Deleting the last capability is enough, even if it spins (269). */
TEST c269_a_vm_that_spins_masked_can_be_taken_away(void)
{
	const char *wrong = minivm_start(&vm, &root, VMID);

	ASSERTm(wrong, wrong == NULL);
	*(volatile uint32_t *)((uint64_t)vm.mail + 0x800) =
		0x14000000; /* b . */
	vm.mail->x[0] = MINIVM_MAIL + 0x800;
	vm.mail->order = MINIVM_BRANCH;
	for (unsigned i = 0; i < 10; i++) {
		HV(SCHEDULER_YIELD, 0);
	}
	ASSERT_EQ(MINIVM_BRANCH, vm.mail->order); /* it will not come back */
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST registers_written_before_power_on_are_there(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);
	/* str x9, [x0, #112]; mov x1, sp; str x1, [x0, #104]; b . */
	static const uint32_t code[] = { 0xf9003809, 0x910003e1, 0xf9003401,
		                         0x14000000 };
	volatile uint32_t *at =
		(volatile uint32_t *)((uint64_t)vm.mail + 0x800);

	ASSERTm(wrong, wrong == NULL);
	for (unsigned i = 0; i < 4; i++) {
		at[i] = code[i];
	}
	ASSERT_EQ(0, HV(VCPU_REGISTER_WRITE, vm.thread, 0, 9, 0x9999).err);
	ASSERT_EQ(0, HV(VCPU_REGISTER_WRITE, vm.thread, 2, 1, 0x5550).err);
	ASSERT_EQ(0, HV(VCPU_REGISTER_WRITE, vm.thread, 0, 0, MINIVM_MAIL).err);
	ASSERT_EQ(0,
	          HV(VCPU_REGISTER_WRITE, vm.thread, 1, 0, MINIVM_MAIL + 0x800)
	                  .err);
	ASSERT_EQ(0, activate(vm.thread));
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, vm.addrspace, vm.memory, MINIVM_CODE,
	                0xf0077)
	                     .err);
	ASSERT_EQ(0, HV(VCPU_POWERON, vm.thread, 1, 1, 3).err);
	for (unsigned i = 0; i < 1000 && vm.mail->intid == 0; i++) {
		HV(SCHEDULER_YIELD, 0);
	}
	ASSERT_EQ(0x9999, vm.mail->irq_count);
	ASSERT_EQ(0x5550, vm.mail->intid);
	ASSERT(minivm_stop(&vm));
	PASS();
}

static int64_t watchdog(uint32_t id, uint64_t a, uint64_t b)
{
	vm.mail->x[0] = id;
	vm.mail->x[1] = a;
	vm.mail->x[2] = b;
	return minivm_order(&vm, MINIVM_CALL) ? (int64_t)vm.mail->x[0] : -99;
}

/* Pinged, it is quiet; else it barks, then it bites (318). */
TEST c318_a_watchdog_barks_and_bites(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);
	uint64_t wd = create(HVC_PARTITION_CREATE_WATCHDOG);

	ASSERTm(wrong, wrong == NULL);
	ASSERT_EQ(0, activate(wd));
	ASSERT_EQ(0, HV(WATCHDOG_ATTACH_VCPU, wd, vm.thread).err);
	listen_to(BARK_INTID);
	listen_to(BITE_INTID);
	ASSERT_EQ(0, HV(WATCHDOG_BIND_VIRQ, wd, root.vic, BARK_INTID, 0).err);
	ASSERT_EQ(0, HV(WATCHDOG_BIND_VIRQ, wd, root.vic, BITE_INTID, 1).err);
	ASSERT_EQ(HV_VIRQ_BOUND,
	          HV(WATCHDOG_BIND_VIRQ, wd, root.vic, BITE_INTID, 1).err);
	ASSERT_EQ(NULL, minivm_run(&vm));
	ASSERT_EQ(1, watchdog(SMCCC_WATCHDOG_CONTROL, 0, 0)); /* bit 1 is 0 */
	ASSERT_EQ(1, watchdog(SMCCC_WATCHDOG_SET_TIME, 20, 10));
	ASSERT_EQ(0, watchdog(SMCCC_WATCHDOG_SET_TIME, 20, 40));
	ASSERT_EQ(0, watchdog(SMCCC_WATCHDOG_CONTROL, 3, 0));
	for (unsigned i = 0; i < 4; i++) {
		ASSERT_FALSE(irq_wait(&heard[BARK_INTID], 8000));
		ASSERT_EQ(0, watchdog(SMCCC_WATCHDOG_PING, 0, 0));
	}
	/* Frozen, time stands still, however often. */
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 0).err);
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 1).err);
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 2).err);
	ASSERT_FALSE(irq_wait(&heard[BARK_INTID], 60000));
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 2).err);
	ASSERT_EQ(HV_DENIED, HV(WATCHDOG_MANAGE, wd, 2).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(WATCHDOG_MANAGE, wd, 3).err);
	ASSERT(irq_wait(&heard[BARK_INTID], WAIT_US));
	ASSERT_EQ(0, heard[BITE_INTID]);
	ASSERT(irq_wait(&heard[BITE_INTID], WAIT_US));
	ASSERT_FALSE(minivm_order(&vm, MINIVM_LOAD)); /* it has ended */
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(wd));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* What its distributor says there is, is there: bank 31 is the last. */
TEST a_vic_may_have_more_interrupts_than_a_vm_is_born_with(void)
{
	const char *wrong = minivm_start(&vm, &root, VMID);

	ASSERTm(wrong, wrong == NULL);
	vm.mail->x[0] = 0x08000000 + 0x004; /* GICD_TYPER */
	ASSERT(minivm_order(&vm, MINIVM_LOAD32));
	ASSERT_EQ(31, vm.mail->x[1] & 0x1f);
	ASSERT(minivm_store32(&vm, 0x08000000 + 0x17c, 1u << 27));
	vm.mail->x[0] = 0x08000000 + 0x17c; /* GICD_ISENABLER31 */
	ASSERT(minivm_order(&vm, MINIVM_LOAD32));
	ASSERT_EQ(1u << 27, vm.mail->x[1]);
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST a_proxied_vcpu_runs_only_inside_vcpu_run(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);
	struct hv r;

	ASSERTm(wrong, wrong == NULL);
	ASSERT_EQ(0, activate(vm.thread));
	listen_to(WAKE_INTID);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID, 0).err);
	ASSERT_EQ(0,
	          HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID, 1).err);
	ASSERT_EQ(
		HV_VIRQ_BOUND,
		HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID + 1, 1).err);
	r = HV(VCPU_RUN, vm.thread);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ(VCPU_RUN_POWERED_OFF, r.out[0]);
	ASSERT_EQ(0, r.out[1]);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, vm.addrspace, vm.memory, MINIVM_CODE,
	                0xf0077)
	                     .err);
	ASSERT_EQ(0,
	          HV(ADDRSPACE_CONFIGURE_VMMIO, vm.addrspace, VMMIO, 0x1000, 0)
	                  .err);
	ASSERT_EQ(0, HV(VCPU_POWERON, vm.thread, MINIVM_CODE, MINIVM_MAIL).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_RUN, vm.thread, 0, 1).err);
	vm.mail->x[0] = MINIVM_CODE;
	ASSERT_FALSE(minivm_order(&vm, MINIVM_LOAD)); /* yields do not help */
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ(0, vm.mail->order);
	PASS();
}

TEST device_accesses_of_a_proxied_vcpu_come_to_its_runner(void)
{
	struct hv r;

	ASSERTm("the VM of the test before", vm.root != NULL);
	vm.mail->x[0] = VMMIO + 8;
	vm.mail->x[1] = 0x1122334455667788;
	vm.mail->order = MINIVM_STORE;
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(VCPU_RUN_VMMIO_WRITE, r.out[0]);
	ASSERT_EQ(VMMIO + 8, r.out[1]);
	ASSERT_EQ(8, r.out[2]);
	ASSERT_EQ(0x1122334455667788, r.out[3]);
	minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(0, vm.mail->order);

	vm.mail->x[0] = VMMIO + 4;
	vm.mail->order = MINIVM_LOAD32;
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	ASSERT_EQ(VMMIO + 4, r.out[1]);
	ASSERT_EQ(4, r.out[2]);
	minivm_run_vcpu(&vm, 0xffffffffcafe0001);
	ASSERT_EQ(0, vm.mail->order);
	ASSERT_EQ(0xcafe0001, vm.mail->x[1]);

	/* Outside the range it is an abort there, as ever. */
	vm.mail->x[0] = VMMIO + 0x1000;
	vm.mail->order = MINIVM_LOAD32;
	minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(0, vm.mail->order);
	ASSERT_EQ(1, vm.mail->faults);
	PASS();
}

/* It is on one CPU, ours, and has no turn between the two calls. */
static bool bind_anew(void)
{
	return HV(VCPU_UNBIND_VIRQ, vm.thread, 1).err == 0 &&
	       HV(VCPU_BIND_VIRQ, vm.thread, root.vic, WAKE_INTID, 1).err == 0;
}

/* Its new runner has not been asked: what it says first is no answer. */
TEST an_access_whose_runner_is_gone_is_made_again(void)
{
	struct hv r;

	ASSERTm("the VM of the tests before", vm.root != NULL);
	vm.mail->x[0] = VMMIO + 4;
	vm.mail->order = MINIVM_LOAD32;
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	ASSERT(bind_anew());
	r = minivm_run_vcpu(&vm, 0xbad);
	ASSERT_EQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	ASSERT_EQ(VMMIO + 4, r.out[1]);
	minivm_run_vcpu(&vm, 0xcafe0002);
	ASSERT_EQ(0, vm.mail->order);
	ASSERT_EQ(0xcafe0002, vm.mail->x[1]);

	vm.mail->x[0] = VMMIO + 8;
	vm.mail->x[1] = 0x55;
	vm.mail->order = MINIVM_STORE32;
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(VCPU_RUN_VMMIO_WRITE, r.out[0]);
	ASSERT(bind_anew());
	r = minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(VCPU_RUN_VMMIO_WRITE, r.out[0]);
	ASSERT_EQ(0x55, r.out[3]);
	minivm_run_vcpu(&vm, 0);
	ASSERT_EQ(0, vm.mail->order);
	PASS();
}

TEST a_proxied_sleeper_says_so_and_its_runner_is_woken(void)
{
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
	struct hv r;

	ASSERTm("the VM of the tests before", vm.root != NULL);
	ASSERT_EQ(0, activate(bell));
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, vm.vic, 50).err);
	vm.mail->x[0] = 0x08000000;
	vm.mail->x[1] = 0x12;
	vm.mail->order = MINIVM_STORE32;
	minivm_run_vcpu(&vm, 0);
	vm.mail->x[0] = 0x08000000 + 0x84;
	vm.mail->x[1] = ~0u;
	vm.mail->order = MINIVM_STORE32;
	minivm_run_vcpu(&vm, 0);
	vm.mail->x[0] = 0x08000000 + 0x104;
	vm.mail->x[1] = 1u << 18;
	vm.mail->order = MINIVM_STORE32;
	minivm_run_vcpu(&vm, 0);
	vm.mail->order = MINIVM_IRQS;
	minivm_run_vcpu(&vm, 0);
	vm.mail->order = MINIVM_WAIT;
	for (unsigned i = 0; i < 100; i++) {
		r = HV(VCPU_RUN, vm.thread);
		if (r.out[0] != VCPU_RUN_READY) {
			break;
		}
	}
	ASSERT_EQ(VCPU_RUN_EXPECTS_WAKEUP, r.out[0]);
	ASSERT_EQ(0, r.out[1]);
	r = HV(VCPU_RUN_CHECK, vm.thread);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ(VCPU_RUN_EXPECTS_WAKEUP, r.out[0]);
	heard[WAKE_INTID] = 0;
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT(irq_wait(&heard[WAKE_INTID], WAIT_US));
	ASSERT_EQ(HV_BUSY, HV(VCPU_RUN_CHECK, vm.thread).err);
	ASSERT_EQ(0, drop(bell));
	/* Killed, it goes off although nobody runs it any more. */
	ASSERT_EQ(0, HV(VCPU_KILL, vm.thread).err);
	for (unsigned i = 0; i < 1000 && r.err != HV_OBJECT_STATE; i++) {
		HV(SCHEDULER_YIELD, 0);
		r = HV(VCPU_RUN, vm.thread);
	}
	ASSERT_EQ(HV_OBJECT_STATE, r.err);
	ASSERT(minivm_stop(&vm));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

SUITE(vcpus)
{
	RUN_TEST(a_vcpu_is_on_once_and_killed_once);
	RUN_TEST(c269_a_vm_that_spins_masked_can_be_taken_away);
	RUN_TEST(registers_written_before_power_on_are_there);
	RUN_TEST(c318_a_watchdog_barks_and_bites);
	RUN_TEST(a_vic_may_have_more_interrupts_than_a_vm_is_born_with);
	RUN_TEST(a_proxied_vcpu_runs_only_inside_vcpu_run);
	RUN_TEST(device_accesses_of_a_proxied_vcpu_come_to_its_runner);
	RUN_TEST(an_access_whose_runner_is_gone_is_made_again);
	RUN_TEST(a_proxied_sleeper_says_so_and_its_runner_is_woken);
}
