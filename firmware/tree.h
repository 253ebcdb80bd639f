/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over a flattened device tree, front to back, event by event.
 *
 * libfdt checks every byte of every name anew at each step, and each of its
 * searches starts from the top: on the tree of QEMU's virt that costs more
 * instructions than the rest of the firmware together.  Where the firmware
 * looks at everything once, it uses this; inside a node, libfdt.
 */
#ifndef FIRMWARE_TREE_H
#define FIRMWARE_TREE_H

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

struct tree_item {
	int depth;        /* the root node and its properties: 0 */
	int node;         /* TREE_NODE: libfdt's offset of it */
	const char *name; /* NUL-ended, inside the tree */
	uint32_t len;     /* bytes: of a node's name, of a property's data */
	const void *data;
};

/* @fdt: a tree whose header fdt_check_header() likes. */
void tree_start(struct tree *tree, const void *fdt);

/* The next event; TREE_DONE and TREE_BAD come again for ever. */
enum tree_event tree_next(struct tree *tree, struct tree_item *item);

#endif
