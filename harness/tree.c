/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading properties by table. How trees get compiled: dtc.c. */
#include "tree.h"

#include <errno.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

bool tree_load(struct tree *tree, const char *dtb, const char *name)
{
	struct bytes file;

	*tree = (struct tree){ .file = xstrdup(name) };
	if (file_read(dtb, &file) < 0) {
		complain("%s: cannot read: %s", dtb, strerror(errno));
		return false;
	}
	if (file.len < sizeof(struct fdt_header) ||
	    fdt_check_header(file.data) != 0 ||
	    fdt_check_full(file.data, file.len) != 0) {
		complain("%s: not a sound device tree", dtb);
		bytes_fini(&file);
		return false;
	}
	tree->fdt = file.data;
	return true;
}

void tree_fini(struct tree *tree)
{
	free(tree->file);
	free(tree->fdt);
	*tree = (struct tree){ 0 };
}

const char *tree_name(const struct tree *tree, int node)
{
	const char *name = fdt_get_name(tree->fdt, node, NULL);

	return name == NULL || *name == '\0' ? "/" : name;
}

bool tree_fault(const struct tree *tree, int node, const char *prop,
                const char *fmt, ...)
{
	char path[256] = "?";
	va_list args;
	char *why;

	va_start(args, fmt);
	why = xvasprintf(fmt, args);
	va_end(args);
	if (tree->fdt != NULL) {
		fdt_get_path(tree->fdt, node, path, sizeof(path));
	}
	if (prop != NULL) {
		complain("%s: %s: %s: %s", tree->file, path, prop, why);
	} else {
		complain("%s: %s: %s", tree->file, path, why);
	}
	free(why);
	return false;
}

/* Strings of a string list; -1 when the bytes are not one. */
static int split_strings(const char *data, int len, struct strv *out)
{
	if (len <= 0 || data[len - 1] != '\0') {
		return -1;
	}
	for (int at = 0; at < len; at += (int)strlen(data + at) + 1) {
		for (const char *p = data + at; *p != '\0'; p++) {
			/* A cell array is not text: control characters tell. */
			if ((unsigned char)*p < ' ' && *p != '\n' &&
			    *p != '\t' && *p != '\r' && *p != 0x1b) {
				return -1;
			}
		}
		strv_add(out, data + at);
	}
	return 0;
}

static bool read_strings(const struct tree *tree, int node,
                         const struct prop_rule *rule, const char *data,
                         int len, void *field)
{
	struct strv list = { 0 };
	char **pair = field;
	size_t want = rule->kind == PROP_PAIR ? 2 : 1;

	if (split_strings(data, len, &list) < 0) {
		strv_fini(&list);
		return tree_fault(tree, node, rule->name,
		                  "must be a string, not cells or empty");
	}
	if (rule->kind == PROP_STRINGS) {
		strv_fini(field);
		*(struct strv *)field = list;
		return true;
	}
	if (list.count != want) {
		tree_fault(tree, node, rule->name, "must be %s, has %zu",
		           want == 2 ? "two strings" : "one string",
		           list.count);
		strv_fini(&list);
		return false;
	}
	for (size_t i = 0; i < want; i++) {
		free(pair[i]);
		pair[i] = xstrdup(list.v[i]);
	}
	strv_fini(&list);
	return true;
}

static bool read_cells(const struct tree *tree, int node,
                       const struct prop_rule *rule, const fdt32_t *data,
                       int len, void *field)
{
	struct cells *cells = field;
	uint32_t value;

	if (rule->kind == PROP_CELL) {
		if (len != 4) {
			return tree_fault(tree, node, rule->name,
			                  "must be one cell");
		}
		value = fdt32_ld(data);
		if (value < rule->min || value > rule->max) {
			return tree_fault(tree, node, rule->name,
			                  "must be %u..%u, is %u", rule->min,
			                  rule->max, value);
		}
		*(uint32_t *)field = value;
		return true;
	}
	if (len == 0 || len % 4 != 0) {
		return tree_fault(tree, node, rule->name, "must be cells");
	}
	cells->count = (size_t)len / 4;
	cells->v = xcalloc(cells->count, sizeof(*cells->v));
	for (size_t i = 0; i < cells->count; i++) {
		cells->v[i] = fdt32_ld(&data[i]);
	}
	return true;
}

static bool read_one(const struct tree *tree, int node,
                     const struct prop_rule *rule, const void *data, int len,
                     void *out)
{
	void *field = (char *)out + rule->offset;

	switch (rule->kind) {
	case PROP_FLAG:
		if (len != 0) {
			return tree_fault(tree, node, rule->name,
			                  "is a flag and takes no value");
		}
		*(bool *)field = true;
		return true;
	case PROP_CELL:
	case PROP_CELLS:
		return read_cells(tree, node, rule, data, len, field);
	case PROP_STRING:
	case PROP_STRINGS:
	case PROP_PAIR:
		return read_strings(tree, node, rule, data, len, field);
	case PROP_FOREIGN:
		return true;
	}
	return false;
}

static const struct prop_rule *find_rule(const struct prop_rule *rules,
                                         size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rules[i].name, name) == 0) {
			return &rules[i];
		}
	}
	return NULL;
}

bool tree_read(const struct tree *tree, int node, const struct prop_rule *rules,
               size_t rule_count, void *out)
{
	const struct prop_rule *rule;
	int prop;

	fdt_for_each_property_offset(prop, tree->fdt, node)
	{
		const char *name;
		int len;
		const void *data =
			fdt_getprop_by_offset(tree->fdt, prop, &name, &len);

		if (data == NULL) {
			return tree_fault(tree, node, NULL, "damaged tree");
		}
		/* The first of two is found by name, and is not this one. */
		if (fdt_getprop(tree->fdt, node, name, NULL) != data) {
			return tree_fault(tree, node, name, "stands twice");
		}
		rule = find_rule(rules, rule_count, name);
		if (rule == NULL) {
			return tree_fault(tree, node, name, "unknown property");
		}
		if (!read_one(tree, node, rule, data, len, out)) {
			return false;
		}
	}
	for (size_t i = 0; i < rule_count; i++) {
		if (rules[i].required &&
		    fdt_getprop(tree->fdt, node, rules[i].name, NULL) == NULL) {
			return tree_fault(tree, node, rules[i].name,
			                  "is required");
		}
	}
	return true;
}

bool tree_is(const struct tree *tree, const char *want)
{
	if (fdt_node_check_compatible(tree->fdt, 0, want) != 0) {
		return tree_fault(tree, 0, "compatible", "must be \"%s\"",
		                  want);
	}
	return true;
}
