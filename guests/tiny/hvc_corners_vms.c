/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between a manager and its VM: results that look like errors, interrupts from
 * before the start, circles, CPUs beyond the eighth, the last one off
 * (docs/abi.md; behaviours 49, 69, 72, 116, 153, 163, 169, 239, 242).
 */
#include <abi/psci.h>
#include <abi/rights.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "hvc_corners.h"
#include "rt/call.h"
#include "rt/cpu.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"

#define VMID     9u
#define VM_SPI   50u
#define GICD     0x08000000ull
#define GICR     0x080a0000ull
#define FRAME    0x10000ull
#define PATIENCE 100000
#define VCPUS    20u /* more than eight, and than an Aff1 has */
#define OUR_SPI  51u
#define RUN_SPI  52u
#define TYPE_RUN 1u  /* of VCPU_BIND_VIRQ */
#define PPI      20u /* free: the machine's are 22 to 30 */
#define LAST     (1u << 4)

static uint64_t make_bell(void)
{
	uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);

	return HV(OBJECT_ACTIVATE, bell).err == HV_OK ? bell : 0;
}

static uint64_t make_queue(uint64_t depth)
{
	uint64_t queue = create(HVC_PARTITION_CREATE_MSGQUEUE);

	return HV(MSGQUEUE_CONFIGURE, queue, depth | 64 << 16).err == HV_OK &&
	                       HV(OBJECT_ACTIVATE, queue).err == HV_OK
	               ? queue
	               : 0;
}

/* On our CPU: each yield is its turn. */
static bool make_vm(void)
{
	return minivm_make(&vm, &root, VMID) == NULL &&
	       HV(VCPU_SET_AFFINITY, vm.thread, 0, HV_ONES).err == HV_OK;
}

static bool start_vm(void)
{
	return make_vm() && minivm_run(&vm) == NULL;
}

static bool it_answers(void)
{
	uint64_t word = 0;

	return minivm_load(&vm, MINIVM_MAIL, &word);
}

/* "X0 error, X1...": a result may be any number, an error leaves them (69). */
TEST c69_errors_and_results_are_not_confused(void)
{
	static const int64_t likely[] = { HV_UNIMPLEMENTED, HV_CAP_NULL,
		                          HV_DENIED, HV_BUSY, INT64_MIN };
	uint64_t bell = make_bell();
	struct hv r;

	for (unsigned i = 0; i < sizeof(likely) / sizeof(likely[0]); i++) {
		HV(DOORBELL_RESET, bell);
		ASSERT_EQ(0, HV(DOORBELL_SEND, bell, likely[i]).err);
		r = HV(DOORBELL_SEND, bell, 0);
		ASSERT_EQ(0, r.err);
		ASSERT_EQ((uint64_t)likely[i], r.out[0]);
		r = HV(DOORBELL_RECEIVE, bell, ~0ull);
		ASSERT_EQ(0, r.err);
		ASSERT_EQ((uint64_t)likely[i], r.out[0]);
	}
	for (unsigned form = 0; form < 2; form++) {
		uint64_t x[CALL_REGS] = { HVC_SMCCC(HVC_DOORBELL_RECEIVE),
			                  bell,
			                  0,
			                  0,
			                  44,
			                  55,
			                  66,
			                  77 };

		/* No flags: refused, its one result is 0, the rest stays. */
		if (form == 0) {
			smccc_hvc(x);
		} else {
			memmove(x, x + 1, 7 * sizeof(x[0]));
			hvc_native(HVC_DOORBELL_RECEIVE, x);
		}
		ASSERT_EQ(0, x[1]);
		ASSERT_EQ(HV_ARGUMENT_INVALID, (int64_t)x[0]);
		ASSERT_EQ(form == 0 ? 44 : 55, x[4]);
		ASSERT_EQ(form == 0 ? 55 : 66, x[5]);
	}
	ASSERT_EQ(0, drop(bell));
	PASS();
}

static volatile unsigned irqs;
static volatile uint64_t taken_at;

