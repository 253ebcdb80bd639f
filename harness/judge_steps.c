/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking through the steps: send, expect, never. */
#include <stdlib.h>

#include "judge.h"

/* On lane ref there is one stream, whatever the VM is called. */
static unsigned stream_of(const struct judge *judge,
                          const struct step_text *text)
{
	return judge->lane == LANE_REF ? FRAME_SRC_REF : text->stream;
}

static void arm_never(struct judge *judge, const struct step *step)
{
	struct stream *stream =
		judge_stream(judge, stream_of(judge, &step->never));
	struct watch_never *never;

	judge->nevers = xrealloc(judge->nevers,
	                         (judge->never_count + 1) * sizeof(*never));
	never = &judge->nevers[judge->never_count++];
	*never = (struct watch_never){
		.step = step,
		.stream = stream->id,
		.from = watch_end(&stream->text),
	};
}

static void arm(struct judge *judge, const struct step *step, int64_t now)
{
	judge->step_is_armed = true;
	judge->step_deadline = INT64_MAX;
	if (step->timeout_ms != 0 && judge->has_limits) {
		judge->step_deadline =
			now + judge_scaled(judge, step->timeout_ms);
	}
	if (step->never.text != NULL) {
		arm_never(judge, step);
	}
	if (step->expect.text != NULL) {
		struct stream *stream =
			judge_stream(judge, stream_of(judge, &step->expect));

		stream->text.tried = stream->text.after;
	}
	if (step->send.text != NULL && judge->hooks.send != NULL) {
		judge->hooks.send(judge->hooks.ctx,
		                  stream_of(judge, &step->send),
		                  step->send.text);
	}
}

static bool is_met(struct judge *judge, const struct step *step, bool is_final)
{
	struct step_text expect = step->expect;
	struct stream *stream;

	if (expect.text == NULL) {
		return true;
	}
	stream = judge_stream(judge, stream_of(judge, &expect));
	if (!watch_find(&stream->text, &expect, is_final,
	                &stream->text.tried)) {
		return false;
	}
	stream->text.after = stream->text.tried;
	return true;
}

static void check_nevers(struct judge *judge, bool is_final)
{
	for (size_t i = 0; i < judge->never_count; i++) {
		struct watch_never *never = &judge->nevers[i];
		struct step_text regex = never->step->never;
		struct stream *stream = judge_stream(judge, never->stream);

		if (watch_find(&stream->text, &regex, is_final, &never->from)) {
			judge_decide(judge, VERDICT_FAIL,
			             "step %s: never \"%s\" matched in %s",
			             never->step->name, regex.text,
			             stream->name);
		}
	}
}

static void trim(struct judge *judge)
{
	for (size_t i = 0; i < judge->stream_count; i++) {
		uint64_t floor = UINT64_MAX;

		for (size_t n = 0; n < judge->never_count; n++) {
			if (judge->nevers[n].stream == judge->streams[i]->id &&
			    judge->nevers[n].from < floor) {
				floor = judge->nevers[n].from;
			}
		}
		watch_trim(&judge->streams[i]->text, floor);
	}
}

static void walk(struct judge *judge, int64_t now, bool is_final)
{
	const struct scenario *sc = judge->sc;

	check_nevers(judge, is_final);
	while (judge->step < sc->step_count) {
		const struct step *step = &sc->steps[judge->step];

		if (!judge->step_is_armed) {
			arm(judge, step, now);
		}
		if (!is_met(judge, step, is_final)) {
			break;
		}
		judge->step++;
		judge->step_is_armed = false;
		/* Each step has the whole silence limit for itself. */
		judge->last_output = now;
	}
	/* A never armed just now may already stand in the same bytes. */
	check_nevers(judge, is_final);
	trim(judge);
}

void judge_steps(struct judge *judge, int64_t now)
{
	if (judge->sc->step_count > 0) {
		walk(judge, now, false);
	}
}

/* A pause: what stands there may be a prompt. "never" still waits for more. */
void judge_steps_quiet(struct judge *judge, int64_t now)
{
	const struct scenario *sc = judge->sc;

	if (judge->step < sc->step_count && judge->step_is_armed &&
	    is_met(judge, &sc->steps[judge->step], true)) {
		judge->step++;
		judge->step_is_armed = false;
		walk(judge, now, false);
	}
}

void judge_check_steps_at_end(struct judge *judge)
{
	if (judge->sc->step_count > 0) {
		walk(judge, judge->last_output, true);
	}
}
