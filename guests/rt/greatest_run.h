/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine behind greatest.h: filters, the counting pass, results, and the
 * comparisons that write their own message.  It reports through the six
 * greatest_report_* functions that greatest_text.h or greatest_frame.h defines.
 *
 * All of it is static inline, so that one header is all a test needs; only
 * the state is shared, and GREATEST_MAIN_DEFS() defines that.
 * Part of greatest.h.
 */
#ifndef GREATEST_RUN_H
#define GREATEST_RUN_H

#include <stdarg.h>

/* Tells the compiler that FMT and what follows belong together. */
__attribute__((format(printf, 1, 2))) static inline const char *
greatest_text(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(greatest_run.text, sizeof(greatest_run.text), fmt, args);
	va_end(args);
	return greatest_run.text;
}

static inline enum greatest_test_res greatest_result_pass(const char *message)
{
	greatest_run.message = message;
	return GREATEST_TEST_RES_PASS;
}

static inline enum greatest_test_res greatest_result_skip(const char *message)
{
	greatest_run.message = message;
	return GREATEST_TEST_RES_SKIP;
}

static inline enum greatest_test_res
greatest_result_fail(const char *file, unsigned line, const char *message)
{
	greatest_run.fail_file = file;
	greatest_run.fail_line = line;
	greatest_run.message = message;
	if (greatest_run.abort_on_fail) {
		greatest_report_fail(greatest_run.name, file, line, message);
		abort();
	}
	return GREATEST_TEST_RES_FAIL;
}

static inline bool greatest_matches(const char *name, const char *filter)
{
	if (greatest_run.exact_match) {
		return strcmp(name, filter) == 0;
	}
	return strstr(name, filter) != NULL;
}

static inline bool greatest_has_to_stop(void)
{
	return greatest_run.stop_at_first_fail &&
	       greatest_run.all.failed + greatest_run.suite.failed > 0;
}

/* Whether to call the test now; its name is in greatest_run.name then. */
static inline bool greatest_test_begin(const char *name)
{
	struct greatest_run *run = &greatest_run;

	if (run->in_test) {
		return false; /* RUN_TEST inside a test is ignored */
	}
	snprintf(run->name, sizeof(run->name), "%s%s%s", name,
	         run->suffix ? "_" : "", run->suffix ? run->suffix : "");
	run->suffix = NULL;
	if ((run->test_filter &&
	     !greatest_matches(run->name, run->test_filter)) ||
	    (run->test_exclude &&
	     strstr(run->name, run->test_exclude) != NULL) ||
	    greatest_has_to_stop()) {
		return false;
	}
	if (run->counting) {
		run->planned++;
		return false;
	}
	if (run->list_only) {
		greatest_report_listed(run->name);
		return false;
	}
	greatest_report_begin(run->name);
	run->in_test = true;
	run->message = NULL;
	if (run->setup) {
		run->setup(run->setup_udata);
	}
	return true;
}

static inline void greatest_test_end(enum greatest_test_res res)
{
	struct greatest_run *run = &greatest_run;

	if (run->teardown) {
		run->teardown(run->teardown_udata);
	}
	run->in_test = false;
	switch (res) {
	case GREATEST_TEST_RES_PASS:
		run->suite.passed++;
		greatest_report_pass(run->name, run->message);
		break;
	case GREATEST_TEST_RES_SKIP:
		run->suite.skipped++;
		greatest_report_skip(run->name, run->message);
		break;
	case GREATEST_TEST_RES_FAIL:
		run->suite.failed++;
		greatest_report_fail(run->name, run->fail_file, run->fail_line,
		                     run->message);
		break;
	}
}

/* The suite's figures go into the sum, and its hooks away. */
static inline void greatest_close_suite(void)
{
	struct greatest_run *run = &greatest_run;

	run->all.passed += run->suite.passed;
	run->all.failed += run->suite.failed;
	run->all.skipped += run->suite.skipped;
	run->all.assertions += run->suite.assertions;
	run->suite = (struct greatest_report_t){ 0 };
	run->setup = NULL;
	run->teardown = NULL;
}

static inline void greatest_do_suite(greatest_suite_cb *suite, const char *name)
{
	struct greatest_run *run = &greatest_run;

	if ((run->suite_filter && !greatest_matches(name, run->suite_filter)) ||
	    greatest_has_to_stop()) {
		return;
	}
	greatest_close_suite(); /* tests that ran outside of any suite */

	run->planned = 0;
	run->counting = true;
	suite();
	run->counting = false;
	run->setup = NULL;
	run->teardown = NULL;

	greatest_report_suite(name, run->planned);
	suite();
	greatest_report_suite_end(&run->suite);
	greatest_close_suite();
}

static inline bool greatest_same_string(const char *message, const char *exp,
                                        const char *got, size_t size)
{
	/* A bound that no object can have makes strncmp() a warning. */
	if ((size == GREATEST_WHOLE ? strcmp(exp, got)
	                            : strncmp(exp, got, size)) == 0) {
		return true;
	}
	if (size > GREATEST_MESSAGE_MAX) {
		size = GREATEST_MESSAGE_MAX;
	}
	greatest_text("%s: expected \"%.*s\", got \"%.*s\"", message, (int)size,
	              exp, (int)size, got);
	return false;
}

