/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the writers of reports share: a file that appears only when it is
 * complete, and text that any reader can take.  The writers themselves are
 * declared in result.h.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "result.h"

/* A report being written; out is where to. */
struct report_file {
	FILE *out;
	char *path;      /* its name when complete; NULL: written in place */
	char *temporary; /* its name until then */
};

/**
 * Standard output is for a report ("-") alone: everything else that is written
 * there goes to standard error from here on, also by children.
 */
void report_reserve_stdout(void);

/**
 * Begin the report @path in a temporary file beside it, so that the last step
 * can be a rename on one file system.  "-" is standard output; that, a device
 * or a pipe is written to directly.
 *
 * @return 0, or -1 with errno set and nothing to close
 */
int report_open(struct report_file *file, const char *path);

/**
 * End the report: if @written is set and every byte reached the file, it gets
 * its name; otherwise it is removed, and an older report stays as it was.
 *
 * @return 0, or -1 with errno set (EIO when @written was not)
 */
int report_close(struct report_file *file, bool written);

/**
 * A copy of @text that is valid UTF-8 and fit for XML: bytes that are neither,
 * and control characters but newline and tab, become \xhh.  NULL gives "".
 *
 * @return memory for free(); the program ends when there is none
 */
char *report_text(const char *text);

/**
 * "NAME [LANE MODE]", with the board when it is not the default one.  Parts
 * that are not scenarios give "PART: NAME".
 *
 * @return as report_text()
 */
char *report_run_title(const struct run_result *run);

/** Did the scenario ask for this failed case, so that the run is good? */
bool report_is_expected(const struct run_result *run,
                        const struct case_result *result);

#endif
