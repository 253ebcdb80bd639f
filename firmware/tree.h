/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over a flattened device tree, front to back, event by event.
 *
 * libfdt checks every byte of every name anew at each step, and each of its
 * searches starts from the top: on the tree of QEMU's virt that costs more
 * instructions than the rest of the firmware together.  So the firmware reads
 * trees with this, and writes the root VM's with libfdt.
 */
#ifndef FIRMWARE_TREE_H
#define FIRMWARE_TREE_H

#include <stdbool.h>
#include <stdint.h>

enum tree_event {
	TREE_NODE,     /* a node begins */
	TREE_PROPERTY, /* of the node that began last: all before its children */
	TREE_NODE_END,
	TREE_DONE, /* the root node has ended */
	TREE_BAD,  /* something does not lie inside the tree, or has no sense */
};

struct tree {
	const char *begin; /* the structure block */
	const char *strings;
	uint32_t size, strings_size; /* bytes */
	uint32_t at;
	int depth;
};

/* A property's data; where there is no such property, data is NULL. */
struct tree_value {
	const void *data;
	uint32_t len; /* bytes */
};

struct tree_item {
	int depth;               /* the root node and its properties: 0 */
	int node;                /* TREE_NODE: libfdt's offset of it */
	const char *name;        /* NUL-ended, inside the tree */
	uint32_t name_len;       /* TREE_NODE: bytes without the NUL */
	struct tree_value value; /* TREE_PROPERTY */
};

/*
 * Starts a pass over the tree in the size bytes at fdt, which is aligned to 4
 * bytes.  Returns NULL, or what is wrong with its header; then the first event
 * is TREE_BAD.
 */
const char *tree_start(struct tree *tree, const void *fdt, uint64_t size);

/* The next event; TREE_DONE and TREE_BAD come again for ever. */
enum tree_event tree_next(struct tree *tree, struct tree_item *item);

/* Keeps the property's value if its name is one of these. */
void tree_keep(const struct tree_item *property, const char *const names[],
               struct tree_value values[], unsigned count);

/* A number of one cell or two; @otherwise if the value is neither. */
uint64_t tree_number(const struct tree_value *value, uint64_t otherwise);

/* The cells [at, at + count) of the value as one number, count 0 to 2. */
uint64_t tree_cells(const struct tree_value *value, uint32_t at, int count);

/* The string that the value is, or NULL if it is not just one. */
const char *tree_string(const struct tree_value *value);

/* The string of a list that comes behind @string, the first for NULL; NULL at
 * the end, and at once when the value is no list of strings. */
const char *tree_next_string(const struct tree_value *value,
                             const char *string);

#endif
