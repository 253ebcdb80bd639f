/* SPDX-License-Identifier: BSD-2-Clause */
#include "coverage_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coverage.h"
#include "paths.h"
#include "util.h"

/* One run of the program has one report. */
static struct coverage *cov;

void coverage_run_begin(struct plan *plan, const struct options *opt)
{
	char *elf;
	uint64_t lo, hi;

	if (!opt->coverage) {
		return;
	}
	elf = path_of_image(opt->board, "hyp/hyp.elf");
	cov = coverage_open(elf);
	free(elf);
	if (cov == NULL) {
		return;
	}
	coverage_range(cov, &lo, &hi);
	for (size_t i = 0; i < plan->count; i++) {
		struct instance *inst = &plan->instances[i];

		/* The test image has other addresses. */
		if (inst->lane == LANE_TOUCHSTONE && !inst->is_test_build) {
			inst->blocks_lo = lo;
			inst->blocks_hi = hi;
		}
	}
}

void coverage_run_take(const struct instance *inst, const char *folder)
{
	char *log;

	if (cov == NULL || inst->blocks_hi == 0) {
		return;
	}
	log = xasprintf("%s/%s", folder, COVERAGE_LOG);
	if (coverage_add_log(cov, inst->sc->name, log)) {
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
	cov = NULL;
}