static void note_irq(struct frame *frame)
{
	uint64_t intid = sysreg_read(icc_iar1_el1);

	taken_at = frame->elr;
	irqs++;
	sysreg_write(icc_eoir1_el1, intid);
	isb();
}

/* A call that raises our own interrupt: it is taken right behind it (72). */
TEST c72_a_calls_own_interrupt_comes_behind_it(void)
{
	uint64_t bell = make_bell();

	irq_set_edge(OUR_SPI, true);
	irq_enable(OUR_SPI);
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, root.vic, OUR_SPI).err);
	fault_take_irqs(note_irq);
	irqs = 0;
	irq_unmask();
	for (unsigned i = 1; i <= 100; i++) {
		register uint64_t x0 __asm__("x0") = bell;
		register uint64_t x1 __asm__("x1") = 1;
		register uint64_t x2 __asm__("x2") = 0;
		uint64_t next, err;

		__asm__ volatile("	adr	%3, 1f\n"
		                 "	hvc	#%c4\n"
		                 "1:\n"
		                 : "+r"(x0), "+r"(x1), "+r"(x2), "=&r"(next)
		                 : "i"(HVC_BASE + HVC_DOORBELL_SEND)
		                 : "x3", "x4", "x5", "x6", "x7", "memory");
		err = x0;
		if (err != HV_OK || irqs != i || taken_at != next) {
			break;
		}
	}
	irq_mask();
	fault_take_irqs(NULL);
	irq_disable(OUR_SPI);
	ASSERT_EQ_FMT(100u, irqs, "%u");
	ASSERT_EQ(0, drop(bell));
	PASS();
}

/* The VM takes interrupts from now on, VM_SPI among them. */
static bool listen(bool is_edge)
{
	return minivm_store32(&vm, GICD, 0x12) && /* ARE, group 1 */
	       minivm_store32(&vm, GICD + GICD_IGROUPR + 4, ~0u) &&
	       minivm_store32(&vm, GICD + GICD_ICFGR + VM_SPI / 16 * 4,
	                      (is_edge ? 2u : 0) << VM_SPI % 16 * 2) &&
	       minivm_store32(&vm, GICD + GICD_ISENABLER + 4,
	                      1u << VM_SPI % 32) &&
	       minivm_order(&vm, MINIVM_IRQS);
}

static bool count_becomes(uint64_t count)
{
	for (unsigned i = 0; i < PATIENCE && vm.mail->irq_count < count; i++) {
		HV(SCHEDULER_YIELD, 0);
	}
	return vm.mail->irq_count == count;
}

/*
 * Flags that were set when nobody was bound, the VM not on, its distributor
 * off: the interrupt waits, and comes once (163; pending get: 242).
 */
TEST c163_c242_an_early_interrupt_waits(void)
{
	uint64_t bell = make_bell(), there;

	ASSERT(make_vm());
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 5).err);
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, vm.vic, VM_SPI).err);
	ASSERT_EQ(0, HV(DOORBELL_MASK, bell, 5, 5).err); /* taken by itself */
	ASSERT_EQ(NULL, minivm_run(&vm));
	ASSERT(it_answers());
	ASSERT_EQ(0, vm.mail->irq_count);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT(listen(true));
	ASSERT(count_becomes(1));
	ASSERT_EQ(VM_SPI, vm.mail->intid);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 4).err);
	ASSERT(count_becomes(2));

	/* Who may only receive cannot ring: a notification is not forged. */
	there = minivm_give(&vm, bell, DOORBELL_MAY_RECEIVE);
	ASSERT_EQ(HV_INSUFFICIENT_RIGHTS,
	          minivm_call(&vm, HVC_DOORBELL_SEND,
	                      (const uint64_t[7]){ there, 1 }));
	ASSERT_EQ(0, HV(DOORBELL_MASK, bell, 0, 0).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 0x30).err);
	ASSERT_EQ(0, minivm_call(&vm, HVC_DOORBELL_RECEIVE,
	                         (const uint64_t[7]){ there, 0x10 }));
	ASSERT_EQ(0x30, vm.mail->x[1]);
	ASSERT_EQ(0, minivm_call(&vm, HVC_DOORBELL_RECEIVE,
	                         (const uint64_t[7]){ there, ~0ull }));
	ASSERT_EQ(0x20, vm.mail->x[1]);
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(bell));
	PASS();
}

