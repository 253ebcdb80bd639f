/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays of the fake QEMU that are about the machine: silence, noise, death,
 * and QEMU itself.  When one returns, the fake stays, silent.  What the harness
 * must make of them stands in testsuite/self-test/table.
 */
#include <abi/console.h>
#include <abi/exits.h>
#include <abi/trace.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake.h"

#define MIB (1u << 20)

static void play_good(void)
{
	put("hyp: hello\n");
	put_report(FAKE_ROOT, 3);
	power_off();
}

/* Two seconds of a machine whose VM made 7 hypercalls and 3 interrupts. */
static void play_counted(void)
{
	static struct {
		_Alignas(64) struct exit_table table;
		struct exit_row row[2];
		_Alignas(64) struct trace_ring ring;
		struct trace_record record[2];
	} memory = {
		.table = { EXITS_MAGIC, EXITS_VERSION, sizeof(struct exit_row),
		           2, 0 },
		.row[1] = { .who = EXIT_WHO(FAKE_ROOT, 0) },
		.ring = { .magic = TRACE_MAGIC,
		          .version = TRACE_VERSION,
		          .record_size = sizeof(struct trace_record),
		          .count = 2,
		          .head = 1,
		          .ticks_per_second = 1000 },
		.record[0] = { .ticks = 2000, .id = TRACE_MARK },
	};

	memory.row[1].count[0x16] = 7;
	memory.row[1].count[EXIT_IRQ] = 3;
	fake_memory = &memory;
	fake_memory_len = sizeof(memory);
	put(CONSOLE_HYP_PLACE "0x5f000000, 16 MiB\n");
	put_report(FAKE_ROOT, 3);
	power_off();
}

static void play_good_then_stays(void)
{
	put_report(FAKE_ROOT, 1);
}

static void play_good_then_reset(void)
{
	put_report(FAKE_ROOT, 1);
	end_with("SHUTDOWN", "guest-reset");
}

static void play_slow(void)
{
	put_slowly();
	put("hyp: hello\n");
	put_report(FAKE_ROOT, 1);
	power_off();
}

static void play_silent(void)
{
}

/* Bytes without any sense, the same in every run. */
static void put_garbage(unsigned count)
{
	uint32_t state = 1;

	while (count-- > 0) {
		state = state * 1664525 + 1013904223;
		put_bytes(&(uint8_t){ (uint8_t)(state >> 24) }, 1);
	}
}

static void play_garbage(void)
{
	put_garbage(20000);
}

static void play_garbage_then_off(void)
{
	put_garbage(20000);
	power_off();
}

static void play_garbage_then_good(void)
{
	put("hyp: \033\033\033_\033_Tzz\033\\\033[2J\377\376\n");
	play_good();
}

static void play_success_then_death(void)
{
	put_report(FAKE_ROOT, 2);
	put_focus(FAKE_HYP);
	put("\nhyp: PANIC: after the report\n");
}

static void play_death(void)
{
	put("hyp: hello\n");
	put(CONSOLE_HYP_PANIC "on purpose\n");
}

static void play_death_then_off(void)
{
	play_death();
	power_off();
}

static void play_guest_death(void)
{
	put_begin(1);
	put(CONSOLE_GUEST_FATAL "undefined instruction\n");
}

static void play_firmware_death(void)
{
	put(CONSOLE_FIRMWARE_FATAL "image hyp: hash differs\n");
	power_off();
}

/* What a guest says is not what the hypervisor says. */
static void play_death_of_another(void)
{
	put_focus(FAKE_ROOT);
	put(CONSOLE_HYP_PANIC "says a guest\n");
	put_report(FAKE_ROOT, 1);
	power_off();
}

static void play_death_in_mid_line(void)
{
	put("text says hyp: PANIC: but not at the beginning\n");
	play_good();
}

static void play_death_in_pieces(void)
{
	put("hyp: PA");
	wait_ms(50);
	put("NIC: ");
	wait_ms(50);
	put("in pieces\n");
}

static void play_endless(void)
{
	put_focus(FAKE_ROOT);
	for (unsigned i = 0;; i++) {
		char line[64];
		snprintf(line, sizeof(line), "still here %u\n", i);
		put(line);
		wait_ms(10);
	}
}

/* As fast as the harness takes it. */
static void play_flood(void)
{
	static char block[65536];

	memset(block, 'x', sizeof(block));
	for (size_t i = 79; i < sizeof(block); i += 80) {
		block[i] = '\n';
	}
	for (;;) {
		put_bytes(block, sizeof(block));
	}
}

