/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came out: verdicts, cases, runs, and the lists that reports are
 * written from.
 *
 * A run is the smallest thing that is counted in "N passed, N failed, N
 * skipped": one scenario on one lane, board and QEMU mode; or one lint check,
 * one unit suite, one row of the self-test (part names which, lane, board
 * and mode are then "host", "host" and "").  A case is one test inside a run.
 */
#ifndef RESULT_H
#define RESULT_H

#include <stddef.h>

#include "exits.h"

/* Order matters only for arrays indexed by it; VERDICT_COUNT is last. */
enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,    /* an assertion, a broken report, a step not reached */
	VERDICT_CRASH,   /* guest or hypervisor died */
	VERDICT_HANG,    /* silence */
	VERDICT_TIMEOUT, /* progress, but too slow */
	VERDICT_SKIP,    /* never counted as pass */
	VERDICT_XFAIL,   /* failed, as the scenario's "xfail" foretold */
	VERDICT_XPASS,   /* passed against its "xfail": counts as failure */
	VERDICT_FLAKY,   /* passed after a failure */
	VERDICT_INFRA,   /* QEMU, serial line, board, host */
	VERDICT_COUNT
};

struct case_result {
	char *name;    /* as the guest reported it */
	unsigned *ids; /* from leading cNN_ tokens and "cases", ascending */
	size_t id_count;
	enum verdict verdict; /* PASS, FAIL or SKIP */
	char *message;        /* "" when there is nothing to say; may hold any
	                   printable byte and UTF-8; never NULL */
	char *file;           /* where a failure was asserted; NULL: unknown */
	unsigned line;
};

/** One measured figure, from a bench frame. */
struct figure {
	char *row;
	double value;
	char *unit;
};

struct run_result {
	char *part; /* "scenario", "lint", "unit", "self-test", "bench" */
	char *name;
	char *lane; /* "touchstone", "ref", "host" */
	char *board;
	char *mode;   /* "mttcg", "icount=3", "" */
	char *proves; /* the sentence; "" for parts without one */
	char *mutant; /* the seeded fault that it must catch, or "" */
	enum verdict verdict;
	double seconds;     /* wall time of the last attempt */
	double own_seconds; /* of them, not within the life of QEMU */
	char *message;      /* why it is not PASS; "" otherwise */
	struct case_result *cases;
	size_t case_count;
	struct figure *figures;
	size_t figure_count;
	struct exit_counts exits;
	char *folder;      /* evidence, relative to the project; or "" */
	unsigned attempts; /* 1, more after --retries; 0: not run */
};

struct run_list {
	struct run_result *runs;
	size_t count;
	unsigned seed;
	double seconds;      /* wall time of the whole */
	const char *changed; /* --changed, or NULL; and whom it left out */
	const char *const *left_out;
	size_t left_out_count;
};

struct summary {
	unsigned by_verdict[VERDICT_COUNT];
	unsigned passed;  /* PASS, FLAKY */
	unsigned failed;  /* FAIL, CRASH, HANG, TIMEOUT, XPASS, INFRA */
	unsigned skipped; /* SKIP, XFAIL */
};

/* Exit statuses of the program; other failures are one of these too. */
enum exit_status {
	EXIT_PASSED = 0,
	EXIT_FAILED = 1,
	EXIT_CONFIG = 2, /* usage, scenario, board, missing image */
	EXIT_INFRA = 3,  /* nothing failed but infrastructure */
	EXIT_NOTHING = 4,
	EXIT_FLAKY = 5, /* only under --fail-on-flaky */
	EXIT_ALL_SKIPPED = 77,
	EXIT_INTERRUPTED = 130,
};

/** The name as printed and as found in reports and scenarios: "PASS". */
const char *verdict_name(enum verdict verdict);

/** @return the verdict of that name, or VERDICT_COUNT. */
enum verdict verdict_parse(const char *name);

/** Does this verdict count as a failure? (See struct summary.) */
int verdict_is_failure(enum verdict verdict);

/** Count @list. */
struct summary summarize(const struct run_list *list);

/** The exit status that @sum stands for. */
enum exit_status summary_exit_status(const struct summary *sum,
                                     int fail_on_flaky);

/** Append an empty run, all strings "" and PASS, and return it.  The pointer
 * is good until the next call. */
struct run_result *run_list_add(struct run_list *list);

/** Append all runs of @from, which is empty after that, to @list. */
void run_list_move(struct run_list *list, struct run_list *from);

/** Append a case to @run; ids come from the leading cNN_ tokens of @name. */
struct case_result *run_add_case(struct run_result *run, const char *name,
                                 enum verdict verdict, const char *message);

/** Append a figure to @run. */
void run_add_figure(struct run_result *run, const char *row, double value,
                    const char *unit);

/** Replace *@field, a string owned by a run or case, by a copy of @value. */
void result_set(char **field, const char *value);

/** Forget cases and figures: another attempt begins. */
void run_clear_cases(struct run_result *run);

void run_result_fini(struct run_result *run);
void run_list_fini(struct run_list *list);

/*
 * Writers, one file each (report_*.c).  Each writes the whole of @list to
 * @path ("-" is standard output) by way of a temporary file beside it, so that
 * a reader never sees half a report.
 *
 * @return 0, or -1 with errno set and nothing new at @path
 */
int report_write_junit(const char *path, const struct run_list *list);
int report_write_tap(const char *path, const struct run_list *list);
int report_write_json(const char *path, const struct run_list *list);

#endif
