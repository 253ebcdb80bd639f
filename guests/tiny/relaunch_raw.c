// SPDX-License-Identifier: BSD-2-Clause
/*
 * One VM after the other, in the same place with the same VMID, made by hand:
 * what the one leaves in objects, registers, tables, TLBs and caches must not
 * reach the next (docs/lifecycle.md, R2 to R21).
 *
 * The VM has a CPU of its own: between its two lives no other VMID comes to
 * that CPU, so that entries which nobody dropped are still in its TLB.
 */
#include <string.h>

#include "greatest.h"
#include "relaunch_raw.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"

#define HOME          0x50000000ull /* IPA of the page that differs */
#define ROOM          0x60000000ull /* IPAs to map and unmap things at */
#define SGI_FRAME     0x080b0000ull
#define GICD_PEND     (GICD + 0x200 + 4)
#define RWX           7u
#define PAGES         4
#define DEPTH         4
#define SIZE          64
#define CODE_ROOM     0x800 /* of a page: code; the rest: its mark */
#define MARK(n)       (0x1111111111111111ull * ((n) + 1))
#define MODIFY_FLUSH  0x3ull
#define MODIFY_CLEAN  0x2ull
#define MODIFY_NOSYNC 0x80000000ull

/* What the second VM finds in its registers, in the order of look_around. */
enum seen { PMR, BPR_EN, RPR, THREAD_IDS, MDSCR, TIMERS, ISR, ELR_SPSR };

struct minivm vm;
uint64_t bell;
static uint64_t ledger_before[LEDGER_COUNT];
static uint64_t page[PAGES]; /* extents of one page */
static uint64_t seen[8];
static uint64_t queue;

/* Code for the VM: relaunch_visit.S. */
extern const char mess_up[], look_around[], look_end[];

uint64_t ledger(enum ledger_counter which)
{
	return HV(TS_LEDGER, which).out[0];
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

const char *begin(unsigned n)
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

bool make_bell(void)
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

bool end_it(void)
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

SUITE_EXTERN(what_outlives_nobody); /* relaunch_raw_outlives.c */

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
