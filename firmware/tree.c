/* SPDX-License-Identifier: BSD-2-Clause */
#include "tree.h"

#include <libfdt.h>
#include <string.h>

#define TAG_SIZE ((uint32_t)sizeof(fdt32_t))

/* Version 17, which is every tree that is made today, or like it. */
static const char *check_header(const void *fdt, uint64_t size)
{
	uint32_t begin, strings, strings_size, total;

	if (size < sizeof(struct fdt_header) || fdt_magic(fdt) != FDT_MAGIC) {
		return "no device tree";
	}
	if (fdt_version(fdt) < 17 || fdt_last_comp_version(fdt) > 17) {
		return "a device tree of another version";
	}
	total = fdt_totalsize(fdt);
	begin = fdt_off_dt_struct(fdt);
	strings = fdt_off_dt_strings(fdt);
	strings_size = fdt_size_dt_strings(fdt);
	if (total > size || begin > total || begin % TAG_SIZE != 0 ||
	    strings > total || strings_size > total - strings) {
		return "a device tree larger than itself";
	}
	/* With a NUL at the end of all names, each of them ends. */
	if (strings_size == 0 ||
	    ((const char *)fdt)[strings + strings_size - 1] != '\0') {
		return "a device tree with a name that has no end";
	}
	return NULL;
}

const char *tree_start(struct tree *tree, const void *fdt, uint64_t size)
{
	const char *wrong = check_header(fdt, size);

	memset(tree, 0, sizeof(*tree));
	tree->depth = -1;
	if (wrong == NULL) {
		tree->begin = (const char *)fdt + fdt_off_dt_struct(fdt);
		tree->size = fdt_totalsize(fdt) - fdt_off_dt_struct(fdt);
		tree->strings = (const char *)fdt + fdt_off_dt_strings(fdt);
		tree->strings_size = fdt_size_dt_strings(fdt);
	}
	return wrong;
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
	item->name_len = (uint32_t)strnlen(item->name, left);
	if (item->name_len == left) {
		return TREE_BAD;
	}
	item->node = (int)tree->at;
	item->depth = ++tree->depth;
	advance(tree, TAG_SIZE + item->name_len + 1);
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
	item->value.len = fdt32_to_cpu(property->len);
	item->value.data = property->data;
	item->depth = tree->depth;
	if (name >= tree->strings_size ||
	    item->value.len > left - sizeof(*property)) {
		return TREE_BAD;
	}
	advance(tree, (uint32_t)sizeof(*property) + item->value.len);
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

void tree_keep(const struct tree_item *property, const char *const names[],
               struct tree_value values[], unsigned count)
{
	const char *name = property->name;

	for (unsigned i = 0; i < count; i++) {
		/* Most differ in the first byte, and that costs no call. */
		if (names[i][0] == name[0] && strcmp(names[i], name) == 0) {
			values[i] = property->value;
			return;
		}
	}
}

uint64_t tree_cells(const struct tree_value *value, uint32_t at, int count)
{
	const fdt32_t *cell = value->data;
	uint64_t number = 0;

	for (cell += at; count > 0; count--) {
		number = number << 32 | fdt32_to_cpu(*cell++);
	}
	return number;
}

uint64_t tree_number(const struct tree_value *value, uint64_t otherwise)
{
	if (value->data == NULL ||
	    (value->len != TAG_SIZE && value->len != 2 * TAG_SIZE)) {
		return otherwise;
	}
	return tree_cells(value, 0, (int)(value->len / TAG_SIZE));
}

const char *tree_string(const struct tree_value *value)
{
	const char *string = tree_next_string(value, NULL);

	return string != NULL && strlen(string) == value->len - 1 ? string
	                                                          : NULL;
}

const char *tree_next_string(const struct tree_value *value, const char *string)
{
	const char *first = value->data;

	/* With a NUL at the end of the list, each string in it ends. */
	if (first == NULL || value->len == 0 || first[value->len - 1] != '\0') {
		return NULL;
	}
	if (string == NULL) {
		return first;
	}
	string += strlen(string) + 1;
	return string < first + value->len ? string : NULL;
}
