/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects and their life: partitions and quotas, capability spaces, states,
 * vCPUs, watchdogs, proxy scheduling (docs/abi.md; behaviours
 * 59-68, 74, 246, 269, 275, 318).
 */
#include <abi/rights.h>
#include <abi/smccc.h>
#include <abi/vcpu_run.h>
#include <stdio.h>

#include "greatest.h"
#include "minivm.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

#define VMID       9u
#define BARK_INTID 43u
#define BITE_INTID 44u
#define WAKE_INTID 46u
#define WAIT_US    3000000u
#define VMMIO      0x0b000000ull

static struct hv_root root;
static struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];
static volatile unsigned counts[64];

static uint64_t create_from(uint64_t partition, unsigned number, int64_t *err)
{
	const uint64_t arg[8] = { partition, root.cspace };
	struct hv r = hv_call(number, arg);

	*err = r.err;
	return r.out[0];
}

static uint64_t create(unsigned number)
{
	int64_t err;

	return create_from(root.partition, number, &err);
}

static int64_t drop(uint64_t cap)
{
	return HV(CSPACE_DELETE_CAP_FROM, root.cspace, cap).err;
}

static int64_t activate(uint64_t cap)
{
	return HV(OBJECT_ACTIVATE, cap).err;
}

static void on_irq(unsigned intid, void *arg)
{
	(void)arg;
	counts[intid]++;
}

static void listen(unsigned intid)
{
	counts[intid] = 0;
	irq_attach(intid, on_irq, NULL);
	irq_set_edge(intid, true);
	irq_enable(intid);
}

static const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	if (!hv_ledger(now)) {
		return "not readable";
	}
	return hv_ledger_difference(ledger_before, now) ?: "nothing";
}

TEST the_root_vm_knows_its_capabilities(void)
{
	ASSERT(hv_root_env(&root));
	ASSERT(hv_ledger(ledger_before));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(TS_LEDGER, LEDGER_COUNT).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(TS_ROOT_ENV, 1000).err);
	PASS();
}

