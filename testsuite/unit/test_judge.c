/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of harness/judge.c: a stream of bytes, a clock and the machine's
 * end come to the verdict that docs/scenarios.md promises.
 */
#include <abi/crc32.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "greatest.h"
#include "judge.h"

#define HYP  0
#define ROOT VMID_ROOT

static struct scenario *sc;
static struct judge judge;
static struct run_result result;
static char sent[256];
static int64_t clock_ms;

static void on_send(void *ctx, unsigned stream, const char *text)
{
	(void)ctx;
	snprintf(sent, sizeof(sent), "%u:%s", stream, text);
}

/* A scenario of one root VM; @props at the root, @vm inside the VM. */
static void begin(enum lane lane, const char *props, const char *vm,
                  const char *steps)
{
	struct judge_hooks hooks = { .send = on_send };
	char dts[] = "/tmp/touchstone-unit-XXXXXX";
	char dtb[sizeof(dts) + 4];
	char *text = xasprintf("/dts-v1/; / { "
	                       "compatible = \"touchstone,scenario\"; "
	                       "proves = \"x\"; lanes = \"touchstone\", "
	                       "\"ref\"; %s "
	                       "vm-root { image = \"x\"; root; %s }; "
	                       "steps { %s }; };",
	                       props, vm, steps);

	close(mkstemp(dts));
	snprintf(dtb, sizeof(dtb), "%s.dtb", dts);
	file_write(dts, text, strlen(text));
	sc = scenario_load(dts, dtb);
	unlink(dts);
	unlink(dtb);
	free(text);
	if (sc == NULL) {
		abort(); /* the test is wrong, not what it tests */
	}
	sent[0] = '\0';
	clock_ms = 1000;
	judge_init(&judge, sc, lane, &hooks, clock_ms);
	judge_tick(&judge, clock_ms);
}

static void put(unsigned stream, const char *text)
{
	judge_bytes(&judge, stream, (const uint8_t *)text, strlen(text),
	            ++clock_ms);
}

static void put_frame(unsigned stream, unsigned seq, const char *rest)
{
	char line[FRAME_MAX];
	int len = snprintf(line, sizeof(line), FRAME_MARK "%02x %u %s", stream,
	                   seq, rest);

	snprintf(line + len, sizeof(line) - (size_t)len, " ~%08x\n",
	         abi_crc32(0, line, (size_t)len));
	put(stream, line);
}

static void put_report(unsigned stream, const char *second)
{
	put_frame(stream, 0, "begin c7_c12_works");
	put_frame(stream, 1, second);
	put_frame(stream, 2,
	          strncmp(second, "pass", 4) == 0   ? "end 1 0 0"
	          : strncmp(second, "fail", 4) == 0 ? "end 0 1 0"
	                                            : "end 0 0 1");
}

static enum verdict conclude(void)
{
	judge_conclude(&judge, &result);
	return result.verdict;
}

static enum verdict off(void)
{
	judge_exit(&judge, EXIT_OFF, 0, "");
	return conclude();
}

static void prepare(void *unused)
{
	static struct run_list list;

	(void)unused;
	run_list_fini(&list);
	result = *run_list_add(&list);
	free(list.runs);
	list = (struct run_list){ 0 };
}

static void forget(void *unused)
{
	(void)unused;
	judge_fini(&judge);
	scenario_free(sc);
	run_result_fini(&result);
}

TEST a_complete_report_and_power_off_pass(void)
{
	begin(LANE_TOUCHSTONE, "", "report;", "");
	put_report(ROOT, "pass c7_c12_works");
	ASSERT_EQ(JUDGE_COMPLETE, judge.state);
	ASSERT_EQ(VERDICT_PASS, off());
	ASSERT_EQ(1u, result.case_count);
	ASSERT_EQ(2u, result.cases[0].id_count);
	ASSERT_EQ(7u, result.cases[0].ids[0]);
	ASSERT_EQ(12u, result.cases[0].ids[1]);
	PASS();
}

TEST a_failed_test_fails_with_its_place(void)
{
	begin(LANE_TOUCHSTONE, "", "report;", "");
	put_report(ROOT, "fail c7_c12_works a/b.c:12 got \\x0a\\x5c 3");
	ASSERT_EQ(VERDICT_FAIL, off());
	ASSERT_STR_EQ("a/b.c", result.cases[0].file);
	ASSERT_EQ(12u, result.cases[0].line);
	ASSERT_STR_EQ("got \\x0a\\ 3", result.cases[0].message);
	PASS();
}

