/* SPDX-License-Identifier: BSD-2-Clause */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help.h"
#include "paths.h"
#include "result.h"

enum {
	OPT_LIST = 256,
	OPT_TAG,
	OPT_LANE,
	OPT_BOARD,
	OPT_QEMU_MODE,
	OPT_JOBS,
	OPT_REPEAT,
	OPT_SEED,
	OPT_SHARD,
	OPT_TIMEOUT_SCALE,
	OPT_RETRIES,
	OPT_FAIL_ON_FLAKY,
	OPT_OUTPUT,
	OPT_JUNIT,
	OPT_TAP,
	OPT_JSON,
	OPT_VERBOSE,
	OPT_DRY_RUN,
	OPT_GDB,
	OPT_CONSOLE,
	OPT_TRIAGE,
	OPT_NO_COLOR,
	OPT_GREATEST_TEXT,
	OPT_COVERAGE,
	OPT_CHANGED,
	OPT_TIMELINE,
	OPT_COMPARE,
	OPT_SWEEP,
	OPT_SCENARIOS,
	OPT_IMAGES,
	OPT_REPLAY,
	OPT_COMPLETION,
	OPT_HELP,
};

static const struct option long_options[] = {
	{ "list", no_argument, NULL, OPT_LIST },
	{ "tag", required_argument, NULL, OPT_TAG },
	{ "lane", required_argument, NULL, OPT_LANE },
	{ "board", required_argument, NULL, OPT_BOARD },
	{ "qemu-mode", required_argument, NULL, OPT_QEMU_MODE },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "shard", required_argument, NULL, OPT_SHARD },
	{ "timeout-scale", required_argument, NULL, OPT_TIMEOUT_SCALE },
	{ "retries", required_argument, NULL, OPT_RETRIES },
	{ "fail-on-flaky", no_argument, NULL, OPT_FAIL_ON_FLAKY },
	{ "output", required_argument, NULL, OPT_OUTPUT },
	{ "junit", required_argument, NULL, OPT_JUNIT },
	{ "tap", required_argument, NULL, OPT_TAP },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "gdb", no_argument, NULL, OPT_GDB },
	{ "triage", no_argument, NULL, OPT_TRIAGE },
	{ "console", optional_argument, NULL, OPT_CONSOLE },
	{ "no-color", no_argument, NULL, OPT_NO_COLOR },
	{ "greatest-text", no_argument, NULL, OPT_GREATEST_TEXT },
	{ "coverage", no_argument, NULL, OPT_COVERAGE },
	{ "changed", required_argument, NULL, OPT_CHANGED },
	{ "timeline", no_argument, NULL, OPT_TIMELINE },
	{ "compare", required_argument, NULL, OPT_COMPARE },
	{ "sweep", required_argument, NULL, OPT_SWEEP },
	{ "scenarios", required_argument, NULL, OPT_SCENARIOS },
	{ "images", required_argument, NULL, OPT_IMAGES },
	{ "replay", required_argument, NULL, OPT_REPLAY },
	{ "completion", required_argument, NULL, OPT_COMPLETION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ NULL, 0, NULL, 0 },
};

static const char *const commands[] = { "lint",    "unit",      "self-test",
	                                "bench",   "fresh",     "demo",
	                                "mutants", "timeline",  "debug",
	                                "sweep",   "sentences", NULL };

/* One complaint in one shape, and false. */
static bool refuse(const char *option, const char *value, const char *want)
{
	complain("--%s: \"%s\": %s", option, value, want);
	return false;
}

static bool read_number(const char *option, const char *text, unsigned long min,
                        unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 0);
	if (*text >= '0' && *text <= '9' && *end == '\0' && errno == 0 &&
	    *value >= min && *value <= max) {
		return true;
	}
	complain("--%s: \"%s\": want a number, %lu to %lu", option, text, min,
	         max);
	return false;
}

static bool read_unsigned(const char *option, const char *text, unsigned min,
                          unsigned max, unsigned *value)
{
	unsigned long n = 0;
	bool ok = read_number(option, text, min, max, &n);

	*value = (unsigned)n;
	return ok;
}