TEST c74_the_answer_to_identify_is_stable(void)
{
	uint64_t first[8] = { 0 };
	uint64_t again[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	hvc_native(HVC_IDENTIFY, first);
	hvc_native(HVC_IDENTIFY, again);
	ASSERT_MEM_EQ(first, again, 4 * sizeof(first[0]));
	ASSERT_EQ(1, first[0] & HVC_API_VERSION);
	ASSERT_EQ(HVC_VARIANT_GUNYAH, first[0] >> 56);
	ASSERT(first[1] & HVC_HAS_CSPACE && first[1] & HVC_HAS_DOORBELL &&
	       first[1] & HVC_HAS_MSGQUEUE && first[1] & HVC_HAS_VCPU_RUN);
	PASS();
}

/* A partition spends its own limit, and gives it back when it dies. */
TEST c275_a_partition_spends_what_it_was_given(void)
{
	uint64_t child = create(HVC_PARTITION_CREATE_PARTITION);
	uint64_t cap[64];
	unsigned made = 0;
	int64_t err;

	create_from(child, HVC_PARTITION_CREATE_DOORBELL, &err);
	ASSERT_EQ(HV_OBJECT_STATE, err);
	ASSERT_EQ(0, activate(child));
	create_from(child, HVC_PARTITION_CREATE_DOORBELL, &err);
	ASSERT_EQ(HV_NOMEM, err);
	ASSERT_EQ(HV_NOMEM, HV(TS_PARTITION_LIMIT, root.partition, child,
	                       root.partition_limit + 1)
	                            .err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(TS_PARTITION_LIMIT, child, root.partition, 1).err);
	ASSERT_EQ(0, HV(TS_PARTITION_LIMIT, root.partition, child, 4096).err);
	do {
		cap[made] =
			create_from(child, HVC_PARTITION_CREATE_DOORBELL, &err);
		made += err == HV_OK;
	} while (err == HV_OK && made < 64);
	ASSERT_EQ(HV_NOMEM, err);
	ASSERT_GT(made, 2);
	ASSERT_EQ(HV_NOMEM,
	          HV(TS_PARTITION_LIMIT, root.partition, child, -4096ull).err);
	/* Who pays lives as long as what was paid for. */
	ASSERT_EQ(0, drop(child));
	while (made > 0) {
		ASSERT_EQ(0, drop(cap[--made]));
	}
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST c68_a_capability_space_holds_its_size_and_no_more(void)
{
	uint64_t cs = create(HVC_PARTITION_CREATE_CSPACE);
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
	uint64_t id[5];

	ASSERT_EQ(HV_OBJECT_CONFIG, activate(cs));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(CSPACE_CONFIGURE, cs, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(CSPACE_CONFIGURE, cs, ~0ull).err);
	ASSERT_EQ(0, HV(CSPACE_CONFIGURE, cs, 4).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(0, activate(cs));
	ASSERT_EQ(HV_OBJECT_STATE, activate(cs));
	ASSERT_EQ(HV_OBJECT_STATE, HV(CSPACE_CONFIGURE, cs, 5).err);
	for (unsigned i = 0; i < 4; i++) {
		struct hv r =
			HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1);

		ASSERT_EQ(0, r.err);
		id[i] = r.out[0];
	}
	ASSERT_EQ(HV_CSPACE_FULL,
	          HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(HV_CSPACE_FULL,
	          HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, cs, id[2]).err);
	ASSERT_EQ(HV_CAP_NULL, HV(CSPACE_DELETE_CAP_FROM, cs, id[2]).err);
	ASSERT_EQ(0, HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, cs, 1).err);
	ASSERT_EQ(0, drop(bell)); /* the copies keep it */
	ASSERT_EQ(0, drop(cs));   /* and go with their space */
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST revoking_reaches_every_copy(void)
{
	uint64_t cs = create(HVC_PARTITION_CREATE_CSPACE);
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
	uint64_t copy;
	uint64_t far_copy;

	ASSERT_EQ(0, activate(bell));
	ASSERT_EQ(0, HV(CSPACE_CONFIGURE, cs, 4).err);
	ASSERT_EQ(0, activate(cs));
	copy = HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, root.cspace,
	          DOORBELL_MAY_SEND)
	               .out[0];
	far_copy = HV(CSPACE_COPY_CAP_FROM, root.cspace, copy, cs, ~0u).out[0];
	ASSERT_EQ(0, HV(DOORBELL_SEND, copy, 1).err);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS, HV(DOORBELL_RECEIVE, copy, 1).err);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, copy).err);
	ASSERT_EQ(0, HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, bell).err);
	ASSERT_EQ(HV_CAP_REVOKED, HV(DOORBELL_SEND, copy, 1).err);
	ASSERT_EQ(HV_CAP_REVOKED,
	          HV(CSPACE_COPY_CAP_FROM, cs, far_copy, root.cspace, 1).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT_EQ(0, drop(copy));
	ASSERT_EQ(0, drop(bell));
	ASSERT_EQ(0, drop(cs));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* Only from INIT to ACTIVE, and attached only in between. */
TEST states_are_kept_apart(void)
{
	uint64_t as = create(HVC_PARTITION_CREATE_ADDRSPACE);
	uint64_t t = create(HVC_PARTITION_CREATE_THREAD);
	uint64_t vic = create(HVC_PARTITION_CREATE_VIC);
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);

	ASSERT_EQ(HV_OBJECT_STATE, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(ADDRSPACE_ATTACH_THREAD, as, t).err);
	ASSERT_EQ(HV_OBJECT_CONFIG, activate(t));
	ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE, as, 10).err);
	ASSERT_EQ(0, activate(as));
	ASSERT_EQ(0, HV(ADDRSPACE_ATTACH_THREAD, as, t).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VIC_ATTACH_VCPU, vic, t, 0).err);
	ASSERT_EQ(HV_OBJECT_CONFIG, activate(vic));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_CONFIGURE, vic, 65, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_CONFIGURE, vic, 1, 989).err);
	ASSERT_EQ(0, HV(VIC_CONFIGURE, vic, 1, 32).err);
	ASSERT_EQ(0, activate(vic));
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_ATTACH_VCPU, vic, t, 1).err);
	ASSERT_EQ(0, HV(VIC_ATTACH_VCPU, vic, t, 0).err);
	ASSERT_EQ(HV_BUSY, HV(VIC_ATTACH_VCPU, vic, t, 0).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_POWERON, t, 0, 0, 0).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_KILL, t).err);
	ASSERT_EQ(0, activate(t));
	ASSERT_EQ(HV_OBJECT_STATE, activate(t));
	ASSERT_EQ(HV_OBJECT_STATE, HV(ADDRSPACE_ATTACH_THREAD, as, t).err);
	ASSERT_EQ(HV_OBJECT_STATE,
	          HV(CSPACE_ATTACH_THREAD, root.cspace, t).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_SET_PRIORITY, t, 10).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_SET_TIMESLICE, t, 5000000).err);
	ASSERT_EQ(HV_OBJECT_STATE, HV(VCPU_CONFIGURE, t, 1).err);
	/* The caps go in the wrong order: nothing is left all the same. */
	ASSERT_EQ(0, drop(as));
	ASSERT_EQ(0, drop(vic));
	ASSERT_EQ(0, drop(t));
	ASSERT_EQ(0, drop(bell));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST scheduling_parameters_have_limits(void)
{
	uint64_t t = create(HVC_PARTITION_CREATE_THREAD);
	uint64_t weak = HV(CSPACE_COPY_CAP_FROM, root.cspace, t, root.cspace,
	                   THREAD_MAY_SET_AFFINITY)
	                        .out[0];

	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_SET_PRIORITY, t, 64).err);
	ASSERT_EQ(0, HV(VCPU_SET_PRIORITY, t, 63).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_SET_TIMESLICE, t, 999999).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_SET_TIMESLICE, t, 100000001).err);
	ASSERT_EQ(0, HV(VCPU_SET_TIMESLICE, t, 100000000).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_SET_AFFINITY, t, 8, HV_ONES).err);
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, t, 0, HV_ONES).err);
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, weak, 0, HV_ONES).err);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          HV(VCPU_SET_AFFINITY, weak, HV_ONES, HV_ONES).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_CONFIGURE, t, 4).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(VCPU_REGISTER_WRITE, t, 0, 31, 0).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_REGISTER_WRITE, t, 1, 0, 2).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_REGISTER_WRITE, t, 3, 0, 0).err);
	ASSERT_EQ(0, HV(VCPU_REGISTER_WRITE, t, 2, 1, 8).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(SCHEDULER_YIELD, 3).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(SCHEDULER_YIELD, 1ull << 31).err);
	ASSERT_EQ(HV_CAP_NULL, HV(SCHEDULER_YIELD, 1, 0).err);
	ASSERT_EQ(0, drop(weak));
	ASSERT_EQ(0, drop(t));
	PASS();
}