/* The failure is what counts, and soon; that it hangs, too, is added. */
TEST a_failed_test_whose_machine_stays_on_fails(void)
{
	begin(LANE_TOUCHSTONE, "silence-ms = <30000>;", "report;", "");
	put_report(ROOT, "fail c7_c12_works a/b.c:12 got 3");
	ASSERT_EQ(JUDGE_COMPLETE, judge.state);
	ASSERT_EQ(judge.last_output + 5000, judge_deadline(&judge));
	judge_tick(&judge, judge.last_output + 4999);
	ASSERT_EQ(JUDGE_COMPLETE, judge.state);
	judge_tick(&judge, judge.last_output + 5000);
	ASSERT_EQ(VERDICT_FAIL, conclude());
	ASSERT(judge.is_stuck);
	PASS();
}

TEST only_skips_are_no_pass(void)
{
	begin(LANE_TOUCHSTONE, "", "report;", "");
	put_report(ROOT, "skip c7_c12_works no GIC");
	ASSERT_EQ(VERDICT_SKIP, off());
	PASS();
}

TEST cases_of_the_scenario_are_its_own_case(void)
{
	begin(LANE_TOUCHSTONE, "cases = <94 95>;", "report;", "");
	put_report(ROOT, "pass c7_c12_works");
	ASSERT_EQ(VERDICT_PASS, off());
	ASSERT_EQ(2u, result.case_count);
	ASSERT_STR_EQ(sc->name, result.cases[1].name);
	ASSERT_EQ(95u, result.cases[1].ids[1]);
	PASS();
}

TEST a_pattern_may_be_cut_by_the_wire(void)
{
	begin(LANE_TOUCHSTONE, "", "",
	      "s { expect = \"root\", \"^al+ive$\"; };");
	put(ROOT, "not alive\nal");
	put(ROOT, "li");
	put(ROOT, "ve");
	ASSERT_EQ(JUDGE_RUNNING, judge.state);
	put(ROOT, "\r\n");
	ASSERT_EQ(JUDGE_OVER, judge.state);
	ASSERT_EQ(VERDICT_PASS, conclude());
	PASS();
}

TEST a_line_that_goes_on_does_not_match_its_beginning(void)
{
	begin(LANE_TOUCHSTONE, "", "",
	      "s { expect = \"root\", \"^alive$\"; };");
	put(ROOT, "alive");
	put(ROOT, " not\n");
	ASSERT_EQ(JUDGE_RUNNING, judge.state);
	PASS();
}

TEST a_prompt_matches_after_a_pause(void)
{
	begin(LANE_TOUCHSTONE, "", "",
	      "s { expect = \"root\", \"^say: $\"; };"
	      "t { send = \"root\", \"hi\\n\"; "
	      "expect = \"root\", \"^say: hi$\"; };");
	put(ROOT, "sa");
	judge_tick(&judge, clock_ms += 1000); /* a pause is no mismatch */
	put(ROOT, "y: ");
	ASSERT_STR_EQ("", sent);
	judge_tick(&judge, clock_ms += 1000);
	ASSERT_STR_EQ("255:hi\n", sent);
	put(ROOT, "\nsay: hi\n");
	ASSERT_EQ(VERDICT_PASS, conclude());
	PASS();
}

TEST search_goes_on_behind_the_last_match(void)
{
	begin(LANE_TOUCHSTONE, "", "",
	      "a { expect = \"root\", \"one\"; };"
	      "b { expect = \"root\", \"one\"; };");
	put(ROOT, "one two\n");
	ASSERT_EQ(1u, judge.step);
	put(ROOT, "one\n");
	ASSERT_EQ(2u, judge.step);
	PASS();
}

TEST text_of_another_vm_does_not_count(void)
{
	begin(LANE_TOUCHSTONE, "", "", "a { expect = \"root\", \"one\"; };");
	put(HYP, "one\n");
	ASSERT_EQ(0u, judge.step);
	PASS();
}

TEST never_counts_from_where_it_stands(void)
{
	begin(LANE_TOUCHSTONE, "", "report;",
	      "a { expect = \"root\", \"go\"; };"
	      "b { never = \"root\", \"^bad$\"; };");
	put(ROOT, "bad\ngo\n");
	ASSERT_EQ(JUDGE_RUNNING, judge.state);
	put(ROOT, "ba");
	put(ROOT, "d\n");
	ASSERT_EQ(VERDICT_FAIL, conclude());
	ASSERT(strstr(result.message, "never") != NULL);
	PASS();
}

