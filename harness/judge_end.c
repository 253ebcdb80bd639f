/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's end, and what the whole comes to. */
#include <stdlib.h>
#include <string.h>

#include "judge.h"

static void check_reports_at_end(struct judge *judge)
{
	for (size_t i = 0; i < judge->stream_count; i++) {
		struct stream *stream = judge->streams[i];
		struct tally *tally = &stream->tally;

		if (!stream->wants_report && !tally->is_begun) {
			continue;
		}
		tally_finish(tally);
		if (tally->fault != NULL) {
			judge_decide(judge, VERDICT_FAIL, "%s: %s",
			             stream->name, tally->fault);
		}
	}
}

/* A machine that powered off: was it time? */
static void check_off(struct judge *judge)
{
	const struct scenario *sc = judge->sc;

	if (judge->step < sc->step_count) {
		const struct step *step = &sc->steps[judge->step];

		judge_decide(judge, VERDICT_FAIL,
		             "the machine ended before step %s: expect \"%s\"",
		             step->name,
		             step->expect.text != NULL ? step->expect.text
		                                       : "");
	}
	check_reports_at_end(judge);
	if (sc->end == END_KILL && judge->state == JUDGE_RUNNING) {
		judge_decide(judge, VERDICT_FAIL,
		             "the machine ended by itself, and should not");
	}
}

/* Bytes without a newline at the end of all: the judge saw no line yet. */
static void end_half_lines(struct judge *judge)
{
	for (size_t i = 0; i < judge->stream_count; i++) {
		struct stream *stream = judge->streams[i];
		const size_t mark = strlen(FRAME_MARK);

		if (stream->line_len >= mark && !judge->greatest_text &&
		    memcmp(stream->line, FRAME_MARK, mark) == 0) {
			tally_broken(&stream->tally, "half a line");
		}
	}
}

void judge_exit(struct judge *judge, enum machine_exit how, int detail,
                const char *said)
{
	const char *colon = *said != '\0' ? ": " : "";

	end_half_lines(judge);
	judge_check_steps_at_end(judge);
	switch (how) {
	case EXIT_OFF:
		check_off(judge);
		break;
	case EXIT_RESET:
		judge_decide(judge, VERDICT_FAIL,
		             "the machine asked for a reset");
		break;
	case EXIT_SIGNAL:
		judge_infra(judge, "QEMU died by signal %d (%s)%s%s", detail,
		            strsignal(detail), colon, said);
		break;
	case EXIT_STATUS:
		if (judge->total_bytes == 0) {
			judge_infra(judge, "QEMU ended with status %d%s%s",
			            detail, colon, said);
		} else {
			judge_decide(judge, VERDICT_FAIL,
			             "QEMU ended with status %d%s%s", detail,
			             colon, said);
		}
		break;
	}
	judge->state = JUDGE_OVER;
}

/* Failed tests, when nothing worse happened. */
static void count_tests(struct judge *judge)
{
	unsigned passed = 0, failed = 0, skipped = 0;

	for (size_t i = 0; i < judge->stream_count; i++) {
		const struct stream *stream = judge->streams[i];
		const struct tally *tally = &stream->tally;

		passed += tally->passed;
		failed += tally->failed;
		skipped += tally->skipped;
		if (stream->wants_report && judge->verdict == VERDICT_PASS &&
		    tally->passed + tally->failed + tally->skipped == 0) {
			judge->verdict = VERDICT_FAIL;
			free(judge->message);
			judge->message =
				xasprintf("%s: no test was run", stream->name);
		}
	}
	if (judge->verdict != VERDICT_PASS) {
		return;
	}
	if (failed > 0) {
		judge->verdict = VERDICT_FAIL;
		free(judge->message);
		judge->message = xasprintf("%u of %u tests failed", failed,
		                           passed + failed + skipped);
	} else if (passed == 0 && skipped > 0) {
		judge->verdict = VERDICT_SKIP;
		free(judge->message);
		judge->message = xasprintf("all %u tests skipped", skipped);
	}
}

/* The scenario may be about a bad end. */
static void apply_wanted_verdict(struct judge *judge)
{
	const struct scenario *sc = judge->sc;
	enum verdict got = judge->verdict;
	char *message = NULL;

	if (judge->wanted == VERDICT_PASS || got == VERDICT_INFRA) {
		return;
	}
	if (got != judge->wanted) {
		message = xasprintf(
			"came to %s, must come to %s%s%s", verdict_name(got),
			verdict_name(judge->wanted),
			*judge->message != '\0' ? ": " : "", judge->message);
	} else if (judge->step < sc->step_count) {
		message = xasprintf("came to %s, but without step %s",
		                    verdict_name(got),
		                    sc->steps[judge->step].name);
	}
	free(judge->message);
	judge->message = message != NULL ? message : xstrdup("");
	judge->verdict = message != NULL ? VERDICT_FAIL : VERDICT_PASS;
}

static void apply_xfail(struct judge *judge)
{
	const char *reason = judge->sc->xfail;
	char *message;

	if (reason == NULL || judge->verdict == VERDICT_INFRA ||
	    judge->verdict == VERDICT_SKIP) {
		return;
	}
	if (verdict_is_failure(judge->verdict)) {
		message =
			xasprintf("%s (%s: %s)", reason,
		                  verdict_name(judge->verdict), judge->message);
		judge->verdict = VERDICT_XFAIL;
	} else {
		message = xasprintf("passed, though it should not: %s", reason);
		judge->verdict = VERDICT_XPASS;
	}
	free(judge->message);
	judge->message = message;
}

/* Cases of all reports; then the scenario's own, which it is as a whole. */
static void list_cases(const struct judge *judge, struct run_result *run)
{
	const struct scenario *sc = judge->sc;
	struct case_result *own;

	for (size_t i = 0; i < judge->stream_count; i++) {
		const struct run_result *found =
			&judge->streams[i]->tally.found;

		for (size_t c = 0; c < found->case_count; c++) {
			const struct case_result *from = &found->cases[c];
			struct case_result *to = run_add_case(
				run, from->name, from->verdict, from->message);

			to->file =
				from->file != NULL ? xstrdup(from->file) : NULL;
			to->line = from->line;
		}
	}
	for (size_t i = 0; i < judge->stream_count; i++) {
		const struct run_result *found =
			&judge->streams[i]->tally.found;

		for (size_t f = 0; f < found->figure_count; f++) {
			const struct figure *figure = &found->figures[f];

			run_add_figure(run, figure->row, figure->value,
			               figure->unit);
		}
	}
	if (run->case_count > 0 && sc->cases.count == 0) {
		return;
	}
	own = run_add_case(run, sc->name,
	                   judge->verdict == VERDICT_SKIP       ? VERDICT_SKIP
	                   : verdict_is_failure(judge->verdict) ? VERDICT_FAIL
	                                                        : VERDICT_PASS,
	                   judge->message);
	for (size_t i = 0; i < sc->cases.count; i++) {
		own->ids = xrealloc(own->ids,
		                    (own->id_count + 1) * sizeof(*own->ids));
		own->ids[own->id_count++] = sc->cases.v[i];
	}
}

void judge_conclude(struct judge *judge, struct run_result *run)
{
	count_tests(judge);
	apply_wanted_verdict(judge);
	list_cases(judge, run);
	apply_xfail(judge);
	run->verdict = judge->verdict;
	result_set(&run->message, judge->message);
}
