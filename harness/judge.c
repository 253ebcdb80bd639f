/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams and lines. Limits: judge_limits.c; steps: judge_steps.c; the end:
 * judge_end.c. */
#include "judge.h"

#include <abi/console.h>
#include <stdlib.h>
#include <string.h>

/* After a death string: how long for registers and backtrace to arrive. */
#define LAST_WORDS_MS 1500

/* What hyp says of a fault that its build does not know. */
#define NO_MUTANT "hyp: no such mutant"

/* More output than any test has reason for: it will not end by itself. */
#define OUTPUT_MAX (64ull << 20)

void judge_decide(struct judge *judge, enum verdict verdict, const char *fmt,
                  ...)
{
	va_list args;

	if (judge->state == JUDGE_OVER || judge->state == JUDGE_DYING) {
		return; /* the first decision stands */
	}
	va_start(args, fmt);
	free(judge->message);
	judge->message = xvasprintf(fmt, args);
	va_end(args);
	judge->verdict = verdict;
	judge->state = JUDGE_OVER;
}

void judge_infra(struct judge *judge, const char *fmt, ...)
{
	va_list args;
	char *why;

	va_start(args, fmt);
	why = xvasprintf(fmt, args);
	va_end(args);
	judge_decide(judge, VERDICT_INFRA, "%s", why);
	free(why);
}

static char *name_stream(const struct judge *judge, unsigned id)
{
	const struct vm *vm = scenario_vm(judge->sc, id);

	if (judge->lane == LANE_REF) {
		return xstrdup(judge->sc->vms[0].name);
	}
	if (id == CONSOLE_STREAM_HYP) {
		return xstrdup(HYP_STREAM);
	}
	if (vm != NULL) {
		return xstrdup(vm->name);
	}
	return id == VMID_ROOT ? xstrdup(ROOT_VM_NAME) : xasprintf("vm%u", id);
}

struct stream *judge_stream(struct judge *judge, unsigned id)
{
	struct stream *stream;

	for (size_t i = 0; i < judge->stream_count; i++) {
		if (judge->streams[i]->id == id) {
			return judge->streams[i];
		}
	}
	judge->streams =
		xrealloc(judge->streams,
	                 (judge->stream_count + 1) * sizeof(*judge->streams));
	stream = xcalloc(1, sizeof(*stream));
	judge->streams[judge->stream_count++] = stream;
	stream->id = id;
	stream->name = name_stream(judge, id);
	tally_init(&stream->tally, id);
	return stream;
}

void judge_init(struct judge *judge, const struct scenario *sc, enum lane lane,
                const struct judge_hooks *hooks, int64_t now)
{
	*judge = (struct judge){
		.sc = sc,
		.lane = lane,
		.wanted = sc->verdict,
		.has_limits = true,
		.greatest_text = sc->greatest_text,
		.scale = 1.0,
		.hooks = *hooks,
		.start = now,
		.last_output = now,
		.message = xstrdup(""),
	};
	if (lane == LANE_REF) {
		judge_stream(judge, FRAME_SRC_REF)->wants_report =
			sc->vms[0].report;
		return;
	}
	judge_stream(judge, CONSOLE_STREAM_HYP)->wants_report = sc->report;
	for (size_t i = 0; i < sc->vm_count && !sc->no_bundle; i++) {
		judge_stream(judge, sc->vms[i].vmid)->wants_report =
			sc->vms[i].report;
	}
}

void judge_fini(struct judge *judge)
{
	for (size_t i = 0; i < judge->stream_count; i++) {
		struct stream *stream = judge->streams[i];

		tally_fini(&stream->tally);
		watch_fini(&stream->text);
		free(stream->name);
		free(stream);
	}
	free(judge->streams);
	free(judge->nevers);
	free(judge->message);
	*judge = (struct judge){ 0 };
}

bool judge_reports_complete(const struct judge *judge)
{
	for (size_t i = 0; i < judge->stream_count; i++) {
		const struct stream *stream = judge->streams[i];

		if (stream->wants_report && !stream->tally.is_ended) {
			return false;
		}
	}
	return true;
}

/* A death string stands at the beginning of a line of the right stream. */
static const char *find_death(const struct judge *judge,
                              const struct stream *stream)
{
	static const char *const of_hyp[] = { CONSOLE_HYP_PANIC,
		                              CONSOLE_FIRMWARE_FATAL };
	static const char *const of_guest[] = { CONSOLE_GUEST_FATAL };
	bool is_hyp =
		judge->lane != LANE_REF && stream->id == CONSOLE_STREAM_HYP;
	const char *const *deaths = is_hyp ? of_hyp : of_guest;
	size_t count = is_hyp ? ARRAY_COUNT(of_hyp) : ARRAY_COUNT(of_guest);

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(deaths[i]);

		if (stream->line_len >= len &&
		    memcmp(stream->line, deaths[i], len) == 0) {
			return deaths[i];
		}
	}
	return NULL;
}