TEST power_off_before_the_last_step_fails(void)
{
	begin(LANE_TOUCHSTONE, "", "report;",
	      "a { expect = \"root\", \"go\"; };");
	put_report(ROOT, "pass c7_c12_works");
	ASSERT_EQ(VERDICT_FAIL, off());
	PASS();
}

TEST silence_is_a_hang(void)
{
	begin(LANE_TOUCHSTONE, "silence-ms = <100>; timeout-ms = <250>;",
	      "report;", "");
	judge_tick(&judge, clock_ms += 99);
	ASSERT_EQ(JUDGE_RUNNING, judge.state);
	judge_tick(&judge, clock_ms += 1);
	ASSERT_EQ(VERDICT_HANG, conclude());
	PASS();
}

TEST endless_progress_is_a_timeout(void)
{
	begin(LANE_TOUCHSTONE, "silence-ms = <100>; timeout-ms = <250>;",
	      "report;", "");
	for (unsigned i = 0; i < 5; i++) {
		clock_ms += 49;
		put(ROOT, "still here\n");
		judge_tick(&judge, clock_ms);
	}
	ASSERT_EQ(VERDICT_TIMEOUT, conclude());
	PASS();
}

TEST the_limit_of_a_step_is_a_timeout(void)
{
	begin(LANE_TOUCHSTONE, "", "",
	      "a { expect = \"root\", \"x\"; timeout-ms = <50>; };");
	judge_tick(&judge, clock_ms += 50);
	ASSERT_EQ(VERDICT_TIMEOUT, conclude());
	PASS();
}

TEST a_death_that_is_wanted_passes_with_its_steps(void)
{
	begin(LANE_TOUCHSTONE, "verdict = \"CRASH\";", "",
	      "a { expect = \"hyp\", \"backtrace\"; };");
	put(HYP, "hyp: PANIC: on purpose\n");
	ASSERT_EQ(JUDGE_DYING, judge.state);
	put(HYP, "backtrace 0 1 2\n");
	ASSERT_EQ(VERDICT_PASS, off());
	PASS();
}

TEST a_death_that_is_wanted_fails_without_its_steps(void)
{
	begin(LANE_TOUCHSTONE, "verdict = \"CRASH\";", "",
	      "a { expect = \"hyp\", \"backtrace\"; };");
	put(HYP, "hyp: PANIC: on purpose\n");
	ASSERT_EQ(VERDICT_FAIL, off());
	PASS();
}

TEST a_guest_cannot_speak_for_the_hypervisor(void)
{
	begin(LANE_TOUCHSTONE, "", "report;", "");
	put(ROOT, "hyp: PANIC: says who\n");
	ASSERT_EQ(JUDGE_RUNNING, judge.state);
	PASS();
}

TEST an_expected_failure_is_xfail(void)
{
	begin(LANE_TOUCHSTONE, "xfail = \"known\";", "report;", "");
	put_report(ROOT, "fail c7_c12_works a.c:1 no");
	ASSERT_EQ(VERDICT_XFAIL, off());
	PASS();
}

TEST an_unexpected_pass_is_xpass(void)
{
	begin(LANE_TOUCHSTONE, "xfail = \"known\";", "report;", "");
	put_report(ROOT, "pass c7_c12_works");
	ASSERT_EQ(VERDICT_XPASS, off());
	PASS();
}

TEST on_lane_ref_all_is_the_one_vm(void)
{
	begin(LANE_REF, "", "report;", "a { expect = \"root\", \"^hi$\"; };");
	put(FRAME_SRC_REF, "hi\n");
	put_report(FRAME_SRC_REF, "pass c7_c12_works");
	ASSERT_EQ(VERDICT_PASS, off());
	PASS();
}

static const char greatest_good[] =
	"* Suite psci:\n.s\nSKIP none: not here\n\n"
	"2 tests - 1 passed, 0 failed, 1 skipped (5 ticks, 0.000 sec)\n\n"
	"Total: 2 tests (7 ticks, 0.000 sec), 3 assertions\n"
	"Pass: 1, fail: 0, skip: 1.\n";

TEST greatest_text_is_a_report(void)
{
	begin(LANE_REF, "", "report = \"greatest\";", "");
	put(FRAME_SRC_REF, greatest_good);
	ASSERT_EQ(VERDICT_PASS, off());
	PASS();
}

