/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judge: watches the streams of one boot and comes to a verdict.
 *
 * It knows no sockets and no files: bytes, the time and the machine's end are
 * told to it, so it can be tested with strings.  All times are milliseconds
 * of one monotonic clock.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.h"
#include "tally.h"
#include "watch.h"

#define LINE_KEEP 4096 /* bytes of a line that are looked at */

enum judge_state {
	JUDGE_RUNNING,  /* wants more */
	JUDGE_COMPLETE, /* all seen; the machine should power off now */
	JUDGE_DYING,    /* death seen; a little time for its last words */
	JUDGE_OVER,     /* end the machine, if it has not ended */
};

/** How the machine ended. */
enum machine_exit {
	EXIT_OFF,    /* powered off */
	EXIT_RESET,  /* asked for a reset, which we do not grant */
	EXIT_STATUS, /* program ended with a status other than 0 */
	EXIT_SIGNAL, /* program died by a signal that was not ours */
};

struct stream {
	unsigned id;
	char *name;
	bool wants_report;
	uint64_t bytes;
	char line[LINE_KEEP];
	size_t line_len;
	bool line_too_long;
	struct tally tally;
	struct watch_text text;
};

/** What the judge wants done or noticed; any may be NULL. */
struct judge_hooks {
	void *ctx;
	void (*send)(void *ctx, unsigned stream, const char *text);
	void (*frame)(void *ctx, unsigned stream, const struct frame *frame);
};

struct judge {
	const struct scenario *sc;
	enum lane lane;
	enum verdict wanted; /* what the run itself must come to */
	bool has_limits;     /* false for --gdb and --console */
	bool greatest_text;  /* reports come as greatest's own text */
	double scale;
	struct judge_hooks hooks;

	enum judge_state state;
	enum verdict verdict;
	char *message;

	struct stream **streams;
	size_t stream_count;
	size_t step; /* index of the step being waited for */
	bool step_is_armed;
	int64_t step_deadline;
	struct watch_never *nevers;
	size_t never_count;

	bool is_stuck; /* a FAIL, but of a machine that hangs, too */
	int64_t start, last_output, dying_until;
	const struct stream *last_words; /* whose death line is not whole */
	bool is_quiet; /* steps were told that no more comes for now */
	uint64_t total_bytes;
};

/** Start judging at time @now. */
void judge_init(struct judge *judge, const struct scenario *sc, enum lane lane,
                const struct judge_hooks *hooks, int64_t now);
void judge_fini(struct judge *judge);

/** Some bytes of one stream arrived. */
void judge_bytes(struct judge *judge, unsigned stream, const uint8_t *data,
                 size_t len, int64_t now);

/** Time has passed: look at the limits. */
void judge_tick(struct judge *judge, int64_t now);

/** The machine was stopped for @ms: that time counts for no limit. */
void judge_pause(struct judge *judge, int64_t ms);

/** When judge_tick() has something to do next; INT64_MAX: never. */
int64_t judge_deadline(const struct judge *judge);

/**
 * The machine ended, and all it sent was told.  @detail is its exit status or
 * signal; @said its last words on standard error, or "".
 */
void judge_exit(struct judge *judge, enum machine_exit how, int detail,
                const char *said);

/** Something outside the machine failed: INFRA. */
void judge_infra(struct judge *judge, const char *fmt, ...) PRINTF(2, 3);

/** Write the judgement into @run: verdict (the scenario's "verdict" and
 * "xfail" considered), message, cases. */
void judge_conclude(struct judge *judge, struct run_result *run);

/** The stream with that id; made when it has not been seen before. */
struct stream *judge_stream(struct judge *judge, unsigned id);

/* Between judge.c and judge_end.c, judge_limits.c, judge_steps.c. */
void judge_decide(struct judge *judge, enum verdict verdict, const char *fmt,
                  ...) PRINTF(3, 4);
void judge_look_for_completion(struct judge *judge);
void judge_steps(struct judge *judge, int64_t now);
void judge_steps_quiet(struct judge *judge, int64_t now);
void judge_check_steps_at_end(struct judge *judge);
bool judge_reports_complete(const struct judge *judge);
int64_t judge_scaled(const struct judge *judge, uint32_t ms);

#endif
