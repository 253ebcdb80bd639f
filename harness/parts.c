/* SPDX-License-Identifier: BSD-2-Clause */
/* Running lint, unit, self-test and so on: programs that print TAP. */
#include "parts.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "paths.h"
#include "progress.h"
#include "result.h"
#include "signals.h"
#include "spawn.h"

static const char *const parts[] = { "lint",  "unit",  "self-test",
	                             "debug", "sweep", "fresh" };

struct tap {
	const char *part;
	struct run_list *list;
	size_t first;    /* index of this part's first run */
	bool is_pending; /* the last run may still get its message */
	bool has_plan;
	unsigned long plan, points;
	double last; /* now_seconds() of the last point */
};

bool part_exists(const char *name)
{
	for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
		if (strcmp(parts[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static struct run_result *add(struct tap *tap, const char *name,
                              enum verdict verdict, const char *message)
{
	struct run_result *run = run_list_add(tap->list);
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
		run = &tap->list->runs[tap->list->count - 1];
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
	struct run_result *run = &tap->list->runs[tap->list->count - 1];
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

static void read_tap(struct tap *tap, int fd)
{
	struct bytes in = { 0 };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[4096];
	ssize_t n = 1;

	while (n > 0 && !signals_interrupted()) {
		uint8_t *newline;

		signals_poll(&pfd, 1, -1);
		if (pfd.revents == 0) {
			continue;
		}
		n = read(fd, buf, sizeof(buf));
		bytes_add(&in, buf, n > 0 ? (size_t)n : 0);
		while (in.len > 0 &&
		       (newline = memchr(in.data, '\n', in.len)) != NULL) {
			*newline = '\0';
			on_line(tap, (char *)in.data);
			bytes_drop(&in, (size_t)(newline - in.data) + 1);
		}
	}
	show_pending(tap);
	bytes_fini(&in);
}

static void check_end(struct tap *tap, int status)
{
	char *why = NULL;
	bool has_failure = false;

	for (size_t i = tap->first; i < tap->list->count; i++) {
		has_failure |= verdict_is_failure(tap->list->runs[i].verdict);
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
		progress_done(add(tap, tap->part, VERDICT_FAIL, why));
		free(why);
	}
}

static char *join_patterns(const struct options *opt)
{
	struct bytes out = { 0 };

	for (size_t i = 0; i < opt->patterns.count; i++) {
		bytes_add(&out, opt->patterns.v[i], strlen(opt->patterns.v[i]));
		bytes_add(&out, "\n", 1);
	}
	bytes_add(&out, "", 1);
	return (char *)out.data;
}

static pid_t start(const char *program, const struct options *opt, int out)
{
	const char *argv[] = { program, NULL };
	char *patterns = join_patterns(opt);
	struct strv env = { 0 };
	struct spawn what = {
		.argv = argv, .in = -1, .out = out, .err = STDERR_FILENO
	};
	pid_t pid;

	strv_addf(&env, "TOUCHSTONE=%s", path_of_program());
	if (opt->verbose) {
		strv_add(&env, "TOUCHSTONE_VERBOSE=1");
	}
	if (*patterns != '\0') {
		strv_addf(&env, "TOUCHSTONE_PATTERNS=%s", patterns);
	}
	what.env = (const char *const *)env.v;
	pid = spawn_start(&what);
	strv_fini(&env);
	free(patterns);
	return pid;
}

void part_run(const char *part, const struct options *opt,
              struct run_list *list)
{
	struct tap tap = { .part = part,
		           .list = list,
		           .first = list->count,
		           .last = now_seconds() };
	char *program = xasprintf("testsuite/%s/run", part);
	int pipes[2];
	int status = 0;
	pid_t pid;

	progress_now(part);
	if (pipe2(pipes, O_CLOEXEC) < 0) {
		pid = -1;
	} else {
		pid = start(program, opt, pipes[1]);
		close(pipes[1]);
	}
	if (pid < 0) {
		char *why = xasprintf("cannot run %s: %s", program,
		                      strerror(errno));

		progress_done(add(&tap, part, VERDICT_FAIL, why));
		free(why);
	} else {
		read_tap(&tap, pipes[0]);
		if (signals_interrupted()) {
			spawn_end(pid);
		} else {
			waitpid(pid, &status, 0);
			check_end(&tap, status);
		}
		close(pipes[0]);
	}
	free(program);
}
