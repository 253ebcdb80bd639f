/* SPDX-License-Identifier: BSD-2-Clause */
#include "live_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"
#include "util.h"

#define NAME_WIDTH 10
#define NORMAL     "\033[0m"

struct live_line {
	char *name;
	const char *color;
	struct bytes text;
};

/* The hypervisor is grey; VMs in the order they first speak. */
static const char *const colors[] = {
	"\033[36m", "\033[32m", "\033[33m", "\033[35m", "\033[34m", "\033[31m",
};
#define COLOR_HYP "\033[90m"

void live_view_init(struct live_view *view, const struct options *opt)
{
	*view = (struct live_view){ 0 };
	view->has_color = isatty(STDOUT_FILENO) && !opt->no_color &&
	                  getenv("NO_COLOR") == NULL;
}

/* A frame in words; NULL: nothing worth showing. The caller frees. */
static char *frame_in_words(struct frame *frame)
{
	char *rest = strchr(frame->text, ' ');

	frame_unescape(frame->text);
	switch (frame->kind) {
	case KIND_SUITE:
		return xasprintf("suite %s", frame->text);
	case KIND_PASS:
		return xasprintf("  ok    %s", frame->text);
	case KIND_FAIL:
		return xasprintf("  FAIL  %s", frame->text);
	case KIND_SKIP:
		return xasprintf("  skip  %s", frame->text);
	case KIND_BENCH:
		return xasprintf("  %s", frame->text);
	case KIND_NOTE:
		return xstrdup(frame->text);
	case KIND_END:
		return xasprintf("report: %.*s passed%s",
		                 (int)strcspn(frame->text, " "), frame->text,
		                 rest != NULL && strcmp(rest, " 0 0") == 0
		                         ? ""
		                         : ", and not all is well");
	case KIND_PLAN:
	case KIND_BEGIN:
	case KIND_COUNT:
		break;
	}
	return NULL;
}

static void print_safely(const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c != 0x7f) {
			putchar(c);
		} else if (c == '\t') {
			putchar(' ');
		}
	}
}

static void show(const struct live_view *view, struct live_line *line)
{
	struct frame frame;
	const char *why;
	char *words = NULL;
	size_t len;

	bytes_add(&line->text, "", 1);
	len = strlen((char *)line->text.data);
	if (len > 0 && line->text.data[len - 1] == '\r') {
		line->text.data[--len] = '\0';
	}
	switch (frame_parse((char *)line->text.data, len, &frame, &why)) {
	case FRAME_OK:
		words = frame_in_words(&frame);
		break;
	case FRAME_NOT:
	case FRAME_BROKEN:
		words = xstrdup((char *)line->text.data);
		break;
	}
	line->text.len = 0;
	if (words == NULL) {
		return;
	}
	printf("%s%-*s|%s ", view->has_color ? line->color : "", NAME_WIDTH,
	       line->name, view->has_color ? NORMAL : "");
	print_safely(words);
	printf("\n");
	fflush(stdout);
	free(words);
}

static struct live_line *line_of(struct live_view *view, unsigned stream,
                                 const char *name)
{
	struct live_line **slot = &view->lines[stream % LIVE_VIEW_STREAMS];

	if (*slot == NULL) {
		*slot = xcalloc(1, sizeof(**slot));
		(*slot)->name = xstrdup(name);
		(*slot)->color = strcmp(name, HYP_STREAM) == 0
		                         ? COLOR_HYP
		                         : colors[view->colors_used++ %
		                                  ARRAY_COUNT(colors)];
	}
	return *slot;
}

void live_view_bytes(void *ctx, unsigned stream, const char *name,
                     const uint8_t *data, size_t len)
{
	struct live_view *view = ctx;
	struct live_line *line = line_of(view, stream, name);

	for (; len > 0; data++, len--) {
		if (*data == '\n') {
			show(view, line);
		} else {
			bytes_add(&line->text, data, 1);
		}
	}
}

void live_view_fini(struct live_view *view)
{
	for (unsigned i = 0; i < LIVE_VIEW_STREAMS; i++) {
		struct live_line *line = view->lines[i];

		if (line == NULL) {
			continue;
		}
		if (line->text.len > 0) {
			show(view, line);
		}
		bytes_fini(&line->text);
		free(line->name);
		free(line);
		view->lines[i] = NULL;
	}
}
