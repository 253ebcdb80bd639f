/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The test API of our guests and host unit tests.
 *
 * It is greatest's public one (by Scott Vokes, github.com/silentbicycle/
 * greatest), written again from its documentation so that a report can travel
 * in frames (<abi/frame.h>) from a machine without an operating system.  A
 * suite written with it compiles unchanged with the original header, as long
 * as it uses nothing but what README of greatest documents.
 *
 *     TEST a_claim_in_the_present_tense(void)
 *     {
 *             ASSERT_EQ(4, 2 + 2);
 *             PASS();
 *     }
 *     SUITE(arithmetic)
 *     {
 *             RUN_TEST(a_claim_in_the_present_tense);
 *     }
 *     GREATEST_MAIN_DEFS();
 *     int main(int argc, char **argv)
 *     {
 *             GREATEST_MAIN_BEGIN();
 *             RUN_SUITE(arithmetic);
 *             GREATEST_MAIN_END();
 *     }
 *
 * A suite function runs twice: once to count its tests, so that the plan can
 * be told before the first of them runs, and once for good.  Keep everything
 * with an effect inside tests, SET_SETUP and SET_TEARDOWN.
 *
 * Not here, and so not for our suites: ASSERT_OR_LONGJMP, SHUFFLE_*.
 */
#ifndef GREATEST_H
#define GREATEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef GREATEST_USE_ABBREVS
#define GREATEST_USE_ABBREVS 1
#endif
#ifndef GREATEST_TESTNAME_BUF_SIZE
#define GREATEST_TESTNAME_BUF_SIZE 128
#endif
#define GREATEST_MESSAGE_MAX 512
#define GREATEST_WHOLE       SIZE_MAX /* compare strings to their end */

/* What a test function returns; also a helper called by CHECK_CALL. */
typedef enum greatest_test_res {
	GREATEST_TEST_RES_PASS = 0,
	GREATEST_TEST_RES_FAIL = -1,
	GREATEST_TEST_RES_SKIP = 1,
} greatest_test_res;

typedef void greatest_suite_cb(void);
typedef void greatest_setup_cb(void *udata);
typedef void greatest_teardown_cb(void *udata);
typedef const char *greatest_enum_str_fun(int value);

/* How ASSERT_EQUAL_T compares and prints values of a type of your own. */
typedef int greatest_equal_cb(const void *expected, const void *got,
                              void *udata);
typedef int greatest_printf_cb(const void *value, void *udata);
typedef struct greatest_type_info {
	greatest_equal_cb *equal;
	greatest_printf_cb *print;
} greatest_type_info;

struct greatest_report_t {
	unsigned passed, failed, skipped, assertions;
};

/* State of the run.  Private: test code goes through the functions. */
struct greatest_run {
	struct greatest_report_t all;   /* since GREATEST_INIT */
	struct greatest_report_t suite; /* of the suite that runs */
	bool counting;                  /* first pass over a suite */
	unsigned planned;               /* tests seen by that pass */
	bool in_test;

	greatest_setup_cb *setup;
	greatest_teardown_cb *teardown;
	void *setup_udata, *teardown_udata;

	bool stop_at_first_fail, abort_on_fail, list_only, exact_match;
	unsigned verbosity;
	const char *suite_filter, *test_filter, *test_exclude;

	const char *suffix; /* for the next test's name */
	char name[GREATEST_TESTNAME_BUF_SIZE];

	const char *fail_file;
	unsigned fail_line;
	const char *message;             /* NULL: none */
	char text[GREATEST_MESSAGE_MAX]; /* a message with values in it */
};
extern struct greatest_run greatest_run;

/* Where a report goes: frames at EL1, text on a host. */
#if __STDC_HOSTED__
#include "greatest_text.h"
#else
#include "greatest_frame.h"
#endif
#include "greatest_run.h"

#define GREATEST_MAIN_DEFS() struct greatest_run greatest_run

#define GREATEST_MAIN_BEGIN()                       \
	do {                                        \
		GREATEST_INIT();                    \
		greatest_parse_options(argc, argv); \
	} while (0)

#define GREATEST_MAIN_END()                                                 \
	do {                                                                \
		GREATEST_PRINT_REPORT();                                    \
		return greatest_all_passed() ? EXIT_SUCCESS : EXIT_FAILURE; \
	} while (0)

/* Tests and suites */
#define GREATEST_TEST static enum greatest_test_res
#define GREATEST_SUITE(NAME) \
	void NAME(void);     \
	void NAME(void)
