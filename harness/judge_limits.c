/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: silence, the total limit, a step's own, and what is said then. */
#include <stdlib.h>

#include "judge.h"

/* A prompt has no newline: after this much quiet the end of what came counts
 * as the end of a line for steps. */
#define PROMPT_MS 50

/* When tests have failed nothing is to be proved any more: whether the machine
 * powers off is waited for no longer than an orderly end takes. */
#define OFF_MS 5000

static unsigned failed_tests(const struct judge *judge)
{
	unsigned failed = 0;

	for (size_t i = 0; i < judge->stream_count; i++) {
		failed += judge->streams[i]->tally.failed;
	}
	return failed;
}

static bool only_ends(const struct judge *judge)
{
	return judge->state == JUDGE_COMPLETE && failed_tests(judge) > 0;
}

static int64_t silence_of(const struct judge *judge)
{
	uint32_t ms = judge->sc->silence_ms;

	return judge_scaled(judge,
	                    only_ends(judge) && ms > OFF_MS ? OFF_MS : ms);
}

int64_t judge_scaled(const struct judge *judge, uint32_t ms)
{
	return (int64_t)((double)ms * judge->scale);
}

/* What is being waited for, in words for a HANG or TIMEOUT. */
static char *waiting_for(const struct judge *judge)
{
	if (judge->state == JUDGE_COMPLETE) {
		return xstrdup("the machine to power off");
	}
	if (judge->step < judge->sc->step_count) {
		const struct step *step = &judge->sc->steps[judge->step];

		return xasprintf("step %s: expect \"%s\"", step->name,
		                 step->expect.text != NULL ? step->expect.text
		                                           : "");
	}
	for (size_t i = 0; i < judge->stream_count; i++) {
		const struct stream *stream = judge->streams[i];

		if (!stream->wants_report || stream->tally.is_ended) {
			continue;
		}
		if (stream->tally.running != NULL) {
			return xasprintf("test %s of %s", stream->tally.running,
			                 stream->name);
		}
		return xasprintf("the report of %s", stream->name);
	}
	return xasprintf("verdict %s", verdict_name(judge->wanted));
}

void judge_tick(struct judge *judge, int64_t now)
{
	int64_t silence;
	int64_t total = judge_scaled(judge, judge->sc->timeout_ms);
	char *what;

	if (judge->state == JUDGE_RUNNING) {
		if (!judge->is_quiet && now - judge->last_output >= PROMPT_MS) {
			judge->is_quiet = true;
			judge_steps_quiet(judge, now);
		}
		judge_steps(judge, now);
		judge_look_for_completion(judge);
	}
	if (judge->state == JUDGE_DYING && now >= judge->dying_until) {
		judge->state = JUDGE_OVER;
	}
	if (judge->state == JUDGE_OVER || judge->state == JUDGE_DYING ||
	    !judge->has_limits) {
		return;
	}
	silence = silence_of(judge);
	what = waiting_for(judge);
	if (now - judge->last_output >= silence && only_ends(judge)) {
		judge->is_stuck = true;
		judge_decide(judge, VERDICT_FAIL,
		             "%u failed, and the machine does not power off",
		             failed_tests(judge));
	} else if (now - judge->last_output >= silence) {
		judge_decide(judge, VERDICT_HANG,
		             "silent for %lld ms, waiting for %s",
		             (long long)silence, what);
	} else if (now - judge->start >= total) {
		judge_decide(judge, VERDICT_TIMEOUT,
		             "not done after %lld ms, waiting for %s",
		             (long long)total, what);
	} else if (judge->step_is_armed && now >= judge->step_deadline) {
		judge_decide(judge, VERDICT_TIMEOUT,
		             "limit of the step passed, waiting for %s", what);
	}
	free(what);
}

void judge_pause(struct judge *judge, int64_t ms)
{
	judge->start += ms;
	judge->last_output += ms;
	judge->dying_until += ms;
	judge->step_deadline += ms;
}

int64_t judge_deadline(const struct judge *judge)
{
	int64_t next =
		judge->start + judge_scaled(judge, judge->sc->timeout_ms);
	int64_t silent = judge->last_output + silence_of(judge);

	if (judge->state == JUDGE_DYING) {
		return judge->dying_until;
	}
	if (judge->state == JUDGE_OVER) {
		return INT64_MAX;
	}
	if (judge->state == JUDGE_RUNNING && !judge->is_quiet &&
	    judge->step < judge->sc->step_count) {
		return judge->last_output + PROMPT_MS;
	}
	if (!judge->has_limits) {
		return INT64_MAX;
	}
	next = silent < next ? silent : next;
	if (judge->step_is_armed && judge->step_deadline < next) {
		next = judge->step_deadline;
	}
	return next;
}
