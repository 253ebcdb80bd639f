/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No parser of C: it knows comments, literals, directives and brackets, which
 * is enough to see where a function begins and ends.
 */
#include "source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

struct reader {
	const char *at, *end;
	unsigned line;
	struct bytes out;    /* the item at hand, without comments */
	struct bytes rest;   /* items that are no functions */
	struct strv open_if; /* conditions that hold here, outermost first */
	unsigned depth;      /* of braces */
	unsigned nested;     /* of parentheses */
	unsigned first_line; /* of the item; 0: not begun */
	bool is_function;    /* the item has the body of one */
};

uint64_t source_hash(const char *text, size_t len)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++) {
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
	}
	return hash;
}

static bool is_word(int c)
{
	return isalnum(c) || c == '_';
}

static void put(struct bytes *out, char c)
{
	bytes_add(out, &c, 1);
}

static char last_of(const struct bytes *out)
{
	return out->len > 0 ? (char)out->data[out->len - 1] : ' ';
}

static void put_space(struct bytes *out)
{
	if (out->len > 0 && last_of(out) != ' ' && last_of(out) != '\n') {
		put(out, ' ');
	}
}

static bool looks_at(const struct reader *r, const char *what)
{
	size_t len = strlen(what);

	return (size_t)(r->end - r->at) >= len && memcmp(r->at, what, len) == 0;
}

static void step(struct reader *r)
{
	r->line += *r->at == '\n';
	r->at++;
}

/* Past one comment. @return false: there is none here. */
static bool skip_comment(struct reader *r)
{
	if (looks_at(r, "//")) {
		while (r->at < r->end && *r->at != '\n') {
			step(r);
		}
		return true;
	}
	if (!looks_at(r, "/*")) {
		return false;
	}
	r->at += 2;
	while (r->at < r->end && !looks_at(r, "*/")) {
		step(r);
	}
	r->at = r->end - r->at < 2 ? r->end : r->at + 2;
	return true;
}

static void copy_literal(struct reader *r, struct bytes *out)
{
	char quote = *r->at;

	do {
		if (*r->at == '\\' && r->at + 1 < r->end) {
			put(out, *r->at);
			step(r);
		}
		put(out, *r->at);
		step(r);
	} while (r->at < r->end && *r->at != quote && *r->at != '\n');
	if (r->at < r->end && *r->at == quote) {
		put(out, *r->at);
		step(r);
	}
}

/* Keeps the list of conditions that hold at this place. */
static void note_condition(struct reader *r, const char *directive)
{
	bool ends = strncmp(directive, "#endif", 6) == 0;
	bool turns = strncmp(directive, "#el", 3) == 0;

	if (strncmp(directive, "#if", 3) == 0) {
		strv_add(&r->open_if, directive);
	} else if ((ends || turns) && r->open_if.count > 0) {
		char **top = &r->open_if.v[r->open_if.count - 1];
		char *both = xasprintf("%s %s", *top, directive);

		free(*top);
		*top = both;
		if (ends) {
			free(*top);
			*top = NULL;
			r->open_if.count--;
		}
	}
}

/* One directive with its continued lines, as one line of the item. */
static void read_directive(struct reader *r)
{
	struct bytes line = { 0 };

	while (r->at < r->end && *r->at != '\n') {
		if (looks_at(r, "\\\n")) {
			step(r);
			step(r);
			put_space(&line);
		} else if (skip_comment(r)) {
			put_space(&line);
		} else if (*r->at == '"' || *r->at == '\'') {
			copy_literal(r, &line);
		} else if (isspace((unsigned char)*r->at)) {
			step(r);
			if (last_of(&line) != '#') {
				put_space(&line);
			}
		} else {
			put(&line, *r->at);
			step(r);
		}
	}
	while (line.len > 0 && last_of(&line) == ' ') {
		line.len--;
	}
	put(&r->out, '\n');
	bytes_add(&r->out, line.data, line.len);
	put(&r->out, '\n');
	put(&line, '\0');
	note_condition(r, (const char *)line.data);
	bytes_fini(&line);
}

/* Behind the parentheses that open at @p; NULL: they do not close. */
static const char *behind_group(const char *p)
{
	unsigned open = 0;

	for (; *p != '\0'; p++) {
		open += *p == '(';
		open -= *p == ')';
		if (open == 0) {
			return p + 1;
		}
	}
	return NULL;
}

/*
 * The name before the first parentheses of a definition, those of attributes
 * passed over; NULL when it has none, or has a value.
 */
static char *name_of_item(const char *item)
{
	const char *p = item, *word = NULL;
	size_t len = 0;

	while (*p != '\0' && *p != '=') {
		if (is_word((unsigned char)*p)) {
			word = p;
			while (is_word((unsigned char)*p)) {
				p++;
			}
			len = (size_t)(p - word);
		} else if (*p == '(' && word != NULL) {
			if (strncmp(word, "__attribute__", len) != 0 &&
			    strncmp(word, "_Alignas", len) != 0) {
				return xasprintf("%.*s", (int)len, word);
			}
			p = behind_group(p);
			word = NULL;
			if (p == NULL) {
				return NULL;
			}
		} else {
			word = *p == ' ' || *p == '\n' ? word : NULL;
			p++;
		}
	}
	return NULL;
}

