/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A test report as text, for a host: the shape of greatest's verbose report,
 * without its ticks and seconds.  Part of greatest.h.
 */
#ifndef GREATEST_TEXT_H
#define GREATEST_TEXT_H

static inline void greatest_report_suite(const char *name, unsigned planned)
{
	(void)planned;
	printf("\n* Suite %s:\n", name);
}

static inline void
greatest_report_suite_end(const struct greatest_report_t *sum)
{
	unsigned count = sum->passed + sum->failed + sum->skipped;

	if (count > 0) {
		printf("\n%u test%s - %u passed, %u failed, %u skipped\n",
		       count, count == 1 ? "" : "s", sum->passed, sum->failed,
		       sum->skipped);
	}
}

static inline void greatest_report_begin(const char *test)
{
	(void)test; /* its result line names it */
}

static inline void greatest_report_listed(const char *test)
{
	printf("  %s\n", test);
}

static inline void greatest_report_pass(const char *test, const char *message)
{
	printf("PASS %s: %s\n", test, message ? message : "");
	fflush(stdout);
}

static inline void greatest_report_skip(const char *test, const char *message)
{
	printf("SKIP %s: %s\n", test, message ? message : "");
	fflush(stdout);
}

static inline void greatest_report_fail(const char *test, const char *file,
                                        unsigned line, const char *message)
{
	printf("FAIL %s: %s (%s:%u)\n", test, message ? message : "", file,
	       line);
	fflush(stdout);
}

static inline void greatest_report_end(const struct greatest_report_t *sum)
{
	unsigned count = sum->passed + sum->failed + sum->skipped;

	printf("\nTotal: %u test%s, %u assertion%s\n"
	       "Pass: %u, fail: %u, skip: %u.\n",
	       count, count == 1 ? "" : "s", sum->assertions,
	       sum->assertions == 1 ? "" : "s", sum->passed, sum->failed,
	       sum->skipped);
	fflush(stdout);
}

#endif
