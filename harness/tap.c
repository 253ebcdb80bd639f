/* SPDX-License-Identifier: BSD-2-Clause */
#include "tap.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "progress.h"
#include "result.h"

void tap_init(struct tap *tap, const char *part)
{
	*tap = (struct tap){ .part = part, .last = now_seconds() };
}

static struct run_result *add(struct tap *tap, const char *name,
                              enum verdict verdict, const char *message)
{
	struct run_result *run = run_list_add(&tap->runs);
	double now = now_seconds();

	result_set(&run->part, tap->part);
	result_set(&run->name, name);
	result_set(&run->lane, "host");
	result_set(&run->board, "host");
	result_set(&run->message, message);
	run->verdict = verdict;
	run->attempts = 1;
	run->seconds = now - tap->last;
	tap->last = now;
	return run;
}

/* A point is shown when its diagnosis can no longer follow. */
static void show_pending(struct tap *tap)
{
	struct run_result *run;

	if (tap->is_pending) {
		run = &tap->runs.runs[tap->runs.count - 1];
		run_add_case(run, run->name, run->verdict, run->message);
		progress_done(run);
		tap->is_pending = false;
	}
}

static void on_point(struct tap *tap, char *rest, enum verdict verdict)
{
	char *directive = strstr(rest, " # ");
	const char *message = "";

	show_pending(tap);
	rest += strspn(rest, " 0123456789");
	rest += strncmp(rest, "- ", 2) == 0 ? 2 : 0;
	if (directive != NULL && strncasecmp(directive + 3, "SKIP", 4) == 0) {
		message = directive + 7 + strspn(directive + 7, " ");
		verdict = VERDICT_SKIP;
		*directive = '\0';
	}
	add(tap, rest, verdict, message);
	tap->is_pending = true;
	tap->points++;
}

/* The escapes that a double-quoted scalar of ours may have, in place. */
static void unescape(char *text)
{
	char *out = text;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0') {
			text++;
			*out++ = *text == 'n' ? '\n' : *text;
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

/* "message: TEXT" of the YAML block; other keys are for the log. */
static void on_yaml(struct tap *tap, char *line)
{
	struct run_result *run = &tap->runs.runs[tap->runs.count - 1];
	char *value = strstr(line, "message:");
	size_t len;

	if (value == NULL || !tap->is_pending) {
		return;
	}
	value += strlen("message:");
	value += strspn(value, " ");
	len = strlen(value);
	if (len >= 2 && (*value == '"' || *value == '\'') &&
	    value[len - 1] == *value) {
		value[len - 1] = '\0';
		if (*value++ == '"') {
			unescape(value);
		}
	}
	result_set(&run->message, value);
}

static void on_line(struct tap *tap, char *line)
{
	if (strncmp(line, "ok", 2) == 0 &&
	    (line[2] == ' ' || line[2] == '\0')) {
		on_point(tap, line + 2, VERDICT_PASS);
	} else if (strncmp(line, "not ok", 6) == 0) {
		on_point(tap, line + 6, VERDICT_FAIL);
	} else if (strncmp(line, "1..", 3) == 0) {
		tap->has_plan = true;
		tap->plan = strtoul(line + 3, NULL, 10);
	} else if (strncmp(line, "Bail out!", 9) == 0) {
		show_pending(tap);
		add(tap, tap->part, VERDICT_FAIL, line);
		tap->is_pending = true;
	} else if (*line == ' ') {
		on_yaml(tap, line);
	}
}

void tap_feed(struct tap *tap, const void *data, size_t len)
{
	uint8_t *newline;

	bytes_add(&tap->in, data, len);
	while (tap->in.len > 0 &&
	       (newline = memchr(tap->in.data, '\n', tap->in.len)) != NULL) {
		*newline = '\0';
		on_line(tap, (char *)tap->in.data);
		bytes_drop(&tap->in, (size_t)(newline - tap->in.data) + 1);
	}
}

void tap_fail(struct tap *tap, const char *why)
{
	progress_done(add(tap, tap->part, VERDICT_FAIL, why));
}

void tap_finish(struct tap *tap)
{
	show_pending(tap);
	bytes_fini(&tap->in);
}

void tap_end(struct tap *tap, int status)
{
	char *why = NULL;
	bool has_failure = false;

	tap_finish(tap);
	for (size_t i = 0; i < tap->runs.count; i++) {
		has_failure |= verdict_is_failure(tap->runs.runs[i].verdict);
	}
	if (WIFSIGNALED(status)) {
		why = xasprintf("died by signal %d", WTERMSIG(status));
	} else if (WEXITSTATUS(status) != 0 && !has_failure) {
		why = xasprintf("ended with status %d", WEXITSTATUS(status));
	} else if (!tap->has_plan || tap->points == 0) {
		why = xstrdup("printed no plan or no test point");
	} else if (tap->points != tap->plan) {
		why = xasprintf("planned %lu, %lu came", tap->plan,
		                tap->points);
	}
	if (why != NULL) {
		tap_fail(tap, why);
		free(why);
	}
}