/* The item before the brace at hand: does a function begin? */
static bool begins_function(struct reader *r)
{
	size_t len = r->out.len;
	char *name;
	bool is;

	while (len > 0 && isspace(r->out.data[len - 1])) {
		len--;
	}
	if (len == 0 || r->out.data[len - 1] != ')') {
		return false;
	}
	put(&r->out, '\0');
	name = name_of_item((const char *)r->out.data);
	r->out.len--;
	is = name != NULL;
	free(name);
	return is;
}

static bool head_is_static(const char *item)
{
	char *head = xasprintf("%.*s", (int)strcspn(item, "("), item);
	bool is = source_mentions(head, "static");

	free(head);
	return is;
}

static void keep_function(struct source *src, struct reader *r)
{
	struct source_function *f;
	struct bytes all = { 0 };

	src->function = xrealloc(src->function,
	                         (src->count + 1) * sizeof(*src->function));
	f = &src->function[src->count++];
	for (size_t i = 0; i < r->open_if.count; i++) {
		bytes_add(&all, r->open_if.v[i], strlen(r->open_if.v[i]) + 1);
	}
	bytes_add(&all, r->out.data, r->out.len);
	put(&r->out, '\0');
	*f = (struct source_function){
		.name = name_of_item((const char *)r->out.data),
		.text = xstrdup((const char *)r->out.data),
		.first = r->first_line,
		.last = r->line,
		.is_static = head_is_static((const char *)r->out.data),
		.hash = source_hash((const char *)all.data, all.len),
	};
	bytes_fini(&all);
}

/* A definition, a declaration or a directive is complete. */
static void end_item(struct source *src, struct reader *r)
{
	if (r->is_function) {
		keep_function(src, r);
	} else {
		bytes_add(&r->rest, r->out.data, r->out.len);
		put(&r->rest, '\n');
	}
	r->out.len = 0;
	r->first_line = 0;
	r->is_function = false;
}

/* @return false: brackets do not match. */
static bool read_bracket(struct source *src, struct reader *r, char c)
{
	if (c == '{' && r->depth == 0 && r->nested == 0) {
		r->is_function = begins_function(r);
	}
	put(&r->out, c);
	step(r);
	r->nested += c == '(';
	r->depth += c == '{';
	if ((c == ')' && r->nested == 0) || (c == '}' && r->depth == 0)) {
		return false;
	}
	r->nested -= c == ')';
	r->depth -= c == '}';
	if (r->depth == 0 && r->nested == 0 &&
	    (c == ';' || (c == '}' && r->is_function))) {
		end_item(src, r);
	}
	return true;
}

static bool is_line_begin(const struct reader *r, const char *begin)
{
	const char *p = r->at;

	while (p > begin && (p[-1] == ' ' || p[-1] == '\t')) {
		p--;
	}
	return p == begin || p[-1] == '\n';
}

static bool read_all(struct source *src, struct reader *r)
{
	const char *begin = r->at;

	while (r->at < r->end) {
		char c = *r->at;

		if (skip_comment(r)) {
			put_space(&r->out);
		} else if (isspace((unsigned char)c)) {
			put_space(&r->out);
			step(r);
		} else if (c == '#' && is_line_begin(r, begin)) {
			bool alone = r->first_line == 0;

			read_directive(r);
			if (alone) {
				end_item(src, r);
			}
		} else {
			r->first_line = r->first_line ?: r->line;
			if (c == '"' || c == '\'') {
				copy_literal(r, &r->out);
			} else if (strchr("(){};", c) == NULL) {
				put(&r->out, c);
				step(r);
			} else if (!read_bracket(src, r, c)) {
				return false;
			}
		}
	}
	return r->depth == 0 && r->nested == 0;
}

bool source_read(struct source *src, const char *text, size_t len)
{
	struct reader r = { .at = text, .end = text + len, .line = 1 };
	bool ok;

	*src = (struct source){ 0 };
	ok = read_all(src, &r);
	end_item(src, &r);
	put(&r.rest, '\0');
	src->rest = xstrdup((const char *)r.rest.data);
	src->rest_hash = source_hash(src->rest, strlen(src->rest));
	bytes_fini(&r.out);
	bytes_fini(&r.rest);
	strv_fini(&r.open_if);
	if (!ok) {
		source_fini(src);
	}
	return ok;
}

void source_fini(struct source *src)
{
	for (size_t i = 0; i < src->count; i++) {
		free(src->function[i].name);
		free(src->function[i].text);
	}
	free(src->function);
	free(src->rest);
	*src = (struct source){ 0 };
}

const struct source_function *source_at(const struct source *src, unsigned line)
{
	for (size_t i = 0; i < src->count; i++) {
		if (src->function[i].first <= line &&
		    line <= src->function[i].last) {
			return &src->function[i];
		}
	}
	return NULL;
}

const struct source_function *source_find(const struct source *src,
                                          const char *name)
{
	for (size_t i = 0; i < src->count; i++) {
		if (strcmp(src->function[i].name, name) == 0) {
			return &src->function[i];
		}
	}
	return NULL;
}

bool source_mentions(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = text; (p = strstr(p, name)) != NULL; p++) {
		if ((p == text || !is_word((unsigned char)p[-1])) &&
		    !is_word((unsigned char)p[len])) {
			return true;
		}
	}
	return false;
}
