/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as TAP, version 14: a test point per run, its cases as a subtest.
 *
 * A failure that was expected is "not ok ... # TODO reason", which TAP counts
 * as good; an unexpected pass is a plain "not ok".
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define INDENT "    "

/* A description ends at the line and at an unescaped '#'. */
static void put_description(FILE *out, const char *text)
{
	char *clean = report_text(text);
	for (const char *c = clean; *c != '\0'; c++) {
		if (*c == '#' || *c == '\\') {
			fputc('\\', out);
		}
		fputc(*c == '\n' ? ' ' : *c, out);
	}
	free(clean);
}

/* A double-quoted scalar of YAML. */
static void put_yaml(FILE *out, const char *indent, const char *key,
                     const char *text)
{
	char *clean = report_text(text);
	fprintf(out, "%s  %s: \"", indent, key);
	for (const char *c = clean; *c != '\0'; c++) {
		if (*c == '\n') {
			fputs("\\n", out);
		} else if (*c == '\t') {
			fputs("\\t", out);
		} else {
			if (*c == '"' || *c == '\\') {
				fputc('\\', out);
			}
			fputc(*c, out);
		}
	}
	fputs("\"\n", out);
	free(clean);
}

static void put_directive(FILE *out, const char *word, const char *reason)
{
	fprintf(out, " # %s ", word);
	put_description(out, *reason ? reason : "no reason given");
}

static void put_case(FILE *out, const struct run_result *run, size_t i)
{
	const struct case_result *result = &run->cases[i];
	bool failed = verdict_is_failure(result->verdict);

	fprintf(out, INDENT "%sok %zu - ", failed ? "not " : "", i + 1);
	put_description(out, result->name);
	if (result->verdict == VERDICT_SKIP) {
		put_directive(out, "SKIP", result->message);
	} else if (report_is_expected(run, result)) {
		put_directive(out, "TODO", "the scenario expects it to fail");
	}
	fputc('\n', out);
	if (!failed) {
		return;
	}
	fputs(INDENT "  ---\n", out);
	put_yaml(out, INDENT, "message", result->message);
	if (result->file != NULL) {
		put_yaml(out, INDENT, "file", result->file);
		fprintf(out, INDENT "  line: %u\n", result->line);
	}
	fputs(INDENT "  ...\n", out);
}

static void put_run(FILE *out, const struct run_result *run, size_t number)
{
	char *title = report_run_title(run);
	bool failed = verdict_is_failure(run->verdict);

	if (run->case_count > 0) {
		fputs("# Subtest: ", out);
		put_description(out, title);
		fputc('\n', out);
		for (size_t i = 0; i < run->case_count; i++) {
			put_case(out, run, i);
		}
		fprintf(out, INDENT "1..%zu\n", run->case_count);
	}
	bool ok = !failed && run->verdict != VERDICT_XFAIL;
	fprintf(out, "%sok %zu - ", ok ? "" : "not ", number);
	put_description(out, title);
	if (run->verdict == VERDICT_SKIP) {
		put_directive(out, "SKIP", run->message);
	} else if (run->verdict == VERDICT_XFAIL) {
		put_directive(out, "TODO", run->message);
	}
	fputc('\n', out);
	if (run->verdict != VERDICT_PASS && run->verdict != VERDICT_SKIP) {
		fputs("  ---\n", out);
		put_yaml(out, "", "verdict", verdict_name(run->verdict));
		put_yaml(out, "", "message", run->message);
		put_yaml(out, "", "proves", run->proves);
		put_yaml(out, "", "folder", run->folder);
		fprintf(out, "  seconds: %.3f\n  attempts: %u\n", run->seconds,
		        run->attempts);
		fputs("  ...\n", out);
	}
	free(title);
}

int report_write_tap(const char *path, const struct run_list *list)
{
	struct report_file file;
	if (report_open(&file, path) != 0) {
		return -1;
	}
	fprintf(file.out, "TAP version 14\n1..%zu%s\n", list->count,
	        list->count == 0 ? " # SKIP nothing ran" : "");
	for (size_t i = 0; i < list->count; i++) {
		put_run(file.out, &list->runs[i], i + 1);
	}
	return report_close(&file, !ferror(file.out));
}
