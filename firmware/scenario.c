/* SPDX-License-Identifier: BSD-2-Clause */
#include "scenario.h"

#include <libfdt.h>
#include <string.h>

#include "print.h"

#include <abi/bundle.h>

#define VM_PREFIX "vm-"

/* Without a root VM in the scenario, this one. */
#define RM_NAME       "rm"
#define RM_MEMORY_MIB 64

#define VM_MEMORY_MIB  32
#define HYP_MEMORY_MIB 16

/* Every complaint names the bundle's image, the node and the property. */
#define REFUSE(node, property, ...)                                        \
	do {                                                               \
		char why_[96];                                             \
		format_text(why_, sizeof(why_), __VA_ARGS__);              \
		fatal("bundle: image \"" BUNDLE_SCENARIO "\": %s: %s: %s", \
		      node, property, why_);                               \
	} while (0)

static const char *node_name(const void *fdt, int node)
{
	return node == 0 ? "/" : fdt_get_name(fdt, node, NULL);
}

struct cell_rule {
	const char *property;
	uint32_t otherwise; /* value when there is no such property */
	uint32_t min, max, multiple;
};

static uint32_t read_cell(const void *fdt, int node,
                          const struct cell_rule *rule)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, rule->property, &len);
	uint32_t value;

	if (cell == NULL) {
		return rule->otherwise;
	}
	if (len != sizeof(*cell)) {
		REFUSE(node_name(fdt, node), rule->property, "not one cell");
	}
	value = fdt32_to_cpu(*cell);
	if (value < rule->min || value > rule->max ||
	    value % rule->multiple != 0) {
		REFUSE(node_name(fdt, node), rule->property,
		       "%u is not a multiple of %u from %u to %u", value,
		       rule->multiple, rule->min, rule->max);
	}
	return value;
}

/* A string property, or what the caller takes when there is none. */
static const char *read_string(const void *fdt, int node, const char *property,
                               const char *otherwise)
{
	int len;
	const char *value = fdt_getprop(fdt, node, property, &len);

	if (value == NULL) {
		return otherwise;
	}
	if (len == 0 || strnlen(value, (size_t)len) != (size_t)len - 1) {
		REFUSE(node_name(fdt, node), property, "not one string");
	}
	return value;
}

static int find_root(const void *fdt)
{
	int node, root = -1;

	fdt_for_each_subnode(node, fdt, 0)
	{
		const char *name = fdt_get_name(fdt, node, NULL);

		if (strncmp(name, VM_PREFIX, strlen(VM_PREFIX)) != 0 ||
		    fdt_getprop(fdt, node, "root", NULL) == NULL) {
			continue;
		}
		if (root >= 0) {
			REFUSE(name, "root", "there is another root VM");
		}
		root = node;
	}
	return root;
}

static void read_root(struct scenario *s, const void *fdt, int node)
{
	static const struct cell_rule memory = { "memory-mib", VM_MEMORY_MIB, 2,
		                                 1u << 20, 2 };
	static const struct cell_rule vcpus = { "vcpus", 1, 1, BOOT_CPUS_MAX,
		                                1 };
	const char *name = fdt_get_name(fdt, node, NULL);

	format_text(s->root_name, sizeof(s->root_name), "%s",
	            name + strlen(VM_PREFIX));
	s->root_memory_mib = read_cell(fdt, node, &memory);
	s->root_vcpus = read_cell(fdt, node, &vcpus);
	s->root_bootargs = read_string(fdt, node, "bootargs", "");
	s->root_image = read_string(fdt, node, "image", NULL);
	if (s->root_image == NULL) {
		REFUSE(name, "image", "missing");
	}
}

static void read_args(struct scenario *s, const void *fdt)
{
	const char *args = read_string(fdt, 0, "hyp-args", "");
	const char *mutant = read_string(fdt, 0, "mutant", NULL);
	size_t len = format_text(s->args, sizeof(s->args), "%s%s%s%s", args,
	                         mutant != NULL && *args != '\0' ? " " : "",
	                         mutant != NULL ? "mutant=" : "",
	                         mutant != NULL ? mutant : "");

	if (len == sizeof(s->args) - 1) {
		REFUSE("/", "hyp-args", "longer than %u bytes",
		       BOOT_ARGS_MAX - 2);
	}
}

void scenario_read(struct scenario *s, const struct image *image,
                   uint32_t cpu_count)
{
	static const struct cell_rule hyp = { "hyp-memory-mib", HYP_MEMORY_MIB,
		                              2, 1024, 2 };
	const void *fdt = image->data;
	int err = fdt_check_full(fdt, image->size);
	int root;

	if (err != 0) {
		fatal("bundle: image \"%s\": structure: %s", image->name,
		      fdt_strerror(err));
	}
	memset(s, 0, sizeof(*s));
	s->hyp_memory_mib = read_cell(fdt, 0, &hyp);
	read_args(s, fdt);

	root = find_root(fdt);
	if (root >= 0) {
		read_root(s, fdt, root);
		return;
	}
	format_text(s->root_name, sizeof(s->root_name), RM_NAME);
	s->root_image = RM_NAME;
	s->root_bootargs = "";
	s->root_vcpus = cpu_count;
	s->root_memory_mib = RM_MEMORY_MIB;
}
