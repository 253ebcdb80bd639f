/* SPDX-License-Identifier: BSD-2-Clause */
/* Following a report made of frames. greatest's text: tally_greatest.c. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

void tally_init(struct tally *tally, unsigned stream)
{
	*tally = (struct tally){ .stream = stream };
}

void tally_fini(struct tally *tally)
{
	free(tally->suite);
	free(tally->running);
	free(tally->values);
	free(tally->fault);
	run_result_fini(&tally->found);
	*tally = (struct tally){ 0 };
}

/* Only the first fault counts: what follows is often its consequence. */
static void fault(struct tally *tally, const char *fmt, ...) PRINTF(2, 3);

static void fault(struct tally *tally, const char *fmt, ...)
{
	va_list args;

	if (tally->fault != NULL) {
		return;
	}
	va_start(args, fmt);
	tally->fault = xvasprintf(fmt, args);
	va_end(args);
}

/* Split "WORD REST" in place. @return REST, "" when there is none. */
static char *split_word(char *text)
{
	char *rest = strchr(text, ' ');

	if (rest == NULL) {
		return text + strlen(text);
	}
	*rest = '\0';
	return rest + 1;
}

static bool read_count(const char *text, unsigned long *value)
{
	char *end;

	*value = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == '\0';
}

static void close_suite(struct tally *tally)
{
	if (tally->plan_due) {
		fault(tally, "suite %s has no plan", tally->suite);
	} else if (tally->has_plan && tally->plan_done != tally->plan) {
		fault(tally, "suite %s planned %lu tests, %lu came",
		      tally->suite, tally->plan, tally->plan_done);
	}
	tally->plan_due = tally->has_plan = false;
	free(tally->suite);
	tally->suite = NULL;
}

/* A test that began and never ended is a failed case. */
static void abandon_running(struct tally *tally, const char *why)
{
	if (tally->running == NULL) {
		return;
	}
	run_add_case(&tally->found, tally->running, VERDICT_FAIL, why);
	fault(tally, "test %s: %s", tally->running, why);
	free(tally->running);
	tally->running = NULL;
}

static void on_suite(struct tally *tally, char *text)
{
	close_suite(tally);
	tally->suite = xstrdup(text);
	tally->plan_due = true;
}

static void on_plan(struct tally *tally, char *text)
{
	if (!tally->plan_due || !read_count(text, &tally->plan)) {
		fault(tally, "a plan out of place: \"%s\"", text);
	}
	tally->plan_due = false;
	tally->has_plan = true;
	tally->plan_done = 0;
}

static void on_begin(struct tally *tally, char *text)
{
	if (tally->plan_due) {
		fault(tally, "suite %s has no plan", tally->suite);
		tally->plan_due = false;
	} else if (tally->has_plan && tally->plan_done == tally->plan) {
		fault(tally, "suite %s planned %lu tests, more came",
		      tally->suite, tally->plan);
	}
	tally->running = xstrdup(text);
}

/* "FILE:LINE MESSAGE": taken apart into @res. */
static void read_place(struct case_result *res, char *text)
{
	char *message = split_word(text);
	char *colon = strrchr(text, ':');
	unsigned long line;

	if (colon == NULL || !read_count(colon + 1, &line)) {
		return;
	}
	*colon = '\0';
	res->file = xstrdup(text);
	res->line = (unsigned)line;
	frame_unescape(message);
	result_set(&res->message, message);
}

static void on_result(struct tally *tally, enum frame_kind kind, char *text)
{
	char *message = split_word(text);
	enum verdict verdict = kind == KIND_PASS   ? VERDICT_PASS
	                       : kind == KIND_FAIL ? VERDICT_FAIL
	                                           : VERDICT_SKIP;
	struct case_result *res;
	char *plain;

	if (tally->running == NULL || strcmp(tally->running, text) != 0) {
		fault(tally, "a result for test %s, which has not begun", text);
	}
	free(tally->running);
	tally->running = NULL;

	plain = xstrdup(message);
	frame_unescape(plain);
	res = run_add_case(&tally->found, text, verdict, plain);
	free(plain);
	if (verdict == VERDICT_FAIL) {
		read_place(res, message);
	}
	tally->passed += verdict == VERDICT_PASS;
	tally->failed += verdict == VERDICT_FAIL;
	tally->skipped += verdict == VERDICT_SKIP;
	tally->plan_done++;
}

