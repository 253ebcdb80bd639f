/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the bundle (abi/bundle.h), checking it, taking images out of it. */
#ifndef FIRMWARE_BUNDLE_H
#define FIRMWARE_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "platform.h"
#include "sha256.h"

#define BUNDLE_IMAGES_MAX 64

struct image {
	const char *name;
	const void *data;
	uint64_t size;         /* bytes */
	const char *hash_algo; /* NULL: none */
	const void *hash;      /* SHA256_BYTES of it; NULL: none */
	bool has_hash_node;
};

struct bundle {
	const void *fdt;
	uint64_t size; /* bytes: totalsize of the tree */
	uint32_t image_count;
	struct image image[BUNDLE_IMAGES_MAX];
};

/*
 * Where a bundle may be: what the loader calls an initrd, else what follows
 * the firmware at image_end.  False: nothing there.  @limit gets the number
 * of bytes that it may have at most.  An initrd that is not a bundle is
 * returned too, for bundle_check() to complain of; at image_end only a tree
 * counts.
 */
bool bundle_find(const struct platform *platform, uint64_t image_end,
                 struct bundle *bundle, uint64_t *limit);

/*
 * Checks magic, bounds and structure of the tree, the hash of each image, and
 * that each image the configuration names is there; prints a line for each.  Fills in all of *bundle.  Ends in fatal() when anything is wrong.
 */
void bundle_check(struct bundle *bundle, uint64_t limit,
                  sha256_blocks_fn *hash);

/* An image of a checked bundle; fatal() when there is none of that name. */
const struct image *bundle_image(const struct bundle *bundle, const char *name);

#endif
