/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of harness/report_*.c: whatever came out of a run, the reports are
 * well-formed, JUnit fits its schema, and nothing is lost or upgraded.
 */
#include <errno.h>
#include <jansson.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dice.h"
#include "greatest.h"
#include "report.h"
#include "result.h"
#include "util.h"

#define SCHEMA "testsuite/unit/junit.xsd"

static struct run_list list;
static char folder[] = "/tmp/unit-report.XXXXXX";
static char path[64];
static struct bytes report;

static struct run_result *add_run(const char *name, enum verdict verdict,
                                  const char *message)
{
	struct run_result *run = run_list_add(&list);

	result_set(&run->part, "scenario");
	result_set(&run->name, name);
	result_set(&run->lane, "touchstone");
	result_set(&run->board, "qemu-virt");
	result_set(&run->mode, "mttcg");
	result_set(&run->proves, "a claim with <angles> & \"quotes\"");
	result_set(&run->message, message);
	run->verdict = verdict;
	run->seconds = 1.25;
	run->attempts = 1;
	return run;
}

/* One run of each verdict, with text that hurts. */
static void fill(void)
{
	static const char *const texts[] = {
		"plain",
		"<![CDATA[ ]]> & <!-- \"'",
		"bytes \001\033\177\200\377\xc3\x28 and \xf0\x9f\x98\x80",
		"# not a directive \\ # TODO",
		"two\nlines\tand a tab",
		"",
	};
	for (unsigned v = 0; v < VERDICT_COUNT; v++) {
		struct run_result *run =
			add_run(verdict_name((enum verdict)v), (enum verdict)v,
		                texts[v % (sizeof(texts) / sizeof(texts[0]))]);
		run_add_case(run, "c7_c8_good", VERDICT_PASS, "");
		run_add_case(run, "skipped # \\ one", VERDICT_SKIP, texts[2]);
		struct case_result *bad =
			run_add_case(run, "bad", VERDICT_FAIL, texts[1]);
		result_set(&bad->file, "guests/tiny/<x>.c");
		bad->line = 7;
	}
	list.seed = 42;
	list.seconds = 12.5;
}

static void begin(void *unused)
{
	(void)unused;
	list = (struct run_list){ 0 };
	snprintf(path, sizeof(path), "%s/report", folder);
}

static void end(void *unused)
{
	(void)unused;
	run_list_fini(&list);
	unlink(path);
	bytes_fini(&report);
	report = (struct bytes){ 0 };
}

static bool read_report(void)
{
	bool ok = file_read(path, &report) == 0;

	bytes_add(&report, "", 1);
	return ok;
}

static bool contains(const char *text)
{
	return strstr((const char *)report.data, text) != NULL;
}

static void mute(void *ctx, const char *format, ...)
{
	(void)ctx;
	(void)format;
}

/* 0: the report fits the schema. */
static int check_schema(void)
{
	xmlSchemaParserCtxtPtr parser = xmlSchemaNewParserCtxt(SCHEMA);
	xmlSchemaPtr schema = xmlSchemaParse(parser);
	int status = -1;

	if (schema != NULL) {
		xmlSchemaValidCtxtPtr valid = xmlSchemaNewValidCtxt(schema);
		status = xmlSchemaValidateFile(valid, path, 0);
		xmlSchemaFreeValidCtxt(valid);
	}
	xmlSchemaFree(schema);
	xmlSchemaFreeParserCtxt(parser);
	return status;
}

TEST junit_fits_the_schema(void)
{
	fill();
	ASSERT_EQ(0, report_write_junit(path, &list));
	ASSERT_EQ(0, check_schema());
	PASS();
}

TEST junit_of_nothing_fits_the_schema(void)
{
	ASSERT_EQ(0, report_write_junit(path, &list));
	ASSERT_EQ(0, check_schema());
	PASS();
}

