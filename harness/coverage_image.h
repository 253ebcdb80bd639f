/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of coverage share: the image, read once, and what ran. */
#ifndef HARNESS_COVERAGE_IMAGE_H
#define HARNESS_COVERAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coverage.h"

#define COV_INSN 4u /* bytes of an A64 instruction */

struct cov_line {
	char *file;      /* shared by all lines of the file */
	unsigned line;   /* from 1 */
	uint64_t lo, hi; /* instructions of one row of the line table */
	bool ran;        /* filled when the report is written */
	bool ran_twin;   /* in the other image of the same source */
};

struct cov_function {
	char *name;
	char *file; /* NULL: no line known */
	unsigned line;
	uint64_t lo, hi;
	bool ran_twin;
};

/* A function whose body stands in others. */
struct cov_inlined {
	char *name, *file;
};

/* What one scenario ran: a byte per instruction. */
struct cov_run {
	char *scenario;
	uint8_t *map;
};

struct coverage {
	uint64_t lo, hi; /* executable sections, hull */
	uint32_t *text;  /* encodings; 0 between sections */
	uint8_t *ran;    /* one byte per instruction */
	struct cov_line *line;
	size_t line_count;
	struct cov_function *function;
	size_t function_count;
	struct cov_inlined *inlined;
	size_t inlined_count;
	struct cov_run *run;
	size_t run_count;
	char **file; /* every file name once */
	size_t file_count;
};

/** Did any instruction of [lo, hi) run, by this map? */
bool coverage_any_ran(const struct coverage *cov, const uint8_t *map,
                      uint64_t lo, uint64_t hi);

/**
 * One entry per source line, sorted, of the files whose path contains @prefix:
 * the rows of a line that inlining or scheduling scattered count as run if any
 * of them ran.
 *
 * @out     room for cov->line_count entries
 * @return  how many there are
 */
size_t coverage_merge_lines(const struct coverage *cov, const char *prefix,
                            struct cov_line *out);

#endif
