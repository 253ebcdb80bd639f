/* SPDX-License-Identifier: BSD-2-Clause */
/* The harness: reads the command line and goes through the parts. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ask.h"
#include "bench.h"
#include "boot.h"
#include "changed.h"
#include "compare.h"
#include "coverage_run.h"
#include "live.h"
#include "mutants.h"
#include "options.h"
#include "parts.h"
#include "paths.h"
#include "plan.h"
#include "pool.h"
#include "progress.h"
#include "report.h"
#include "signals.h"
#include "timeline_svg.h"

#define DEMO_SCENARIO "demo"

/* Parts of the default run, in order: what fails soonest comes first. */
static const char *const default_parts[] = { "lint", "unit", "self-test",
	                                     "debug", "sweep" };
/* Those that look at what the scenarios have left. */
static const char *const late_parts[] = { "sentences" };

static bool write_report(const char *path,
                         int (*write)(const char *, const struct run_list *),
                         const struct run_list *list)
{
	if (path == NULL || write(path, list) == 0) {
		return true;
	}
	complain("%s: cannot write: %m", path);
	return false;
}

static bool write_reports(const struct options *opt,
                          const struct run_list *list)
{
	bool ok = write_report(opt->junit, report_write_junit, list);

	ok = write_report(opt->tap, report_write_tap, list) && ok;
	return write_report(opt->json, report_write_json, list) && ok;
}

static int conclude(const struct options *opt, struct run_list *list,
                    double began)
{
	struct summary sum;
	enum exit_status status;

	list->seconds = now_seconds() - began;
	sum = summarize(list);
	status = summary_exit_status(&sum, opt->fail_on_flaky);
	if (!write_reports(opt, list) && status != EXIT_FAILED) {
		status = EXIT_INFRA;
	}
	if (signals_interrupted()) {
		complain("interrupted");
		status = EXIT_INTERRUPTED;
	} else if (status == EXIT_NOTHING && list->left_out_count > 0) {
		status = EXIT_PASSED; /* there is nothing to prove */
	} else if (status == EXIT_NOTHING) {
		complain("nothing ran: no scenario fits");
	}
	progress_end(list);
	return (int)status;
}

/* No choice at all means everything, and only then the parts run too. */
static bool is_whole_run(const struct options *opt)
{
	return opt->command == NULL && opt->patterns.count == 0 &&
	       opt->tags.count == 0 && opt->lane == LANE_COUNT &&
	       !opt->has_mode && opt->shard == 1 && opt->replay == NULL &&
	       opt->changed == NULL;
}

/* How QEMU would be started; what only exists during a boot in capitals. */
static void dry_run(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct instance *inst = &plan->instances[i];
		struct boot_files files;
		struct machine machine;
		struct strv argv = { 0 };
		char *append = boot_append(inst);
		char *line;

		boot_files_of(inst, &files);
		boot_machine(inst, &machine);
		machine.kernel = files.kernel;
		machine.initrd = files.hyp != NULL ? "BUNDLE" : NULL;
		machine.append = append;
		qemu_argv(&machine, "FOLDER", &argv);
		line = shell_quote(&argv);
		printf("%s: %s\n", inst->id, line);
		free(line);
		free(append);
		strv_fini(&argv);
		boot_files_fini(&files);
	}
}

static int run_scenarios(const struct options *opt, struct plan *plan,
                         const struct strv *left_out)
{
	struct run_list list = {
		.seed = opt->seed,
		.changed = opt->changed,
		.left_out = (const char *const *)left_out->v,
		.left_out_count = left_out->count,
	};
	double began = now_seconds();
	int status;

	progress_begin(opt, plan->count);
	if (is_whole_run(opt)) {
		parts_run(default_parts, ARRAY_COUNT(default_parts), NULL, opt,
		          &list);
	}
	if (!signals_interrupted()) {
		coverage_run_begin(plan, opt);
		pool_run(plan, opt, &list);
		coverage_run_end(opt);
	}
	if (is_whole_run(opt)) {
		parts_run(late_parts, ARRAY_COUNT(late_parts), opt->output, opt,
		          &list);
	}
	status = conclude(opt, &list, began);
	if (opt->command != NULL && strcmp(opt->command, "mutants") == 0 &&
	    mutants_report(opt, &list) > 0 && status == EXIT_PASSED) {
		status = EXIT_FAILED;
	}
	run_list_fini(&list);
	return status;
}

typedef int live_fn(const struct instance *inst, const struct options *opt);

/* All instances must be of one scenario; its first is taken. */
static int run_live(const struct options *opt, const struct plan *plan,
                    live_fn *live)
{
	if (plan->count == 0) {
		complain("nothing to boot: no scenario fits");
		return EXIT_NOTHING;
	}
	for (size_t i = 1; i < plan->count; i++) {
		if (plan->instances[i].sc != plan->instances[0].sc) {
			complain("one scenario at a time: %s and %s both fit",
			         plan->instances[0].sc->name,
			         plan->instances[i].sc->name);
			return EXIT_CONFIG;
		}
	}
	progress_begin(opt, 1);
	return live(&plan->instances[0], opt);
}

/* An empty list may be a misspelt name; not so after --changed. */
static int tell_none(const struct options *opt, const struct plan *plan)
{
	if (plan->count > 0 || opt->changed != NULL) {
		return EXIT_PASSED;
	}
	complain("no scenario fits");
	return EXIT_NOTHING;
}