TEST greatest_text_names_its_failure(void)
{
	begin(LANE_REF, "", "report = \"greatest\";", "");
	put(FRAME_SRC_REF, "* Suite psci:\nF\nFAIL c3_on: want 1 (a): got 2 "
	                   "(x/psci.c:31)\n\nTotal: 1 tests (7 ticks, 0.000 "
	                   "sec), 3 assertions\r\n"
	                   "Pass: 0, fail: 1, skip: 0.\r\n");
	ASSERT_EQ(VERDICT_FAIL, off());
	ASSERT_STR_EQ("c3_on", result.cases[0].name);
	ASSERT_STR_EQ("x/psci.c", result.cases[0].file);
	ASSERT_EQ(31u, result.cases[0].line);
	ASSERT_STR_EQ("want 1 (a): got 2", result.cases[0].message);
	PASS();
}

TEST verbose_greatest_text_has_values(void)
{
	begin(LANE_REF, "", "report = \"greatest\";", "");
	put(FRAME_SRC_REF, "* Suite psci:\nPASS c1_a: (5 ticks, 0.000 sec)\n"
	                   "\nExpected: 1\n     Got: 2\n"
	                   "FAIL c2_b: 1 != x (x.c:3) (5 ticks, 0.001 sec)\n"
	                   "Pass: 1, fail: 1, skip: 0.\n");
	ASSERT_EQ(VERDICT_FAIL, off());
	ASSERT_EQ(2u, result.case_count);
	ASSERT_STR_EQ("", result.cases[0].message);
	ASSERT_STR_EQ("1 != x; Expected: 1, Got: 2", result.cases[1].message);
	ASSERT_STR_EQ("x.c", result.cases[1].file);
	PASS();
}

TEST greatest_text_without_its_end_fails(void)
{
	begin(LANE_REF, "", "report = \"greatest\";", "");
	put(FRAME_SRC_REF, "* Suite psci:\n..\n");
	ASSERT_EQ(VERDICT_FAIL, off());
	PASS();
}

TEST greatest_text_twice_fails(void)
{
	begin(LANE_REF, "", "report = \"greatest\";", "");
	put(FRAME_SRC_REF, greatest_good);
	put(FRAME_SRC_REF, greatest_good);
	ASSERT_EQ(VERDICT_FAIL, off());
	PASS();
}

SUITE(reports)
{
	SET_SETUP(prepare, NULL);
	SET_TEARDOWN(forget, NULL);
	RUN_TEST(a_complete_report_and_power_off_pass);
	RUN_TEST(a_failed_test_fails_with_its_place);
	RUN_TEST(a_failed_test_whose_machine_stays_on_fails);
	RUN_TEST(only_skips_are_no_pass);
	RUN_TEST(cases_of_the_scenario_are_its_own_case);
	RUN_TEST(an_expected_failure_is_xfail);
	RUN_TEST(an_unexpected_pass_is_xpass);
	RUN_TEST(on_lane_ref_all_is_the_one_vm);
	RUN_TEST(greatest_text_is_a_report);
	RUN_TEST(greatest_text_names_its_failure);
	RUN_TEST(verbose_greatest_text_has_values);
	RUN_TEST(greatest_text_without_its_end_fails);
	RUN_TEST(greatest_text_twice_fails);
}

SUITE(steps)
{
	SET_SETUP(prepare, NULL);
	SET_TEARDOWN(forget, NULL);
	RUN_TEST(a_pattern_may_be_cut_by_the_wire);
	RUN_TEST(a_line_that_goes_on_does_not_match_its_beginning);
	RUN_TEST(a_prompt_matches_after_a_pause);
	RUN_TEST(search_goes_on_behind_the_last_match);
	RUN_TEST(text_of_another_vm_does_not_count);
	RUN_TEST(never_counts_from_where_it_stands);
	RUN_TEST(power_off_before_the_last_step_fails);
	RUN_TEST(the_limit_of_a_step_is_a_timeout);
}

SUITE(ends)
{
	SET_SETUP(prepare, NULL);
	SET_TEARDOWN(forget, NULL);
	RUN_TEST(silence_is_a_hang);
	RUN_TEST(endless_progress_is_a_timeout);
	RUN_TEST(a_death_that_is_wanted_passes_with_its_steps);
	RUN_TEST(a_death_that_is_wanted_fails_without_its_steps);
	RUN_TEST(a_guest_cannot_speak_for_the_hypervisor);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(reports);
	RUN_SUITE(steps);
	RUN_SUITE(ends);
	GREATEST_MAIN_END();
}