static void on_bench(struct tally *tally, char *text)
{
	char *value = split_word(text);
	char *unit = split_word(value);
	char *end;
	double number = strtod(value, &end);

	if (*value < '0' || *value > '9' || *end != '\0' || *unit == '\0') {
		fault(tally, "a figure without value or unit: %s", text);
		return;
	}
	run_add_figure(&tally->found, text, number, unit);
}

static void on_end(struct tally *tally, char *text)
{
	char *failed = split_word(text);
	char *skipped = split_word(failed);
	unsigned long p, f, s;

	close_suite(tally);
	if (!read_count(text, &p) || !read_count(failed, &f) ||
	    !read_count(skipped, &s)) {
		fault(tally, "the end has no counts");
	} else if (p != tally->passed || f != tally->failed ||
	           s != tally->skipped) {
		fault(tally,
		      "the end counts %lu passed, %lu failed, %lu skipped; "
		      "%u, %u and %u came",
		      p, f, s, tally->passed, tally->failed, tally->skipped);
	}
	tally->is_ended = true;
}

static bool is_in_order(struct tally *tally, const struct frame *frame)
{
	if (frame->src != tally->stream) {
		fault(tally, "a forged frame: it says it is from %02x",
		      frame->src);
		return false;
	}
	if (tally->is_ended) {
		fault(tally, "frame %lu (%s) after the end of the report",
		      frame->seq, frame_kind_name(frame->kind));
		return false;
	}
	if (frame->seq != tally->next_seq) {
		fault(tally,
		      frame->seq > tally->next_seq
		              ? "a lost frame: %lu came where %lu was due"
		              : "a doubled frame: %lu came where %lu was due",
		      frame->seq, tally->next_seq);
	}
	tally->next_seq = frame->seq + 1;
	return true;
}

void tally_frame(struct tally *tally, const struct frame *frame)
{
	char text[FRAME_MAX];

	if (!is_in_order(tally, frame)) {
		return;
	}
	tally->is_begun = true;
	strcpy(text, frame->text);
	switch (frame->kind) {
	case KIND_SUITE:
	case KIND_PLAN:
	case KIND_BEGIN:
	case KIND_END:
		abandon_running(tally, "began and has no result");
		break;
	case KIND_PASS:
	case KIND_FAIL:
	case KIND_SKIP:
	case KIND_BENCH:
	case KIND_NOTE:
	case KIND_COUNT:
		break;
	}
	switch (frame->kind) {
	case KIND_SUITE:
		on_suite(tally, text);
		break;
	case KIND_PLAN:
		on_plan(tally, text);
		break;
	case KIND_BEGIN:
		on_begin(tally, text);
		break;
	case KIND_PASS:
	case KIND_FAIL:
	case KIND_SKIP:
		on_result(tally, frame->kind, text);
		break;
	case KIND_BENCH:
		on_bench(tally, text);
		break;
	case KIND_END:
		on_end(tally, text);
		break;
	case KIND_NOTE:
	case KIND_COUNT:
		break;
	}
}

void tally_broken(struct tally *tally, const char *why)
{
	tally->is_begun = true;
	fault(tally, "a broken frame after frame %ld: %s",
	      (long)tally->next_seq - 1, why);
}

void tally_finish(struct tally *tally)
{
	if (!tally->is_ended) {
		abandon_running(tally, "began and has no result");
		fault(tally, tally->is_begun ? "the report has no end"
		                             : "there is no report");
	}
}