/* Run the VM ourselves until it has answered. */
static int64_t run_call(unsigned number, uint64_t cap)
{
	vm.mail->x[0] = HVC_SMCCC(number);
	vm.mail->x[1] = cap;
	for (unsigned i = 2; i < 8; i++) {
		vm.mail->x[i] = 0;
	}
	vm.mail->order = MINIVM_CALL;
	for (unsigned i = 0; i < PATIENCE && vm.mail->order != 0; i++) {
		HV(VCPU_RUN, vm.thread);
	}
	return vm.mail->order == 0 ? (int64_t)vm.mail->x[0] : INT64_MIN;
}

/* vcpu_run: nobody runs himself, his runner, or whom he waits for (239). */
TEST c239_nobody_runs_in_a_circle(void)
{
	uint64_t self, ours;

	ASSERT(start_vm());
	self = minivm_give(&vm, vm.thread, THREAD_MAY_YIELD_TO);
	ours = minivm_give(&vm, root.thread[0], THREAD_MAY_YIELD_TO);
	ASSERT(self != 0 && ours != 0);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_RUN, root.thread[0]).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          minivm_call(&vm, HVC_VCPU_RUN, (uint64_t[7]){ self }));
	ASSERT_EQ(HV_BUSY,
	          minivm_call(&vm, HVC_VCPU_RUN, (uint64_t[7]){ ours }));
	ASSERT_EQ(
		0,
		HV(VCPU_BIND_VIRQ, vm.thread, root.vic, RUN_SPI, TYPE_RUN).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, run_call(HVC_VCPU_RUN, ours));
	ASSERT_EQ(HV_ARGUMENT_INVALID, run_call(HVC_VCPU_RUN, self));
	ASSERT_EQ(0, HV(VCPU_UNBIND_VIRQ, vm.thread, TYPE_RUN).err);
	ASSERT(it_answers()); /* it goes on by itself */
	/* Who holds itself does not end when others let go. */
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, vm.cspace, self).err);
	ASSERT_EQ(0, HV(CSPACE_DELETE_CAP_FROM, vm.cspace, ours).err);
	ASSERT(minivm_stop(&vm));
	PASS();
}

/* Two full queues, one each way: both are told, nobody waits (239). */
TEST c239_two_who_wait_for_each_other_are_both_told(void)
{
	uint64_t to = make_queue(1), from = make_queue(1), word = 1;
	uint64_t its_to, its_from;
	const uint64_t at = MINIVM_MAIL + 0x400;

	ASSERT(start_vm());
	its_to = minivm_give(&vm, from, MSGQUEUE_MAY_SEND);
	its_from = minivm_give(&vm, to, MSGQUEUE_MAY_RECEIVE);
	for (unsigned i = 0; i < 3; i++) {
		const uint64_t send[7] = { its_to, 8, at };
		const uint64_t receive[7] = { its_from, at, 64 };

		ASSERT_EQ(0, HV(MSGQUEUE_SEND, to, 8, (uint64_t)&word).err);
		ASSERT_EQ(0, minivm_call(&vm, HVC_MSGQUEUE_SEND, send));
		ASSERT_EQ(HV_MSGQUEUE_FULL,
		          HV(MSGQUEUE_SEND, to, 8, (uint64_t)&word).err);
		ASSERT_EQ(HV_MSGQUEUE_FULL,
		          minivm_call(&vm, HVC_MSGQUEUE_SEND, send));
		ASSERT_EQ(0, minivm_call(&vm, HVC_MSGQUEUE_RECEIVE, receive));
		ASSERT_EQ(0,
		          HV(MSGQUEUE_RECEIVE, from, (uint64_t)&word, 8).err);
	}
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(to));
	ASSERT_EQ(0, drop(from));
	PASS();
}

