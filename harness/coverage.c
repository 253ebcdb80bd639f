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

#define INSN 4u /* bytes of an A64 instruction */

static size_t slot(const struct coverage *cov, uint64_t addr)
{
	return (size_t)((addr - cov->lo) / INSN);
}

static bool inside(const struct coverage *cov, uint64_t addr)
{
	return addr >= cov->lo && addr < cov->hi;
}

/* Did any instruction of [lo, hi) run, by this map? */
static bool any_ran(const struct coverage *cov, const uint8_t *map, uint64_t lo,
                    uint64_t hi)
{
	for (uint64_t at = lo; at < hi && inside(cov, at); at += INSN) {
		if (map[slot(cov, at)]) {
			return true;
		}
	}
	return false;
}

static void note_reached(struct coverage *cov, const char *scenario,
                         const uint8_t *map)
{
	for (size_t i = 0; i < cov->function_count; i++) {
		const struct cov_function *f = &cov->function[i];
		struct cov_reach *grown;

		if (!any_ran(cov, map, f->lo, f->hi)) {
			continue;
		}
		grown = realloc(cov->reach,
		                (cov->reach_count + 1) * sizeof(*grown));
		if (grown == NULL) {
			return;
		}
		cov->reach = grown;
		grown[cov->reach_count].scenario = strdup(scenario);
		grown[cov->reach_count].function = i;
		cov->reach_count++;
	}
}

bool coverage_add_log(struct coverage *cov, const char *scenario,
                      const char *log)
{
	FILE *in = fopen(log, "re");
	size_t slots = slot(cov, cov->hi);
	uint8_t *map = calloc(slots, 1);
	char line[256];

	if (in == NULL || map == NULL) {
		if (in != NULL) {
			fclose(in);
		}
		free(map);
		return false;
	}
	while (fgets(line, sizeof(line), in) != NULL) {
		uint64_t addr;

		if (sscanf(line, "0x%" SCNx64 ":", &addr) == 1 &&
		    inside(cov, addr)) {
			map[slot(cov, addr)] = 1;
		}
	}
	fclose(in);
	for (size_t i = 0; i < slots; i++) {
		cov->ran[i] |= map[i];
	}
	note_reached(cov, scenario, map);
	free(map);
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

/* One entry per source line: the rows of a line that inlining or scheduling
 * scattered count as run if any of them ran. */
static size_t merge_lines(const struct coverage *cov, const char *prefix,
                          struct cov_line *out)
{
	size_t count = 0, merged = 0;

	for (size_t i = 0; i < cov->line_count; i++) {
		if (strstr(cov->line[i].file, prefix) == NULL) {
			continue;
		}
		out[count] = cov->line[i];
		out[count].ran =
			out[count].ran_twin ||
			any_ran(cov, cov->ran, out[count].lo, out[count].hi);
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
		    any_ran(cov, cov->ran, f->lo, f->hi)) {
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
	count = merge_lines(twin, "", line);
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

/* Files stand together in the sorted array: where does the next begin? */
static size_t next_file(const struct cov_line *line, size_t count, size_t at)
{
	size_t end = at;

	while (end < count && strcmp(line[end].file, line[at].file) == 0) {
		end++;
	}
	return end;
}

static void write_info(FILE *out, const struct coverage *cov,
                       const struct cov_line *line, size_t count)
{
	for (size_t at = 0, end; at < count; at = end) {
		size_t hit = 0;

		end = next_file(line, count, at);
		fprintf(out, "TN:\nSF:%s\n", line[at].file);
		for (size_t i = 0; i < cov->function_count; i++) {
			const struct cov_function *f = &cov->function[i];

			if (f->file == NULL ||
			    strcmp(f->file, line[at].file) != 0) {
				continue;
			}
			fprintf(out, "FN:%u,%s\nFNDA:%d,%s\n", f->line, f->name,
			        f->ran_twin ||
			                any_ran(cov, cov->ran, f->lo, f->hi),
			        f->name);
		}
		for (size_t i = at; i < end; i++) {
			fprintf(out, "DA:%u,%d\n", line[i].line, line[i].ran);
			hit += line[i].ran;
		}
		fprintf(out, "LF:%zu\nLH:%zu\nend_of_record\n", end - at, hit);
	}
}

/* "12-15 18": runs of adjacent entries that never ran. */
static void write_missed(FILE *out, const struct cov_line *line, size_t at,
                         size_t end)
{
	while (at < end) {
		size_t last = at;

		if (line[at].ran) {
			at++;
			continue;
		}
		while (last + 1 < end && !line[last + 1].ran) {
			last++;
		}
		if (last == at) {
			fprintf(out, " %u", line[at].line);
		} else {
			fprintf(out, " %u-%u", line[at].line, line[last].line);
		}
		at = last + 1;
	}
}

static unsigned write_table(FILE *out, const struct cov_line *line,
                            size_t count)
{
	size_t all_hit = 0;
	unsigned percent;

	fprintf(out, "%7s %6s %6s  %s\n", "percent", "lines", "ran", "file");
	for (size_t at = 0, end; at < count; at = end) {
		size_t hit = 0;

		end = next_file(line, count, at);
		for (size_t i = at; i < end; i++) {
			hit += line[i].ran;
		}
		all_hit += hit;
		fprintf(out, "%7.2f %6zu %6zu  %s\n",
		        100.0 * (double)hit / (double)(end - at), end - at, hit,
		        line[at].file);
	}
	percent = count == 0 ? 0 : (unsigned)(all_hit * 10000 / count);
	fprintf(out, "%7.2f %6zu %6zu  all\n\nNever ran:\n", percent / 100.0,
	        count, all_hit);
	for (size_t at = 0, end; at < count; at = end) {
		size_t hit = 0;

		end = next_file(line, count, at);
		for (size_t i = at; i < end; i++) {
			hit += line[i].ran;
		}
		if (hit < end - at) {
			fprintf(out, "%s:", line[at].file);
			write_missed(out, line, at, end);
			fputc('\n', out);
		}
	}
	return percent;
}

static FILE *open_in(const char *folder, const char *name, const char *suffix)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	return fopen(path, "we");
}

bool coverage_write(const struct coverage *cov, const char *folder,
                    const char *name, const char *prefix, unsigned *percent)
{
	struct cov_line *line = calloc(cov->line_count + 1, sizeof(*line));
	FILE *info = open_in(folder, name, ".info");
	FILE *table = open_in(folder, name, ".txt");
	FILE *reach = open_in(folder, name, ".functions");
	bool ok =
		line != NULL && info != NULL && table != NULL && reach != NULL;

	if (ok) {
		size_t count = merge_lines(cov, prefix, line);

		write_info(info, cov, line, count);
		*percent = write_table(table, line, count);
		for (size_t i = 0; i < cov->reach_count; i++) {
			const struct cov_reach *r = &cov->reach[i];

			fprintf(reach, "%s\t%s\n", r->scenario,
			        cov->function[r->function].name);
		}
	}
	ok = (info == NULL || fclose(info) == 0) && ok;
	ok = (table == NULL || fclose(table) == 0) && ok;
	ok = (reach == NULL || fclose(reach) == 0) && ok;
	free(line);
	return ok;
}
