// SPDX-License-Identifier: BSD-2-Clause
/*
 * One VM after the other, in the same place with the same VMID, made by hand:
 * what the one leaves in objects, registers, tables, TLBs and caches must not
 * reach the next (docs/lifecycle.md, R2 to R21).
 *
 * The VM has a CPU of its own: between its two lives no other VMID comes to
 * that CPU, so that entries which nobody dropped are still in its TLB.
 */
#include <abi/rights.h>
#include <abi/smccc.h>
#include <abi/vcpu_run.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "minivm.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"

#define VMID          9u
#define HOME          0x50000000ull /* IPA of the page that differs */
#define ROOM          0x60000000ull /* IPAs to map and unmap things at */
#define DEVICE        0x0b000000ull
#define BARK_INTID    43u
#define BITE_INTID    44u
#define WAKE_INTID    46u
#define BELL_INTID    50u
#define GICD          0x08000000ull
#define SGI_FRAME     0x080b0000ull
#define GICD_PEND     (GICD + 0x200 + 4)
#define MAP_RWX       0xf0077u
#define RWX           7u
#define PAGES         4
#define DEPTH         4
#define SIZE          64
#define WAIT_US       3000000u
#define LIVES         4
#define SLEEP_US      300000u
#define SLEEP_RECORDS 100u  /* one each millisecond is too many */
#define CODE_ROOM     0x800 /* of a page: code; the rest: its mark */
#define MARK(n)       (0x1111111111111111ull * ((n) + 1))
#define MODIFY_FLUSH  0x3ull
#define MODIFY_CLEAN  0x2ull
#define MODIFY_NOSYNC 0x80000000ull

/* What the second VM finds in its registers, in the order of look_around. */
enum seen { PMR, BPR_EN, RPR, THREAD_IDS, MDSCR, TIMERS, ISR, ELR_SPSR };

static struct hv_root root;
static struct minivm vm;
static uint64_t ledger_before[LEDGER_COUNT];
static volatile unsigned counts[64];
static uint64_t page[PAGES]; /* extents of one page */
static uint64_t seen[8];
static uint64_t bell, queue, dog, group;

/* Code for the VM: relaunch_visit.S. */
extern const char mess_up[], look_around[], look_end[];

static uint64_t create(unsigned number)
{
	const uint64_t arg[8] = { root.partition, root.cspace };

	return hv_call(number, arg).out[0];
}

static int64_t drop(uint64_t cap)
{
	return HV(CSPACE_DELETE_CAP_FROM, root.cspace, cap).err;
}

