/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Plays of the fake QEMU that are about the report: each gets it wrong in one
 * way.  What the harness must make of them stands in testsuite/self-test/table.
 */
#include <abi/frame.h>
#include <string.h>

#include "fake.h"

static void play_success_twice(void)
{
	put_report(FAKE_ROOT, 1);
	put_report(FAKE_ROOT, 1);
	power_off();
}

static void play_success_restarted(void)
{
	put_report(FAKE_ROOT, 1);
	put_raw_frame(FAKE_ROOT, 0, FRAME_SUITE, "fake", 0);
	power_off();
}

static void play_fewer(void)
{
	put_begin(3);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	put_frame(FAKE_ROOT, FRAME_END, "1 0 0");
	power_off();
}

static void play_more(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	put_frame(FAKE_ROOT, FRAME_BEGIN, "test_1");
	put_frame(FAKE_ROOT, FRAME_PASS, "test_1");
	put_frame(FAKE_ROOT, FRAME_END, "2 0 0");
	power_off();
}

static void play_wrong_sum(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	put_frame(FAKE_ROOT, FRAME_END, "2 0 0");
	power_off();
}

static void play_no_end(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	power_off();
}

static void play_no_test(void)
{
	put_focus(FAKE_ROOT);
	put_frame(FAKE_ROOT, FRAME_SUITE, "fake");
	put_frame(FAKE_ROOT, FRAME_PLAN, "0");
	put_frame(FAKE_ROOT, FRAME_END, "0 0 0");
	power_off();
}

static void play_only_skips(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, FRAME_SKIP, "test_0 no such device");
	put_frame(FAKE_ROOT, FRAME_END, "0 0 1");
	power_off();
}

static void play_result_of_another(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_9");
	put_frame(FAKE_ROOT, FRAME_END, "1 0 0");
	power_off();
}

static void play_failed(void)
{
	put_failed_report();
	power_off();
}

static void play_lost(void)
{
	put_begin(1);
	put_raw_frame(FAKE_ROOT, 4, FRAME_PASS, "test_0", 0);
	put_raw_frame(FAKE_ROOT, 5, FRAME_END, "1 0 0", 0);
	power_off();
}

static void play_doubled(void)
{
	put_begin(1);
	put_raw_frame(FAKE_ROOT, 3, FRAME_PASS, "test_0", 0);
	put_raw_frame(FAKE_ROOT, 3, FRAME_PASS, "test_0", 0);
	put_raw_frame(FAKE_ROOT, 4, FRAME_END, "1 0 0", 0);
	power_off();
}

static void play_forged_sum(void)
{
	put_begin(1);
	put_raw_frame(FAKE_ROOT, 3, FRAME_PASS, "test_0", 1);
	put_raw_frame(FAKE_ROOT, 4, FRAME_END, "1 0 0", 0);
	power_off();
}

static void play_forged_kind(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, "pazz", "test_0");
	put_frame(FAKE_ROOT, FRAME_END, "1 0 0");
	power_off();
}

/* A guest that types a frame of its own between those of the runtime. */
static void play_forged_by_guest(void)
{
	put_begin(1);
	put("@T ff 3 pass test_0 ~00000000\n");
	put_frame(FAKE_ROOT, FRAME_FAIL, "test_0 fake.c:7 really");
	put_frame(FAKE_ROOT, FRAME_END, "0 1 0");
	power_off();
}

/* On the stream of the root VM, in the name of another VM. */
static void play_wrong_vm(void)
{
	put_begin(1);
	put_raw_frame(1, 3, FRAME_PASS, "test_0", 0);
	put_raw_frame(1, 4, FRAME_END, "1 0 0", 0);
	power_off();
}

/* In the name of the root VM, on the stream of another. */
static void play_wrong_stream(void)
{
	put_begin(1);
	put_focus(1);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	put_frame(FAKE_ROOT, FRAME_END, "1 0 0");
	power_off();
}

/* A VM that the scenario does not know may speak; what failed there counts. */
static void play_unknown_vm(void)
{
	put_report(FAKE_ROOT, 1);
	put_focus(0x2a);
	put_frame(0x2a, FRAME_BEGIN, "test_0");
	put_frame(0x2a, FRAME_FAIL, "test_0 fake.c:8 unheard");
	put_frame(0x2a, FRAME_END, "0 1 0");
	power_off();
}

static void play_half_line(void)
{
	put_begin(1);
	put("@T ff 3 pass te");
}

static void play_half_line_then_off(void)
{
	play_half_line();
	power_off();
}

/* The last newline is missing: the frame is not complete. */
static void play_no_newline(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	put("@T ff 4 end 1 0 0 ~");
	power_off();
}

static void play_nul_in_frame(void)
{
	put_begin(1);
	put_bytes("@T ff 3 pass\0test_0 ~00000000\n", 30);
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	put_frame(FAKE_ROOT, FRAME_END, "1 0 0");
	power_off();
}

static void play_long_frame(void)
{
	static char block[2 * FRAME_MAX];

	memset(block, 'l', sizeof(block));
	put_begin(1);
	put("@T ff 3 note ");
	put_bytes(block, sizeof(block));
	put(" ~00000000\n");
	put_frame(FAKE_ROOT, FRAME_PASS, "test_0");
	put_frame(FAKE_ROOT, FRAME_END, "1 0 0");
	power_off();
}

const struct play report_plays[] = {
	{ "success-twice", play_success_twice, NULL },
	{ "success-restarted", play_success_restarted, NULL },
	{ "fewer", play_fewer, NULL },
	{ "more", play_more, NULL },
	{ "wrong-sum", play_wrong_sum, NULL },
	{ "no-end", play_no_end, NULL },
	{ "no-test", play_no_test, NULL },
	{ "only-skips", play_only_skips, NULL },
	{ "result-of-another", play_result_of_another, NULL },
	{ "failed", play_failed, NULL },
	{ "lost", play_lost, NULL },
	{ "doubled", play_doubled, NULL },
	{ "forged-sum", play_forged_sum, NULL },
	{ "forged-kind", play_forged_kind, NULL },
	{ "forged-by-guest", play_forged_by_guest, NULL },
	{ "wrong-vm", play_wrong_vm, NULL },
	{ "wrong-stream", play_wrong_stream, NULL },
	{ "unknown-vm", play_unknown_vm, NULL },
	{ "half-line", play_half_line, NULL },
	{ "half-line-then-off", play_half_line_then_off, NULL },
	{ "no-newline", play_no_newline, NULL },
	{ "nul-in-frame", play_nul_in_frame, NULL },
	{ "long-frame", play_long_frame, NULL },
	{ NULL, NULL, NULL },
};