/* Refused a hundred thousand times, nothing has been lost (66, 67). */
TEST c66_c67_refusals_cost_nothing(void)
{
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
	uint64_t before[LEDGER_COUNT];
	uint64_t after[LEDGER_COUNT];

	ASSERT(hv_ledger(before));
	for (unsigned i = 0; i < 25000; i++) {
		ASSERT_EQ(HV_OBJECT_STATE, HV(DOORBELL_SEND, bell, 1).err);
		ASSERT_EQ(HV_WRONG_OBJECT_TYPE,
		          HV(DOORBELL_BIND_VIRQ, root.vic, bell, 40).err);
		ASSERT_EQ(HV_CAP_NULL,
		          HV(PARTITION_CREATE_THREAD, root.partition, i).err);
		ASSERT_EQ(HV_OBJECT_STATE,
		          HV(OBJECT_ACTIVATE, root.cspace).err);
	}
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(before, after) ?: "nothing");
	ASSERT_EQ(0, activate(bell));
	ASSERT_EQ(0, drop(bell));
	PASS();
}

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
	listen(BARK_INTID);
	listen(BITE_INTID);
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
		ASSERT_FALSE(irq_wait(&counts[BARK_INTID], 8000));
		ASSERT_EQ(0, watchdog(SMCCC_WATCHDOG_PING, 0, 0));
	}
	/* Frozen, time stands still, however often. */
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 0).err);
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 1).err);
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 2).err);
	ASSERT_FALSE(irq_wait(&counts[BARK_INTID], 60000));
	ASSERT_EQ(0, HV(WATCHDOG_MANAGE, wd, 2).err);
	ASSERT_EQ(HV_DENIED, HV(WATCHDOG_MANAGE, wd, 2).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(WATCHDOG_MANAGE, wd, 3).err);
	ASSERT(irq_wait(&counts[BARK_INTID], WAIT_US));
	ASSERT_EQ(0, counts[BITE_INTID]);
	ASSERT(irq_wait(&counts[BITE_INTID], WAIT_US));
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

