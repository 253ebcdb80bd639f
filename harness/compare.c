/* SPDX-License-Identifier: BSD-2-Clause */
#include "compare.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "result.h"
#include "util.h"

/* Every run of one side: folder's name -> what its result.json says. */
struct side {
	const char *folder;
	json_t *runs;
};

struct comparison {
	const struct options *opt;
	struct side before, after;
	json_t *differences;
	unsigned same; /* runs without a difference */
};

static const char *text_of(const json_t *run, const char *key)
{
	const char *text = json_string_value(json_object_get(run, key));

	return text != NULL ? text : "";
}

static bool is_wanted(const struct options *opt, const json_t *run)
{
	const char *name = text_of(run, "name");

	for (size_t i = 0; i < opt->patterns.count; i++) {
		if (fnmatch(opt->patterns.v[i], name, 0) == 0) {
			return true;
		}
	}
	return opt->patterns.count == 0;
}

static bool is_list(const json_t *run, const char *key)
{
	const json_t *it = json_object_get(run, key);

	return it == NULL || json_is_array(it);
}

static bool is_run(const json_t *run)
{
	return json_is_string(json_object_get(run, "name")) &&
	       json_is_string(json_object_get(run, "verdict")) &&
	       is_list(run, "exits") && is_list(run, "figures");
}

/* @return false after one complaint: what is damaged cannot be alike. */
static bool read_run(struct side *side, const struct options *opt,
                     const char *name)
{
	char *path = xasprintf("%s/%s/result.json", side->folder, name);
	json_error_t error;
	json_t *root, *run;
	bool ok = access(path, F_OK) < 0;

	if (!ok) {
		root = json_load_file(path, 0, &error);
		run = json_array_get(json_object_get(root, "scenarios"), 0);
		ok = is_run(run);
		if (!ok) {
			complain("%s: %s", path,
			         root == NULL ? error.text : "no run's result");
		} else if (is_wanted(opt, run)) {
			json_object_set(side->runs, name, run);
		}
		json_decref(root);
	}
	free(path);
	return ok;
}

static bool read_side(struct side *side, const struct options *opt)
{
	DIR *dir = opendir(side->folder);
	struct dirent *entry;
	bool ok = true;

	side->runs = json_object();
	if (dir == NULL) {
		complain("%s: cannot read: %s", side->folder, strerror(errno));
		return false;
	}
	while (ok && (entry = readdir(dir)) != NULL) {
		ok = entry->d_name[0] == '.' ||
		     read_run(side, opt, entry->d_name);
	}
	closedir(dir);
	if (ok && json_object_size(side->runs) == 0) {
		complain("%s: no results in there", side->folder);
		ok = false;
	}
	return ok;
}

/* @before, @after  owned by the list from here on */
static void add(struct comparison *c, const char *run, const char *what,
                json_t *before, json_t *after)
{
	json_array_append_new(c->differences,
	                      json_pack("{s:s, s:s, s:o, s:o}", "run", run,
	                                "what", what, "before", before, "after",
	                                after));
}

static void compare_number(struct comparison *c, const char *run,
                           const char *what, double before, double after)
{
	if (before < after || before > after) {
		add(c, run, what, json_real(before), json_real(after));
	}
}

/* The element of array @list whose @key is @name, or NULL. */
static const json_t *find(const json_t *list, const char *key, const char *name)
{
	json_t *it;
	size_t i;

	json_array_foreach(list, i, it)
	{
		if (strcmp(text_of(it, key), name) == 0) {
			return it;
		}
	}
	return NULL;
}

static double count_of(const json_t *exits, const char *vm, const char *reason)
{
	const json_t *it = find(exits, "vm", vm);

	return json_number_value(
		json_object_get(json_object_get(it, "by"), reason));
}

/* What one side has and the other does not counts as 0 there. */
static void compare_exits(struct comparison *c, const char *run,
                          const json_t *before, const json_t *after,
                          bool is_second)
{
	const json_t *mine = is_second ? after : before;
	json_t *vm;
	size_t i;

	json_array_foreach(mine, i, vm)
	{
		const char *name = text_of(vm, "vm");

		if (is_second && find(before, "vm", name) != NULL) {
			continue; /* had its turn */
		}
		for (unsigned r = 0; r < EXIT_REASON_COUNT; r++) {
			const char *reason = exit_reason_name(r);
			char *what =
				xasprintf("exits of %s by %s", name, reason);

			compare_number(c, run, what,
			               count_of(before, name, reason),
			               count_of(after, name, reason));
			free(what);
		}
	}
}

static void compare_figures(struct comparison *c, const char *run,
                            const json_t *before, const json_t *after)
{
	json_t *figure;
	size_t i;

	json_array_foreach(before, i, figure)
	{
		const char *row = text_of(figure, "row");
		const json_t *other = find(after, "row", row);
		char *what =
			xasprintf("%s in %s", row, text_of(figure, "unit"));

		if (other != NULL) {
			compare_number(c, run, what,
			               json_number_value(json_object_get(
					       figure, "value")),
			               json_number_value(json_object_get(
					       other, "value")));
		}
		free(what);
	}
}

