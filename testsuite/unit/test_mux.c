/* SPDX-License-Identifier: BSD-2-Clause */
/* What the console multiplexer promises (abi/console.h, vdev/console.h). */
#include <abi/console.h>

#include "arch/percpu.h"
#include "machine.h"
#include "port.h"
#include "vdev/console.h"

#undef ASSERT /* EL2's own; here it is the test's */
#include "greatest.h"

#define TO(hh) "\033_T" hh "\033\\"
#define ESC    "\033_E\033\\"

#define ROOT 255

/* A reader with as much room as the test gives it. */
struct reader {
	char got[4096];
	size_t len, room;
};

static struct fake_uart port;
static struct console_stream root, one, two;
static struct reader of_root, of_one, of_two;

static bool take(void *dev, uint8_t byte)
{
	struct reader *r = dev;

	if (r->len == r->room) {
		return false;
	}
	r->got[r->len++] = (char)byte;
	r->got[r->len] = '\0';
	return true;
}

static bool attach(struct console_stream *s, uint16_t vmid, struct reader *r)
{
	const struct console_reader reader = { take, r };

	memset(r, 0, sizeof(*r));
	r->room = sizeof(r->got) - 1;
	return console_attach(s, vmid, reader);
}

static void setup(void *unused)
{
	(void)unused;
	fake_reset();
	fake_uart_init(&port);
	console_init(&port.uart, ROOT);
	if (!attach(&root, ROOT, &of_root) || !attach(&one, 1, &of_one) ||
	    !attach(&two, 2, &of_two)) {
		abort();
	}
}

static void teardown(void *unused)
{
	(void)unused;
	console_detach(&root);
	console_detach(&one);
	console_detach(&two);
}

static void say(struct console_stream *s, const char *text)
{
	while (*text != '\0') {
		console_put(s, (uint8_t)*text++);
	}
}

static void hyp_says(const char *text)
{
	console_hyp_write(text, strlen(text));
}

static void type(const char *text)
{
	fake_uart_type(&port, text, strlen(text));
	console_rx_interrupt();
}

TEST the_wire_starts_with_the_hypervisor(void)
{
	hyp_says("hello\n");
	ASSERT_STR_EQ("hello\n", port.out);
	PASS();
}

TEST a_change_of_stream_is_marked_once(void)
{
	say(&one, "a\nb\n");
	hyp_says("c\n");
	say(&two, "d\n");
	say(&root, "e\n");
	ASSERT_STR_EQ(
		TO("01") "a\nb\n" TO("00") "c\n" TO("02") "d\n" TO("ff") "e\n",
		port.out);
	PASS();
}

TEST lines_of_two_vms_do_not_mix(void)
{
	say(&one, "first ");
	say(&two, "second ");
	say(&one, "line\n");
	say(&two, "line\n");
	ASSERT_STR_EQ(TO("01") "first line\n" TO("02") "second line\n",
	              port.out);
	PASS();
}

TEST half_a_line_goes_out_in_time(void)
{
	say(&one, "login: ");
	ASSERT_STR_EQ("", port.out);
	fake_pass(MACHINE_HZ / 100);
	ASSERT_STR_EQ(TO("01") "login: ", port.out);
	say(&one, "x");
	fake_pass(MACHINE_HZ / 100);
	ASSERT_STR_EQ(TO("01") "login: x", port.out);
	PASS();
}

TEST flush_sends_what_is_there(void)
{
	say(&one, "half");
	ASSERT(console_has_output(&one));
	console_flush(&one);
	console_flush(&one);
	ASSERT_FALSE(console_has_output(&one));
	ASSERT_STR_EQ(TO("01") "half", port.out);
	PASS();
}

TEST a_line_longer_than_the_buffer_loses_nothing(void)
{
	char text[1000], expected[1100];

	memset(text, 'x', sizeof(text) - 2);
	memcpy(text + sizeof(text) - 2, "\n", 2);
	say(&one, text);
	snprintf(expected, sizeof(expected), TO("01") "%s", text);
	ASSERT_STR_EQ(expected, port.out);
	PASS();
}

TEST a_guest_cannot_forge_a_mark(void)
{
	say(&one, TO("00") "hyp: PANIC: no\n");
	ASSERT_STR_EQ(TO("01") ESC "_T00" ESC "\\hyp: PANIC: no\n", port.out);
	PASS();
}

TEST bytes_of_every_value_pass(void)
{
	size_t at = strlen(TO("01"));

	for (unsigned byte = 0; byte < 256; byte++) {
		console_put(&one, (uint8_t)byte);
	}
	console_flush(&one);
	for (unsigned byte = 0; byte < 256; byte++) {
		ASSERT_EQ_FMT(byte, (unsigned)(uint8_t)port.out[at], "%u");
		at += byte == 0x1b ? strlen(ESC) : 1;
	}
	ASSERT_EQ_FMT(port.out_len, at, "%zu");
	PASS();
}

TEST detach_sends_the_rest(void)
{
	say(&one, "last words");
	console_detach(&one);
	ASSERT_STR_EQ(TO("01") "last words", port.out);
	PASS();
}

TEST a_vmid_has_one_stream(void)
{
	struct console_stream other = { 0 };
	struct reader r;

	ASSERT_FALSE(attach(&other, 1, &r));
	ASSERT_FALSE(attach(&other, 0, &r));
	ASSERT_FALSE(attach(&other, 256, &r));
	console_detach(&one);
	ASSERT(attach(&other, 1, &r));
	console_detach(&other);
	PASS();
}

TEST without_a_port_output_is_dropped(void)
{
	console_init(NULL, ROOT);
	say(&one, "nobody hears this\n");
	hyp_says("nor this\n");
	console_rx_interrupt();
	ASSERT_STR_EQ("", port.out);
	PASS();
}

