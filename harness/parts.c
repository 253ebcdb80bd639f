/* SPDX-License-Identifier: BSD-2-Clause */
/* Running lint, unit, self-test and so on: programs that print TAP. */
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "paths.h"
#include "progress.h"
#include "signals.h"
#include "spawn.h"
#include "tap.h"

static const char *const parts[] = { "lint",  "unit",      "self-test", "debug",
	                             "sweep", "sentences", "fresh" };

/* Exit status of one that was asked for what it does not have. */
#define PART_REFUSES 2

/* One that has been started. */
struct part {
	struct tap tap;
	pid_t pid;       /* -1: it is over */
	int fd;          /* what it says */
	bool may_refuse; /* it was asked for points by name */
	bool has_refused;
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

static pid_t start(const char *program, const char *results,
                   const struct options *opt, int out)
{
	const char *argv[] = { program, NULL };
	char *patterns = join_patterns(opt);
	struct strv env = { 0 };
	struct spawn what = {
		.argv = argv, .in = -1, .out = out, .err = STDERR_FILENO
	};
	pid_t pid;

	strv_addf(&env, "TOUCHSTONE=%s", path_of_program());
	if (results != NULL) {
		strv_addf(&env, "TOUCHSTONE_RESULTS=%s", results);
	}
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

static void begin(struct part *part, const char *name, const char *results,
                  const struct options *opt)
{
	char *program = xasprintf("testsuite/%s/run", name);
	int pipes[2];

	tap_init(&part->tap, name);
	part->may_refuse = opt->patterns.count > 0;
	part->has_refused = false;
	progress_now(name);
	part->pid = -1;
	if (pipe2(pipes, O_CLOEXEC) == 0) {
		part->fd = pipes[0];
		part->pid = start(program, results, opt, pipes[1]);
		close(pipes[1]);
		if (part->pid < 0) {
			close(pipes[0]);
		}
	}
	if (part->pid < 0) {
		char *why = xasprintf("cannot run %s: %s", program,
		                      strerror(errno));

		tap_fail(&part->tap, why);
		free(why);
	}
	free(program);
}

/* Something has come, or the end. */
static void listen_to(struct part *part)
{
	char buf[4096];
	ssize_t n = read(part->fd, buf, sizeof(buf));
	int status = 0;

	if (n > 0) {
		tap_feed(&part->tap, buf, (size_t)n);
		return;
	}
	waitpid(part->pid, &status, 0);
	part->has_refused = part->may_refuse && WIFEXITED(status) &&
	                    WEXITSTATUS(status) == PART_REFUSES;
	if (part->has_refused) {
		tap_finish(&part->tap); /* it has told why */
	} else {
		tap_end(&part->tap, status);
	}
	close(part->fd);
	part->pid = -1;
}

static void stop(struct part *part)
{
	spawn_end(part->pid);
	tap_finish(&part->tap);
	close(part->fd);
	part->pid = -1;
}

/* Wait for one of those that run. @return how many run still */
static size_t serve(struct part *part, size_t begun)
{
	struct pollfd polls[ARRAY_COUNT(parts)];
	struct part *of[ARRAY_COUNT(parts)];
	size_t count = 0, left = 0;

	for (size_t i = 0; i < begun; i++) {
		if (part[i].pid >= 0) {
			polls[count] = (struct pollfd){ .fd = part[i].fd,
				                        .events = POLLIN };
			of[count++] = &part[i];
		}
	}
	if (count > 0) {
		signals_poll(polls, count, -1);
	}
	for (size_t i = 0; i < count; i++) {
		if (signals_interrupted()) {
			stop(of[i]);
		} else if (polls[i].revents != 0) {
			listen_to(of[i]);
		}
		left += of[i]->pid >= 0;
	}
	return left;
}

bool parts_run(const char *const *names, size_t count, const char *results,
               const struct options *opt, struct run_list *list)
{
	struct part part[ARRAY_COUNT(parts)];
	size_t begun = 0, running = 0;
	bool ok = true;

	while (running > 0 || begun < count) {
		if (signals_interrupted()) {
			count = begun;
		} else if (begun < count && running < opt->jobs) {
			begin(&part[begun], names[begun], results, opt);
			running += part[begun++].pid >= 0;
			continue;
		}
		running = serve(part, begun);
	}
	for (size_t i = 0; i < begun; i++) {
		run_list_move(list, &part[i].tap.runs);
		ok = ok && !part[i].has_refused;
	}
	return ok;
}
