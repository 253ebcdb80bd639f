/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts, what they count as, and the lists that hold them. */
#include "result.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

enum weight { PASSED, FAILED, SKIPPED };

static const struct {
	const char *name;
	enum weight weight;
} verdicts[] = {
	[VERDICT_PASS] = { "PASS", PASSED },
	[VERDICT_FAIL] = { "FAIL", FAILED },
	[VERDICT_CRASH] = { "CRASH", FAILED },
	[VERDICT_HANG] = { "HANG", FAILED },
	[VERDICT_TIMEOUT] = { "TIMEOUT", FAILED },
	[VERDICT_SKIP] = { "SKIP", SKIPPED },
	[VERDICT_XFAIL] = { "XFAIL", SKIPPED },
	[VERDICT_XPASS] = { "XPASS", FAILED },
	[VERDICT_FLAKY] = { "FLAKY", PASSED },
	[VERDICT_INFRA] = { "INFRA", FAILED },
};
_Static_assert(ARRAY_COUNT(verdicts) == VERDICT_COUNT, "one row a verdict");

const char *verdict_name(enum verdict verdict)
{
	return verdict < VERDICT_COUNT ? verdicts[verdict].name : "?";
}

enum verdict verdict_parse(const char *name)
{
	unsigned i = 0;

	while (i < VERDICT_COUNT && strcmp(verdicts[i].name, name) != 0) {
		i++;
	}
	return (enum verdict)i;
}

int verdict_is_failure(enum verdict verdict)
{
	return verdicts[verdict].weight == FAILED;
}

struct summary summarize(const struct run_list *list)
{
	struct summary sum = { 0 };

	for (size_t i = 0; i < list->count; i++) {
		enum verdict verdict = list->runs[i].verdict;

		sum.by_verdict[verdict]++;
		switch (verdicts[verdict].weight) {
		case PASSED:
			sum.passed++;
			break;
		case FAILED:
			sum.failed++;
			break;
		case SKIPPED:
			sum.skipped++;
			break;
		}
	}
	return sum;
}

enum exit_status summary_exit_status(const struct summary *sum,
                                     int fail_on_flaky)
{
	if (sum->passed + sum->failed + sum->skipped == 0) {
		return EXIT_NOTHING;
	}
	if (sum->failed > sum->by_verdict[VERDICT_INFRA]) {
		return EXIT_FAILED;
	}
	if (sum->failed > 0) {
		return EXIT_INFRA;
	}
	if (fail_on_flaky && sum->by_verdict[VERDICT_FLAKY] > 0) {
		return EXIT_FLAKY;
	}
	if (sum->passed == 0 && sum->by_verdict[VERDICT_XFAIL] == 0) {
		return EXIT_ALL_SKIPPED;
	}
	return EXIT_PASSED;
}

void result_set(char **field, const char *value)
{
	char *copy = xstrdup(value);

	free(*field);
	*field = copy;
}

struct run_result *run_list_add(struct run_list *list)
{
	struct run_result *run;

	list->runs =
		xrealloc(list->runs, (list->count + 1) * sizeof(*list->runs));
	run = &list->runs[list->count++];
	*run = (struct run_result){ .verdict = VERDICT_PASS };

	char **field[] = {
		&run->part,   &run->name,    &run->lane,
		&run->board,  &run->mode,    &run->proves,
		&run->mutant, &run->message, &run->folder,
	};

	for (size_t i = 0; i < ARRAY_COUNT(field); i++) {
		*field[i] = xstrdup("");
	}
	return run;
}

void run_list_move(struct run_list *list, struct run_list *from)
{
	if (from->count > 0) {
		list->runs = xrealloc(list->runs, (list->count + from->count) *
		                                          sizeof(*list->runs));
		memcpy(&list->runs[list->count], from->runs,
		       from->count * sizeof(*list->runs));
		list->count += from->count;
	}
	free(from->runs);
	from->runs = NULL;
	from->count = 0;
}

/* "c77_c78_loads_extend" -> 77, 78. */
static void ids_of_name(struct case_result *res)
{
	const char *p = res->name;

	while (*p == 'c' && isdigit((unsigned char)p[1])) {
		char *end;
		unsigned long id = strtoul(p + 1, &end, 10);

		if (*end != '_' && *end != '\0') {
			break;
		}
		res->ids = xrealloc(res->ids,
		                    (res->id_count + 1) * sizeof(*res->ids));
		res->ids[res->id_count++] = (unsigned)id;
		if (*end == '\0') {
			break;
		}
		p = end + 1;
	}
}

struct case_result *run_add_case(struct run_result *run, const char *name,
                                 enum verdict verdict, const char *message)
{
	struct case_result *res;

	run->cases = xrealloc(run->cases,
	                      (run->case_count + 1) * sizeof(*run->cases));
	res = &run->cases[run->case_count++];
	*res = (struct case_result){
		.name = xstrdup(name),
		.verdict = verdict,
		.message = xstrdup(message),
	};
	ids_of_name(res);
	return res;
}

void run_add_figure(struct run_result *run, const char *row, double value,
                    const char *unit)
{
	run->figures = xrealloc(run->figures, (run->figure_count + 1) *
	                                              sizeof(*run->figures));
	run->figures[run->figure_count++] = (struct figure){
		.row = xstrdup(row),
		.value = value,
		.unit = xstrdup(unit),
	};
}

void run_clear_cases(struct run_result *run)
{
	for (size_t i = 0; i < run->case_count; i++) {
		free(run->cases[i].name);
		free(run->cases[i].ids);
		free(run->cases[i].message);
		free(run->cases[i].file);
	}
	for (size_t i = 0; i < run->figure_count; i++) {
		free(run->figures[i].row);
		free(run->figures[i].unit);
	}
	free(run->cases);
	free(run->figures);
	run->cases = NULL;
	run->figures = NULL;
	run->case_count = run->figure_count = 0;
	exits_fini(&run->exits);
}

void run_result_fini(struct run_result *run)
{
	run_clear_cases(run);
	free(run->part);
	free(run->name);
	free(run->lane);
	free(run->board);
	free(run->mode);
	free(run->proves);
	free(run->mutant);
	free(run->message);
	free(run->folder);
	*run = (struct run_result){ 0 };
}

void run_list_fini(struct run_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		run_result_fini(&list->runs[i]);
	}
	free(list->runs);
	*list = (struct run_list){ 0 };
}
