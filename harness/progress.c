/* SPDX-License-Identifier: BSD-2-Clause */
#include "progress.h"

#include <dirent.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "options.h"
#include "util.h"

#define TAIL_LINES 8

#define GREEN  "\033[32m"
#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define NORMAL "\033[0m"
#define ERASE  "\r\033[K"

static struct {
	const struct options *opt;
	size_t total, done, failed;
	char what[256]; /* is being worked on */
	bool is_live, has_color, is_quiet;
} view;

void progress_begin(const struct options *opt, size_t total)
{
	bool is_terminal = isatty(STDOUT_FILENO);

	view.opt = opt;
	view.total = total;
	view.is_live = is_terminal && getenv("CI") == NULL;
	view.has_color =
		is_terminal && !opt->no_color && getenv("NO_COLOR") == NULL;
}

void progress_quiet(bool is_quiet)
{
	view.is_quiet = is_quiet;
}

const char *progress_color(enum verdict verdict)
{
	if (!view.has_color) {
		return "";
	}
	if (verdict == VERDICT_PASS) {
		return GREEN;
	}
	return verdict_is_failure(verdict) ? RED : YELLOW;
}

const char *progress_plain(void)
{
	return view.has_color ? NORMAL : "";
}

static unsigned columns(void)
{
	struct winsize size = { 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20) {
		return 80;
	}
	return size.ws_col;
}

static void draw_line(void)
{
	char *line;

	if (!view.is_live || view.is_quiet) {
		return;
	}
	line = xasprintf("[%zu/%zu] %zu failed%s%s", view.done, view.total,
	                 view.failed, *view.what != '\0' ? " | " : "",
	                 view.what);
	printf(ERASE "%.*s", (int)columns() - 1, line);
	fflush(stdout);
	free(line);
}

void progress_now(const char *what)
{
	snprintf(view.what, sizeof(view.what), "%s", what);
	draw_line();
}

static void print_line(const struct run_result *run)
{
	printf("%s%-7s%s %s", progress_color(run->verdict),
	       verdict_name(run->verdict), progress_plain(), run->name);
	if (strcmp(run->part, "scenario") == 0) {
		printf(" (%s, %s)", run->lane, run->mode);
	} else {
		printf(" (%s)", run->part);
	}
	printf(" %.2f s", run->seconds);
	if (run->attempts > 1) {
		printf(", attempt %u", run->attempts);
	}
	if (run->verdict == VERDICT_SKIP || run->verdict == VERDICT_XFAIL) {
		printf(": %s", run->message);
	}
	printf("\n");
}

/* The last lines of one log; binary rubbish made visible, not sent on. */
static void print_tail(const char *path, const char *title)
{
	struct bytes log;
	size_t at, lines = 0;

	if (file_read(path, &log) < 0) {
		return;
	}
	at = log.len;
	while (at > 0 && lines <= TAIL_LINES && log.len - at < 4096) {
		at--;
		lines += log.data[at] == '\n' && at + 1 < log.len;
	}
	at += lines > TAIL_LINES ? 1 : 0;
	if (log.len > 0) {
		printf("    last lines of %s:\n      | ", title);
	}
	for (; at < log.len; at++) {
		uint8_t c = log.data[at];

		if (c == '\n' && at + 1 < log.len) {
			printf("\n      | ");
		} else if (c >= ' ' && c < 0x7f) {
			putchar(c);
		} else if (c != '\n' && c != '\r') {
			printf("\\x%02x", c);
		}
	}
	printf("%s", log.len > 0 ? "\n" : "");
	bytes_fini(&log);
}

static int is_log(const struct dirent *entry)
{
	return fnmatch("vm-*.log", entry->d_name, 0) == 0 ||
	       strcmp(entry->d_name, "hyp.log") == 0;
}

static void print_logs(const struct run_result *run)
{
	struct dirent **entries;
	int count = scandir(run->folder, &entries, is_log, alphasort);

	for (int i = 0; i < count; i++) {
		char *path =
			xasprintf("%s/%s", run->folder, entries[i]->d_name);

		print_tail(path, entries[i]->d_name);
		free(path);
		free(entries[i]);
	}
	if (count >= 0) {
		free(entries);
	}
}

