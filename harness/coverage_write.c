/* SPDX-License-Identifier: BSD-2-Clause */
/* What ran, written for people and for lcov. */
#include "coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage_image.h"

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
			        f->ran_twin || coverage_any_ran(cov, cov->ran,
			                                        f->lo, f->hi),
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
	bool ok = line != NULL && info != NULL && table != NULL;

	if (ok) {
		size_t count = coverage_merge_lines(cov, prefix, line);

		write_info(info, cov, line, count);
		*percent = write_table(table, line, count);
	}
	ok = (info == NULL || fclose(info) == 0) && ok;
	ok = (table == NULL || fclose(table) == 0) && ok;
	free(line);
	return ok;
}