static bool read_shard(struct options *opt, const char *text)
{
	int used = 0;

	if (sscanf(text, "%u/%u%n", &opt->shard, &opt->shards, &used) == 2 &&
	    text[used] == '\0' && opt->shards >= 1 && opt->shards <= 10000 &&
	    opt->shard >= 1 && opt->shard <= opt->shards) {
		return true;
	}
	return refuse("shard", text, "want I/N with I from 1 to N");
}

static bool read_scale(struct options *opt, const char *text)
{
	char *end;

	opt->timeout_scale = strtod(text, &end);
	if (end != text && *end == '\0' && opt->timeout_scale >= 0.01 &&
	    opt->timeout_scale <= 1000.0) {
		return true;
	}
	return refuse("timeout-scale", text, "want a factor, 0.01 to 1000");
}

static bool read_path(const char *option, char **path, const char *text)
{
	if (*text == '\0') {
		return refuse(option, text, "want a name");
	}
	free(*path);
	*path = path_of_user(text);
	return true;
}

static bool read_images(const char *text)
{
	char *path = NULL;
	bool ok = read_path("images", &path, text);

	if (ok) {
		paths_set_images(path);
	}
	free(path);
	return ok;
}

static bool read_how(struct options *opt, int option, const char *arg);

static bool read_option(struct options *opt, int option, const char *arg)
{
	switch (option) {
	case OPT_LIST:
		return opt->list = true;
	case OPT_TAG:
		strv_add(&opt->tags, arg);
		return true;
	case OPT_CHANGED:
		opt->changed = arg;
		return true;
	case OPT_LANE:
		opt->lane = lane_parse(arg);
		return opt->lane != LANE_COUNT ||
		       refuse("lane", arg, "want touchstone or ref");
	case OPT_BOARD:
		opt->board = arg;
		return true;
	case OPT_QEMU_MODE:
		opt->has_mode = mode_parse(arg, &opt->mode);
		return opt->has_mode ||
		       refuse("qemu-mode", arg, "want mttcg or icount=0..10");
	case OPT_OUTPUT:
		return read_path("output", &opt->output, arg);
	case OPT_JUNIT:
		return read_path("junit", &opt->junit, arg);
	case OPT_TAP:
		return read_path("tap", &opt->tap, arg);
	case OPT_JSON:
		return read_path("json", &opt->json, arg);
	case OPT_SCENARIOS:
		return read_path("scenarios", &opt->scenarios, arg);
	case OPT_REPLAY:
		return read_path("replay", &opt->replay, arg);
	case OPT_IMAGES:
		return read_images(arg);
	default:
		return read_how(opt, option, arg);
	}
}

/* How to run, after read_option() for what to run and where it goes. */
static bool read_how(struct options *opt, int option, const char *arg)
{
	switch (option) {
	case OPT_JOBS:
		return read_unsigned("jobs", arg, 1, 256, &opt->jobs);
	case OPT_REPEAT:
		return read_unsigned("repeat", arg, 1, 100000, &opt->repeat);
	case OPT_RETRIES:
		return read_unsigned("retries", arg, 0, 100, &opt->retries);
	case OPT_SEED:
		opt->has_seed = true;
		return read_unsigned("seed", arg, 0, UINT32_MAX, &opt->seed);
	case OPT_SHARD:
		return read_shard(opt, arg);
	case OPT_TIMEOUT_SCALE:
		return read_scale(opt, arg);
	case OPT_FAIL_ON_FLAKY:
		return opt->fail_on_flaky = true;
	case OPT_VERBOSE:
		return opt->verbose = true;
	case OPT_DRY_RUN:
		return opt->dry_run = true;
	case OPT_GDB:
		return opt->gdb = true;
	case OPT_CONSOLE:
		opt->console_vm = arg;
		return opt->console = true;
	case OPT_TRIAGE:
		return opt->triage = true;
	case OPT_NO_COLOR:
		return opt->no_color = true;
	case OPT_GREATEST_TEXT:
		return opt->greatest_text = true;
	case OPT_COVERAGE:
		return opt->coverage = true;
	case OPT_COMPARE:
		return read_path("compare", &opt->compare[0], arg);
	case OPT_TIMELINE:
		return opt->timeline = true;
	case OPT_SWEEP:
		return read_unsigned("sweep", arg, 1, 10000, &opt->sweep);
	default:
		return false;
	}
}