/* The first death counts; its line may still be coming. */
static void die(struct judge *judge, struct stream *stream, bool is_whole,
                int64_t now)
{
	if (judge->state == JUDGE_DYING && judge->last_words == stream) {
		free(judge->message);
		judge->message =
			xasprintf("%s: %s", stream->name, stream->line);
	} else if (judge->state != JUDGE_OVER && judge->state != JUDGE_DYING) {
		judge_decide(judge, VERDICT_CRASH, "%s: %s", stream->name,
		             stream->line);
		judge->state = JUDGE_DYING;
		judge->dying_until = now + judge_scaled(judge, LAST_WORDS_MS);
		judge->last_words = stream;
	}
	if (is_whole) {
		judge->last_words = NULL;
	}
}

/* A whole line stands in stream->line. */
static void end_line(struct judge *judge, struct stream *stream, int64_t now)
{
	struct frame frame;
	const char *why;
	size_t len = stream->line_len;

	if (len > 0 && stream->line[len - 1] == '\r') {
		len--;
	}
	stream->line[len] = '\0';
	if (find_death(judge, stream) != NULL) {
		die(judge, stream, true, now);
	}
	if (stream->id == CONSOLE_STREAM_HYP && judge->lane != LANE_REF &&
	    strncmp(stream->line, NO_MUTANT, strlen(NO_MUTANT)) == 0) {
		/* Else a misspelt fault would look like one that is caught. */
		judge_infra(judge, "%s", stream->line);
	}
	if (!stream->line_too_long) {
		switch (frame_parse(stream->line, len, &frame, &why)) {
		case FRAME_OK:
			tally_frame(&stream->tally, &frame);
			if (judge->hooks.frame != NULL) {
				judge->hooks.frame(judge->hooks.ctx, stream->id,
				                   &frame);
			}
			break;
		case FRAME_BROKEN:
			tally_broken(&stream->tally, why);
			break;
		case FRAME_NOT:
			if (judge->greatest_text) {
				tally_greatest_line(&stream->tally,
				                    stream->line);
			}
			break;
		}
	}
	stream->line_len = 0;
	stream->line_too_long = false;
}

static void add_to_line(struct stream *stream, const uint8_t *data, size_t len)
{
	size_t room = sizeof(stream->line) - 1 - stream->line_len;

	if (len > room) {
		stream->line_too_long = true;
		len = room;
	}
	memcpy(stream->line + stream->line_len, data, len);
	stream->line_len += len;
}

static void take_lines(struct judge *judge, struct stream *stream,
                       const uint8_t *data, size_t len, int64_t now)
{
	while (len > 0) {
		const uint8_t *newline = memchr(data, '\n', len);
		size_t part = newline != NULL ? (size_t)(newline - data) : len;

		add_to_line(stream, data, part);
		if (newline != NULL) {
			end_line(judge, stream, now);
			part++;
		}
		data += part;
		len -= part;
	}
	/* The last words may never get their newline. */
	if (find_death(judge, stream) != NULL) {
		stream->line[stream->line_len] = 0;
		die(judge, stream, false, now);
	}
}

/* What the reports alone decide, as soon as it is certain. */
static void look_at_report(struct judge *judge, const struct stream *stream)
{
	if (stream->tally.fault != NULL && !judge->greatest_text) {
		judge_decide(judge, VERDICT_FAIL, "%s: %s", stream->name,
		             stream->tally.fault);
	}
}

static bool all_is_seen(const struct judge *judge)
{
	return judge->step == judge->sc->step_count &&
	       judge_reports_complete(judge);
}

void judge_look_for_completion(struct judge *judge)
{
	if (judge->state != JUDGE_RUNNING || !all_is_seen(judge)) {
		return;
	}
	if (judge->wanted != VERDICT_PASS) {
		return; /* the worst is still to come */
	}
	if (judge->sc->end == END_OFF) {
		judge->state = JUDGE_COMPLETE;
	} else {
		judge->state = JUDGE_OVER; /* verdict PASS, for now */
	}
}

void judge_bytes(struct judge *judge, unsigned id, const uint8_t *data,
                 size_t len, int64_t now)
{
	struct stream *stream = judge_stream(judge, id);

	judge->last_output = now;
	judge->is_quiet = false;
	judge->total_bytes += len;
	stream->bytes += len;
	take_lines(judge, stream, data, len, now);
	look_at_report(judge, stream);
	if (judge->sc->step_count > 0) {
		watch_add(&stream->text, data, len);
		judge_steps(judge, now);
	}
	judge_look_for_completion(judge);
	if (judge->total_bytes > OUTPUT_MAX) {
		judge_decide(judge, VERDICT_TIMEOUT,
		             "more than %llu MiB of output, and no end",
		             OUTPUT_MAX >> 20);
	}
}