/* A message may have several lines; each gets the indent. */
static void print_message(const char *message)
{
	while (*message != '\0') {
		int len = (int)strcspn(message, "\n");

		printf("    %.*s\n", len, message);
		message += len + (message[len] == '\n');
	}
}

/* What triage and backtrace found out, if they ran. */
static void print_findings(const struct run_result *run, const char *name)
{
	char *path = xasprintf("%s/%s", run->folder, name);
	struct bytes text;

	if (file_read(path, &text) == 0) {
		bytes_add(&text, "", 1);
		printf("    %s:\n", name);
		print_message((char *)text.data);
		bytes_fini(&text);
	}
	free(path);
}

static void print_failure(const struct run_result *run)
{
	if (*run->proves != '\0') {
		printf("    should prove: %s\n", run->proves);
	}
	print_message(run->message);
	for (size_t i = 0; i < run->case_count; i++) {
		const struct case_result *res = &run->cases[i];

		if (res->verdict != VERDICT_FAIL) {
			continue;
		}
		if (res->file != NULL) {
			printf("    %s:%u: %s: %s\n", res->file, res->line,
			       res->name, res->message);
		} else if (strcmp(res->message, run->message) != 0) {
			printf("    %s: %s\n", res->name, res->message);
		}
	}
	if (*run->folder != '\0') {
		print_findings(run, "backtrace.txt");
		print_logs(run);
		printf("    evidence: %s\n", run->folder);
	}
}

/* A column for each reason that came at all. */
static void print_exits(const struct exit_counts *counts)
{
	uint64_t sum[EXIT_REASON_COUNT] = { 0 };

	if (counts->count == 0) {
		return;
	}
	for (size_t i = 0; i < counts->count; i++) {
		for (unsigned r = 0; r < EXIT_REASON_COUNT; r++) {
			sum[r] += counts->vm[i].by[r];
		}
	}
	printf("    %-12s %9s", "exits of", "all");
	for (unsigned r = 0; r < EXIT_REASON_COUNT; r++) {
		if (sum[r] > 0) {
			printf(" %8s", exit_reason_name(r));
		}
	}
	printf("   (%.3f s of virtual time)\n", counts->virtual_seconds);
	for (size_t i = 0; i < counts->count; i++) {
		const struct exit_count *vm = &counts->vm[i];

		printf("    %-12s %9" PRIu64, vm->vm, exits_total(vm));
		for (unsigned r = 0; r < EXIT_REASON_COUNT; r++) {
			if (sum[r] > 0) {
				printf(" %8" PRIu64, vm->by[r]);
			}
		}
		printf("\n");
	}
}

void progress_done(const struct run_result *run)
{
	bool is_bad = verdict_is_failure(run->verdict);

	if (view.is_quiet) {
		return;
	}
	/* Nobody knows beforehand how many points lint and its like have. */
	view.done += strcmp(run->part, "scenario") == 0;
	view.failed += is_bad;
	if (view.is_live) {
		printf(ERASE);
	}
	if (!view.is_live || is_bad || view.opt->verbose) {
		print_line(run);
	}
	if (is_bad) {
		print_failure(run);
	}
	for (size_t i = 0; view.opt->verbose && i < run->case_count; i++) {
		printf("    %-4s %s%s%s\n", verdict_name(run->cases[i].verdict),
		       run->cases[i].name,
		       *run->cases[i].message != '\0' ? ": " : "",
		       run->cases[i].message);
	}
	if (view.opt->verbose) {
		print_exits(&run->exits);
	}
	fflush(stdout);
	draw_line();
}

void progress_end(const struct run_list *list)
{
	struct summary sum = summarize(list);

	if (view.is_live) {
		printf(ERASE);
	}
	for (unsigned i = 0; i < VERDICT_COUNT; i++) {
		if (sum.by_verdict[i] > 0 && i != VERDICT_PASS) {
			printf("%s %u  ", verdict_name((enum verdict)i),
			       sum.by_verdict[i]);
		}
	}
	printf("%.1f s\n", list->seconds);
	printf("%u passed, %u failed, %u skipped\n", sum.passed, sum.failed,
	       sum.skipped);
	fflush(stdout);
}
