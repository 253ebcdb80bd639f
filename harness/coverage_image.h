/* SPDX-License-Identifier: BSD-2-Clause */
/* What coverage.c and coverage_image.c share: the image, read once. */
#ifndef HARNESS_COVERAGE_IMAGE_H
#define HARNESS_COVERAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coverage.h"

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

struct cov_reach {
	char *scenario;
	size_t function; /* index */
};

struct coverage {
	uint64_t lo, hi; /* executable sections, hull */
	uint8_t *ran;    /* one byte per instruction */
	struct cov_line *line;
	size_t line_count;
	struct cov_function *function;
	size_t function_count;
	struct cov_reach *reach;
	size_t reach_count;
	char **file; /* every file name once */
	size_t file_count;
};

#endif
