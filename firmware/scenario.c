/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass over the scenario; most of it is for others. */
#include "scenario.h"

#include <string.h>

#include "print.h"
#include "tree.h"

#include <abi/bundle.h>

#define VM_PREFIX "vm-"

/* Without a root VM in the scenario, this one. */
#define RM_NAME       "rm"
#define RM_MEMORY_MIB 64

enum property {
	/* of the root node */
	P_HYP_ARGS,
	P_HYP_MEMORY_MIB,
	P_MUTANT,
	/* of a VM */
	P_ROOT,
	P_IMAGE,
	P_VCPUS,
	P_MEMORY_MIB,
	P_BOOTARGS,
	P_COUNT,
};

static const char *const property_names[] = {
	[P_HYP_ARGS] = "hyp-args",     [P_HYP_MEMORY_MIB] = "hyp-memory-mib",
	[P_MUTANT] = "mutant",         [P_ROOT] = "root",
	[P_IMAGE] = "image",           [P_VCPUS] = "vcpus",
	[P_MEMORY_MIB] = "memory-mib", [P_BOOTARGS] = "bootargs",
};
_Static_assert(sizeof(property_names) / sizeof(property_names[0]) == P_COUNT,
               "each property has a name");

struct node {
	const char *name;
	struct tree_value value[P_COUNT];
};

/* Every complaint names the bundle's image, the node and the property. */
static _Noreturn void refuse(const struct node *node, enum property property,
                             const char *why)
{
	fatal("bundle: image \"" BUNDLE_SCENARIO "\": %s: %s: %s", node->name,
	      property_names[property], why);
}

struct cell_rule {
	enum property property;
	uint32_t otherwise; /* value when there is no such property */
	uint32_t min, max, multiple;
};

static uint32_t read_cell(const struct node *node, const struct cell_rule *rule)
{
	const struct tree_value *value = &node->value[rule->property];
	uint32_t number;
	char why[80];

	if (value->data == NULL) {
		return rule->otherwise;
	}
	if (value->len != sizeof(number)) {
		refuse(node, rule->property, "not one cell");
	}
	number = (uint32_t)tree_number(value, 0);
	if (number < rule->min || number > rule->max ||
	    number % rule->multiple != 0) {
		format_text(why, sizeof(why),
		            "%u is not a multiple of %u from %u to %u", number,
		            rule->multiple, rule->min, rule->max);
		refuse(node, rule->property, why);
	}
	return number;
}

/* A string property, or what the caller takes when there is none. */
static const char *read_string(const struct node *node, enum property property,
                               const char *otherwise)
{
	const char *string = tree_string(&node->value[property]);

	if (node->value[property].data == NULL) {
		return otherwise;
	}
	if (string == NULL) {
		refuse(node, property, "not one string");
	}
	return string;
}

static void read_vm(struct scenario *s, const struct node *node)
{
	static const struct cell_rule memory = { P_MEMORY_MIB, 32, 2, 1u << 20,
		                                 2 };
	static const struct cell_rule vcpus = { P_VCPUS, 1, 1, BOOT_CPUS_MAX,
		                                1 };

	if (strncmp(node->name, VM_PREFIX, strlen(VM_PREFIX)) != 0 ||
	    node->value[P_ROOT].data == NULL) {
		return;
	}
	if (s->root_image != NULL) {
		refuse(node, P_ROOT, "there is another root VM");
	}
	format_text(s->root_name, sizeof(s->root_name), "%s",
	            node->name + strlen(VM_PREFIX));
	s->root_memory_mib = read_cell(node, &memory);
	s->root_vcpus = read_cell(node, &vcpus);
	s->root_bootargs = read_string(node, P_BOOTARGS, "");
	s->root_image = read_string(node, P_IMAGE, NULL);
	if (s->root_image == NULL) {
		refuse(node, P_IMAGE, "missing");
	}
}

/* The hypervisor reads no tree: the mutant goes among its arguments. */
static void read_top(struct scenario *s, const struct node *node)
{
	static const struct cell_rule memory = { P_HYP_MEMORY_MIB, 16, 2, 1024,
		                                 2 };
	const char *args = read_string(node, P_HYP_ARGS, "");
	const char *mutant = read_string(node, P_MUTANT, NULL);
	size_t len = format_text(s->args, sizeof(s->args), "%s%s%s%s", args,
	                         mutant != NULL && *args != '\0' ? " " : "",
	                         mutant != NULL ? "mutant=" : "",
	                         mutant != NULL ? mutant : "");

	if (len == sizeof(s->args) - 1) {
		refuse(node, P_HYP_ARGS, "too long");
	}
	s->hyp_memory_mib = read_cell(node, &memory);
}

static void finish_node(struct scenario *s, struct node *node, int depth)
{
	if (node->name != NULL && depth == 0) {
		node->name = "/";
		read_top(s, node);
	} else if (node->name != NULL && depth == 1) {
		read_vm(s, node);
	}
	node->name = NULL;
}

static void read_tree(struct scenario *s, struct tree *tree)
{
	struct node node = { .name = NULL };
	struct tree_item item;
	enum tree_event event;
	int depth = 0;

	do {
		event = tree_next(tree, &item);
		if (event == TREE_PROPERTY) {
			tree_keep(&item, property_names, node.value, P_COUNT);
			continue;
		}
		finish_node(s, &node, depth);
		if (event == TREE_NODE) {
			memset(&node, 0, sizeof(node));
			node.name = item.name;
			depth = item.depth;
		} else if (event == TREE_BAD) {
			fatal("bundle: image \"" BUNDLE_SCENARIO
			      "\": nonsense behind the header");
		}
	} while (event != TREE_DONE);
}

void scenario_read(struct scenario *s, const struct image *image,
                   uint32_t cpu_count)
{
	struct tree tree;
	const char *wrong = tree_start(&tree, image->data, image->size);

	if (wrong != NULL) {
		fatal("bundle: image \"%s\": %s", image->name, wrong);
	}
	memset(s, 0, sizeof(*s));
	read_tree(s, &tree);
	if (s->root_image == NULL) {
		format_text(s->root_name, sizeof(s->root_name), RM_NAME);
		s->root_image = RM_NAME;
		s->root_bootargs = "";
		s->root_vcpus = cpu_count;
		s->root_memory_mib = RM_MEMORY_MIB;
	}
}