#define GREATEST_SUITE_EXTERN(NAME) void NAME(void)
#define GREATEST_IGNORE_TEST(TEST)  (void)TEST
#define GREATEST_RUN_SUITE(NAME)    greatest_do_suite(NAME, #NAME)
#define GREATEST_IS_VERBOSE()       (greatest_run.verbosity > 0)

#define GREATEST_RUN_TEST(TEST)       GREATEST_RUN_CALL(TEST, TEST())
#define GREATEST_RUN_TEST1(TEST, ENV) GREATEST_RUN_CALL(TEST, TEST(ENV))
#define GREATEST_RUN_TESTp(TEST, ...) GREATEST_RUN_CALL(TEST, TEST(__VA_ARGS__))
#define GREATEST_RUN_CALL(TEST, CALL)             \
	do {                                      \
		if (greatest_test_begin(#TEST)) { \
			greatest_test_end(CALL);  \
		}                                 \
	} while (0)

/* Results */
#define GREATEST_PASS()     GREATEST_PASSm(NULL)
#define GREATEST_FAIL()     GREATEST_FAILm(NULL)
#define GREATEST_SKIP()     GREATEST_SKIPm(NULL)
#define GREATEST_PASSm(MSG) return greatest_result_pass(MSG)
#define GREATEST_FAILm(MSG) return greatest_result_fail(__FILE__, __LINE__, MSG)
#define GREATEST_SKIPm(MSG) return greatest_result_skip(MSG)

#define GREATEST_CHECK_CALL(RES)                              \
	do {                                                  \
		enum greatest_test_res greatest_res = (RES);  \
		if (greatest_res != GREATEST_TEST_RES_PASS) { \
			return greatest_res;                  \
		}                                             \
	} while (0)

/* Assertions: each exists without and, as NAMEm, with a message first. */
#define GREATEST_ASSERTm(MSG, COND)              \
	do {                                     \
		greatest_run.suite.assertions++; \
		if (!(COND)) {                   \
			GREATEST_FAILm(MSG);     \
		}                                \
	} while (0)

#define GREATEST_ASSERT(COND)             GREATEST_ASSERTm(#COND, COND)
#define GREATEST_ASSERT_FALSE(COND)       GREATEST_ASSERT_FALSEm(#COND, COND)
#define GREATEST_ASSERT_FALSEm(MSG, COND) GREATEST_ASSERTm(MSG, !(COND))

#define GREATEST_ASSERT_EQm(MSG, EXP, GOT) GREATEST_ASSERTm(MSG, (EXP) == (GOT))
#define GREATEST_ASSERT_NEQm(MSG, EXP, GOT) \
	GREATEST_ASSERTm(MSG, (EXP) != (GOT))
#define GREATEST_ASSERT_GTm(MSG, EXP, GOT) GREATEST_ASSERTm(MSG, (EXP) > (GOT))
#define GREATEST_ASSERT_GTEm(MSG, EXP, GOT) \
	GREATEST_ASSERTm(MSG, (EXP) >= (GOT))
#define GREATEST_ASSERT_LTm(MSG, EXP, GOT) GREATEST_ASSERTm(MSG, (EXP) < (GOT))
#define GREATEST_ASSERT_LTEm(MSG, EXP, GOT) \
	GREATEST_ASSERTm(MSG, (EXP) <= (GOT))

#define GREATEST_ASSERT_EQ(EXP, GOT) \
	GREATEST_ASSERT_EQm(#EXP " != " #GOT, EXP, GOT)
#define GREATEST_ASSERT_NEQ(EXP, GOT) \
	GREATEST_ASSERT_NEQm(#EXP " == " #GOT, EXP, GOT)
#define GREATEST_ASSERT_GT(EXP, GOT) \
	GREATEST_ASSERT_GTm(#EXP " <= " #GOT, EXP, GOT)
#define GREATEST_ASSERT_GTE(EXP, GOT) \
	GREATEST_ASSERT_GTEm(#EXP " < " #GOT, EXP, GOT)
#define GREATEST_ASSERT_LT(EXP, GOT) \
	GREATEST_ASSERT_LTm(#EXP " >= " #GOT, EXP, GOT)
#define GREATEST_ASSERT_LTE(EXP, GOT) \
	GREATEST_ASSERT_LTEm(#EXP " > " #GOT, EXP, GOT)

/* EXP and GOT are evaluated again on failure, to print them. */
#define GREATEST_ASSERT_EQ_FMTm(MSG, EXP, GOT, FMT)                      \
	do {                                                             \
		greatest_run.suite.assertions++;                         \
		if ((EXP) != (GOT)) {                                    \
			GREATEST_FAILm(greatest_text("%s: expected " FMT \
			                             ", got " FMT,       \
			                             MSG, EXP, GOT));    \
		}                                                        \
	} while (0)
#define GREATEST_ASSERT_EQ_FMT(EXP, GOT, FMT) \
	GREATEST_ASSERT_EQ_FMTm(#EXP " != " #GOT, EXP, GOT, FMT)

#define GREATEST_ASSERT_IN_RANGEm(MSG, EXP, GOT, TOL)                       \
	do {                                                                \
		double greatest_exp = (EXP);                                \
		double greatest_got = (GOT);                                \
		double greatest_tol = (TOL);                                \
		greatest_run.suite.assertions++;                            \
		if (greatest_got < greatest_exp - greatest_tol ||           \
		    greatest_got > greatest_exp + greatest_tol) {           \
			GREATEST_FAILm(greatest_text(                       \
				"%s: expected %g +/- %g, got %g", MSG,      \
				greatest_exp, greatest_tol, greatest_got)); \
		}                                                           \
	} while (0)
#define GREATEST_ASSERT_IN_RANGE(EXP, GOT, TOL) \
	GREATEST_ASSERT_IN_RANGEm(#EXP " != " #GOT " +/- " #TOL, EXP, GOT, TOL)

#define GREATEST_ASSERT_ENUM_EQm(MSG, EXP, GOT, STR)                          \
	do {                                                                  \
		int greatest_exp = (int)(EXP);                                \
		int greatest_got = (int)(GOT);                                \
		greatest_enum_str_fun *greatest_str = (STR);                  \
		greatest_run.suite.assertions++;                              \
		if (greatest_exp != greatest_got) {                           \
			GREATEST_FAILm(                                       \
				greatest_text("%s: expected %s, got %s", MSG, \
			                      greatest_str(greatest_exp),     \
			                      greatest_str(greatest_got)));   \
		}                                                             \
	} while (0)
#define GREATEST_ASSERT_ENUM_EQ(EXP, GOT, STR) \
	GREATEST_ASSERT_ENUM_EQm(#EXP " != " #GOT, EXP, GOT, STR)

/* These compare in a function, which has written the message on failure. */
#define GREATEST_ASSERT_BYm(CALL)                          \
	do {                                               \
		greatest_run.suite.assertions++;           \
		if (!(CALL)) {                             \
			GREATEST_FAILm(greatest_run.text); \
		}                                          \
	} while (0)

#define GREATEST_ASSERT_STR_EQm(MSG, EXP, GOT) \
	GREATEST_ASSERT_BYm(greatest_same_string(MSG, EXP, GOT, GREATEST_WHOLE))
#define GREATEST_ASSERT_STR_EQ(EXP, GOT) \
	GREATEST_ASSERT_STR_EQm(#EXP " != " #GOT, EXP, GOT)

#define GREATEST_ASSERT_STRN_EQm(MSG, EXP, GOT, SIZE) \
	GREATEST_ASSERT_BYm(greatest_same_string(MSG, EXP, GOT, SIZE))
#define GREATEST_ASSERT_STRN_EQ(EXP, GOT, SIZE) \
	GREATEST_ASSERT_STRN_EQm(#EXP " != " #GOT, EXP, GOT, SIZE)

#define GREATEST_ASSERT_MEM_EQm(MSG, EXP, GOT, SIZE) \
	GREATEST_ASSERT_BYm(greatest_same_memory(MSG, EXP, GOT, SIZE))
#define GREATEST_ASSERT_MEM_EQ(EXP, GOT, SIZE) \
	GREATEST_ASSERT_MEM_EQm(#EXP " != " #GOT, EXP, GOT, SIZE)

#define GREATEST_ASSERT_EQUAL_Tm(MSG, EXP, GOT, TYPE, UDATA) \
	GREATEST_ASSERT_BYm(greatest_same_typed(MSG, EXP, GOT, TYPE, UDATA))
#define GREATEST_ASSERT_EQUAL_T(EXP, GOT, TYPE, UDATA) \
	GREATEST_ASSERT_EQUAL_Tm(#EXP " != " #GOT, EXP, GOT, TYPE, UDATA)

#if GREATEST_USE_ABBREVS
#include "greatest_short.h"
#endif

#endif