static inline bool greatest_same_memory(const char *message, const void *exp,
                                        const void *got, size_t size)
{
	const unsigned char *e = exp, *g = got;

	for (size_t i = 0; i < size; i++) {
		if (e[i] != g[i]) {
			greatest_text("%s: byte %lu of %lu: expected 0x%02x, "
			              "got 0x%02x",
			              message, (unsigned long)i,
			              (unsigned long)size, e[i], g[i]);
			return false;
		}
	}
	return true;
}

static inline bool greatest_same_typed(const char *message, const void *exp,
                                       const void *got,
                                       const greatest_type_info *type,
                                       void *udata)
{
	if (type == NULL || type->equal == NULL) {
		greatest_text("%s: no way to compare given", message);
		return false;
	}
	if (type->equal(exp, got, udata)) {
		return true;
	}
	if (type->print) {
		printf("\nExpected: ");
		type->print(exp, udata);
		printf("\n     Got: ");
		type->print(got, udata);
		printf("\n");
	}
	greatest_text("%s", message);
	return false;
}

/* The rest of the documented functions */

static inline void GREATEST_SET_SETUP_CB(greatest_setup_cb *cb, void *udata)
{
	greatest_run.setup = cb;
	greatest_run.setup_udata = udata;
}

static inline void GREATEST_SET_TEARDOWN_CB(greatest_teardown_cb *cb,
                                            void *udata)
{
	greatest_run.teardown = cb;
	greatest_run.teardown_udata = udata;
}

static inline void GREATEST_INIT(void)
{
	memset(&greatest_run, 0, sizeof(greatest_run));
}

static inline void GREATEST_PRINT_REPORT(void)
{
	if (!greatest_run.list_only) {
		greatest_close_suite();
		greatest_report_end(&greatest_run.all);
	}
}

static inline int greatest_all_passed(void)
{
	return greatest_run.all.failed + greatest_run.suite.failed == 0;
}

static inline void greatest_get_report(struct greatest_report_t *report)
{
	greatest_close_suite();
	*report = greatest_run.all;
}

static inline void greatest_set_suite_filter(const char *filter)
{
	greatest_run.suite_filter = filter;
}

static inline void greatest_set_test_filter(const char *filter)
{
	greatest_run.test_filter = filter;
}

static inline void greatest_set_test_exclude(const char *filter)
{
	greatest_run.test_exclude = filter;
}

static inline void greatest_set_exact_name_match(void)
{
	greatest_run.exact_match = true;
}

static inline void greatest_stop_at_first_fail(void)
{
	greatest_run.stop_at_first_fail = true;
}

static inline void greatest_abort_on_fail(void)
{
	greatest_run.abort_on_fail = true;
}

static inline void greatest_list_only(void)
{
	greatest_run.list_only = true;
}

static inline unsigned greatest_get_verbosity(void)
{
	return greatest_run.verbosity;
}

static inline void greatest_set_verbosity(unsigned verbosity)
{
	greatest_run.verbosity = verbosity;
}

/* @suffix goes to the next test's name, behind an underscore. */
static inline void greatest_set_test_suffix(const char *suffix)
{
	greatest_run.suffix = suffix;
}

static inline void greatest_usage(const char *program)
{
	printf("Usage: %s [-hlfave] [-s SUITE] [-t TEST] [-x EXCLUDE]\n"
	       "  -h, --help  print this help\n"
	       "  -l          list suites and tests, run none\n"
	       "  -f          stop after the first failure\n"
	       "  -a          abort() at the first failure\n"
	       "  -v          verbose\n"
	       "  -s SUITE    only suites whose name contains SUITE\n"
	       "  -t TEST     only tests whose name contains TEST\n"
	       "  -e          -s and -t must match the whole name\n"
	       "  -x EXCLUDE  no tests whose name contains EXCLUDE\n",
	       program);
}

static inline void greatest_parse_options(int argc, char **argv)
{
	struct greatest_run *run = &greatest_run;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		char option = argv[i][0] == '-' ? argv[i][1] : '?';
		const char *value = i + 1 < argc ? argv[i + 1] : NULL;

		if (option == 'l') {
			run->list_only = true;
		} else if (option == 'f') {
			run->stop_at_first_fail = true;
		} else if (option == 'a') {
			run->abort_on_fail = run->stop_at_first_fail = true;
		} else if (option == 'v') {
			run->verbosity++;
		} else if (option == 'e') {
			run->exact_match = true;
		} else if (option == 's' && value) {
			run->suite_filter = value;
			i++;
		} else if (option == 't' && value) {
			run->test_filter = value;
			i++;
		} else if (option == 'x' && value) {
			run->test_exclude = value;
			i++;
		} else {
			bool help =
				option == 'h' || strcmp(argv[i], "--help") == 0;

			greatest_usage(argv[0]);
			exit(help ? EXIT_SUCCESS : EXIT_FAILURE);
		}
	}
}

#endif
