/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as JSON, for programs: everything that is known about each run.
 *
 *     {"summary": {"passed", "failed", "skipped", "seconds", "seed",
 *                  "verdicts": {"PASS": N, ...}},
 *      "scenarios": [{"name", "part", "lane", "board", "mode", "proves",
 *                     "verdict", "seconds", "message", "attempts", "folder",
 *                     "cases": [{"name", "ids", "verdict", "message",
 *                                "file", "line"}],
 *                     "figures": [{"row", "value", "unit"}],
 *                     "virtual_seconds",
 *                     "exits": [{"vm", "vmid", "total", "by": {"hvc": N}}]}],
 *      "changed": {"since", "left_out": [NAME]}}
 *
 * "file", "line", "virtual_seconds" and "exits" are there only when known,
 * "changed" with --changed.  Parts that are not scenarios stand in the same
 * list and are told apart by "part".
 */
#include <jansson.h>
#include <stdlib.h>

#include "report.h"

static json_t *text_json(const char *text)
{
	char *clean = report_text(text);
	json_t *value = json_string(clean);
	free(clean);
	return value;
}

/* Whole milliseconds: more digits are noise. */
static json_t *seconds_json(double seconds)
{
	return json_real((double)(long)(seconds * 1000 + 0.5) / 1000);
}

static json_t *case_json(const struct case_result *result)
{
	json_t *ids = json_array();
	for (size_t i = 0; i < result->id_count; i++) {
		json_array_append_new(ids, json_integer(result->ids[i]));
	}
	json_t *object = json_object();
	json_object_set_new(object, "name", text_json(result->name));
	json_object_set_new(object, "ids", ids);
	json_object_set_new(object, "verdict",
	                    text_json(verdict_name(result->verdict)));
	json_object_set_new(object, "message", text_json(result->message));
	if (result->file != NULL) {
		json_object_set_new(object, "file", text_json(result->file));
		json_object_set_new(object, "line", json_integer(result->line));
	}
	return object;
}

static json_t *figures_json(const struct run_result *run)
{
	json_t *figures = json_array();

	for (size_t i = 0; i < run->figure_count; i++) {
		const struct figure *it = &run->figures[i];
		json_t *object = json_object();

		json_object_set_new(object, "row", text_json(it->row));
		json_object_set_new(object, "value", json_real(it->value));
		json_object_set_new(object, "unit", text_json(it->unit));
		json_array_append_new(figures, object);
	}
	return figures;
}

/* Reasons that never came are left out. */
static json_t *exits_json(const struct exit_counts *counts)
{
	json_t *exits = json_array();

	for (size_t i = 0; i < counts->count; i++) {
		const struct exit_count *vm = &counts->vm[i];
		json_t *object = json_object(), *by = json_object();

		for (unsigned r = 0; r < EXIT_REASON_COUNT; r++) {
			if (vm->by[r] != 0) {
				json_object_set_new(
					by, exit_reason_name(r),
					json_integer((json_int_t)vm->by[r]));
			}
		}
		json_object_set_new(object, "vm", text_json(vm->vm));
		json_object_set_new(object, "vmid", json_integer(vm->vmid));
		json_object_set_new(object, "total",
		                    json_integer((json_int_t)exits_total(vm)));
		json_object_set_new(object, "by", by);
		json_array_append_new(exits, object);
	}
	return exits;
}

static json_t *run_json(const struct run_result *run)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "name", run->name },
		{ "part", run->part },
		{ "lane", run->lane },
		{ "board", run->board },
		{ "mode", run->mode },
		{ "proves", run->proves },
		{ "verdict", verdict_name(run->verdict) },
		{ "message", run->message },
		{ "folder", run->folder },
	};
	json_t *object = json_object();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_object_set_new(object, texts[i].key,
		                    text_json(texts[i].value));
	}
	json_object_set_new(object, "seconds", seconds_json(run->seconds));
	json_object_set_new(object, "attempts", json_integer(run->attempts));

	json_t *cases = json_array();
	for (size_t i = 0; i < run->case_count; i++) {
		json_array_append_new(cases, case_json(&run->cases[i]));
	}
	json_object_set_new(object, "cases", cases);
	if (run->figure_count > 0) {
		json_object_set_new(object, "figures", figures_json(run));
	}
	if (run->exits.count > 0) {
		json_object_set_new(object, "virtual_seconds",
		                    json_real(run->exits.virtual_seconds));
		json_object_set_new(object, "exits", exits_json(&run->exits));
	}
	return object;
}

static json_t *summary_json(const struct run_list *list)
{
	struct summary sum = summarize(list);
	json_t *verdicts = json_object();
	for (int v = 0; v < VERDICT_COUNT; v++) {
		json_object_set_new(verdicts, verdict_name((enum verdict)v),
		                    json_integer(sum.by_verdict[v]));
	}
	json_t *object = json_object();
	json_object_set_new(object, "passed", json_integer(sum.passed));
	json_object_set_new(object, "failed", json_integer(sum.failed));
	json_object_set_new(object, "skipped", json_integer(sum.skipped));
	json_object_set_new(object, "seconds", seconds_json(list->seconds));
	json_object_set_new(object, "seed", json_integer(list->seed));
	json_object_set_new(object, "verdicts", verdicts);
	return object;
}

static json_t *changed_json(const struct run_list *list)
{
	json_t *names = json_array(), *object = json_object();

	for (size_t i = 0; i < list->left_out_count; i++) {
		json_array_append_new(names, text_json(list->left_out[i]));
	}
	json_object_set_new(object, "since", text_json(list->changed));
	json_object_set_new(object, "left_out", names);
	return object;
}

int report_write_json(const char *path, const struct run_list *list)
{
	struct report_file file;
	if (report_open(&file, path) != 0) {
		return -1;
	}
	json_t *runs = json_array();
	for (size_t i = 0; i < list->count; i++) {
		json_array_append_new(runs, run_json(&list->runs[i]));
	}
	json_t *root = json_object();
	json_object_set_new(root, "summary", summary_json(list));
	json_object_set_new(root, "scenarios", runs);
	if (list->changed != NULL) {
		json_object_set_new(root, "changed", changed_json(list));
	}

	bool written =
		json_dumpf(root, file.out,
	                   JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0;
	written = written && fputc('\n', file.out) != EOF;
	json_decref(root);
	return report_close(&file, written);
}