static uint64_t ledger(enum ledger_counter which)
{
	return HV(TS_LEDGER, which).out[0];
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

/* Page @n, filled with its mark and the code; the VM sees it from elsewhere. */
static bool make_page(unsigned n)
{
	const struct hv_extent *from = &root.ram[root.ram_count - 1];
	uint64_t offset = from->size - (n + 1) * PAGE_SIZE;
	uint64_t window = 0x180000000ull + n * PAGE_SIZE;
	uint64_t *word = (uint64_t *)window;

	page[n] = create(HVC_PARTITION_CREATE_MEMEXTENT);
	if (HV(MEMEXTENT_CONFIGURE_DERIVE, page[n], from->cap, offset,
	       PAGE_SIZE, RWX)
	                    .err != HV_OK ||
	    HV(OBJECT_ACTIVATE, page[n]).err != HV_OK ||
	    HV(ADDRSPACE_MAP, root.addrspace, page[n], window, MAP_RWX).err !=
	            HV_OK) {
		return false;
	}
	mmu_map(window, window, PAGE_SIZE, MMU_NC);
	for (unsigned i = 0; i < PAGE_SIZE / 8; i++) {
		word[i] = MARK(n);
	}
	memcpy(word, mess_up, (size_t)(look_end - mess_up));
	__asm__ volatile("dsb sy\n\tic ialluis\n\tdsb sy\n\tisb" ::: "memory");
	return true;
}

/* The VM, on the other CPU, with page @n at HOME. */
static const char *begin(unsigned n)
{
	const char *wrong = minivm_make(&vm, &root, VMID);

	if (wrong != NULL) {
		return wrong;
	}
	if (HV(VCPU_SET_AFFINITY, vm.thread, 1, HV_ONES).err != HV_OK ||
	    HV(ADDRSPACE_MAP, vm.addrspace, page[n], HOME, MAP_RWX).err !=
	            HV_OK) {
		return "affinity, page";
	}
	return minivm_run(&vm);
}

static bool visit(const char *code)
{
	vm.mail->x[0] = HOME + (uint64_t)(code - mess_up);
	return minivm_order(&vm, MINIVM_BRANCH);
}

static bool make_bell(void)
{
	bell = create(HVC_PARTITION_CREATE_DOORBELL);
	return HV(OBJECT_ACTIVATE, bell).err == HV_OK &&
	       HV(DOORBELL_BIND_VIRQ, bell, vm.vic, BELL_INTID).err == HV_OK;
}

static bool make_queue(void)
{
	queue = create(HVC_PARTITION_CREATE_MSGQUEUE);
	return HV(MSGQUEUE_CONFIGURE, queue, DEPTH | SIZE << 16).err == HV_OK &&
	       HV(OBJECT_ACTIVATE, queue).err == HV_OK;
}

TEST the_first_one_leaves_a_mess(void)
{
	uint8_t text[SIZE] = "left behind";
	const char *wrong;
	uint64_t mark;

	for (unsigned n = 0; n < PAGES; n++) {
		ASSERT(make_page(n));
	}
	sysreg_write(tpidr_el0, 0xdead);
	ASSERT(hv_ledger(ledger_before));
	wrong = begin(0);
	ASSERTm(wrong, wrong == NULL);
	/* SGI 5 may come, in group 1. */
	ASSERT(minivm_store32(&vm, GICD, 0x12));
	ASSERT(minivm_store32(&vm, SGI_FRAME + 0x80, ~0u));
	ASSERT(minivm_store32(&vm, SGI_FRAME + 0x100, 1u << 5));
	ASSERT(visit(mess_up));
	ASSERT_EQ(5, vm.mail->x[7]); /* it is active from now on */
	mark = 0;
	ASSERT(minivm_load(&vm, HOME + CODE_ROOM, &mark));
	ASSERT_EQ(MARK(0), mark);
	ASSERT(make_bell());
	ASSERT_EQ(0, HV(DOORBELL_MASK, bell, 1, 0).err);
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 6).err);
	ASSERT(make_queue());
	for (unsigned i = 0; i < DEPTH; i++) {
		ASSERT_EQ(0,
		          HV(MSGQUEUE_SEND, queue, SIZE, (uint64_t)text).err);
	}
	ASSERT_EQ(0, HV(ADDRSPACE_CONFIGURE_VMMIO, vm.addrspace, DEVICE,
	                PAGE_SIZE, 0)
	                     .err);
	PASS();
}

static bool end_it(void)
{
	bool fine = minivm_stop(&vm);

	return fine && drop(bell) == HV_OK && drop(queue) == HV_OK;
}

/* R4: as if it had never been. */
TEST r4_everything_of_it_is_given_back(void)
{
	uint64_t now[LEDGER_COUNT];
	const char *differs;

	ASSERT(end_it());
	ASSERT(hv_ledger(now));
	differs = hv_ledger_difference(ledger_before, now);
	ASSERT_EQm(differs != NULL ? differs : "", NULL, differs);
	PASS();
}

TEST the_second_one_begins(void)
{
	const char *wrong = begin(1);

	ASSERTm(wrong, wrong == NULL);
	ASSERT(visit(look_around));
	for (unsigned i = 0; i < 8; i++) {
		seen[i] = vm.mail->x[i];
	}
	PASS();
}

