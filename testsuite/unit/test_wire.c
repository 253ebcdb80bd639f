/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of <abi/console.h>: what the hypervisor's multiplexer puts on the
 * wire, the harness takes apart without loss, and the other way round.  Both
 * ends here are the real ones.
 */
#include "vdev/console.h"

/* Harness and hypervisor never meet but here; two names are in both. */
#define console_init  split_init
#define console_flush split_flush
#include "../../harness/console.c"
#undef console_init
#undef console_flush

#include "dice.h"
#include "greatest.h"
#include "machine.h"

#define VM_COUNT 3
#define ROOT     255

static const uint16_t vmids[VM_COUNT] = { 1, 3, ROOT };
static struct console_stream streams[VM_COUNT];
static bool is_attached;

static struct bytes wire; /* what the UART sent */
static struct bytes back; /* what it has yet to receive */
static bool rx_irq_on;
static struct bytes read_by[VM_COUNT];
static size_t room[VM_COUNT]; /* bytes the VM still takes */
static struct bytes got[256];

static void port_put(struct uart *uart, uint8_t byte)
{
	(void)uart;
	bytes_add(&wire, &byte, 1);
}

static bool port_get(struct uart *uart, uint8_t *byte)
{
	(void)uart;
	if (back.len == 0) {
		return false;
	}
	*byte = back.data[0];
	bytes_drop(&back, 1);
	return true;
}

static void port_rx_irq(struct uart *uart, bool on)
{
	(void)uart;
	rx_irq_on = on;
}

static const struct uart_ops port_ops = { port_put, port_get, port_rx_irq };
static struct uart port = { .ops = &port_ops };

static bool vm_reads(void *dev, uint8_t byte)
{
	size_t vm = (size_t)((struct bytes *)dev - read_by);

	if (room[vm] == 0) {
		return false;
	}
	room[vm]--;
	bytes_add(dev, &byte, 1);
	return true;
}

static void collect(void *ctx, unsigned stream, const uint8_t *data, size_t len)
{
	(void)ctx;
	bytes_add(&got[stream], data, len);
}

static void empty(struct bytes *b)
{
	bytes_fini(b);
	*b = (struct bytes){ 0 };
}

static void stop(void *unused)
{
	(void)unused;
	for (unsigned i = 0; i < VM_COUNT && is_attached; i++) {
		console_detach(&streams[i]);
	}
	is_attached = false;
	for (unsigned i = 0; i < VM_COUNT; i++) {
		empty(&read_by[i]);
	}
	for (unsigned i = 0; i < 256; i++) {
		empty(&got[i]);
	}
	empty(&wire);
	empty(&back);
}

static void start(void *unused)
{
	(void)unused;
	fake_reset();
	console_init(&port, ROOT);
	for (unsigned i = 0; i < VM_COUNT; i++) {
		room[i] = SIZE_MAX;
		console_attach(
			&streams[i], vmids[i],
			(struct console_reader){ vm_reads, &read_by[i] });
	}
	is_attached = true;
}

static void split_wire(void)
{
	struct console con;

	split_init(&con, true, CONSOLE_STREAM_HYP);
	console_feed(&con, wire.data, wire.len, collect, NULL);
	split_flush(&con, collect, NULL);
}

