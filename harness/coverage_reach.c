/* SPDX-License-Identifier: BSD-2-Clause */
#include "coverage_reach.h"

#include <stdlib.h>
#include <string.h>

#include "source.h"
#include "stamp.h"
#include "util.h"

struct file {
	char *path;
	struct source src;
	bool *is_reached; /* by function */
	bool *has_code;   /* by function: there are instructions of it */
};

struct reached {
	struct file *file;
	size_t count;
	struct strv unread; /* no C that we could take apart */
};

struct reached *reached_new(void)
{
	return xcalloc(1, sizeof(struct reached));
}

void reached_free(struct reached *them)
{
	for (size_t i = 0; i < them->count; i++) {
		free(them->file[i].path);
		free(them->file[i].is_reached);
		free(them->file[i].has_code);
		source_fini(&them->file[i].src);
	}
	free(them->file);
	strv_fini(&them->unread);
	free(them);
}

static struct file *add_file(struct reached *them, const char *path)
{
	struct bytes text = { 0 };
	struct source src;
	struct file *it;

	if (file_read(path, &text) < 0 ||
	    !source_read(&src, (const char *)text.data, text.len)) {
		bytes_fini(&text);
		strv_add(&them->unread, path);
		return NULL;
	}
	bytes_fini(&text);
	them->file =
		xrealloc(them->file, (them->count + 1) * sizeof(*them->file));
	it = &them->file[them->count++];
	*it = (struct file){ .path = xstrdup(path), .src = src };
	it->is_reached = xcalloc(src.count + 1, sizeof(*it->is_reached));
	it->has_code = xcalloc(src.count + 1, sizeof(*it->has_code));
	return it;
}

static struct file *find_file(struct reached *them, const char *path)
{
	for (size_t i = 0; i < them->count; i++) {
		if (strcmp(them->file[i].path, path) == 0) {
			return &them->file[i];
		}
	}
	return strv_has(&them->unread, path) ? NULL : add_file(them, path);
}

/* The function that this line is in; NULL: of none that is told apart. */
static const struct source_function *function_at(struct reached *them,
                                                 const char *path,
                                                 unsigned line,
                                                 struct file **file)
{
	*file = stamp_tells_functions(path) ? find_file(them, path) : NULL;
	return *file == NULL ? NULL : source_at(&(*file)->src, line);
}

static void take_code(void *ctx, const char *path, unsigned line)
{
	struct file *it;
	const struct source_function *f = function_at(ctx, path, line, &it);

	if (f != NULL) {
		it->has_code[f - it->src.function] = true;
	}
}

static void take_line(void *ctx, const char *path, unsigned line)
{
	struct file *it;
	const struct source_function *f = function_at(ctx, path, line, &it);

	if (f != NULL) {
		it->is_reached[f - it->src.function] = true;
	}
}

void reached_know(struct reached *them, const struct coverage *cov)
{
	coverage_all_lines(cov, take_code, them);
}

void reached_add(struct reached *them, const struct coverage *cov,
                 const char *scenario)
{
	coverage_lines_of(cov, scenario, take_line, them);
}

/* Does something that was reached name it? Outside of functions anything may
 * stand: a prototype, or a macro that calls it. */
static bool is_named(const struct file *it, const char *name)
{
	bool anywhere = source_mentions(it->src.rest, name);

	for (size_t i = 0; i < it->src.count; i++) {
		if (it->is_reached[i] &&
		    (anywhere ||
		     source_mentions(it->src.function[i].text, name))) {
			return true;
		}
	}
	return false;
}

static bool close_once(struct file *it, const struct coverage *cov)
{
	bool more = false;

	for (size_t i = 0; i < it->src.count; i++) {
		const struct source_function *f = &it->src.function[i];
		bool hides = !it->has_code[i] ||
		             coverage_is_inlined(cov, it->path, f->name);

		if (!it->is_reached[i] && hides &&
		    (is_named(it, f->name) ||
		     (!it->has_code[i] && !f->is_static))) {
			it->is_reached[i] = more = true;
		}
	}
	return more;
}

void reached_close(struct reached *them, const struct coverage *cov)
{
	for (size_t i = 0; i < them->count; i++) {
		while (close_once(&them->file[i], cov)) {
		}
	}
}

json_t *reached_take(struct reached *them)
{
	json_t *all = json_object();

	for (size_t i = 0; i < them->count; i++) {
		struct file *it = &them->file[i];
		json_t *names = json_array();

		for (size_t f = 0; f < it->src.count; f++) {
			if (it->is_reached[f]) {
				json_array_append_new(
					names,
					json_string(it->src.function[f].name));
			}
			it->is_reached[f] = false;
		}
		if (json_array_size(names) > 0) {
			json_object_set(all, it->path, names);
		}
		json_decref(names);
	}
	return all;
}