/* R2: mask, binary point, enables and running priority as after a reset. */
TEST r2_the_cpu_interface_is_fresh(void)
{
	ASSERT_EQ(0u, seen[PMR]);
	ASSERT_EQ(0u, seen[BPR_EN] >> 8);
	ASSERT_NEQ(5u, seen[BPR_EN]);
	ASSERT_EQ(0xffu, seen[RPR]);
	PASS();
}

/* R8 */
TEST r8_registers_are_fresh(void)
{
	ASSERT_EQ(0u, seen[THREAD_IDS]);
	ASSERT_EQ(0u, seen[ELR_SPSR]);
	PASS();
}

/* R12 */
TEST r12_no_timer_is_armed(void)
{
	ASSERT_EQ(0u, seen[TIMERS]);
	PASS();
}

/* R21: no interrupt and no SError waits, and no debugger is at work. */
TEST r21_nothing_is_pending(void)
{
	ASSERT_EQ(0u, seen[ISR]);
	ASSERT_EQ(0u, seen[MDSCR]);
	PASS();
}

/* R10: the same VMID, the same IPA, another page. */
TEST r10_the_tlb_has_forgotten_the_first_one(void)
{
	uint64_t mark = 0;

	ASSERT(minivm_load(&vm, HOME + CODE_ROOM, &mark));
	ASSERT_EQ(MARK(1), mark);
	PASS();
}

/* R10, R11: entries and tables come and go; the VM sees those of now. */
TEST r11_pages_come_and_go(void)
{
	for (unsigned i = 0; i < 60; i++) {
		unsigned n = 2 + i % 2;
		uint64_t at = ROOM + (i % 3 == 0 ? 0 : 1ull << (20 + i % 9));
		uint64_t flushes = ledger(LEDGER_TLB_FLUSHES);
		uint64_t mark = 0;

		ASSERT_EQ(0,
		          HV(ADDRSPACE_MAP, vm.addrspace, page[n], at, MAP_RWX)
		                  .err);
		ASSERT(minivm_load(&vm, at + CODE_ROOM, &mark));
		ASSERT_EQ(MARK(n), mark);
		ASSERT_EQ(0,
		          HV(ADDRSPACE_UNMAP, vm.addrspace, page[n], at).err);
		ASSERT_FALSE(minivm_load(&vm, at + CODE_ROOM, &mark));
		/* The entry, and the walk to its table, which is free now. */
		ASSERT_GTE(ledger(LEDGER_TLB_FLUSHES), flushes + 2);
	}
	PASS();
}

/* R6: no flags, nothing masked, the line is low. */
TEST r6_doorbells_are_silent(void)
{
	ASSERT(make_bell());
	ASSERT_EQ(0u, HV(DOORBELL_RECEIVE, bell, ~0ull).out[0]);
	vm.mail->x[0] = GICD_PEND;
	ASSERT(minivm_order(&vm, MINIVM_LOAD32));
	ASSERT_EQ(0u, vm.mail->x[1] >> (BELL_INTID - 32) & 1);
	ASSERT_EQ(0u, HV(DOORBELL_SEND, bell, 2).out[0]); /* masked before */
	vm.mail->x[0] = GICD_PEND;
	ASSERT(minivm_order(&vm, MINIVM_LOAD32));
	ASSERT_EQ(1u, vm.mail->x[1] >> (BELL_INTID - 32) & 1);
	PASS();
}

/* R7 */
TEST r7_queues_are_empty(void)
{
	uint8_t text[SIZE] = "new";

	ASSERT(make_queue());
	ASSERT_EQ(HV_MSGQUEUE_EMPTY,
	          HV(MSGQUEUE_RECEIVE, queue, (uint64_t)text, SIZE).err);
	for (unsigned i = 0; i < DEPTH; i++) {
		ASSERT_EQ(0,
		          HV(MSGQUEUE_SEND, queue, SIZE, (uint64_t)text).err);
	}
	PASS();
}

