/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same hypercalls from all vCPUs at once (behaviours 63, 64, 228, 234,
 * 240): objects made and deleted, capabilities copied and revoked, memory lent
 * and mapped, messages with several senders and receivers; afterwards the
 * ledger is what it was.
 */
#include <abi/rights.h>
#include <stdio.h>

#include "greatest.h"
#include "hvc_smp.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/mmu.h"

#define ROUNDS  150u
#define TALKS   400u /* unless told otherwise */
#define MAP_RWX 0xf0077u
#define SPARSE  (1u << 16)
#define IPA     0x300000000ull
#define BLOCK   0x200000ull

struct hv_root root;
static uint64_t before[LEDGER_COUNT];
static uint64_t talks;
uint64_t shared_bell, shared_queue;
static uint64_t shared_extent;

/* What one CPU has seen go wrong: the line, and the error. */
static struct {
	int line;
	int64_t err;
} wrong[CPU_MAX];

void note(int line, int64_t err)
{
	unsigned me = cpu_self()->index;

	if (wrong[me].line == 0) {
		wrong[me].line = line;
		wrong[me].err = err;
	}
}

uint64_t create(unsigned number)
{
	const uint64_t arg[8] = { root.partition, root.cspace };
	struct hv r = hv_call(number, arg);

	if (r.err != HV_OK) {
		note(__LINE__, r.err);
	}
	return r.out[0];
}

void drop(uint64_t cap)
{
	MUST(HV(CSPACE_DELETE_CAP_FROM, root.cspace, cap));
}

/* Each CPU with objects of its own, in one capability space. */
static void churn_objects(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t bell = create(HVC_PARTITION_CREATE_DOORBELL);
		uint64_t queue = create(HVC_PARTITION_CREATE_MSGQUEUE);
		struct hv copy;

		MUST(HV(OBJECT_ACTIVATE, bell));
		MUST(HV(MSGQUEUE_CONFIGURE, queue, 4 | 64 << 16));
		MUST(HV(OBJECT_ACTIVATE, queue));
		copy = HV(CSPACE_COPY_CAP_FROM, root.cspace, bell, root.cspace,
		          DOORBELL_MAY_SEND);
		MUST(copy);
		MUST(HV(DOORBELL_SEND, copy.out[0], i));
		MUST(HV(DOORBELL_BIND_VIRQ, bell, root.vic,
		        60 + cpu_self()->index));
		MUST(HV(CSPACE_REVOKE_CAPS_FROM, root.cspace, bell));
		drop(copy.out[0]);
		drop(bell);
		drop(queue);
	}
}

/* All CPUs use, revoke and copy the same object. */
static void fight_over_one(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct hv copy = HV(CSPACE_COPY_CAP_FROM, root.cspace,
		                    shared_bell, root.cspace, ~0u);
		struct hv r;

		MUST(copy);
		r = HV(DOORBELL_SEND, copy.out[0], 1ull << (i & 63));
		if (r.err != HV_OK && r.err != HV_CAP_REVOKED) {
			note(__LINE__, r.err);
		}
		if (i % 7 == cpu_self()->index) {
			MUST(HV(CSPACE_REVOKE_CAPS_FROM, root.cspace,
			        shared_bell));
		}
		MUST(HV(DOORBELL_RECEIVE, shared_bell, ~0ull));
		drop(copy.out[0]);
	}
}

