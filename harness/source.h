/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A C source taken apart: its functions, and the rest.  What only differs in
 * comments or in white space is the same.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_function {
	char *name;
	char *text;           /* without comments, white space made one */
	unsigned first, last; /* lines, from 1 */
	bool is_static;
	uint64_t hash; /* of text, and of the #if that it stands in */
};

struct source {
	struct source_function *function;
	size_t count;
	char *rest;         /* all that is outside of functions */
	uint64_t rest_hash; /* of rest */
};

/**
 * Take @len bytes of C at @text apart.
 *
 * A function is what has a body at the top level: NAME(...) { ... }, so a
 * macro that defines one, such as TEST(x) { }, gives one of the macro's name.
 * @return false when brackets do not match, as in a file whose halves of an
 *         #if each open a brace; @src is empty then
 */
bool source_read(struct source *src, const char *text, size_t len);
void source_fini(struct source *src);

/** The function that line @line is in, or NULL. */
const struct source_function *source_at(const struct source *src,
                                        unsigned line);

/** The first function of that name, or NULL. */
const struct source_function *source_find(const struct source *src,
                                          const char *name);

/** Does @text have the identifier @name? */
bool source_mentions(const char *text, const char *name);

/** FNV-1a of @len bytes, for texts of which no content has been read. */
uint64_t source_hash(const char *text, size_t len);

#endif
