/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Coverage from QEMU's block log: addresses that ran, turned into lines and
 * functions.  What is not here: starting QEMU with the log (qemu.c).
 */
#include "coverage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage_image.h"
#include "util.h"

static size_t slot(const struct coverage *cov, uint64_t addr)
{
	return (size_t)((addr - cov->lo) / COV_INSN);
}

static bool inside(const struct coverage *cov, uint64_t addr)
{
	return addr >= cov->lo && addr < cov->hi;
}

bool coverage_any_ran(const struct coverage *cov, const uint8_t *map,
                      uint64_t lo, uint64_t hi)
{
	for (uint64_t at = lo; at < hi && inside(cov, at); at += COV_INSN) {
		if (map[slot(cov, at)]) {
			return true;
		}
	}
	return false;
}

static struct cov_run *find_run(const struct coverage *cov,
                                const char *scenario)
{
	for (size_t i = 0; i < cov->run_count; i++) {
		if (strcmp(cov->run[i].scenario, scenario) == 0) {
			return &cov->run[i];
		}
	}
	return NULL;
}

/* Takes @map over. */
static void add_run(struct coverage *cov, const char *scenario, uint8_t *map)
{
	struct cov_run *run = find_run(cov, scenario);
	size_t slots = slot(cov, cov->hi);

	for (size_t i = 0; run != NULL && i < slots; i++) {
		run->map[i] |= map[i];
	}
	if (run != NULL) {
		free(map);
		return;
	}
	cov->run = xrealloc(cov->run, (cov->run_count + 1) * sizeof(*cov->run));
	cov->run[cov->run_count++] =
		(struct cov_run){ .scenario = xstrdup(scenario), .map = map };
}

/* Takes one line of the log into @map. @return is it about this image? */
static bool read_log_line(const struct coverage *cov, uint8_t *map,
                          const char *line)
{
	uint64_t addr;
	uint32_t word;

	if (sscanf(line, "0x%" SCNx64 ": %" SCNx32, &addr, &word) != 2 ||
	    !inside(cov, addr) || cov->text[slot(cov, addr)] != word) {
		return false;
	}
	map[slot(cov, addr)] = 1;
	return true;
}

bool coverage_add_log(struct coverage *cov, const char *scenario,
                      const char *log)
{
	FILE *in = fopen(log, "re");
	size_t slots = slot(cov, cov->hi);
	uint8_t *map;
	bool any = false;
	char line[256];

	if (in == NULL) {
		return false;
	}
	map = xcalloc(slots, 1);
	while (fgets(line, sizeof(line), in) != NULL) {
		any |= read_log_line(cov, map, line);
	}
	fclose(in);
	for (size_t i = 0; i < slots; i++) {
		cov->ran[i] |= map[i];
	}
	if (any) {
		add_run(cov, scenario, map);
	} else {
		free(map);
	}
	return true;
}

void coverage_range(const struct coverage *cov, uint64_t *lo, uint64_t *hi)
{
	*lo = cov->lo;
	*hi = cov->hi;
}

static int by_file_and_line(const void *va, const void *vb)
{
	const struct cov_line *a = va, *b = vb;
	int order = strcmp(a->file, b->file);

	if (order != 0) {
		return order;
	}
	return a->line < b->line ? -1 : a->line > b->line;
}

size_t coverage_merge_lines(const struct coverage *cov, const char *prefix,
                            struct cov_line *out)
{
	size_t count = 0, merged = 0;

	for (size_t i = 0; i < cov->line_count; i++) {
		if (strstr(cov->line[i].file, prefix) == NULL) {
			continue;
		}
		out[count] = cov->line[i];
		out[count].ran = out[count].ran_twin ||
		                 coverage_any_ran(cov, cov->ran, out[count].lo,
		                                  out[count].hi);
		count++;
	}
	qsort(out, count, sizeof(*out), by_file_and_line);
	for (size_t i = 0; i < count; i++) {
		if (merged > 0 &&
		    by_file_and_line(&out[merged - 1], &out[i]) == 0) {
			out[merged - 1].ran |= out[i].ran;
		} else {
			out[merged++] = out[i];
		}
	}
	return merged;
}

static bool function_ran(const struct coverage *cov, const char *name)
{
	for (size_t i = 0; i < cov->function_count; i++) {
		const struct cov_function *f = &cov->function[i];

		if (strcmp(f->name, name) == 0 &&
		    coverage_any_ran(cov, cov->ran, f->lo, f->hi)) {
			return true;
		}
	}
	return false;
}

void coverage_add_twin(struct coverage *cov, struct coverage *twin)
{
	struct cov_line *line = calloc(twin->line_count + 1, sizeof(*line));
	size_t count;

	if (line == NULL) {
		return;
	}
	count = coverage_merge_lines(twin, "", line);
	for (size_t i = 0; i < cov->line_count; i++) {
		const struct cov_line *it =
			bsearch(&cov->line[i], line, count, sizeof(*line),
		                by_file_and_line);

		cov->line[i].ran_twin = it != NULL && it->ran;
	}
	for (size_t i = 0; i < cov->function_count; i++) {
		cov->function[i].ran_twin =
			function_ran(twin, cov->function[i].name);
	}
	free(line);
}

void coverage_all_lines(const struct coverage *cov, coverage_line_fn *take,
                        void *ctx)
{
	for (size_t i = 0; i < cov->line_count; i++) {
		take(ctx, cov->line[i].file, cov->line[i].line);
	}
}

void coverage_lines_of(const struct coverage *cov, const char *scenario,
                       coverage_line_fn *take, void *ctx)
{
	const struct cov_run *run = find_run(cov, scenario);

	for (size_t i = 0; run != NULL && i < cov->line_count; i++) {
		const struct cov_line *it = &cov->line[i];

		if (coverage_any_ran(cov, run->map, it->lo, it->hi)) {
			take(ctx, it->file, it->line);
		}
	}
}

bool coverage_is_inlined(const struct coverage *cov, const char *file,
                         const char *function)
{
	for (size_t i = 0; i < cov->inlined_count; i++) {
		if (strcmp(cov->inlined[i].name, function) == 0 &&
		    strcmp(cov->inlined[i].file, file) == 0) {
			return true;
		}
	}
	return false;
}