/* Run by us until its order is done, or it wants something. */
static struct hv run_until(uint64_t resume)
{
	struct hv r = { .err = HV_OK };

	for (unsigned i = 0; i < 1000; i++) {
		r = HV(VCPU_RUN, vm.thread, resume);
		if (r.err != HV_OK || r.out[0] != VCPU_RUN_READY ||
		    vm.mail->order == 0) {
			break;
		}
		resume = 0;
	}
	return r;
}

TEST a_proxied_vcpu_runs_only_inside_vcpu_run(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);
	struct hv r;

	ASSERTm(wrong, wrong == NULL);
	ASSERT_EQ(0, activate(vm.thread));
	listen(WAKE_INTID);
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
	r = run_until(0);
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
	r = run_until(0);
	ASSERT_EQ(VCPU_RUN_VMMIO_WRITE, r.out[0]);
	ASSERT_EQ(VMMIO + 8, r.out[1]);
	ASSERT_EQ(8, r.out[2]);
	ASSERT_EQ(0x1122334455667788, r.out[3]);
	run_until(0);
	ASSERT_EQ(0, vm.mail->order);

	vm.mail->x[0] = VMMIO + 4;
	vm.mail->order = MINIVM_LOAD32;
	r = run_until(0);
	ASSERT_EQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	ASSERT_EQ(VMMIO + 4, r.out[1]);
	ASSERT_EQ(4, r.out[2]);
	run_until(0xffffffffcafe0001);
	ASSERT_EQ(0, vm.mail->order);
	ASSERT_EQ(0xcafe0001, vm.mail->x[1]);

	/* Outside the range it is an abort there, as ever. */
	vm.mail->x[0] = VMMIO + 0x1000;
	vm.mail->order = MINIVM_LOAD32;
	run_until(0);
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
	r = run_until(0);
	ASSERT_EQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	ASSERT(bind_anew());
	r = run_until(0xbad);
	ASSERT_EQ(VCPU_RUN_VMMIO_READ, r.out[0]);
	ASSERT_EQ(VMMIO + 4, r.out[1]);
	run_until(0xcafe0002);
	ASSERT_EQ(0, vm.mail->order);
	ASSERT_EQ(0xcafe0002, vm.mail->x[1]);

	vm.mail->x[0] = VMMIO + 8;
	vm.mail->x[1] = 0x55;
	vm.mail->order = MINIVM_STORE32;
	r = run_until(0);
	ASSERT_EQ(VCPU_RUN_VMMIO_WRITE, r.out[0]);
	ASSERT(bind_anew());
	r = run_until(0);
	ASSERT_EQ(VCPU_RUN_VMMIO_WRITE, r.out[0]);
	ASSERT_EQ(0x55, r.out[3]);
	run_until(0);
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
	run_until(0);
	vm.mail->x[0] = 0x08000000 + 0x84;
	vm.mail->x[1] = ~0u;
	vm.mail->order = MINIVM_STORE32;
	run_until(0);
	vm.mail->x[0] = 0x08000000 + 0x104;
	vm.mail->x[1] = 1u << 18;
	vm.mail->order = MINIVM_STORE32;
	run_until(0);
	vm.mail->order = MINIVM_IRQS;
	run_until(0);
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
	counts[WAKE_INTID] = 0;
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT(irq_wait(&counts[WAKE_INTID], WAIT_US));
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

SUITE(objects)
{
	RUN_TEST(the_root_vm_knows_its_capabilities);
	RUN_TEST(c74_the_answer_to_identify_is_stable);
	RUN_TEST(c275_a_partition_spends_what_it_was_given);
	RUN_TEST(c68_a_capability_space_holds_its_size_and_no_more);
	RUN_TEST(revoking_reaches_every_copy);
	RUN_TEST(states_are_kept_apart);
	RUN_TEST(scheduling_parameters_have_limits);
	RUN_TEST(c66_c67_refusals_cost_nothing);
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

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(objects);
	RUN_SUITE(vcpus);
	GREATEST_MAIN_END();
}
