/* SPDX-License-Identifier: BSD-2-Clause */
/* A test report in frames (<abi/frame.h>), for a guest.  Part of greatest.h. */
#ifndef GREATEST_FRAME_H
#define GREATEST_FRAME_H

#include <abi/frame.h>

#include "rt/frame.h"

static inline void greatest_report_suite(const char *name, unsigned planned)
{
	frame_put(FRAME_SUITE, "%s", name);
	frame_put(FRAME_PLAN, "%u", planned);
}

static inline void
greatest_report_suite_end(const struct greatest_report_t *sum)
{
	(void)sum; /* the harness counts for itself */
}

static inline void greatest_report_begin(const char *test)
{
	frame_put(FRAME_BEGIN, "%s", test);
}

static inline void greatest_report_listed(const char *test)
{
	frame_put(FRAME_NOTE, "%s", test);
}

static inline void greatest_report_pass(const char *test, const char *message)
{
	frame_put(FRAME_PASS, "%s%s%s", test, message ? " " : "",
	          message ? message : "");
}

static inline void greatest_report_skip(const char *test, const char *message)
{
	frame_put(FRAME_SKIP, "%s %s", test, message ? message : "no reason");
}

static inline void greatest_report_fail(const char *test, const char *file,
                                        unsigned line, const char *message)
{
	frame_put(FRAME_FAIL, "%s %s:%u %s", test, file, line,
	          message ? message : "FAIL()");
}

static inline void greatest_report_end(const struct greatest_report_t *sum)
{
	frame_put(FRAME_END, "%u %u %u", sum->passed, sum->failed,
	          sum->skipped);
}

#endif
