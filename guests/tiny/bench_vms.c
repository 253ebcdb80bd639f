// SPDX-License-Identifier: BSD-2-Clause
/*
 * What operations between VMs cost, and whether any operation costs more when
 * there are more VMs, vCPUs or capabilities (bench.h, labvm.h).  One CPU.
 */
#include <abi/psci.h>
#include <abi/rights.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "greatest.h"
#include "labvm.h"
#include "rt/hv.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define VMS_MAX   64
#define SPI       40
#define SIZE      240
#define ABOVE     40 /* a priority above ours, which is 32 */
#define BELOW     10
#define FIRST_VM  2 /* VMIDs */
#define IDLE_SECS 10

/* bench_code.S: words of its data page */
enum { CAP, STAMP, TO_HANDLER, TO_MESSAGE, COUNT, READY, TURNS };

extern const char bench_code[], bench_code_end[];
extern const char bench_yielder[], bench_sleeper[], bench_receiver[];

static struct hv_root root;
static struct labvm vms[VMS_MAX];
static const unsigned sizes[] = { 1, 8, 64 };
static uint8_t message[SIZE] __attribute__((aligned(16)));

static bool make(struct labvm *vm, unsigned vmid, const char *code,
                 unsigned priority)
{
	struct labvm_plan plan = { .vmid = vmid,
		                   .code = bench_code,
		                   .code_end = bench_code_end,
		                   .priority = priority };
	bool ok = labvm_make(vm, &root, &plan) &&
	          labvm_start(vm, 0, (uint64_t)(code - bench_code));

	for (unsigned i = 0; ok && vm->data[READY] == 0; i++) {
		HV(SCHEDULER_YIELD, 0);
		ok = i < 1000;
	}
	if (!ok) {
		printf("bench: vm %u: %s: %s\n", vmid,
		       vm->step ? vm->step : "does not start",
		       hv_error_name(vm->error));
	}
	return ok;
}

static void end(unsigned count)
{
	while (count-- > 0) {
		labvm_end(&vms[count]);
	}
}

/* Sleeping VMs until there are @count in all, those of vms[] from @first on. */
static bool fill_up(unsigned first, unsigned count)
{
	for (unsigned i = first; i < count; i++) {
		if (!make(&vms[i], FIRST_VM + i, bench_sleeper, 0)) {
			return false;
		}
	}
	return true;
}

/* Ticks of the last measurement, its rounds and loop and all. */
static uint64_t spent;

/* The same with few and with many around it: no more, by 2 %. */
static bool is_flat(uint64_t *first)
{
	if (*first == 0) {
		*first = spent;
	}
	return spent <= *first + *first / 50;
}

static uint64_t yields(void)
{
	return LOOP("	mov	x0, #0\n	mov	x1, #0\n"
	            "	mov	x2, #0\n	hvc	#0x603b",
	            0, 0, 0);
}

/*
 * A turn of two VMs that both give way at once is two yields and two switches.
 * What a switch costs is half of it, less a call that comes back at once: the
 * same one with a hint that nobody knows.
 */
static enum greatest_test_res
measure_switch(const char *row, const char *with_call, unsigned count)
{
	uint64_t call = LOOP("	mov	x0, #0xffff\n	mov	x1, #0\n"
	                     "	mov	x2, #0\n	hvc	#0x603b",
	                     0, 0, 0);
	uint64_t turns, full;

	ASSERT(make(&vms[0], FIRST_VM, bench_yielder, 0));
	ASSERT(fill_up(1, count));
	turns = vms[0].data[TURNS];
	full = yields();
	spent = full;
	turns = vms[0].data[TURNS] - turns;
	end(count);
	/* A time slice that ends gives it a turn that we did not. */
	ASSERT_GTE(turns, ROUNDS);
	ASSERT_LT(turns, ROUNDS + ROUNDS / 100);
	report(row, full, 2 * call, 2 * ROUNDS);
	if (with_call != NULL) {
		report(with_call, full, 0, 2 * ROUNDS);
	}
	PASS();
}

TEST vcpu_switch(void)
{
	return measure_switch("vcpu-switch", "vcpu-switch-by-yield", 1);
}

