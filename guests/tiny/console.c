// SPDX-License-Identifier: BSD-2-Clause
/*
 * The console in bulk: nothing lost, doubled or out of order, in either
 * direction (behaviours 75, and 258 for the PL011).
 *
 * Output travels in frames, so that the harness itself checks every byte.
 * Input is lines that the scenario types without waiting; each has its number
 * and a text that follows from it.
 */
#include <abi/frame.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/dt.h"
#include "rt/frame.h"
#include "rt/sysreg.h"

#define OUT_BYTES  100000u
#define OUT_LINE   200u
#define IN_DEFAULT 128u
#define LONG_LINE  6000u /* more than the harness looks at */
#define LETTERS    300u
#define TEXT_LEN   57

/* Text number @i: letters that start at a place of its own. */
static void make_text(unsigned i, char *text, unsigned len)
{
	for (unsigned k = 0; k < len; k++) {
		text[k] = (char)('!' + (i * 7 + k * 3) % 91);
		if (text[k] == '\\') {
			text[k] = '~'; /* would be four bytes in a frame */
		}
	}
	text[len] = '\0';
}

/* 100 000 bytes leave in order; frame.c gives each line number and CRC. */
TEST c258_output_of_100000_bytes(void)
{
	char text[OUT_LINE + 1];

	for (unsigned i = 0; i < OUT_BYTES / OUT_LINE; i++) {
		make_text(i, text, OUT_LINE);
		frame_put(FRAME_NOTE, "%s", text);
	}
	PASS();
}

/* Bytes that are no text, and a line that no screen has room for (75). */
TEST c75_every_byte_goes_out(void)
{
	char bytes[256];
	unsigned count = 0;

	for (unsigned byte = 1; byte < 256; byte++) {
		if (byte != '\n' && byte != '\r') {
			bytes[count++] = (char)byte;
		}
	}
	console_fresh_line();
	console_write("bytes: ", 7);
	console_write(bytes, count);
	console_write("\nlong: ", 7);
	for (unsigned i = 0; i < LONG_LINE; i += count) {
		console_write(bytes, count);
	}
	console_write("\n", 1);
	PASS();
}

static volatile bool go;

static void write_letters(void *arg)
{
	char letter = (char)('a' + cpu_self()->index);

	(void)arg;
	while (!go) {
		cpu_relax();
	}
	for (unsigned i = 0; i < LETTERS; i++) {
		console_write_raw(&letter, 1);
	}
}

/* Two CPUs write at the same time: all bytes of both; the scenario counts. */
TEST c75_all_cpus_write_at_once(void)
{
	unsigned online = cpu_start_all();

	go = false;
	for (unsigned i = 1; i < online; i++) {
		cpu_call(i, write_letters, NULL);
	}
	console_write("all: ", 5);
	go = true;
	write_letters(NULL);
	for (unsigned i = 1; i < online; i++) {
		cpu_join(i);
	}
	console_write("\n", 1);
	PASS();
}

/* Input that nobody paces arrives whole. */
TEST c258_input_arrives_whole_and_in_order(void)
{
	unsigned lines = (unsigned)dt_bootarg_number("lines", IN_DEFAULT);
	char want[TEXT_LEN + 8], got[TEXT_LEN + 32];

	printf("ready for %u lines\n", lines);
	fflush(stdout);
	for (unsigned i = 0; i < lines; i++) {
		/* "0001 abc...": digits and letters only, easy to type */
		snprintf(want, sizeof(want), "%04u ", i);
		for (unsigned k = 0; k < TEXT_LEN; k++) {
			want[5 + k] = (char)('a' + (i * 5 + k) % 26);
		}
		want[5 + TEXT_LEN] = '\0';
		console_read_line(got, sizeof(got));
		ASSERT_STR_EQ(want, got);
	}
	PASS();
}

/* What is typed comes back, byte by byte. */
TEST c258_echo(void)
{
	char line[128];

	do {
		printf("say: ");
		fflush(stdout);
		console_read_line(line, sizeof(line));
		printf("heard: %s\n", line);
	} while (strcmp(line, "bye") != 0);
	PASS();
}

SUITE(bulk)
{
	RUN_TEST(c75_every_byte_goes_out);
	RUN_TEST(c75_all_cpus_write_at_once);
	RUN_TEST(c258_output_of_100000_bytes);
	RUN_TEST(c258_input_arrives_whole_and_in_order);
	RUN_TEST(c258_echo);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(bulk);
	GREATEST_MAIN_END();
}