/* Else the two tests above would prove nothing. */
TEST the_schema_refuses_what_is_not_junit(void)
{
	static const char *const bad[] = {
		"<testsuites><testcase name='a'/></testsuites>",
		"<testsuite name='a'><testcase/></testsuite>",
		"<testsuite><testcase name='a'/></testsuite>",
		"<testsuites tests='many'/>",
		"<testsuite name='a'><testcase name='a'><failed/></testcase>"
		"</testsuite>",
		"<report/>",
	};
	xmlSetGenericErrorFunc(NULL, mute);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ASSERT_EQ(0, file_write(path, bad[i], strlen(bad[i])));
		ASSERT_NEQm(bad[i], 0, check_schema());
	}
	xmlSetGenericErrorFunc(NULL, NULL);
	PASS();
}

TEST junit_counts_each_verdict_as_what_it_is(void)
{
	add_run("a", VERDICT_HANG, "silent");
	add_run("b", VERDICT_INFRA, "no QEMU");
	add_run("c", VERDICT_SKIP, "later");
	add_run("d", VERDICT_FLAKY, "second try");
	add_run("e", VERDICT_XFAIL, "known");
	ASSERT_EQ(0, report_write_junit(path, &list));
	ASSERT(read_report());
	ASSERT(contains("tests=\"5\" failures=\"1\" errors=\"1\""));
	ASSERT(contains("<failure message=\"silent\" type=\"HANG\">"));
	ASSERT(contains("<error message=\"no QEMU\" type=\"INFRA\">"));
	ASSERT(contains("<skipped message=\"later\"/>"));
	ASSERT(contains("<skipped message=\"known\"/>"));
	PASS();
}

TEST json_says_what_was_known(void)
{
	fill();
	ASSERT_EQ(0, report_write_json(path, &list));
	json_t *root = json_load_file(path, 0, NULL);
	ASSERT(root != NULL);

	json_t *sum = json_object_get(root, "summary");
	struct summary want = summarize(&list);
	ASSERT_EQ(want.passed,
	          json_integer_value(json_object_get(sum, "passed")));
	ASSERT_EQ(want.failed,
	          json_integer_value(json_object_get(sum, "failed")));
	ASSERT_EQ(want.skipped,
	          json_integer_value(json_object_get(sum, "skipped")));

	json_t *runs = json_object_get(root, "scenarios");
	ASSERT_EQ_FMT(list.count, json_array_size(runs), "%zu");
	for (size_t i = 0; i < list.count; i++) {
		json_t *run = json_array_get(runs, i);
		ASSERT_STR_EQ(
			verdict_name(list.runs[i].verdict),
			json_string_value(json_object_get(run, "verdict")));
		json_t *cases = json_object_get(run, "cases");
		ASSERT_EQ(3, (int)json_array_size(cases));
		json_t *ids = json_object_get(json_array_get(cases, 0), "ids");
		ASSERT_EQ(2, (int)json_array_size(ids));
		ASSERT_EQ(8, (int)json_integer_value(json_array_get(ids, 1)));
	}
	json_decref(root);
	PASS();
}

/* Counts test points in the first column, as a TAP reader does. */
static void count_points(unsigned *good, unsigned *bad, unsigned *todo)
{
	char *save;

	*good = *bad = *todo = 0;
	for (char *line = strtok_r((char *)report.data, "\n", &save);
	     line != NULL; line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "ok ", 3) == 0) {
			++*good;
		} else if (strncmp(line, "not ok ", 7) == 0) {
			const char *hash = strstr(line, " # TODO ");
			*todo += hash != NULL;
			*bad += hash == NULL;
		}
	}
}

TEST tap_has_a_point_for_each_run_and_no_other(void)
{
	unsigned good, bad, todo;
	struct summary sum;

	fill();
	sum = summarize(&list);
	ASSERT_EQ(0, report_write_tap(path, &list));
	ASSERT(read_report());
	ASSERT(contains("TAP version 14\n1..10\n"));
	ASSERT(contains("\\# not a directive") || contains("skipped \\# "));
	count_points(&good, &bad, &todo);
	ASSERT_EQ_FMT((unsigned)list.count, good + bad + todo, "%u");
	ASSERT_EQ_FMT(sum.failed, bad, "%u");
	ASSERT_EQ_FMT(sum.by_verdict[VERDICT_XFAIL], todo, "%u");
	PASS();
}