/* A queue whose receiver is vms[0], which sleeps and goes before us. */
static uint64_t open_queue(void)
{
	uint64_t mq = labvm_create(&root, HVC_PARTITION_CREATE_MSGQUEUE);
	bool ok = HV(MSGQUEUE_CONFIGURE, mq, 4 | SIZE << 16).err == HV_OK &&
	          HV(OBJECT_ACTIVATE, mq).err == HV_OK &&
	          make(&vms[0], FIRST_VM, bench_receiver, ABOVE) &&
	          HV(MSGQUEUE_BIND_RECEIVE_VIRQ, mq, vms[0].vic, SPI).err ==
	                  HV_OK;

	vms[0].data[CAP] =
		ok ? labvm_give(&vms[0], mq, MSGQUEUE_MAY_RECEIVE) : 0;
	return ok ? mq : 0;
}

static void send_all(uint64_t mq)
{
	(void)LOOP("	mov	x0, x20\n	mov	x1, #240\n"
	           "	mov	x2, x21\n	mov	x3, #0\n"
	           "	mov	x4, #0\n	mrs	x9, cntpct_el0\n"
	           "	str	x9, [x22]\n	hvc	#0x601b",
	           mq, message, &vms[0].data[STAMP]);
}

/* From before the call that sends until the receiver has the bytes. */
static enum greatest_test_res
measure_message(const char *row, const char *to_handler, unsigned count)
{
	uint64_t mq, got, sums[2];

	for (unsigned i = 0; i < SIZE; i++) {
		message[i] = (uint8_t)(i * 7 + 1);
	}
	mq = open_queue();
	ASSERT_NEQ(0, mq);
	ASSERT(fill_up(1, count));
	send_all(mq);
	got = vms[0].data[COUNT];
	sums[0] = vms[0].data[TO_HANDLER];
	sums[1] = vms[0].data[TO_MESSAGE];
	spent = sums[1];
	ASSERT_EQ(0,
	          memcmp((const char *)&vms[0].data[0x400 / 8], message, SIZE));
	ASSERT_EQ(HV_OK, HV(CSPACE_DELETE_CAP_FROM, root.cspace, mq).err);
	end(count);
	ASSERT_EQ_FMT((long)ROUNDS, (long)got, "%ld");
	if (to_handler != NULL) {
		report(to_handler, sums[0], 0, ROUNDS);
	}
	report(row, sums[1], 0, ROUNDS);
	PASS();
}

TEST message_of_240_bytes(void)
{
	return measure_message("msgq-240-received", "msgq-240", 1);
}

static void on_alarm(unsigned intid, void *arg)
{
	(void)intid;
	timer_virt_off();
	*(volatile bool *)arg = true;
}

/*
 * Trace records are no less than exits.  What asks for them costs two calls,
 * and our own alarm one interrupt: all of it is counted, too.
 */
TEST idle_machine(void)
{
	volatile bool over = false;
	uint64_t before, after;

	ASSERT(fill_up(0, 4));
	irq_attach(TIMER_VIRT_PPI, on_alarm, (void *)&over);
	irq_enable(TIMER_VIRT_PPI);
	irq_mask();
	before = HV(TS_LEDGER, LEDGER_TRACE_RECORDS).out[0];
	timer_virt_set(cntvct() + IDLE_SECS * cntfrq(), CNT_ENABLE);
	while (!over) {
		wfi();
		irq_unmask();
		isb(); /* the alarm is taken here */
		irq_mask();
	}
	after = HV(TS_LEDGER, LEDGER_TRACE_RECORDS).out[0];
	irq_disable(TIMER_VIRT_PPI);
	end(4);
	ASSERT_GT(after, before);
	frame_bench(
		"idle-exits-per-second",
		(unsigned long)((after - before + IDLE_SECS - 1) / IDLE_SECS),
		"exits");
	PASS();
}