SUITE(console_output)
{
	SET_SETUP(setup, NULL);
	SET_TEARDOWN(teardown, NULL);
	RUN_TEST(the_wire_starts_with_the_hypervisor);
	RUN_TEST(a_change_of_stream_is_marked_once);
	RUN_TEST(lines_of_two_vms_do_not_mix);
	RUN_TEST(half_a_line_goes_out_in_time);
	RUN_TEST(flush_sends_what_is_there);
	RUN_TEST(a_line_longer_than_the_buffer_loses_nothing);
	RUN_TEST(a_guest_cannot_forge_a_mark);
	RUN_TEST(bytes_of_every_value_pass);
	RUN_TEST(detach_sends_the_rest);
	RUN_TEST(a_vmid_has_one_stream);
	RUN_TEST(without_a_port_output_is_dropped);
}

TEST input_goes_to_the_root_vm_first(void)
{
	type("ls\n");
	ASSERT_STR_EQ("ls\n", of_root.got);
	PASS();
}

TEST marks_direct_input(void)
{
	type(TO("01") "a" TO("02") "b" TO("ff") "c" TO("00") "d");
	ASSERT_STR_EQ("a", of_one.got);
	ASSERT_STR_EQ("b", of_two.got);
	ASSERT_STR_EQ("cd", of_root.got);
	PASS();
}

TEST marks_may_come_in_pieces(void)
{
	static const char text[] = "x" TO("01") "y" ESC "z";

	for (size_t i = 0; text[i] != '\0'; i++) {
		fake_uart_type(&port, &text[i], 1);
		console_rx_interrupt();
	}
	ASSERT_STR_EQ("x", of_root.got);
	ASSERT_STR_EQ("y\033z", of_one.got);
	PASS();
}

TEST a_broken_mark_changes_nothing(const char *mark)
{
	type(TO("01"));
	type(mark);
	type("a");
	ASSERT_STR_EQ("a", of_one.got);
	ASSERT_EQ_FMT((size_t)0, of_root.len + of_two.len, "%zu");
	PASS();
}

TEST input_for_nobody_goes_nowhere(void)
{
	type(TO("07") "lost" TO("01") "found");
	ASSERT_STR_EQ("found", of_one.got);
	ASSERT(port.irq_on);
	PASS();
}

TEST a_full_reader_holds_input_back(void)
{
	of_one.room = 2;
	type(TO("01") "abcdef" TO("02") "gh");
	ASSERT_STR_EQ("ab", of_one.got);
	ASSERT_STR_EQ("", of_two.got);
	ASSERT_FALSE(port.irq_on);
	/* One byte is in the multiplexer's hand, the rest still outside. */
	ASSERT_EQ_FMT(strlen(TO("01") "abc"), port.in_next, "%zu");

	of_one.room = 4;
	console_input_resume();
	ASSERT_STR_EQ("abcd", of_one.got);
	ASSERT_FALSE(port.irq_on);

	of_one.room = 100;
	console_input_resume();
	ASSERT_STR_EQ("abcdef", of_one.got);
	ASSERT_STR_EQ("gh", of_two.got);
	ASSERT(port.irq_on);
	PASS();
}

TEST the_end_of_a_full_reader_frees_the_others(void)
{
	of_one.room = 0;
	type(TO("01") "abc" TO("02") "d");
	ASSERT_STR_EQ("", of_two.got);
	console_detach(&one);
	ASSERT_STR_EQ("d", of_two.got);
	ASSERT(port.irq_on);
	PASS();
}

SUITE(console_input)
{
	SET_SETUP(setup, NULL);
	SET_TEARDOWN(teardown, NULL);
	RUN_TEST(input_goes_to_the_root_vm_first);
	RUN_TEST(marks_direct_input);
	RUN_TEST(marks_may_come_in_pieces);
	RUN_TESTp(a_broken_mark_changes_nothing, "\033x");
	RUN_TESTp(a_broken_mark_changes_nothing, "\033_X");
	RUN_TESTp(a_broken_mark_changes_nothing, "\033_Tg");
	RUN_TESTp(a_broken_mark_changes_nothing, "\033_T0g");
	RUN_TESTp(a_broken_mark_changes_nothing, "\033_T02x");
	RUN_TESTp(a_broken_mark_changes_nothing, "\033_T02\033x");
	RUN_TESTp(a_broken_mark_changes_nothing, "\033_Ex");
	RUN_TEST(input_for_nobody_goes_nowhere);
	RUN_TEST(a_full_reader_holds_input_back);
	RUN_TEST(the_end_of_a_full_reader_frees_the_others);
}

TEST a_panic_owns_the_wire(void)
{
	say(&one, "begun");
	hyp_says("half");
	console_panic();
	console_panic();
	hyp_says(CONSOLE_HYP_PANIC "test\n");
	ASSERT_STR_EQ("half" TO("01") "begun" TO("00") "\n" CONSOLE_HYP_PANIC
	                                               "test\n",
	              port.out);
	fake_cpu = 1; /* another CPU */
	console_panic();
	hyp_says("not me\n");
	say(&two, "nor me\n");
	fake_cpu = 0;
	hyp_says("end\n");
	ASSERT(strstr(port.out, "me\n") == NULL);
	ASSERT(strstr(port.out, "test\nend\n") != NULL);
	PASS();
}

/* The last of all: what it does is for ever. */
SUITE(console_death)
{
	SET_SETUP(setup, NULL);
	RUN_TEST(a_panic_owns_the_wire);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(console_output);
	RUN_SUITE(console_input);
	RUN_SUITE(console_death);
	GREATEST_MAIN_END();
}