/* X, PC and SP are a manager's to set; no ID register, nor any other (116). */
TEST c116_a_manager_cannot_set_id_registers(void)
{
	ASSERT(make_vm());
	for (uint64_t set = 0; set < 64; set++) {
		static const uint64_t indices[] = { 0, 1, 2, 31, 0xc020 };
		static const uint64_t counts[] = { 31, 1, 2 }; /* X, PC, SP */
		uint64_t count = set < 3 ? counts[set] : 0;

		for (unsigned i = 0; i < 5; i++) {
			int64_t err = HV(VCPU_REGISTER_WRITE, vm.thread, set,
			                 indices[i], 0)
			                      .err;

			ASSERT_EQ(indices[i] < count ? HV_OK
			                             : HV_ARGUMENT_INVALID,
			          err);
		}
	}
	ASSERT(minivm_stop(&vm));
	PASS();
}

/* vCPUs 1 to VCPUS - 1 of the VM: there, and off. */
static bool add_vcpus(uint64_t thread[VCPUS])
{
	for (unsigned i = 1; i < VCPUS; i++) {
		thread[i] = create(HVC_PARTITION_CREATE_THREAD);
		if (HV(ADDRSPACE_ATTACH_THREAD, vm.addrspace, thread[i]).err !=
		            HV_OK ||
		    HV(VIC_ATTACH_VCPU, vm.vic, thread[i], i).err != HV_OK ||
		    HV(OBJECT_ACTIVATE, thread[i]).err != HV_OK) {
			return false;
		}
	}
	return true;
}

static uint64_t load32(uint64_t at)
{
	vm.mail->x[0] = at;
	return minivm_order(&vm, MINIVM_LOAD32) ? vm.mail->x[1] : ~0ull;
}

/*
 * With more CPUs than a byte has bits each has its own interrupts: what is for
 * 17 shows at 17, not at 1 or 9 (153).
 */
TEST c153_each_of_twenty_vcpus_has_its_interrupts(void)
{
	uint64_t bell = make_bell(), vic, thread[VCPUS] = { 0 };

	vic = create(HVC_PARTITION_CREATE_VIC);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_CONFIGURE, vic, 0, 32).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VIC_CONFIGURE, vic, 65, 32).err);
	ASSERT_EQ(0, HV(VIC_CONFIGURE, vic, 64, 32).err);
	ASSERT_EQ(0, drop(vic));
	ASSERT_EQ(NULL, minivm_make_wide(&vm, &root, VMID, VCPUS));
	ASSERT_EQ(NULL, minivm_run(&vm));
	ASSERT(add_vcpus(thread));
	ASSERT_EQ(HV_ARGUMENT_INVALID,
	          HV(DOORBELL_BIND_VIRQ, bell, vm.vic, VCPUS << 24 | PPI).err);
	ASSERT_EQ(0, HV(DOORBELL_BIND_VIRQ, bell, vm.vic, 17u << 24 | PPI).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	for (unsigned i = 0; i < VCPUS; i++) {
		uint64_t frame = GICR + i * 0x20000ull;

		/* Processor number, and an affinity of 16 for each Aff1 */
		ASSERT_EQ_FMT((unsigned)(i << 8 | (i == VCPUS - 1 ? LAST : 0)),
		              (unsigned)load32(frame + GICR_TYPER), "%#x");
		ASSERT_EQ_FMT(i / 16 << 8 | i % 16,
		              (unsigned)load32(frame + GICR_TYPER + 4), "%#x");
		ASSERT_EQ_FMT(i == 17 ? 1u << PPI : 0u,
		              (unsigned)load32(frame + GICR_SGI + GICD_ISPENDR),
		              "%#x");
	}
	for (unsigned i = 1; i < VCPUS; i++) {
		ASSERT_EQ(0, drop(thread[i]));
	}
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(bell));
	PASS();
}

