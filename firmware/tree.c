/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree.h"

#include <libfdt.h>
#include <string.h>

#define TAG_SIZE ((uint32_t)sizeof(fdt32_t))

void tree_start(struct tree *tree, const void *fdt)
{
	uint32_t total = fdt_totalsize(fdt);
	uint32_t begin = fdt_off_dt_struct(fdt);
	uint32_t strings = fdt_off_dt_strings(fdt);
	uint32_t strings_size = fdt_size_dt_strings(fdt);

	memset(tree, 0, sizeof(*tree));
	tree->depth = -1;
	tree->begin = (const char *)fdt + begin;
	tree->strings = (const char *)fdt + strings;
	/*
	 * A header that lies gives an empty tree, and that is a bad one.  With
	 * a NUL at the end of all names, each of them ends.
	 */
	if (begin <= total && begin % TAG_SIZE == 0 && strings <= total &&
	    strings_size > 0 && strings_size <= total - strings &&
	    tree->strings[strings_size - 1] == '\0') {
		tree->size = total - begin;
		tree->strings_size = strings_size;
	}
}

/* Moves on by len bytes, to the next tag. */
static void advance(struct tree *tree, uint32_t len)
{
	tree->at += (len + TAG_SIZE - 1) & ~(TAG_SIZE - 1);
}

static enum tree_event begin_node(struct tree *tree, struct tree_item *item)
{
	uint32_t left = tree->size - tree->at - TAG_SIZE;

	item->name = tree->begin + tree->at + TAG_SIZE;
	item->len = (uint32_t)strnlen(item->name, left);
	if (item->len == left) {
		return TREE_BAD;
	}
	item->node = (int)tree->at;
	item->depth = ++tree->depth;
	advance(tree, TAG_SIZE + item->len + 1);
	return TREE_NODE;
}

static enum tree_event see_property(struct tree *tree, struct tree_item *item)
{
	const struct fdt_property *property =
		(const void *)(tree->begin + tree->at);
	uint32_t left = tree->size - tree->at;
	uint32_t name;

	if (tree->depth < 0 || left < sizeof(*property)) {
		return TREE_BAD;
	}
	name = fdt32_to_cpu(property->nameoff);
	item->name = tree->strings + name;
	item->len = fdt32_to_cpu(property->len);
	item->data = property->data;
	item->depth = tree->depth;
	if (name >= tree->strings_size ||
	    item->len > left - sizeof(*property)) {
		return TREE_BAD;
	}
	advance(tree, (uint32_t)sizeof(*property) + item->len);
	return TREE_PROPERTY;
}

static enum tree_event end_node(struct tree *tree, struct tree_item *item)
{
	item->depth = tree->depth;
	/* At the root's end it stays: TREE_DONE follows, each time. */
	if (tree->depth < 0) {
		return TREE_DONE;
	}
	if (--tree->depth >= 0) {
		advance(tree, TAG_SIZE);
	}
	return TREE_NODE_END;
}

enum tree_event tree_next(struct tree *tree, struct tree_item *item)
{
	while (tree->at < tree->size && tree->size - tree->at >= TAG_SIZE) {
		switch (fdt32_to_cpu(
			*(const fdt32_t *)(tree->begin + tree->at))) {
		case FDT_BEGIN_NODE:
			return begin_node(tree, item);
		case FDT_PROP:
			return see_property(tree, item);
		case FDT_END_NODE:
			return end_node(tree, item);
		case FDT_NOP:
			advance(tree, TAG_SIZE);
			break;
		default:
			return TREE_BAD;
		}
	}
	return TREE_BAD;
}
