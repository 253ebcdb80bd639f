/* SPDX-License-Identifier: BSD-2-Clause */
#include "bundle.h"

#include <libfdt.h>
#include <string.h>

#include "cpu.h"
#include "print.h"
#include "tree.h"

#include <abi/bundle.h>

static uint64_t ram_after(const struct platform *platform, uint64_t addr)
{
	for (uint32_t i = 0; i < platform->ram_count; i++) {
		const struct boot_range *ram = &platform->ram[i];

		if (addr >= ram->base && addr - ram->base < ram->size) {
			return ram->size - (addr - ram->base);
		}
	}
	return 0;
}

bool bundle_find(const struct platform *platform, uint64_t image_end,
                 struct bundle *bundle, uint64_t *limit)
{
	uint64_t base = platform->initrd_start;

	if (platform->initrd_end > base) {
		*limit = platform->initrd_end - base;
		if (ram_after(platform, base) < *limit) {
			fatal("bundle: not in RAM (0x%lx, %lu bytes)", base,
			      *limit);
		}
	} else {
		base = align_up(image_end, 8);
		*limit = ram_after(platform, base);
		if (*limit < sizeof(struct fdt_header) ||
		    fdt_magic((const void *)base) != FDT_MAGIC) {
			return false;
		}
	}
	bundle->fdt = (const void *)base;
	return true;
}

/* Whether the tree can be walked at all. */
static void check_header(struct bundle *bundle, uint64_t limit)
{
	if (((uint64_t)bundle->fdt & 7) != 0) {
		fatal("bundle: not aligned to 8 bytes (0x%lx)",
		      (uint64_t)bundle->fdt);
	}
	if (limit < sizeof(struct fdt_header)) {
		fatal("bundle: truncated: %lu bytes are there", limit);
	}
	if (fdt_magic(bundle->fdt) != FDT_MAGIC) {
		fatal("bundle: bad magic 0x%08x", fdt_magic(bundle->fdt));
	}
	bundle->size = fdt_totalsize(bundle->fdt);
	if (bundle->size > limit) {
		fatal("bundle: truncated: total size is %lu bytes, "
		      "%lu are there",
		      bundle->size, limit);
	}
	if (bundle->size > BUNDLE_SIZE_MAX) {
		fatal("bundle: too big: %lu bytes", bundle->size);
	}
}

/* The depths of abi/bundle.h's tree. */
#define DEPTH_PART  1 /* /images or /configurations */
#define DEPTH_IMAGE 2 /* or a configuration */
#define DEPTH_HASH  3
#define DEPTH_MAX   4

static const char *const config_lists[] = { "firmware", "fdt", "loadables" };
#define LIST_COUNT (sizeof(config_lists) / sizeof(config_lists[0]))

struct reader {
	struct bundle *bundle;
	const char *path[DEPTH_MAX]; /* names of the nodes down to this one */
	bool has_config;
	struct tree_value list[LIST_COUNT];
};

static bool is_config(const struct reader *r)
{
	return strcmp(r->path[DEPTH_PART], "configurations") == 0 &&
	       strcmp(r->path[DEPTH_IMAGE], "boot") == 0;
}

static bool is_image(const struct reader *r)
{
	return strcmp(r->path[DEPTH_PART], "images") == 0;
}

static void see_node(struct reader *r, const struct tree_item *item)
{
	struct bundle *bundle = r->bundle;

	if (item->depth >= DEPTH_MAX) {
		return;
	}
	r->path[item->depth] = item->name;
	if (item->depth == DEPTH_IMAGE && is_image(r)) {
		if (bundle->image_count == BUNDLE_IMAGES_MAX) {
			fatal("bundle: more than %u images", BUNDLE_IMAGES_MAX);
		}
		bundle->image[bundle->image_count++].name = item->name;
	} else if (item->depth == DEPTH_HASH && is_image(r) &&
	           strcmp(item->name, BUNDLE_HASH_NODE) == 0) {
		bundle->image[bundle->image_count - 1].has_hash_node = true;
	} else if (item->depth == DEPTH_IMAGE && is_config(r)) {
		r->has_config = true;
	}
}

static void see_hash(struct image *image, const struct tree_item *item)
{
	if (strcmp(item->name, "algo") == 0) {
		image->hash_algo = tree_string(&item->value);
	} else if (strcmp(item->name, "value") == 0 &&
	           item->value.len == SHA256_BYTES) {
		image->hash = item->value.data;
	}
}

