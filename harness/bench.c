/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows and limits. The command that fills them: bench_run.c. */
#include "bench.h"

#include <fnmatch.h>
#include <jansson.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"
#include "progress.h"
#include "report.h"

#define COMPATIBLE "touchstone,bench"

struct raw_row {
	char *unit;
	char *xfail;
	char *by;
	char *from;
	uint32_t limit;
};

/* clang-format off */
static const struct prop_rule row_rules[] = {
	{ "unit",  PROP_STRING, offsetof(struct raw_row, unit),  true, 0, 0 },
	{ "limit", PROP_CELL,   offsetof(struct raw_row, limit), true, 0,
	  UINT32_MAX },
	{ "xfail", PROP_STRING, offsetof(struct raw_row, xfail), false, 0, 0 },
	{ "by",    PROP_STRING, offsetof(struct raw_row, by),    false, 0, 0 },
	{ "from",  PROP_STRING, offsetof(struct raw_row, from),  false, 0, 0 },
};
/* clang-format on */

struct bench_row *bench_row(struct bench *bench, const char *name)
{
	for (size_t i = 0; i < bench->count; i++) {
		if (strcmp(bench->rows[i].name, name) == 0) {
			return &bench->rows[i];
		}
	}
	bench->rows = xrealloc(bench->rows,
	                       (bench->count + 1) * sizeof(*bench->rows));
	bench->rows[bench->count] = (struct bench_row){
		.name = xstrdup(name),
		.unit = xstrdup(""),
	};
	return &bench->rows[bench->count++];
}

static bool read_row(struct bench *bench, const struct tree *tree, int node)
{
	struct raw_row raw = { 0 };
	struct bench_row *row;
	bool ok =
		tree_read(tree, node, row_rules, ARRAY_COUNT(row_rules), &raw);

	if (ok) {
		row = bench_row(bench, tree_name(tree, node));
		result_set(&row->unit, raw.unit);
		row->limit = raw.limit;
		row->has_limit = true;
		if (raw.xfail != NULL) {
			result_set(&row->xfail, raw.xfail);
		}
		if (raw.by != NULL) {
			result_set(&row->by, raw.by);
		}
		if (raw.from != NULL) {
			result_set(&row->from, raw.from);
		}
	}
	free(raw.unit);
	free(raw.xfail);
	free(raw.by);
	free(raw.from);
	return ok;
}

bool bench_read(struct bench *bench, const char *dts)
{
	struct tree tree;
	char *dtb = path_of_tree(dts);
	bool ok = tree_compile(&tree, dts, dtb) && tree_is(&tree, COMPATIBLE);
	int node;

	if (ok) {
		fdt_for_each_subnode(node, tree.fdt, 0)
		{
			ok = ok && read_row(bench, &tree, node);
		}
	}
	tree_fini(&tree);
	free(dtb);
	return ok;
}

bool bench_wants(const struct bench *bench, const char *name)
{
	const struct strv *patterns = bench->patterns;

	if (patterns == NULL || patterns->count == 0) {
		return true;
	}
	for (size_t i = 0; i < patterns->count; i++) {
		if (fnmatch(patterns->v[i], name, 0) == 0) {
			return true;
		}
	}
	return false;
}

bool bench_check(const struct bench *bench)
{
	const struct bench_row *other = NULL;

	for (size_t i = 0; i < bench->count; i++) {
		if (!bench_wants(bench, bench->rows[i].name)) {
			continue;
		}
		if (bench->rows[i].by == NULL) {
			return true;
		}
		other = &bench->rows[i];
	}
	if (other != NULL) {
		complain("bench: %s: is measured by ./run-tests.sh %s",
		         other->name, other->by);
	} else {
		complain("bench: no row of " PATH_BENCH " fits");
	}
	return false;
}

void bench_figure(struct bench *bench, const char *name, double value,
                  const char *unit)
{
	struct bench_row *row = bench_row(bench, name);

	if (*row->unit != '\0' && strcmp(row->unit, unit) != 0) {
		complain("bench: %s: measured in %s, limited in %s", name, unit,
		         row->unit);
		return;
	}
	result_set(&row->unit, unit);
	if (!row->is_measured || value > row->value) {
		row->value = value;
	}
	row->is_measured = true;
}

static void judge_row(const struct bench_row *row, struct run_result *run)
{
	char *message;

	if (!row->is_measured) {
		run->verdict = VERDICT_FAIL;
		message = xstrdup("was not measured");
	} else {
		message = xasprintf("%.12g %s, at most %.12g", row->value,
		                    row->unit, row->limit);
		run->verdict =
			row->value <= row->limit ? VERDICT_PASS : VERDICT_FAIL;
	}
	if (row->xfail != NULL && row->is_measured) {
		char *both = xasprintf("%s: %s", message, row->xfail);

		run->verdict = run->verdict == VERDICT_FAIL ? VERDICT_XFAIL
		                                            : VERDICT_XPASS;
		free(message);
		message = both;
	}
	result_set(&run->part, "bench");
	result_set(&run->name, row->name);
	result_set(&run->lane, "host");
	result_set(&run->board, "host");
	result_set(&run->message, message);
	run->attempts = 1;
	free(message);
}

void bench_judge(const struct bench *bench, struct run_list *list)
{
	printf("\n%-24s %12s %12s  %-14s\n", "row", "value", "limit", "unit");
	for (size_t i = 0; i < bench->count; i++) {
		const struct bench_row *row = &bench->rows[i];
		char value[32] = "-";

		if (!bench_wants(bench, row->name)) {
			continue;
		}
		if (row->by != NULL) {
			printf("%-24s measured by ./run-tests.sh %s\n",
			       row->name, row->by);
			continue;
		}
		if (row->is_measured) {
			snprintf(value, sizeof(value), "%.12g", row->value);
		}
		printf("%-24s %12s ", row->name, value);
		if (row->has_limit) {
			struct run_result *run = run_list_add(list);

			judge_row(row, run);
			printf("%12.12g  %-14s %s%s%s\n", row->limit, row->unit,
			       progress_color(run->verdict),
			       verdict_name(run->verdict), progress_plain());
		} else {
			printf("%12s  %s\n", "-", row->unit);
		}
	}
	printf("\n");
}

int bench_write_json(const struct bench *bench, const char *path)
{
	json_t *array = json_array();
	struct report_file file;
	int rc;

	for (size_t i = 0; i < bench->count; i++) {
		const struct bench_row *row = &bench->rows[i];

		if (!bench_wants(bench, row->name)) {
			continue;
		}
		json_array_append_new(
			array,
			json_pack("{s:s, s:o, s:s, s:o}", "name", row->name,
		                  "value",
		                  row->is_measured ? json_real(row->value)
		                                   : json_null(),
		                  "unit", row->unit, "limit",
		                  row->has_limit ? json_real(row->limit)
		                                 : json_null()));
	}
	rc = report_open(&file, path);
	if (rc == 0) {
		bool ok = json_dumpf(array, file.out,
		                     JSON_INDENT(2) |
		                             JSON_REAL_PRECISION(12)) == 0 &&
		          fputc('\n', file.out) != EOF;

		rc = report_close(&file, ok);
	}
	json_decref(array);
	return rc;
}

void bench_fini(struct bench *bench)
{
	for (size_t i = 0; i < bench->count; i++) {
		free(bench->rows[i].name);
		free(bench->rows[i].unit);
		free(bench->rows[i].xfail);
		free(bench->rows[i].by);
		free(bench->rows[i].from);
	}
	free(bench->rows);
	*bench = (struct bench){ 0 };
}