/* The same operations with 1, 8 and 64 VMs of one vCPU. */
TEST cost_with_many_vms(void)
{
	uint64_t first[3] = { 0 };
	char row[48];

	for (unsigned i = 0; i < 3; i++) {
		uint64_t empty, identify;

		snprintf(row, sizeof(row), "vcpu-switch-vms-%u", sizes[i]);
		CHECK_CALL(measure_switch(row, NULL, sizes[i]));
		ASSERT(is_flat(&first[0]));
		snprintf(row, sizeof(row), "msgq-240-received-vms-%u",
		         sizes[i]);
		CHECK_CALL(measure_message(row, NULL, sizes[i]));
		ASSERT(is_flat(&first[1]));
		ASSERT(fill_up(0, sizes[i]));
		empty = LOOP("	mov	x0, x20", 0, 0, 0);
		identify =
			LOOP("	mov	x0, x20\n	hvc	#0x6000", 0, 0,
		             0);
		end(sizes[i]);
		snprintf(row, sizeof(row), "hvc-identify-vms-%u", sizes[i]);
		report(row, identify, empty, ROUNDS);
		spent = identify;
		ASSERT(is_flat(&first[2]));
	}
	PASS();
}

/* One VM with 1, 8 and 64 vCPUs, which all sleep. */
TEST cost_with_many_vcpus(void)
{
	uint64_t first = 0;
	char row[48];

	for (unsigned i = 0; i < 3; i++) {
		struct labvm_plan plan = { .vmid = FIRST_VM + VMS_MAX,
			                   .code = bench_code,
			                   .code_end = bench_code_end,
			                   .vcpus = sizes[i] };
		static struct labvm crowd;

		ASSERT(labvm_make(&crowd, &root, &plan));
		for (unsigned n = 0; n < sizes[i]; n++) {
			ASSERT(labvm_start(
				&crowd, n,
				(uint64_t)(bench_sleeper - bench_code)));
		}
		snprintf(row, sizeof(row), "vcpu-switch-vcpus-%u", sizes[i]);
		CHECK_CALL(measure_switch(row, NULL, 1));
		ASSERT(is_flat(&first));
		ASSERT(labvm_end(&crowd));
	}
	PASS();
}

/* A doorbell rung by a capability among 1, 8 and 64 more, and thousands. */
TEST cost_with_many_caps(void)
{
	uint64_t db = labvm_create(&root, HVC_PARTITION_CREATE_DOORBELL);
	static const unsigned counts[] = { 1, 8, 64, 512 };
	static uint64_t extra[512];
	uint64_t empty, first = 0;
	unsigned have = 0;
	char row[48];

	ASSERT_EQ(HV_OK, HV(OBJECT_ACTIVATE, db).err);
	empty = LOOP("	mov	x0, x20\n	mov	x1, #0\n"
	             "	mov	x2, #0",
	             db, 0, 0);
	for (unsigned i = 0; i < 4; i++) {
		struct hv copy;
		uint64_t full;

		while (have < counts[i]) {
			copy = HV(CSPACE_COPY_CAP_FROM, root.cspace, db,
			          root.cspace, DOORBELL_MAY_SEND);
			ASSERT_EQ_FMT((long)HV_OK, (long)copy.err, "%ld");
			extra[have++] = copy.out[0];
		}
		full = LOOP("	mov	x0, x20\n	mov	x1, #0\n"
		            "	mov	x2, #0\n	hvc	#0x6012",
		            extra[have - 1], 0, 0);
		snprintf(row, sizeof(row), "doorbell-send-caps-%u", counts[i]);
		report(row, full, empty, ROUNDS);
		spent = full;
		ASSERT(is_flat(&first));
	}
	while (have > 0) {
		HV(CSPACE_DELETE_CAP_FROM, root.cspace, extra[--have]);
	}
	ASSERT_EQ(HV_OK, HV(CSPACE_DELETE_CAP_FROM, root.cspace, db).err);
	PASS();
}

SUITE(costs_between_vms)
{
	if (!hv_root_env(&root)) {
		printf("bench: not the root VM\n");
		return;
	}
	RUN_TEST(vcpu_switch);
	RUN_TEST(message_of_240_bytes);
	RUN_TEST(idle_machine);
	RUN_TEST(cost_with_many_vms);
	RUN_TEST(cost_with_many_vcpus);
	RUN_TEST(cost_with_many_caps);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(costs_between_vms);
	GREATEST_MAIN_END();
}
