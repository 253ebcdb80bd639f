/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the bundle of <abi/bundle.h>.
 */
#ifndef BUNDLE_H
#define BUNDLE_H

#include <stdbool.h>

#include "scenario.h"
#include "util.h"

struct bundle_image {
	const char *name;
	const char *path;
};

/**
 * The scenario's tree as this boot needs it: "seed" and "mutant" filled in.
 *
 * @seed    goes into /seed and, when @tell_guests, as "seed=N" to the end of
 *          every VM's bootargs
 * @mutant  NULL, or goes as "mutant=NAME" to the end of /hyp-args
 */
struct bytes bundle_tree(const struct scenario *sc, uint32_t seed,
                         bool tell_guests, const char *mutant);

/**
 * Pack @tree and @images (the first is the hypervisor) into @out, with the
 * damage that the scenario asks for.
 *
 * @return false after one complaint: an image cannot be read, is empty, or
 *         all together are larger than a bundle may be.
 */
bool bundle_make(const struct scenario *sc, const struct bytes *tree,
                 const struct bundle_image *images, size_t image_count,
                 struct bytes *out);

/** The hypervisor's arguments: hyp-args and the mutant. Caller frees. */
char *bundle_hyp_args(const struct scenario *sc, const char *mutant);

#endif