static bool same(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len &&
	       (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* Bytes in which marks, and what looks like one, are frequent. */
static uint8_t random_byte(struct dice *dice)
{
	static const uint8_t bits[] = "\033\033_TE01ff\\\n";

	if (dice_roll(dice, 4) == 0) {
		return (uint8_t)dice_roll(dice, 256);
	}
	return bits[dice_roll(dice, sizeof(bits))];
}

TEST random_output_arrives_as_written(void)
{
	struct dice dice = dice_new();
	struct bytes said[VM_COUNT + 1] = { 0 };

	for (unsigned round = 0; round < 20000; round++) {
		unsigned who = dice_roll(&dice, VM_COUNT + 1);
		uint8_t byte[2] = { random_byte(&dice), random_byte(&dice) };

		if (who == VM_COUNT) {
			console_hyp_write((const char *)byte, 2);
			bytes_add(&said[who], byte, 2);
		} else {
			console_put(&streams[who], byte[0]);
			bytes_add(&said[who], byte, 1);
		}
		if (dice_roll(&dice, 500) == 0) {
			console_flush_all();
		}
	}
	console_flush_all();
	split_wire();
	for (unsigned i = 0; i < VM_COUNT; i++) {
		ASSERT(same(&said[i], &got[vmids[i]]));
	}
	ASSERT(same(&said[VM_COUNT], &got[CONSOLE_STREAM_HYP]));
	for (unsigned i = 0; i <= VM_COUNT; i++) {
		bytes_fini(&said[i]);
	}
	PASS();
}

TEST lines_of_vms_do_not_tear_each_other_apart(void)
{
	for (const char *c = "one\n"; *c != '\0'; c++) {
		console_put(&streams[0], (uint8_t)*c);
		console_put(&streams[1], (uint8_t)(*c == '\n' ? *c : *c - 32));
	}
	ASSERT(memmem(wire.data, wire.len, "one\n", 4) != NULL);
	ASSERT(memmem(wire.data, wire.len, "ONE\n", 4) != NULL);
	PASS();
}

TEST random_input_arrives_as_sent(void)
{
	struct dice dice = dice_new();
	struct bytes sent[VM_COUNT] = { 0 };
	struct console con;

	split_init(&con, true, CONSOLE_STREAM_HYP);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned who = dice_roll(&dice, VM_COUNT);
		uint8_t byte = random_byte(&dice);

		console_encode(&con, vmids[who], &byte, 1, &back);
		bytes_add(&sent[who], &byte, 1);
	}
	/* VMs take a few bytes at a time; nothing may be lost for it. */
	while (back.len > 0 || !rx_irq_on) {
		for (unsigned i = 0; i < VM_COUNT; i++) {
			room[i] = dice_roll(&dice, 16);
		}
		console_rx_interrupt();
		console_input_resume();
	}
	for (unsigned i = 0; i < VM_COUNT; i++) {
		ASSERT(same(&sent[i], &read_by[i]));
		bytes_fini(&sent[i]);
	}
	PASS();
}

TEST input_without_a_mark_is_for_the_root_vm(void)
{
	bytes_add(&back, "hello", 5);
	console_rx_interrupt();
	ASSERT_EQ_FMT((size_t)5, read_by[2].len, "%zu");
	ASSERT_MEM_EQ("hello", read_by[2].data, 5);
	PASS();
}

TEST input_for_nobody_is_taken_off_the_wire(void)
{
	bytes_add(&back, "\033_T07\033\\lost\033_T01\033\\kept", 22);
	console_rx_interrupt();
	ASSERT_EQ_FMT((size_t)0, back.len, "%zu");
	ASSERT_EQ_FMT((size_t)4, read_by[0].len, "%zu");
	ASSERT_MEM_EQ("kept", read_by[0].data, 4);
	PASS();
}

TEST a_full_reader_holds_back_what_is_behind_it(void)
{
	room[2] = 2;
	bytes_add(&back, "abc", 3);
	console_rx_interrupt();
	ASSERT_FALSE(rx_irq_on);
	ASSERT_EQ_FMT((size_t)2, read_by[2].len, "%zu");
	room[2] = 8;
	console_input_resume();
	ASSERT(rx_irq_on);
	console_rx_interrupt();
	ASSERT_EQ_FMT((size_t)3, read_by[2].len, "%zu");
	ASSERT_MEM_EQ("abc", read_by[2].data, 3);
	PASS();
}

TEST a_vmid_has_one_stream(void)
{
	struct console_stream twin = { 0 };
	struct console_reader nobody = { vm_reads, &read_by[0] };

	ASSERT_FALSE(console_attach(&twin, 1, nobody));
	ASSERT_FALSE(console_attach(&twin, 0, nobody));
	ASSERT_FALSE(console_attach(&twin, 256, nobody));
	PASS();
}

TEST a_vm_that_leaves_has_said_everything(void)
{
	for (const char *c = "last words"; *c != '\0'; c++) {
		console_put(&streams[1], (uint8_t)*c);
	}
	console_detach(&streams[1]);
	split_wire();
	ASSERT_EQ_FMT((size_t)10, got[3].len, "%zu");
	console_attach(&streams[1], 3,
	               (struct console_reader){ vm_reads, &read_by[1] });
	PASS();
}

SUITE(console_wire)
{
	SET_SETUP(start, NULL);
	SET_TEARDOWN(stop, NULL);
	RUN_TEST(random_output_arrives_as_written);
	RUN_TEST(lines_of_vms_do_not_tear_each_other_apart);
	RUN_TEST(random_input_arrives_as_sent);
	RUN_TEST(input_without_a_mark_is_for_the_root_vm);
	RUN_TEST(input_for_nobody_is_taken_off_the_wire);
	RUN_TEST(a_full_reader_holds_back_what_is_behind_it);
	RUN_TEST(a_vmid_has_one_stream);
	RUN_TEST(a_vm_that_leaves_has_said_everything);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(console_wire);
	GREATEST_MAIN_END();
}