static void set_defaults(struct options *opt)
{
	*opt = (struct options){
		.lane = LANE_COUNT,
		.board = DEFAULT_BOARD,
		.jobs = DEFAULT_JOBS,
		.repeat = 1,
		.shard = 1,
		.shards = 1,
		.timeout_scale = 1.0,
		.output = xstrdup(PATH_RESULTS),
		.scenarios = xstrdup(PATH_SCENARIOS),
		.greatest_text = getenv("TOUCHSTONE_GREATEST_TEXT") != NULL,
	};
}

/* getopt_long() has stepped over a long option; a short one it names. */
static bool complain_option(char **argv, int option)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	bool is_short = optopt > 0 && optopt < 128;
	const char *what = is_short ? letter : argv[optind - 1];

	if (option == ':') {
		complain("%s: needs an argument; see --help", what);
	} else {
		complain("%s: no such option; see --help", what);
	}
	return false;
}

static bool read_words(struct options *opt, int argc, char **argv)
{
	/* Behind two folders there are patterns only: "bench" is one. */
	bool may_be_command = opt->compare[0] == NULL;

	if (opt->compare[0] != NULL && optind < argc &&
	    !read_path("compare", &opt->compare[1], argv[optind++])) {
		return false;
	}
	for (int i = optind; i < argc; i++) {
		for (size_t c = 0;
		     may_be_command && i == optind && commands[c] != NULL;
		     c++) {
			if (strcmp(argv[i], commands[c]) == 0) {
				opt->command = commands[c];
			}
		}
		if (i > optind || opt->command == NULL) {
			strv_add(&opt->patterns, argv[i]);
		}
	}
	return true;
}

static bool check_together(const struct options *opt)
{
	if (opt->compare[0] != NULL && opt->compare[1] == NULL) {
		complain("--compare: needs two folders of results");
		return false;
	}
	if (opt->changed != NULL &&
	    (opt->command != NULL || opt->replay != NULL)) {
		complain("--changed: chooses scenarios, not with %s",
		         opt->command != NULL ? opt->command : "--replay");
		return false;
	}
	if ((opt->list || opt->dry_run) && opt->command != NULL &&
	    strcmp(opt->command, "mutants") != 0 &&
	    strcmp(opt->command, "demo") != 0) {
		complain("--%s: of scenarios, not with %s",
		         opt->list ? "list" : "dry-run", opt->command);
		return false;
	}
	if (opt->sweep > 0 && (opt->has_mode || opt->repeat > 1)) {
		complain("--sweep: chooses modes itself, not with --%s",
		         opt->has_mode ? "qemu-mode" : "repeat");
		return false;
	}
	if (opt->gdb && opt->console) {
		complain("--gdb and --console: one at a time");
		return false;
	}
	if ((opt->gdb || opt->console) && (opt->repeat > 1 || opt->sweep > 0)) {
		complain("--gdb and --console: not with --%s",
		         opt->sweep > 0 ? "sweep" : "repeat");
		return false;
	}
	return true;
}

bool options_parse(struct options *opt, int argc, char **argv, int *status)
{
	int option;

	set_defaults(opt);
	*status = EXIT_CONFIG;
	opterr = 0;
	for (;;) {
		option = getopt_long(argc, argv, ":hvj:", long_options, NULL);
		switch (option) {
		case -1:
			return read_words(opt, argc, argv) &&
			       check_together(opt);
		case '?':
		case ':':
			return complain_option(argv, option);
		case 'h':
		case OPT_HELP:
			help_print();
			*status = EXIT_PASSED;
			return false;
		case OPT_COMPLETION:
			if (strcmp(optarg, "bash") != 0) {
				return refuse("completion", optarg,
				              "want bash");
			}
			completion_print(long_options, commands);
			*status = EXIT_PASSED;
			return false;
		default:
			option = option == 'j'   ? OPT_JOBS
			         : option == 'v' ? OPT_VERBOSE
			                         : option;
			if (!read_option(opt, option, optarg)) {
				return false;
			}
		}
	}
}

void options_fini(struct options *opt)
{
	strv_fini(&opt->patterns);
	strv_fini(&opt->tags);
	free(opt->compare[0]);
	free(opt->compare[1]);
	free(opt->output);
	free(opt->junit);
	free(opt->tap);
	free(opt->json);
	free(opt->scenarios);
	free(opt->replay);
}