static int64_t attach(uint64_t space, uint64_t vic, uint64_t index, uint64_t at,
                      uint64_t size)
{
	return HV(ADDRSPACE_ATTACH_VDEVICE, space, vic, index, at, size).err;
}

/*
 * The controller's frames are where every VM has them, whole: not beside that,
 * not over each other, nor beyond the last (169).
 */
TEST c169_a_controller_has_one_place(void)
{
	uint64_t space = create(HVC_PARTITION_CREATE_ADDRSPACE);
	uint64_t vic = create(HVC_PARTITION_CREATE_VIC);
	uint64_t other = create(HVC_PARTITION_CREATE_VIC);
	const uint64_t bad[][3] = {
		{ 0, GICD + 4, FRAME },
		{ 0, GICD + 0x1000, FRAME },
		{ 0, GICR, FRAME },
		{ 0, GICD | 1ull << 48, FRAME },
		{ 0, ~0ull, FRAME },
		{ 0, GICD, FRAME - 1 },
		{ 0, GICD, 0 },
		{ 1, GICD, FRAME },
		{ 1, GICR + FRAME, FRAME },
		{ 2, GICR, FRAME },
		{ 3, GICR + 4 * FRAME, FRAME },
	};

	ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE, space, VMID).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, space).err);
	ASSERT_EQ(0, HV(VIC_CONFIGURE, vic, 2, 32).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, vic).err);
	ASSERT_EQ(0, HV(VIC_CONFIGURE, other, 2, 32).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, other).err);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(HV_ARGUMENT_INVALID,
		          attach(space, vic, bad[i][0], bad[i][1], bad[i][2]));
	}
	ASSERT_EQ(0, attach(space, vic, 0, GICD, FRAME));
	ASSERT_EQ(0, attach(space, vic, 1, GICR, 2 * FRAME));
	ASSERT_EQ(0, attach(space, vic, 2, GICR + 2 * FRAME, 2 * FRAME));
	ASSERT_EQ(HV_BUSY, attach(space, other, 0, GICD, FRAME));
	ASSERT_EQ(HV_BUSY, attach(root.addrspace, vic, 0, GICD, FRAME));
	ASSERT_EQ(0, drop(other));
	ASSERT_EQ(0, drop(vic));
	ASSERT_EQ(0, drop(space));
	PASS();
}

/* Arm DEN 0022 leaves it open: here the VM has ended, all CPUs off (49). */
TEST c49_the_last_cpu_off_ends_the_vm(void)
{
	int64_t err = HV_BUSY;

	ASSERT(start_vm());
	ASSERT(it_answers());
	ASSERT_EQ(HV_BUSY, HV(VCPU_POWERON, vm.thread, 0, 0).err);
	vm.mail->x[0] = PSCI_CPU_OFF;
	vm.mail->order = MINIVM_CALL;
	for (unsigned i = 0; i < PATIENCE && err == HV_BUSY; i++) {
		HV(SCHEDULER_YIELD, 0);
		err = HV(VCPU_POWERON, vm.thread, MINIVM_CODE, MINIVM_MAIL).err;
	}
	ASSERT_EQ(HV_OBJECT_STATE, err);
	ASSERT_EQ(MINIVM_CALL, vm.mail->order); /* it did not come back */
	ASSERT(minivm_stop(&vm));
	PASS();
}

SUITE(vm_corners)
{
	RUN_TEST(c69_errors_and_results_are_not_confused);
	RUN_TEST(c72_a_calls_own_interrupt_comes_behind_it);
	RUN_TEST(c163_c242_an_early_interrupt_waits);
	RUN_TEST(c239_nobody_runs_in_a_circle);
	RUN_TEST(c239_two_who_wait_for_each_other_are_both_told);
	RUN_TEST(c116_a_manager_cannot_set_id_registers);
	RUN_TEST(c169_a_controller_has_one_place);
	RUN_TEST(c153_each_of_twenty_vcpus_has_its_interrupts);
	RUN_TEST(c49_the_last_cpu_off_ends_the_vm);
}
