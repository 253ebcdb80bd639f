/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The report of the original greatest header, which is text for people:
 *
 *     * Suite psci_suite:
 *     .F
 *     FAIL cpu_on_refuses: expected -4, got 0 (tiny/psci.c:31)
 *     s
 *     Total: 3 tests (77 ticks, 0.000 sec), 5 assertions
 *     Pass: 1, fail: 1, skip: 1.
 *
 * Passes have no name unless the report is verbose, so they are counted, and
 * only what is named becomes a case.  There is no checksum and no sequence:
 * the counts at the end are all that can be held against it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tally.h"
#include "util.h"

static const struct {
	const char *word;
	enum verdict verdict;
} words[] = {
	{ "PASS ", VERDICT_PASS },
	{ "FAIL ", VERDICT_FAIL },
	{ "SKIP ", VERDICT_SKIP },
};

/* A verbose report ends each result with " (77 ticks, 0.000 sec)". */
static void cut_ticks(char *line)
{
	char *open = strrchr(line, '(');
	unsigned long ticks;
	double seconds;
	int used = 0;

	if (open != NULL &&
	    sscanf(open, "(%lu ticks, %lf sec)%n", &ticks, &seconds, &used) ==
	            2 &&
	    used > 0 && open[used] == '\0') {
		while (open > line && open[-1] == ' ') {
			open--;
		}
		*open = '\0';
	}
}

/* "Expected: X" and "     Got: Y" stand on lines before the failure. */
static void keep_values(struct tally *tally, const char *line)
{
	char *all;

	line += strspn(line, " ");
	all = tally->values == NULL ? xstrdup(line)
	                            : xasprintf("%s, %s", tally->values, line);
	free(tally->values);
	tally->values = all;
}

static void add_values(struct tally *tally, struct case_result *res)
{
	char *message;

	if (tally->values != NULL) {
		message = xasprintf("%s; %s", res->message, tally->values);
		result_set(&res->message, message);
		free(message);
		free(tally->values);
		tally->values = NULL;
	}
}

/* "... MESSAGE (FILE:LINE)" -> the place. */
static void read_place(struct case_result *res)
{
	char *open = strrchr(res->message, '(');
	char *colon = strrchr(res->message, ':');

	if (open == NULL || colon == NULL || colon < open) {
		return;
	}
	res->line = (unsigned)strtoul(colon + 1, NULL, 10);
	res->file = xasprintf("%.*s", (int)(colon - open - 1), open + 1);
	while (open > res->message && open[-1] == ' ') {
		open--;
	}
	*open = '\0';
}

static void read_result(struct tally *tally, const char *rest,
                        enum verdict verdict)
{
	const char *colon = strchr(rest, ':');
	struct case_result *res;
	char *name;

	if (colon == NULL || colon == rest) {
		return;
	}
	name = xasprintf("%.*s", (int)(colon - rest), rest);
	colon += colon[1] == ' ' ? 2 : 1;
	res = run_add_case(&tally->found, name, verdict, colon);
	if (verdict == VERDICT_FAIL) {
		read_place(res);
		add_values(tally, res);
	}
	free(name);
}

static unsigned count_named(const struct tally *tally, enum verdict verdict)
{
	unsigned n = 0;

	for (size_t i = 0; i < tally->found.case_count; i++) {
		n += tally->found.cases[i].verdict == verdict;
	}
	return n;
}

static void set_fault(struct tally *tally, char *text)
{
	if (tally->fault == NULL) {
		tally->fault = text;
	} else {
		free(text);
	}
}

static void read_totals(struct tally *tally)
{
	unsigned failed = count_named(tally, VERDICT_FAIL);

	if (tally->is_ended) {
		set_fault(tally, xstrdup("a second report after the end"));
	}
	tally->is_ended = true;
	if (failed != tally->failed) {
		set_fault(tally, xasprintf("the end counts %u failed, %u were "
		                           "named",
		                           tally->failed, failed));
	}
}

void tally_greatest_line(struct tally *tally, const char *line)
{
	size_t len = strcspn(line, "\r");
	char *copy = xasprintf("%.*s", (int)len, line);

	cut_ticks(copy);
	for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
		if (strncmp(copy, words[i].word, 5) == 0) {
			tally->is_begun = true;
			read_result(tally, copy + 5, words[i].verdict);
		}
	}
	if (sscanf(copy, "Pass: %u, fail: %u, skip: %u.", &tally->passed,
	           &tally->failed, &tally->skipped) == 3) {
		read_totals(tally);
	} else if (strncmp(copy, "* Suite ", 8) == 0) {
		tally->is_begun = true;
	} else if (strncmp(copy, "Expected: ", 10) == 0 ||
	           strncmp(copy, "     Got: ", 10) == 0) {
		keep_values(tally, copy);
	}
	free(copy);
}
