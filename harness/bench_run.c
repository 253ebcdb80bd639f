/* SPDX-License-Identifier: BSD-2-Clause */
/* "bench": boots what measures, and measures what only the host can. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "paths.h"
#include "pool.h"
#include "progress.h"
#include "signals.h"

#define ROW_OVERHEAD   "harness-overhead-ms"
#define ROW_IMAGE_SIZE "el2-image-bytes"
#define ROW_RING       "trace-ring-percent"
#define RING_SCENARIO  "bench-rm" /* with both rows of a VM's life: */
#define ROW_LAUNCH     "vm-launch-2m"
#define ROW_TEARDOWN   "vm-teardown-2m"
#define OVERHEAD_BOOTS 20
#define BENCH_TAG      "bench"
#define SMOKE_TAG      "smoke"

/* The figures came by frames; the pool left them in the runs. */
static void take_figures(struct bench *bench, const struct run_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct run_result *run = &list->runs[i];

		for (size_t f = 0; f < run->figure_count; f++) {
			bench_figure(bench, run->figures[f].row,
			             run->figures[f].value,
			             run->figures[f].unit);
		}
	}
}

/* Only an instruction counter makes figures that mean anything here. */
static void choose(struct options *opt, const struct options *asked,
                   const char *tag)
{
	*opt = *asked;
	opt->patterns = (struct strv){ 0 };
	opt->tags = (struct strv){ 0 };
	strv_add(&opt->tags, tag);
	opt->has_mode = true;
	opt->mode = 0;
	opt->lane = LANE_TOUCHSTONE;
	opt->jobs = 1; /* neighbours would disturb the wall clock */
}

/* The scenarios that measure what is wanted. */
static void choose_scenarios(const struct bench *bench, struct options *opt)
{
	for (size_t i = 0; i < bench->count; i++) {
		const struct bench_row *row = &bench->rows[i];

		if (row->from != NULL && bench_wants(bench, row->name) &&
		    !strv_has(&opt->patterns, row->from)) {
			strv_add(&opt->patterns, row->from);
		}
	}
}

static void boot_tagged(struct bench *bench, const struct options *opt,
                        struct run_list *list)
{
	struct run_list mine = { 0 };
	struct plan plan;