/*
 * R19: what no emulator shows is counted: all of a page goes out of the caches
 * when its manager asks for it, and when it changes hands.
 */
TEST r19_pages_leave_the_caches(void)
{
	uint64_t before = ledger(LEDGER_CACHE_BYTES);

	ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, page[2], MODIFY_CLEAN | MODIFY_NOSYNC,
	                0, PAGE_SIZE)
	                     .err);
	ASSERT_EQ(before + PAGE_SIZE, ledger(LEDGER_CACHE_BYTES));
	ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, page[2], MODIFY_FLUSH | MODIFY_NOSYNC,
	                0, PAGE_SIZE)
	                     .err);
	ASSERT_EQ(before + 2 * PAGE_SIZE, ledger(LEDGER_CACHE_BYTES));
	drop(page[2]);
	ASSERT_EQ(before + 3 * PAGE_SIZE, ledger(LEDGER_CACHE_BYTES));
	PASS();
}

SUITE(one_after_the_other)
{
	RUN_TEST(the_first_one_leaves_a_mess);
	RUN_TEST(r4_everything_of_it_is_given_back);
	RUN_TEST(the_second_one_begins);
	RUN_TEST(r2_the_cpu_interface_is_fresh);
	RUN_TEST(r8_registers_are_fresh);
	RUN_TEST(r12_no_timer_is_armed);
	RUN_TEST(r21_nothing_is_pending);
	RUN_TEST(r10_the_tlb_has_forgotten_the_first_one);
	RUN_TEST(r11_pages_come_and_go);
	RUN_TEST(r6_doorbells_are_silent);
	RUN_TEST(r7_queues_are_empty);
	RUN_TEST(r19_pages_leave_the_caches);
}

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

	ASSERT(end_it());
	wrong = minivm_make(&vm, &root, VMID);
	ASSERTm(wrong, wrong == NULL);
	dog = create(HVC_PARTITION_CREATE_WATCHDOG);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, dog).err);
	ASSERT_EQ(0, HV(WATCHDOG_ATTACH_VCPU, dog, vm.thread).err);
	listen(BARK_INTID);
	listen(BITE_INTID);
	ASSERT_EQ(0, HV(WATCHDOG_BIND_VIRQ, dog, root.vic, BARK_INTID, 0).err);
	ASSERT_EQ(0, HV(WATCHDOG_BIND_VIRQ, dog, root.vic, BITE_INTID, 1).err);
	ASSERT_EQ(NULL, minivm_run(&vm));
	ASSERT_EQ(0, call_watchdog(SMCCC_WATCHDOG_SET_TIME, 2000, 2100));
	ASSERT_EQ(0, call_watchdog(SMCCC_WATCHDOG_CONTROL, 3, 0));
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(NULL, begin(1));
	ASSERT_FALSE(irq_wait(&counts[BITE_INTID], 2500000));
	ASSERT_EQ(0u, counts[BARK_INTID]);
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
	listen(WAKE_INTID);
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
	counts[WAKE_INTID] = 0;
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 1).err);
	ASSERT(irq_wait(&counts[WAKE_INTID], WAIT_US));
	ASSERT_EQ(0, HV(DOORBELL_SEND, bell, 2).err);
	ASSERT_EQ(1u, counts[WAKE_INTID]);
	ASSERT_EQ(0, drop(bell));
	ASSERT_EQ(0, HV(VCPU_KILL, vm.thread).err);
	for (unsigned i = 0; i < 1000; i++) {
		HV(VCPU_RUN, vm.thread);
	}
	ASSERT(minivm_stop(&vm));
	PASS();
}

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

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (!hv_root_env(&root)) {
		fatal("not the root VM");
	}
	/* Who is to run on our CPU does not while we do: so we stay there. */
	HV(VCPU_SET_AFFINITY, root.thread[0], 0, HV_ONES);
	irq_unmask();
	RUN_SUITE(one_after_the_other);
	RUN_SUITE(what_outlives_nobody);
	GREATEST_MAIN_END();
}