static int run_checked(const struct options *opt, struct plan *plan,
                       const struct strv *left_out)
{
	bool is_demo =
		opt->command != NULL && strcmp(opt->command, "demo") == 0;

	if (opt->dry_run) {
		dry_run(plan);
		return tell_none(opt, plan);
	}
	if (is_demo || opt->gdb || opt->console) {
		return run_live(opt, plan,
		                opt->gdb       ? live_gdb
		                : opt->console ? live_console
		                               : live_demo);
	}
	return run_scenarios(opt, plan, left_out);
}

/* Payloads built with the original greatest header report in its text; the
 * build leaves that header's path in a file, or an empty line. */
static bool has_original_greatest(const struct options *opt)
{
	char *path = path_of_image(opt->board, "guests/greatest.id");
	struct bytes id;
	bool is_there = false;

	if (file_read(path, &id) == 0) {
		is_there = id.len > 1;
		bytes_fini(&id);
	}
	free(path);
	return is_there;
}

static int run_plan(struct options *opt)
{
	struct strv left_out = { 0 };
	struct plan plan;
	int status = EXIT_CONFIG;

	opt->greatest_text |= has_original_greatest(opt);
	if (plan_read(&plan, opt) &&
	    (opt->changed == NULL || changed_choose(&plan, opt, &left_out))) {
		if (opt->command != NULL &&
		    strcmp(opt->command, "mutants") == 0) {
			mutants_plan(&plan, opt);
		}
		if (opt->list) {
			plan_list(&plan);
			status = tell_none(opt, &plan);
		} else if (plan_check(&plan)) {
			status = run_checked(opt, &plan, &left_out);
		}
	}
	plan_fini(&plan);
	strv_fini(&left_out);
	return status;
}

static int run_part(const struct options *opt)
{
	struct run_list list = { 0 };
	double began = now_seconds();
	int status;

	progress_begin(opt, 0);
	if (!parts_run(&opt->command, 1, NULL, opt, &list)) {
		status = EXIT_CONFIG;
	} else {
		status = conclude(opt, &list, began);
	}
	run_list_fini(&list);
	return status;
}

/* timeline FILE [PICTURE]: standard output when there is no second name. */
static int draw_timeline(const struct options *opt)
{
	size_t count = opt->patterns.count;
	char *from, *to;
	FILE *out = stdout;
	bool ok;

	if (count < 1 || count > 2) {
		complain("timeline: want TIMELINE.json [PICTURE.svg]");
		return EXIT_CONFIG;
	}
	from = path_of_user(opt->patterns.v[0]);
	to = count > 1 ? path_of_user(opt->patterns.v[1]) : NULL;
	if (to != NULL) {
		out = fopen(to, "we");
	}
	ok = out != NULL && timeline_svg(from, out);
	if (out == NULL || (to != NULL && fclose(out) != 0)) {
		complain("%s: cannot write: %m", to);
		ok = false;
	}
	free(from);
	free(to);
	return ok ? EXIT_PASSED : EXIT_CONFIG;
}

static bool is_stdout(const char *path)
{
	return path != NULL && strcmp(path, "-") == 0;
}

/* In what does not exist no report can be left, when all has run. */
static bool check_report(const char *path)
{
	char *copy;
	bool ok;

	if (path == NULL || strcmp(path, "-") == 0) {
		return true;
	}
	copy = xstrdup(path);
	ok = access(dirname(copy), X_OK) == 0;
	if (!ok) {
		complain("%s: cannot write: %m", path);
	}
	free(copy);
	return ok;
}

static bool check_places(const struct options *opt)
{
	struct stat status;

	if (opt->list || opt->dry_run) {
		return true;
	}
	if (make_dirs(opt->output) < 0) {
		complain("--output: %s: cannot make: %m", opt->output);
		return false;
	}
	if (stat(opt->output, &status) < 0 || !S_ISDIR(status.st_mode)) {
		complain("--output: %s: not a folder", opt->output);
		return false;
	}
	return check_report(opt->junit) && check_report(opt->tap) &&
	       check_report(opt->json);
}

static int run_command(struct options *opt)
{
	if (opt->compare[0] != NULL) {
		return compare_run(opt);
	}
	if (opt->command != NULL && strcmp(opt->command, "timeline") == 0) {
		return draw_timeline(opt);
	}
	if (opt->triage) {
		return ask_run(opt);
	}
	if (!check_places(opt)) {
		return EXIT_CONFIG;
	}
	if (is_stdout(opt->junit) || is_stdout(opt->tap) ||
	    is_stdout(opt->json)) {
		report_reserve_stdout();
	}
	if (opt->command != NULL && part_exists(opt->command)) {
		return run_part(opt);
	}
	if (opt->command != NULL && strcmp(opt->command, "bench") == 0) {
		return bench_run(opt);
	}
	if (opt->command != NULL && strcmp(opt->command, "demo") == 0 &&
	    opt->patterns.count == 0) {
		strv_add(&opt->patterns, DEMO_SCENARIO);
	}
	return run_plan(opt);
}

int main(int argc, char **argv)
{
	struct options opt = { 0 };
	int status = EXIT_CONFIG;

	if (!paths_init()) {
		return EXIT_CONFIG;
	}
	signals_init();
	if (options_parse(&opt, argc, argv, &status)) {
		status = run_command(&opt);
	}
	options_fini(&opt);
	if (fflush(stdout) != 0 && status == EXIT_PASSED) {
		status = EXIT_INFRA;
	}
	return status;
}
