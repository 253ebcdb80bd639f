/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees as configuration: compile, read by table, complain well.
 *
 * Every fault is one line on standard error:
 *
 *     touchstone: FILE: NODE: PROPERTY: REASON
 *
 * and makes the function that found it return false; the caller passes false
 * up until the program ends with EXIT_CONFIG.
 */
#ifndef TREE_H
#define TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

struct tree {
	char *file; /* as named in complaints */
	void *fdt;  /* the blob; fdt_totalsize() bytes */
};

struct cells {
	uint32_t *v;
	size_t count;
};

enum prop_kind {
	PROP_FLAG,    /* bool */
	PROP_CELL,    /* uint32_t, min..max */
	PROP_CELLS,   /* struct cells */
	PROP_STRING,  /* char * */
	PROP_STRINGS, /* struct strv */
	PROP_PAIR,    /* char *[2] */
	PROP_FOREIGN, /* known, but for somebody else to read */
};

/** One row per property a node may have; absent ones keep what was there. */
struct prop_rule {
	const char *name;
	enum prop_kind kind;
	size_t offset; /* of the field in the struct being filled */
	bool required;
	uint32_t min, max;
};

/**
 * Compile @dts with dtc into @dtb, unless @dtb is newer, and load it.
 * @return false after one complaint: dtc missing, unreadable, syntax.
 */
bool tree_compile(struct tree *tree, const char *dts, const char *dtb);

/** Load an already compiled tree; @name appears in complaints. */
bool tree_load(struct tree *tree, const char *dtb, const char *name);

void tree_fini(struct tree *tree);

/** Complain about @prop (NULL: the whole node) of @node. @return false. */
bool tree_fault(const struct tree *tree, int node, const char *prop,
                const char *fmt, ...) PRINTF(4, 5);

/** Fill @out from @node by @rules; a property without a rule is a fault. */
bool tree_read(const struct tree *tree, int node, const struct prop_rule *rules,
               size_t rule_count, void *out);

/** Require root property compatible = @want. */
bool tree_is(const struct tree *tree, const char *want);

/** The name of a node, without the folder; "/" for the root. */
const char *tree_name(const struct tree *tree, int node);

#endif