static void see_property(struct reader *r, const struct tree_item *item)
{
	/* Only read in an image, so there is one. */
	struct image *image = &r->bundle->image[r->bundle->image_count - 1];

	if (item->depth == DEPTH_IMAGE && is_image(r) &&
	    strcmp(item->name, BUNDLE_DATA) == 0) {
		image->data = item->value.data;
		image->size = item->value.len;
	} else if (item->depth == DEPTH_HASH && is_image(r) &&
	           strcmp(r->path[DEPTH_HASH], BUNDLE_HASH_NODE) == 0) {
		see_hash(image, item);
	} else if (item->depth == DEPTH_IMAGE && is_config(r)) {
		tree_keep(item, config_lists, r->list, LIST_COUNT);
	}
}

static void read_tree(struct reader *r)
{
	struct tree tree;
	struct tree_item item;
	enum tree_event event;
	const char *wrong;

	wrong = tree_start(&tree, r->bundle->fdt, r->bundle->size);
	if (wrong != NULL) {
		fatal("bundle: structure: %s", wrong);
	}
	do {
		event = tree_next(&tree, &item);
		if (event == TREE_NODE) {
			see_node(r, &item);
		} else if (event == TREE_PROPERTY) {
			see_property(r, &item);
		} else if (event == TREE_BAD) {
			fatal("bundle: structure: nonsense behind the header");
		}
	} while (event != TREE_DONE);
	if (r->bundle->image_count == 0) {
		fatal("bundle: no images in " BUNDLE_IMAGES);
	}
	if (!r->has_config) {
		fatal("bundle: no node " BUNDLE_CONFIG);
	}
}

static void check_image(const struct image *image, sha256_blocks_fn *blocks)
{
	uint8_t digest[SHA256_BYTES];
	const char *wrong = NULL;

	if (image->data == NULL || image->size == 0) {
		wrong = "no " BUNDLE_DATA;
	} else if (!image->has_hash_node) {
		wrong = "no " BUNDLE_HASH_NODE " node";
	} else if (image->hash_algo == NULL ||
	           strcmp(image->hash_algo, BUNDLE_HASH_ALGO) != 0) {
		wrong = "hash algorithm is not " BUNDLE_HASH_ALGO;
	} else if (image->hash == NULL) {
		wrong = "no hash value of 32 bytes";
	} else {
		sha256(digest, image->data, image->size, blocks);
		if (memcmp(digest, image->hash, sizeof(digest)) != 0) {
			wrong = BUNDLE_HASH_ALGO " does not match";
		}
	}
	if (wrong != NULL) {
		fatal("bundle: image \"%s\": %s", image->name, wrong);
	}
	print("firmware: image \"%s\": %lu bytes, " BUNDLE_HASH_ALGO " ok\n",
	      image->name, image->size);
}

/* Every image that the configuration lists must be there. */
static void check_lists(const struct reader *r)
{
	for (unsigned i = 0; i < LIST_COUNT; i++) {
		const char *name = tree_next_string(&r->list[i], NULL);

		if (name == NULL && r->list[i].data != NULL) {
			fatal("bundle: " BUNDLE_CONFIG ": %s: not strings",
			      config_lists[i]);
		}
		for (; name != NULL;
		     name = tree_next_string(&r->list[i], name)) {
			bundle_image(r->bundle, name);
		}
	}
}

void bundle_check(struct bundle *bundle, uint64_t limit, sha256_blocks_fn *hash)
{
	struct reader reader = { .bundle = bundle };

	check_header(bundle, limit);
	print("firmware: bundle at 0x%lx, %lu bytes\n", (uint64_t)bundle->fdt,
	      bundle->size);
	read_tree(&reader);
	for (uint32_t i = 0; i < bundle->image_count; i++) {
		check_image(&bundle->image[i], hash);
	}
	check_lists(&reader);
}

const struct image *bundle_image(const struct bundle *bundle, const char *name)
{
	for (uint32_t i = 0; i < bundle->image_count; i++) {
		if (strcmp(bundle->image[i].name, name) == 0) {
			return &bundle->image[i];
		}
	}
	fatal("bundle: image \"%s\": missing", name);
}
