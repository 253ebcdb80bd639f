/* SPDX-License-Identifier: BSD-2-Clause */
#include "coverage_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coverage.h"
#include "paths.h"
#include "util.h"

/* One run of the program has one report; the test image is its twin. */
static struct coverage *cov, *twin;

static struct coverage *open_image(const struct options *opt, const char *name)
{
	char *elf = path_of_image(opt->board, name);
	struct coverage *it = coverage_open(elf);

	free(elf);
	return it;
}

/* The images have other addresses, and the same lines. */
static struct coverage *image_of(const struct instance *inst)
{
	return inst->is_test_build ? twin : cov;
}

void coverage_run_begin(struct plan *plan, const struct options *opt)
{
	if (!opt->coverage) {
		return;
	}
	cov = open_image(opt, "hyp/hyp.elf");
	twin = open_image(opt, "hyp/hyp-test.elf");
	for (size_t i = 0; i < plan->count; i++) {
		struct instance *inst = &plan->instances[i];
		const struct coverage *of = image_of(inst);

		if (inst->lane == LANE_TOUCHSTONE && of != NULL) {
			coverage_range(of, &inst->blocks_lo, &inst->blocks_hi);
		}
	}
}

void coverage_run_take(const struct instance *inst, const char *folder)
{
	char *log;

	if (inst->blocks_hi == 0) {
		return;
	}
	log = xasprintf("%s/%s", folder, COVERAGE_LOG);
	if (coverage_add_log(image_of(inst), inst->sc->name, log)) {
		unlink(log);
	}
	free(log);
}

void coverage_run_end(const struct options *opt)
{
	unsigned percent = 0;
	char *folder;

	if (cov == NULL) {
		return;
	}
	if (twin != NULL) {
		coverage_add_twin(cov, twin);
	}
	folder = xasprintf("%s/coverage", opt->output);
	mkdir(folder, 0777);
	if (coverage_write(cov, folder, "hyp", "hyp/", &percent)) {
		printf("coverage of hyp/: %u.%02u %% of lines, %s/hyp.txt\n",
		       percent / 100, percent % 100, folder);
	} else {
		complain("%s: cannot write", folder);
	}
	free(folder);
	coverage_close(cov);
	coverage_close(twin);
	cov = twin = NULL;
}