TEST tap_of_nothing_says_that_nothing_ran(void)
{
	ASSERT_EQ(0, report_write_tap(path, &list));
	ASSERT(read_report());
	ASSERT_STR_EQ("TAP version 14\n1..0 # SKIP nothing ran\n",
	              (char *)report.data);
	PASS();
}

/* A file that cannot be made, and a device that is always full. */
TEST what_cannot_be_written_is_an_error(void)
{
	static int (*const writers[])(const char *, const struct run_list *) = {
		report_write_json, report_write_tap, report_write_junit
	};
	fill();
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		ASSERT_EQ(-1, writers[i]("/nowhere/at/all", &list));
		ASSERT_EQ(ENOENT, errno);
	}
	PASS();
}

/* A device is not replaced by a file, and being full is an error. */
TEST a_device_stays_a_device(void)
{
	struct stat status;

	ASSERT_EQ(-1, report_write_json("/dev/full", &list));
	ASSERT_EQ(ENOSPC, errno);
	ASSERT_EQ(0, stat("/dev/full", &status));
	ASSERT(S_ISCHR(status.st_mode));
	PASS();
}

TEST a_full_disk_leaves_the_old_report(void)
{
	struct report_file file;

	ASSERT_EQ(0, file_write(path, "old", 3));
	ASSERT_EQ(0, report_open(&file, path));
	file.out = freopen("/dev/full", "w", file.out);
	ASSERT(file.out != NULL);
	fputs("new", file.out);
	ASSERT_EQ(-1, report_close(&file, true));
	ASSERT_EQ(ENOSPC, errno);
	ASSERT(read_report());
	ASSERT_STR_EQ("old", (char *)report.data);
	PASS();
}

TEST a_report_may_be_read_by_others(void)
{
	struct stat status;
	mode_t mask = umask(022);

	ASSERT_EQ(0, report_write_json(path, &list));
	umask(mask);
	ASSERT_EQ(0, stat(path, &status));
	ASSERT_EQ_FMT(0644u, (unsigned)status.st_mode & 0777, "%o");
	PASS();
}

TEST random_bytes_become_text_that_xml_and_json_take(void)
{
	struct dice dice = dice_new();

	for (unsigned round = 0; round < 3000; round++) {
		char text[24];
		size_t len = dice_roll(&dice, sizeof(text));
		for (size_t i = 0; i < len; i++) {
			/* Lead bytes often, so that sequences happen. */
			text[i] = (char)(1 + dice_roll(&dice, 255));
			if (dice_roll(&dice, 3) == 0) {
				text[i] = (char)(0xc0 + dice_roll(&dice, 56));
			}
		}
		text[len] = '\0';
		char *clean = report_text(text);
		json_t *json = json_string(clean);
		int is_xml = xmlCheckUTF8((const unsigned char *)clean);
		free(clean);
		ASSERT(json != NULL);
		ASSERT(is_xml);
		json_decref(json);
	}
	PASS();
}

SUITE(reports)
{
	SET_SETUP(begin, NULL);
	SET_TEARDOWN(end, NULL);
	RUN_TEST(junit_fits_the_schema);
	RUN_TEST(junit_of_nothing_fits_the_schema);
	RUN_TEST(the_schema_refuses_what_is_not_junit);
	RUN_TEST(junit_counts_each_verdict_as_what_it_is);
	RUN_TEST(json_says_what_was_known);
	RUN_TEST(tap_has_a_point_for_each_run_and_no_other);
	RUN_TEST(tap_of_nothing_says_that_nothing_ran);
	RUN_TEST(what_cannot_be_written_is_an_error);
	RUN_TEST(a_device_stays_a_device);
	RUN_TEST(a_full_disk_leaves_the_old_report);
	RUN_TEST(a_report_may_be_read_by_others);
	RUN_TEST(random_bytes_become_text_that_xml_and_json_take);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return EXIT_FAILURE;
	}
	RUN_SUITE(reports);
	rmdir(folder);
	xmlCleanupParser();
	GREATEST_MAIN_END();
}
