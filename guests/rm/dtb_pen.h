/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing the structure block of a device tree from front to back,
 * each token once (Devicetree Specification, "Flattened Devicetree (DTB)
 * Format").
 *
 * libfdt searches the tree again for each thing that is changed; a launch has
 * no time for that.  What is read here has passed fdt_check_full.
 */
#ifndef RM_DTB_PEN_H
#define RM_DTB_PEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One token, and where the next one is. */
struct dtb_token {
	uint32_t tag;
	const uint8_t *at, *next;
	const char *name; /* of a node or property */
	const uint8_t *data;
	uint32_t len;
};

/** What stands at @at in the tree @fdt, which has been checked. */
struct dtb_token dtb_read(const void *fdt, const uint8_t *at);

/** Behind the END_NODE of the node that begins at @at. */
const uint8_t *dtb_behind(const void *fdt, const uint8_t *at);

/** The property @name of the node at @at; .data is NULL: it has none. */
struct dtb_token dtb_property(const void *fdt, const uint8_t *at,
                              const char *name);

#define PEN_NAMES 40 /* different names of properties */

struct pen {
	uint8_t *at, *end;
	uint32_t first_name; /* offset in the strings block of the first new */
	uint32_t names_len;  /* bytes of those added */
	unsigned name_count;
	const char *name[PEN_NAMES]; /* literals: compared by address */
	uint32_t offset[PEN_NAMES];
	bool is_full;
};

void pen_copy(struct pen *pen, const void *from, size_t len);
void pen_open(struct pen *pen, const char *name);
void pen_close(struct pen *pen);

/** @name  lives as long as the pen */
void pen_put(struct pen *pen, const char *name, const void *data, size_t len);
void pen_cells(struct pen *pen, const char *name, const uint32_t *cell,
               size_t count);
void pen_string(struct pen *pen, const char *name, const char *text);

/** The names that pen_put has met, to go behind the old strings block. */
void pen_names(struct pen *pen);

/* A string literal with its terminator, or several in one. */
#define PEN_TEXT(pen, name, text) pen_put(pen, name, text, sizeof(text))
#define PEN_CELLS(pen, name, ...)                               \
	pen_cells(pen, name, (const uint32_t[]){ __VA_ARGS__ }, \
	          sizeof((const uint32_t[]){ __VA_ARGS__ }) /   \
	                  sizeof(uint32_t))

#endif