	if (plan_read(&plan, opt) && plan_check(&plan)) {
		progress_begin(opt, plan.count);
		pool_run(&plan, opt, &mine);
		take_figures(bench, &mine);
	} else {
		bench->is_broken = true;
	}
	plan_fini(&plan);
	for (size_t i = 0; i < mine.count; i++) {
		list->runs = xrealloc(list->runs,
		                      (list->count + 1) * sizeof(*list->runs));
		list->runs[list->count++] = mine.runs[i];
	}
	free(mine.runs);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The first scenario tagged smoke, 20 times, without anybody watching. */
static void measure_overhead(struct bench *bench, const struct options *asked)
{
	struct options opt;
	struct plan plan;
	struct run_list list = { 0 };
	double own[OVERHEAD_BOOTS];
	double median;

	choose(&opt, asked, SMOKE_TAG);
	opt.mode = MODE_MTTCG;
	opt.repeat = OVERHEAD_BOOTS;
	progress_quiet(true);
	if (plan_read(&plan, &opt) && plan_check(&plan) &&
	    plan.count >= OVERHEAD_BOOTS) {
		struct plan first = plan;

		first.count = OVERHEAD_BOOTS;
		pool_run(&first, &opt, &list);
	}
	progress_quiet(false);
	for (size_t i = 0; i < list.count; i++) {
		own[i] = list.runs[i].own_seconds * 1000.0;
	}
	if (list.count == OVERHEAD_BOOTS) {
		qsort(own, OVERHEAD_BOOTS, sizeof(own[0]), compare);
		median = (own[OVERHEAD_BOOTS / 2 - 1] +
		          own[OVERHEAD_BOOTS / 2]) /
		         2;
		bench_figure(bench, ROW_OVERHEAD, round(median * 100) / 100,
		             "ms");
	}
	run_list_fini(&list);
	plan_fini(&plan);
	strv_fini(&opt.tags);
}

static double life_of(struct bench *bench)
{
	const struct bench_row *launch = bench_row(bench, ROW_LAUNCH);
	double value = launch->is_measured ? launch->value : 0;
	const struct bench_row *teardown = bench_row(bench, ROW_TEARDOWN);

	return teardown->is_measured ? value + teardown->value : 0;
}

/* A VM's life once more, under the same image without its trace ring. */
static void measure_ring(struct bench *bench, const struct options *asked)
{
	char *folder = path_of_image(asked->board, "ringless");
	struct bench other = { 0 };
	struct run_list list = { 0 };
	struct options opt;
	double with = life_of(bench), without;

	choose(&opt, asked, BENCH_TAG);
	strv_fini(&opt.tags);
	strv_add(&opt.patterns, RING_SCENARIO);
	opt.output = xasprintf("%s/ringless", asked->output);
	if (access(folder, R_OK) == 0) {
		progress_quiet(true);
		paths_set_images(folder);
		boot_tagged(&other, &opt, &list);
		paths_set_images(NULL);
		progress_quiet(false);
	} else {
		complain("%s: not there; \"make ringless\" builds it", folder);
	}
	without = life_of(&other);
	if (with > 0 && without > 0) {
		bench_figure(bench, ROW_RING,
		             round((with / without - 1) * 10000) / 100,
		             "percent");
	}
	bench_fini(&other);
	run_list_fini(&list);
	strv_fini(&opt.patterns);
	free(opt.output);
	free(folder);
}

static void measure_image(struct bench *bench, const struct options *opt)
{
	char *path = path_of_image(opt->board, "hyp/hyp.elf");
	uint64_t size = elf_image_size(path);

	if (size > 0) {
		bench_figure(bench, ROW_IMAGE_SIZE, (double)size, "bytes");
	} else {
		complain("%s: cannot read", path);
	}
	free(path);
}

static int conclude(const struct bench *bench, const struct options *opt,
                    struct run_list *list)
{
	struct summary sum = summarize(list);
	int status = (int)summary_exit_status(&sum, opt->fail_on_flaky);

	if (opt->json != NULL && bench_write_json(bench, opt->json) < 0) {
		complain("%s: cannot write: %s", opt->json, strerror(errno));
		status = status == EXIT_PASSED ? EXIT_INFRA : status;
	}
	progress_end(list);
	return signals_interrupted() ? EXIT_INTERRUPTED : status;
}

/* Everything that is wanted, as long as nothing is in the way. */
static void measure(struct bench *bench, const struct options *asked,
                    struct run_list *list)
{
	struct options opt;

	choose(&opt, asked, BENCH_TAG);
	if (asked->patterns.count > 0) {
		choose_scenarios(bench, &opt);
	}
	if (asked->patterns.count == 0 || opt.patterns.count > 0) {
		boot_tagged(bench, &opt, list);
	}
	strv_fini(&opt.patterns);
	strv_fini(&opt.tags);
	if (!bench->is_broken && !signals_interrupted()) {
		if (bench_wants(bench, ROW_OVERHEAD)) {
			measure_overhead(bench, asked);
		}
		if (bench_wants(bench, ROW_RING)) {
			measure_ring(bench, asked);
		}
		if (bench_wants(bench, ROW_IMAGE_SIZE)) {
			measure_image(bench, asked);
		}
	}
	progress_begin(asked, 0); /* the options above are gone */
}

int bench_run(const struct options *asked)
{
	struct bench bench = { .patterns = &asked->patterns };
	struct run_list list = { 0 };
	double began = now_seconds();
	int status = EXIT_CONFIG;

	if (bench_read(&bench, PATH_BENCH) && bench_check(&bench)) {
		measure(&bench, asked, &list);
		if (!bench.is_broken && !signals_interrupted()) {
			bench_judge(&bench, &list);
			list.seconds = now_seconds() - began;
			status = conclude(&bench, asked, &list);
		} else if (signals_interrupted()) {
			status = EXIT_INTERRUPTED;
		}
	}
	run_list_fini(&list);
	bench_fini(&bench);
	return status;
}
