/* SPDX-License-Identifier: BSD-2-Clause */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "watch.h"

#include <pcre2.h>

uint64_t watch_end(const struct watch_text *text)
{
	return text->base + text->kept.len;
}

void watch_add(struct watch_text *text, const uint8_t *data, size_t len)
{
	bytes_add(&text->kept, data, len);
}

void watch_trim(struct watch_text *text, uint64_t floor)
{
	uint64_t keep = text->after < floor ? text->after : floor;
	uint64_t end = watch_end(text);

	/* Twice the limit, then once: so that moving bytes stays cheap. */
	if (end - keep > 2 * WATCH_KEEP) {
		keep = end - WATCH_KEEP;
	}
	/* One byte before the search is kept: "^" looks at it. */
	if (keep > text->base + WATCH_KEEP / 2) {
		bytes_drop(&text->kept, (size_t)(keep - 1 - text->base));
		text->base = keep - 1;
	}
	if (text->after < text->base) {
		text->after = text->base;
	}
	if (text->tried < text->base) {
		text->tried = text->base;
	}
}

bool watch_find(const struct watch_text *text, struct step_text *regex,
                bool is_final, uint64_t *from)
{
	pcre2_match_data *match;
	PCRE2_SIZE *where;
	uint64_t start = *from > text->base ? *from : text->base;
	uint32_t flags = is_final ? 0 : PCRE2_PARTIAL_HARD;
	PCRE2_SPTR data = text->kept.data;
	int rc;

	if (data == NULL) {
		data = (PCRE2_SPTR) "";
	}
	match = pcre2_match_data_create_from_pattern(regex->regex, NULL);
	rc = pcre2_match(regex->regex, data, text->kept.len,
	                 (PCRE2_SIZE)(start - text->base), flags, match, NULL);
	where = pcre2_get_ovector_pointer(match);
	if (rc > 0) {
		*from = text->base + where[1];
	} else if (rc == PCRE2_ERROR_PARTIAL) {
		*from = text->base + where[0];
	} else if (rc == PCRE2_ERROR_NOMATCH && !is_final) {
		*from = watch_end(text);
	}
	/* Any other error (limits) leaves the place: tried again later. */
	pcre2_match_data_free(match);
	return rc > 0;
}

void watch_fini(struct watch_text *text)
{
	bytes_fini(&text->kept);
}
