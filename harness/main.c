/* SPDX-License-Identifier: BSD-2-Clause */
/* The harness: reads the command line and goes through the parts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "parts.h"
#include "paths.h"
#include "plan.h"
#include "pool.h"
#include "progress.h"
#include "signals.h"

/* Parts of the default run, in order: what fails soonest comes first. */
static const char *const default_parts[] = { "lint", "unit", "self-test" };

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
	} else if (status == EXIT_NOTHING) {
		complain("nothing ran: no scenario fits");
	}
	progress_end(list);
	return (int)status;
}

/* No choice at all means everything, and only then the parts run too. */
static bool is_whole_run(const struct options *opt)
{
	return opt->patterns.count == 0 && opt->tags.count == 0 &&
	       opt->lane == LANE_COUNT && !opt->has_mode && opt->shard == 1 &&
	       opt->replay == NULL;
}

static void dry_run(const struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct instance *inst = &plan->instances[i];

		printf("%s\n", inst->id);
	}
}

static int run_scenarios(const struct options *opt, struct plan *plan)
{
	struct run_list list = { .seed = opt->seed };
	double began = now_seconds();
	int status;

	progress_begin(opt, plan->count);
	for (size_t i = 0; is_whole_run(opt) && i < ARRAY_COUNT(default_parts);
	     i++) {
		if (!signals_interrupted()) {
			part_run(default_parts[i], opt, &list);
		}
	}
	if (!signals_interrupted()) {
		pool_run(plan, opt, &list);
	}
	status = conclude(opt, &list, began);
	run_list_fini(&list);
	return status;
}

static int run_plan(const struct options *opt)
{
	struct plan plan;
	int status = EXIT_CONFIG;

	if (!plan_read(&plan, opt)) {
		plan_fini(&plan);
		return EXIT_CONFIG;
	}
	if (opt->list) {
		plan_list(&plan);
		status = EXIT_PASSED;
	} else if (!plan_check(&plan)) {
		status = EXIT_CONFIG;
	} else if (opt->dry_run) {
		dry_run(&plan);
		status = EXIT_PASSED;
	} else {
		status = run_scenarios(opt, &plan);
	}
	plan_fini(&plan);
	return status;
}

static int run_part(const struct options *opt)
{
	struct run_list list = { 0 };
	double began = now_seconds();
	int status;

	progress_begin(opt, 0);
	part_run(opt->command, opt, &list);
	status = conclude(opt, &list, began);
	run_list_fini(&list);
	return status;
}

int main(int argc, char **argv)
{
	struct options opt;
	int status;

	if (!paths_init()) {
		return EXIT_CONFIG;
	}
	signals_init();
	if (options_parse(&opt, argc, argv, &status)) {
		if (opt.command == NULL) {
			status = run_plan(&opt);
		} else if (part_exists(opt.command)) {
			status = run_part(&opt);
		} else {
			complain("%s: not yet", opt.command);
			status = EXIT_CONFIG;
		}
	}
	options_fini(&opt);
	fflush(stdout);
	return status;
}