/* Pages of one extent, lent and mapped by all CPUs side by side. */
static void churn_memory(void *unused)
{
	uint64_t me = cpu_self()->index;
	uint64_t offset = me * 0x3000;

	(void)unused;
	for (unsigned i = 0; i < ROUNDS / 4; i++) {
		uint64_t extent = create(HVC_PARTITION_CREATE_MEMEXTENT);
		uint64_t as = create(HVC_PARTITION_CREATE_ADDRSPACE);
		uint64_t at = IPA + me * BLOCK;

		MUST(HV(ADDRSPACE_CONFIGURE, as, 100 + me));
		MUST(HV(OBJECT_ACTIVATE, as));
		MUST(HV(MEMEXTENT_CONFIGURE_DERIVE, extent, shared_extent,
		        offset, 0x3000, 7 | SPARSE));
		MUST(HV(OBJECT_ACTIVATE, extent));
		MUST(HV(MEMEXTENT_DONATE, 0, shared_extent, extent, offset,
		        0x3000));
		MUST(HV(ADDRSPACE_MAP, root.addrspace, extent, at, MAP_RWX));
		MUST(HV(ADDRSPACE_MAP, as, extent, 0x1000, MAP_RWX));
		MUST(HV(ADDRSPACE_UPDATE_ACCESS, as, extent, 0x1000, 0x44));
		MUST(HV(ADDRSPACE_UNMAP, root.addrspace, extent, at));
		MUST(HV(MEMEXTENT_DONATE, 1, extent, shared_extent, 0x1000,
		        0x1000));
		if (i & 1) {
			drop(as);
			drop(extent);
		} else {
			drop(extent);
			drop(as);
		}
	}
}

/*
 * Even CPUs send numbers of their own, odd ones receive: of each sender all,
 * in order.
 */
static volatile uint64_t received[CPU_MAX];
static volatile unsigned finished;

struct talk {
	uint64_t from, number;
};

void relax(void)
{
	for (unsigned i = 0; i < 20; i++) {
		__asm__ volatile("yield");
	}
}

bool is_wrong(void)
{
	for (unsigned i = 0; i < cpu_count; i++) {
		if (*(volatile int *)&wrong[i].line != 0) {
			return true;
		}
	}
	return false;
}

static void send_all(unsigned me)
{
	for (uint64_t i = 0; i < talks && !is_wrong();) {
		struct talk talk = { me, i };
		struct hv r = HV(MSGQUEUE_SEND, shared_queue, sizeof(talk),
		                 (uint64_t)&talk);

		if (r.err == HV_OK) {
			i++;
		} else if (r.err == HV_MSGQUEUE_FULL) {
			relax();
		} else {
			note(__LINE__, r.err);
		}
	}
	__atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
}

static void receive_all(unsigned senders)
{
	uint64_t last[CPU_MAX] = { 0 };

	for (;;) {
		bool over = finished == senders;
		struct talk talk;
		struct hv r = HV(MSGQUEUE_RECEIVE, shared_queue,
		                 (uint64_t)&talk, sizeof(talk));

		if (r.err == HV_MSGQUEUE_EMPTY) {
			if (over || is_wrong()) {
				break;
			}
			relax();
			continue;
		}
		if (r.err != HV_OK || talk.from >= CPU_MAX ||
		    talk.number + 1 <= last[talk.from]) {
			note(__LINE__, r.err);
			break;
		}
		last[talk.from] = talk.number + 1; /* numbers only go up */
		__atomic_fetch_add(&received[talk.from], 1, __ATOMIC_SEQ_CST);
	}
}

static void talk(void *unused)
{
	unsigned me = cpu_self()->index;

	(void)unused;
	if (me % 2 == 0) {
		send_all(me);
	} else {
		receive_all((cpu_count + 1) / 2);
	}
}

/*
 * The first CPU sends from a buffer that the others write all the time: what
 * arrives is of one size, whatever its contents (63).
 */
static uint8_t contended[64];
static volatile bool stop;

static void scribble(void *unused)
{
	uint64_t n = 0;

	(void)unused;
	if (cpu_self()->index == 0) {
		for (unsigned i = 0; i < TALKS; i++) {
			uint8_t got[64];
			struct hv r;

			MUST(HV(MSGQUEUE_SEND, shared_queue, sizeof(contended),
			        (uint64_t)contended));
			r = HV(MSGQUEUE_RECEIVE, shared_queue, (uint64_t)got,
			       sizeof(got));
			if (r.err != HV_OK || r.out[0] != sizeof(got)) {
				note(__LINE__, r.err);
			}
		}
		stop = true;
		return;
	}
	while (!stop) {
		contended[n++ % sizeof(contended)]++;
		__asm__ volatile("yield");
	}
}