static void play_nul_bytes(void)
{
	put_focus(FAKE_ROOT);
	put_bytes("a\0b\0\0\nc\0", 8);
	put("\n");
	put_report(FAKE_ROOT, 1);
	power_off();
}

static void play_long_line(void)
{
	static char block[MIB];

	memset(block, 'l', sizeof(block));
	put_focus(FAKE_ROOT);
	for (unsigned i = 0; i < 10; i++) {
		put_bytes(block, sizeof(block));
	}
	put("\n");
	put_report(FAKE_ROOT, 1);
	power_off();
}

/* Types a whole line at a time; answers as a shell would. */
static void play_echo(void)
{
	put_focus(FAKE_ROOT);
	put("ready\n");
	for (;;) {
		const char *line = take_line();
		if (strcmp(line, "off") == 0) {
			power_off();
		}
		put("you said ");
		put(line);
		put("\n");
	}
}

static void play_killed(void)
{
	put_begin(1);
	raise(SIGKILL);
}

static void play_segfault(void)
{
	put_report(FAKE_ROOT, 1);
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void leave(void)
{
	exit(0);
}

static void complain_and_leave(void)
{
	fputs("fake-qemu: could not load PC BIOS\n", stderr);
	exit(1);
}

static void play_stubborn(void)
{
	be_stubborn();
}

static void play_stubborn_good(void)
{
	be_stubborn();
	put_report(FAKE_ROOT, 1);
}

/* Leaves a child behind that would outlive it. */
static void play_parent(void)
{
	if (fork() == 0) {
		be_stubborn();
		for (;;) {
			pause();
		}
	}
	play_silent();
}

static void play_mute_qmp(void)
{
	put_report(FAKE_ROOT, 1);
	exit(0);
}

static void mute_qmp(void)
{
	fake_qmp_manner = FAKE_QMP_MUTE;
}

static void rubbish_on_qmp(void)
{
	fake_qmp_manner = FAKE_QMP_RUBBISH;
}

static void late_on_qmp(void)
{
	fake_qmp_manner = FAKE_QMP_LATE;
}

static void play_fails_first(void)
{
	if (earlier_starts() == 0) {
		put_failed_report();
		power_off();
	}
	play_good();
}

static void play_killed_first(void)
{
	if (earlier_starts() == 0) {
		play_killed();
	}
	play_good();
}

const struct play machine_plays[] = {
	{ "good", play_good, NULL },
	{ "counted", play_counted, NULL },
	{ "counted-late-qmp", play_counted, late_on_qmp },
	{ "good-then-stays", play_good_then_stays, NULL },
	{ "good-then-reset", play_good_then_reset, NULL },
	{ "slow", play_slow, NULL },
	{ "silent", play_silent, NULL },
	{ "garbage", play_garbage, NULL },
	{ "garbage-then-off", play_garbage_then_off, NULL },
	{ "garbage-then-good", play_garbage_then_good, NULL },
	{ "success-then-death", play_success_then_death, NULL },
	{ "death", play_death, NULL },
	{ "death-then-off", play_death_then_off, NULL },
	{ "guest-death", play_guest_death, NULL },
	{ "firmware-death", play_firmware_death, NULL },
	{ "death-of-another", play_death_of_another, NULL },
	{ "death-in-mid-line", play_death_in_mid_line, NULL },
	{ "death-in-pieces", play_death_in_pieces, NULL },
	{ "endless", play_endless, NULL },
	{ "flood", play_flood, NULL },
	{ "nul-bytes", play_nul_bytes, NULL },
	{ "long-line", play_long_line, NULL },
	{ "echo", play_echo, NULL },
	{ "killed", play_killed, NULL },
	{ "segfault", play_segfault, NULL },
	{ "early-exit", play_silent, leave },
	{ "early-error", play_silent, complain_and_leave },
	{ "stubborn", play_stubborn, NULL },
	{ "stubborn-good", play_stubborn_good, NULL },
	{ "parent", play_parent, NULL },
	{ "mute-qmp", play_mute_qmp, mute_qmp },
	{ "rubbish-qmp", play_good, rubbish_on_qmp },
	{ "fails-first", play_fails_first, NULL },
	{ "killed-first", play_killed_first, NULL },
	{ NULL, NULL, NULL },
};