/* Real concurrency never counts the same twice; lock-step must. */
static bool is_lock_step(const json_t *run)
{
	return strncmp(text_of(run, "mode"), "icount", 6) == 0;
}

static void compare_run_pair(struct comparison *c, const char *name,
                             const json_t *before, const json_t *after)
{
	size_t had = json_array_size(c->differences);
	const char *was = text_of(before, "verdict");
	const char *is = text_of(after, "verdict");

	if (strcmp(was, is) != 0) {
		add(c, name, "verdict", json_string(was), json_string(is));
	}
	if (is_lock_step(before) && is_lock_step(after)) {
		const json_t *a = json_object_get(before, "exits");
		const json_t *b = json_object_get(after, "exits");

		compare_exits(c, name, a, b, false);
		compare_exits(c, name, a, b, true);
		compare_figures(c, name, json_object_get(before, "figures"),
		                json_object_get(after, "figures"));
		compare_number(c, name, "seconds of virtual time",
		               json_number_value(json_object_get(
				       before, "virtual_seconds")),
		               json_number_value(json_object_get(
				       after, "virtual_seconds")));
	}
	c->same += json_array_size(c->differences) == had;
}

static void compare_all(struct comparison *c)
{
	const char *name;
	json_t *run;

	json_object_foreach(c->before.runs, name, run)
	{
		const json_t *other = json_object_get(c->after.runs, name);

		if (other == NULL) {
			add(c, name, "run", json_string("there"),
			    json_string("missing"));
		} else {
			compare_run_pair(c, name, run, other);
		}
	}
	json_object_foreach(c->after.runs, name, run)
	{
		if (json_object_get(c->before.runs, name) == NULL) {
			add(c, name, "run", json_string("missing"),
			    json_string("there"));
		}
	}
}

static void print_difference(const json_t *it)
{
	const json_t *before = json_object_get(it, "before");
	const json_t *after = json_object_get(it, "after");
	double was = json_number_value(before), is = json_number_value(after);

	printf("%s: %s: ", text_of(it, "run"), text_of(it, "what"));
	if (json_is_string(before)) {
		printf("%s -> %s\n", json_string_value(before),
		       json_string_value(after));
	} else if (was > 0) {
		printf("%.10g -> %.10g (%+.2f %%)\n", was, is,
		       100 * (is - was) / was);
	} else {
		printf("%.10g -> %.10g\n", was, is);
	}
}

static bool write_json(const struct comparison *c, const char *path)
{
	json_t *root =
		json_pack("{s:s, s:s, s:i, s:O}", "before", c->before.folder,
	                  "after", c->after.folder, "same", (int)c->same,
	                  "differences", c->differences);
	struct report_file file;
	bool ok = report_open(&file, path) == 0;

	if (ok) {
		ok = json_dumpf(root, file.out, JSON_INDENT(2)) == 0 &&
		     fputc('\n', file.out) != EOF;
		ok = report_close(&file, ok) == 0;
	}
	json_decref(root);
	if (!ok) {
		complain("%s: cannot write: %m", path);
	}
	return ok;
}

static int by_run(const void *va, const void *vb)
{
	const json_t *const *a = va, *const *b = vb;

	return strcmp(text_of(*a, "run"), text_of(*b, "run"));
}

/* By name, each run's differences in the order in which they were found. */
static json_t *sorted(const json_t *list)
{
	size_t count = json_array_size(list);
	const json_t **it = xcalloc(count + 1, sizeof(*it));
	json_t *out = json_array();

	for (size_t i = 0; i < count; i++) {
		it[i] = json_array_get(list, i);
	}
	/* glibc's qsort merges, and so keeps equals in order. */
	qsort(it, count, sizeof(*it), by_run);
	for (size_t i = 0; i < count; i++) {
		json_array_append(out, (json_t *)it[i]);
	}
	free(it);
	return out;
}

int compare_run(const struct options *opt)
{
	struct comparison c = { .opt = opt };
	int status = EXIT_CONFIG;
	json_t *list, *it;
	size_t i;

	c.before.folder = opt->compare[0];
	c.after.folder = opt->compare[1];
	c.differences = json_array();
	if (read_side(&c.before, opt) && read_side(&c.after, opt)) {
		compare_all(&c);
		list = sorted(c.differences);
		json_decref(c.differences);
		c.differences = list;
		json_array_foreach(list, i, it)
		{
			print_difference(it);
		}
		printf("%zu differences, %u runs alike\n",
		       json_array_size(list), c.same);
		status = json_array_size(list) > 0 ? EXIT_FAILED : EXIT_PASSED;
		if (opt->json != NULL && !write_json(&c, opt->json)) {
			status = EXIT_INFRA;
		}
	}
	json_decref(c.differences);
	json_decref(c.before.runs);
	json_decref(c.after.runs);
	return status;
}