bool on_all(void (*work)(void *))
{
	for (unsigned i = 0; i < CPU_MAX; i++) {
		wrong[i].line = 0;
	}
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_call(i, work, NULL);
	}
	work(NULL);
	for (unsigned i = 1; i < cpu_count; i++) {
		cpu_join(i);
	}
	for (unsigned i = 0; i < cpu_count; i++) {
		if (wrong[i].line != 0) {
			printf("cpu %u: line %d: error %lld\n", i,
			       wrong[i].line, (long long)wrong[i].err);
			return false;
		}
	}
	return true;
}

const char *ledger_changed(void)
{
	uint64_t now[LEDGER_COUNT];

	return hv_ledger(now) ? hv_ledger_difference(before, now) ?: "nothing"
	                      : "not readable";
}

TEST all_cpus_are_up(void)
{
	talks = dt_bootarg_number("talks", TALKS);
	ASSERT(hv_root_env(&root));
	ASSERT_EQ(cpu_count, cpu_start_all());
	ASSERT_GT(cpu_count, 1);
	shared_bell = create(HVC_PARTITION_CREATE_DOORBELL);
	shared_queue = create(HVC_PARTITION_CREATE_MSGQUEUE);
	shared_extent = create(HVC_PARTITION_CREATE_MEMEXTENT);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, shared_bell).err);
	ASSERT_EQ(0,
	          HV(MSGQUEUE_CONFIGURE, shared_queue, DEPTH | 64 << 16).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, shared_queue).err);
	ASSERT_EQ(0,
	          HV(MEMEXTENT_CONFIGURE_DERIVE, shared_extent,
	             root.ram[root.ram_count - 1].cap, 0, 2 * BLOCK, 7 | SPARSE)
	                  .err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, shared_extent).err);
	ASSERT_EQ(0, HV(MEMEXTENT_DONATE, 0, root.ram[root.ram_count - 1].cap,
	                shared_extent, 0, 2 * BLOCK)
	                     .err);
	ASSERT(hv_ledger(before));
	PASS();
}

TEST c64_objects_come_and_go_on_all_cpus(void)
{
	ASSERT(on_all(churn_objects));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST c64_one_object_is_copied_and_revoked_by_all(void)
{
	ASSERT(on_all(fight_over_one));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST c228_memory_is_lent_and_mapped_by_all(void)
{
	ASSERT(on_all(churn_memory));
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

TEST c240_no_message_is_lost_doubled_or_overtaken(void)
{
	finished = 0;
	memset((void *)received, 0, sizeof(received));
	ASSERT(on_all(talk));
	for (unsigned i = 0; i < cpu_count; i += 2) {
		ASSERT_EQ(talks, received[i]);
	}
	PASS();
}

TEST c63_a_buffer_that_changes_during_the_call_is_only_data(void)
{
	stop = false;
	ASSERT(on_all(scribble));
	PASS();
}

SUITE_EXTERN(sources_and_sinks); /* hvc_smp_more.c */

SUITE(all_cpus)
{
	RUN_TEST(all_cpus_are_up);
	RUN_TEST(c64_objects_come_and_go_on_all_cpus);
	RUN_TEST(c64_one_object_is_copied_and_revoked_by_all);
	RUN_TEST(c228_memory_is_lent_and_mapped_by_all);
	RUN_TEST(c240_no_message_is_lost_doubled_or_overtaken);
	RUN_TEST(c63_a_buffer_that_changes_during_the_call_is_only_data);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(all_cpus);
	RUN_SUITE(sources_and_sinks);
	GREATEST_MAIN_END();
}
