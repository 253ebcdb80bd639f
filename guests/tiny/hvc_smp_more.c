/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources and sinks on different CPUs that wait for each other by interrupt
 * (docs/abi.md, "Interrupts, doorbells, message queues"; behaviours 174, 240,
 * 242, 244).  Nobody polls: a wake-up that is lost is a test that fails.
 */
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "hvc_smp.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/irq.h"
#include "rt/timer.h"

#define SPI_IN(cpu)  (64u + (cpu)) /* something to receive */
#define SPI_OUT(cpu) (72u + (cpu)) /* room to send */
#define SPI_BELL     80u
#define SGI_ANSWER   4u
#define SPI_LOAD     96u
#define LOADS        12u /* more than there are list registers */
#define MESSAGES     2000u
#define RINGS        200u
#define NUMBERS      600u
#define PATIENCE_US  20000000u /* without anything to wake for */

/* CPU k sends to CPU k + 1, the last to the first: each does both at once. */
static uint64_t ring[CPU_MAX]; /* the queue that CPU k sends to */
static uint64_t messages;
static volatile unsigned woken;

static void note_irq(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	woken++;
}

static void give_up(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	timer_virt_off();
	note(__LINE__, 0);
}

/* Whatever is pending ends the WFI; then it is taken. */
static void wait_for_interrupt(void)
{
	timer_virt_set(cntvct() + timer_ticks_of_us(PATIENCE_US), CNT_ENABLE);
	wfi();
	irq_unmask();
	isb();
	irq_mask();
	timer_virt_off();
}

/* Each CPU, before it waits for the first time, and after the last. */
static void begin_waiting(void)
{
	irq_mask();
	irq_attach(TIMER_VIRT_PPI, give_up, NULL);
	irq_enable(TIMER_VIRT_PPI);
}

static void end_waiting(void)
{
	irq_disable(TIMER_VIRT_PPI);
}

static void prepare_spi(unsigned intid, unsigned cpu)
{
	irq_attach(intid, note_irq, NULL);
	irq_set_edge(intid, true);
	irq_route(intid, cpus[cpu].mpidr);
	irq_enable(intid);
}

/* @return whether one has left */
static bool send_next(uint64_t queue, uint64_t *sent)
{
	uint64_t words[2] = { *sent, ~*sent };
	struct hv r;

	if (*sent == messages) {
		return false;
	}
	r = HV(MSGQUEUE_SEND, queue, sizeof(words), (uint64_t)words);
	if (r.err != HV_OK && r.err != HV_MSGQUEUE_FULL) {
		note(__LINE__, r.err);
	}
	*sent += r.err == HV_OK;
	return r.err == HV_OK;
}

static bool receive_next(uint64_t queue, uint64_t *got)
{
	uint64_t words[2];
	struct hv r =
		HV(MSGQUEUE_RECEIVE, queue, (uint64_t)words, sizeof(words));

	if (r.err == HV_MSGQUEUE_EMPTY) {
		return false;
	}
	if (r.err != HV_OK || r.out[0] != sizeof(words) || words[0] != *got ||
	    words[1] != ~*got) {
		note(__LINE__, r.err);
	}
	++*got;
	return true;
}

static void pass_on(void *unused)
{
	unsigned me = cpu_self()->index;
	uint64_t out = ring[me], in = ring[(me + cpu_count - 1) % cpu_count];
	uint64_t sent = 0, got = 0;

	(void)unused;
	begin_waiting();
	while ((sent < messages || got < messages) && !is_wrong()) {
		bool moved = send_next(out, &sent);

		moved |= receive_next(in, &got);
		if (!moved && (sent < messages || got < messages)) {
			wait_for_interrupt();
		}
	}
	/* What still comes must not keep this CPU from its sleep. */
	irq_disable(SPI_IN(me));
	irq_disable(SPI_OUT(me));
	end_waiting();
}

static bool make_ring(void)
{
	for (unsigned k = 0; k < cpu_count; k++) {
		unsigned next = (k + 1) % cpu_count;

		ring[k] = create(HVC_PARTITION_CREATE_MSGQUEUE);
		prepare_spi(SPI_OUT(k), k);
		prepare_spi(SPI_IN(next), next);
		if (HV(MSGQUEUE_CONFIGURE, ring[k], DEPTH | 64 << 16).err !=
		            HV_OK ||
		    HV(OBJECT_ACTIVATE, ring[k]).err != HV_OK ||
		    HV(MSGQUEUE_BIND_SEND_VIRQ, ring[k], root.vic, SPI_OUT(k))
		                    .err != HV_OK ||
		    HV(MSGQUEUE_BIND_RECEIVE_VIRQ, ring[k], root.vic,
		       SPI_IN(next))
		                    .err != HV_OK) {
			return false;
		}
	}
	return true;
}

/* Each message in its turn, and whoever waits is woken (240). */
TEST c240_all_send_and_receive_at_once(void)
{
	messages = dt_bootarg_number("messages", MESSAGES);
	ASSERT(make_ring());
	ASSERT(on_all(pass_on));
	for (unsigned k = 0; k < cpu_count; k++) {
		uint64_t word;

		ASSERT_EQ(
			HV_MSGQUEUE_EMPTY,
			HV(MSGQUEUE_RECEIVE, ring[k], (uint64_t)&word, 8).err);
		drop(ring[k]);
	}
	ASSERT_STR_EQ("nothing", ledger_changed());
	PASS();
}

/* One sends, all others receive from the same queue. */
static uint8_t taken[NUMBERS];
static volatile unsigned last_is_sent;

static void receive_some(void)
{
	uint64_t next = 0;

	for (;;) {
		bool over = last_is_sent != 0;
		uint64_t number;
		struct hv r = HV(MSGQUEUE_RECEIVE, shared_queue,
		                 (uint64_t)&number, sizeof(number));

		if (r.err == HV_MSGQUEUE_EMPTY) {
			if (over || is_wrong()) {
				return;
			}
			relax();
		} else if (r.err != HV_OK || number >= NUMBERS ||
		           number < next) {
			note(__LINE__, r.err);
			return;
		} else {
			__atomic_fetch_add(&taken[number], 1, __ATOMIC_SEQ_CST);
			next = number + 1;
		}
	}
}

static void share_out(void *unused)
{
	uint64_t i = 0;

	(void)unused;
	if (cpu_self()->index != 0) {
		receive_some();
		return;
	}
	while (i < NUMBERS && !is_wrong()) {
		struct hv r = HV(MSGQUEUE_SEND, shared_queue, sizeof(i),
		                 (uint64_t)&i);

		if (r.err == HV_OK) {
			i++;
		} else if (r.err == HV_MSGQUEUE_FULL) {
			relax();
		} else {
			note(__LINE__, r.err);
		}
	}
	last_is_sent = 1;
}

/* A message goes to one receiver; what each of them gets is in order (244). */
TEST c244_receivers_of_one_queue_share_its_messages(void)
{
	memset(taken, 0, sizeof(taken));
	last_is_sent = 0;
	ASSERT(on_all(share_out));
	for (unsigned i = 0; i < NUMBERS; i++) {
		ASSERT_EQ_FMT(1u, taken[i], "%u");
	}
	PASS();
}

/* The flags that CPU 0 has taken, by who rings. */
static volatile unsigned answered[CPU_MAX];
static volatile unsigned loads;

/* Nothing at first, then one flag at a time: the level stays high. */
static void take_one_flag(unsigned intid, void *arg)
{
	static unsigned turn;
	unsigned cpu = 1 + turn / 2 % (cpu_count - 1);
	struct hv r;

	(void)intid, (void)arg;
	if (turn++ % 2 == 0) {
		return;
	}
	r = HV(DOORBELL_RECEIVE, shared_bell, 1ull << cpu);
	if (r.err != HV_OK) {
		note(__LINE__, r.err);
	} else if (r.out[0] & 1ull << cpu) {
		answered[cpu]++;
		irq_send(SGI_ANSWER, cpu);
	}
}

static void count_load(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	loads++;
}

static bool all_answered(void)
{
	for (unsigned i = 1; i < cpu_count; i++) {
		if (answered[i] != RINGS) {
			return false;
		}
	}
	return true;
}

/* Who has no answer yet has rung, or will: there is something to wake for. */
static void answer_all(void)
{
	for (unsigned turn = 0; !all_answered() && !is_wrong(); turn++) {
		for (unsigned i = 0; turn % 2 == 0 && i < LOADS; i++) {
			irq_set_pending(SPI_LOAD + i, true);
		}
		wait_for_interrupt();
	}
}

static void ring_often(void)
{
	unsigned me = cpu_self()->index;

	irq_enable(SGI_ANSWER);
	for (unsigned i = 1; i <= RINGS && !is_wrong(); i++) {
		MUST(HV(DOORBELL_SEND, shared_bell, 1ull << me));
		while (answered[me] < i && !is_wrong()) {
			wait_for_interrupt();
		}
		if (answered[me] != i) {
			note(__LINE__, answered[me]);
		}
	}
	irq_disable(SGI_ANSWER);
}

static void ring_and_answer(void *unused)
{
	(void)unused;
	begin_waiting();
	if (cpu_self()->index == 0) {
		answer_all();
	} else {
		ring_often();
	}
	end_waiting();
}

/*
 * A level interrupt comes until nothing is left that drives it, while more
 * others are pending than there are list registers (174, 242).
 */
TEST c174_c242_no_level_is_lost_under_load(void)
{
	memset((void *)answered, 0, sizeof(answered));
	loads = 0;
	for (unsigned i = 0; i < LOADS; i++) {
		prepare_spi(SPI_LOAD + i, 0);
		irq_attach(SPI_LOAD + i, count_load, NULL);
	}
	irq_attach(SGI_ANSWER, note_irq, NULL);
	irq_attach(SPI_BELL, take_one_flag, NULL);
	irq_set_edge(SPI_BELL, false);
	irq_route(SPI_BELL, cpus[0].mpidr);
	irq_enable(SPI_BELL);
	HV(DOORBELL_RESET, shared_bell);
	ASSERT_EQ(0,
	          HV(DOORBELL_BIND_VIRQ, shared_bell, root.vic, SPI_BELL).err);
	ASSERT(on_all(ring_and_answer));
	ASSERT_EQ(0, HV(DOORBELL_UNBIND_VIRQ, shared_bell).err);
	ASSERT_FALSE(irq_is_pending(SPI_BELL));
	ASSERT_GT(loads, 0);
	for (unsigned i = 1; i < cpu_count; i++) {
		ASSERT_EQ_FMT(RINGS, answered[i], "%u");
	}
	irq_disable(SPI_BELL);
	for (unsigned i = 0; i < LOADS; i++) {
		irq_disable(SPI_LOAD + i);
	}
	PASS();
}

SUITE(sources_and_sinks)
{
	RUN_TEST(c240_all_send_and_receive_at_once);
	RUN_TEST(c244_receivers_of_one_queue_share_its_messages);
	RUN_TEST(c174_c242_no_level_is_lost_under_load);
}
