/* SPDX-License-Identifier: BSD-2-Clause */
#include "bundle.h"

#include <abi/bundle.h>
#include <errno.h>
#include <libfdt.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#define TREE_ROOM 4096 /* bytes that a boot adds to a scenario's tree */
#define NODE_ROOM 1024 /* bytes of an image node beside its data */

/* The blob has room enough by construction, so an error here is ours. */
static void must(int err)
{
	if (err < 0) {
		complain("bundle: %s", fdt_strerror(err));
		abort();
	}
}

char *bundle_hyp_args(const struct scenario *sc, const char *mutant)
{
	if (mutant == NULL) {
		return xstrdup(sc->hyp_args);
	}
	return xasprintf("%s%smutant=%s", sc->hyp_args,
	                 *sc->hyp_args != '\0' ? " " : "", mutant);
}

static void add_seed_to_vms(struct bytes *tree, const struct scenario *sc,
                            uint32_t seed)
{
	for (size_t i = 0; i < sc->vm_count; i++) {
		const struct vm *vm = &sc->vms[i];
		char *path = xasprintf("/vm-%s", vm->name);
		char *args = xasprintf("%s%sseed=%u", vm->bootargs,
		                       *vm->bootargs != '\0' ? " " : "", seed);
		int node = fdt_path_offset(tree->data, path);

		must(fdt_setprop_string(tree->data, node, "bootargs", args));
		free(args);
		free(path);
	}
}

/* The seed skews the start of the CPUs, too: hyp/boot/main.c. */
static char *add_skew(char *args, uint32_t seed)
{
	char *both =
		xasprintf("%s%sskew=%u", args, *args != '\0' ? " " : "", seed);

	free(args);
	return both;
}

struct bytes bundle_tree(const struct scenario *sc, uint32_t seed,
                         bool tell_guests, const char *mutant)
{
	struct bytes tree = { 0 };
	size_t room = fdt_totalsize(sc->tree.fdt) + TREE_ROOM +
	              64 * sc->vm_count + 2 * strlen(sc->hyp_args);
	char *args = bundle_hyp_args(sc, mutant);

	if (tell_guests) {
		args = add_skew(args, seed);
	}
	tree.data = xcalloc(1, room);
	must(fdt_open_into(sc->tree.fdt, tree.data, (int)room));
	must(fdt_setprop_u32(tree.data, 0, "seed", seed));
	if (mutant == NULL && sc->mutant != NULL) {
		must(fdt_delprop(tree.data, 0, "mutant")); /* left out */
	}
	if (*args != '\0') {
		must(fdt_setprop_string(tree.data, 0, "hyp-args", args));
	}
	if (tell_guests) {
		add_seed_to_vms(&tree, sc, seed);
	}
	must(fdt_pack(tree.data));
	tree.len = fdt_totalsize(tree.data);
	free(args);
	return tree;
}

static void add_hash(void *fdt, const struct bytes *data, enum damage damage)
{
	uint8_t digest[BUNDLE_HASH_BYTES];
	struct sha256_ctx ctx;

	if (damage == DAMAGE_NO_HASH) {
		return;
	}
	sha256_init(&ctx);
	sha256_update(&ctx, data->len, data->data);
	sha256_digest(&ctx, sizeof(digest), digest);
	if (damage == DAMAGE_HASH) {
		digest[sizeof(digest) / 2] ^= 1;
	}
	must(fdt_begin_node(fdt, BUNDLE_HASH_NODE));
	must(fdt_property_string(fdt, "algo", BUNDLE_HASH_ALGO));
	must(fdt_property(fdt, "value", digest, sizeof(digest)));
	must(fdt_end_node(fdt));
}

static void add_image(void *fdt, const char *name, const char *type,
                      const struct bytes *data, enum damage damage)
{
	void *copy;

	if (damage == DAMAGE_MISSING) {
		return;
	}
	must(fdt_begin_node(fdt, name));
	must(fdt_property_string(fdt, "description", name));
	must(fdt_property_string(fdt, BUNDLE_TYPE, type));
	must(fdt_property_string(fdt, "arch", "arm64"));
	must(fdt_property_string(fdt, "compression", "none"));
	must(fdt_property_placeholder(fdt, BUNDLE_DATA, (int)data->len, &copy));
	memcpy(copy, data->data, data->len);
	if (damage == DAMAGE_DATA) {
		((uint8_t *)copy)[data->len / 2] ^= 1;
	}
	add_hash(fdt, data, damage);
	must(fdt_end_node(fdt));
}

static void add_configurations(void *fdt, const struct bundle_image *images,
                               size_t image_count)
{
	struct bytes names = { 0 };

	for (size_t i = 1; i < image_count; i++) {
		bytes_add(&names, images[i].name, strlen(images[i].name) + 1);
	}
	must(fdt_begin_node(fdt, "configurations"));
	must(fdt_property_string(fdt, "default", "boot"));
	must(fdt_begin_node(fdt, "boot"));
	must(fdt_property_string(fdt, "firmware", BUNDLE_HYP));
	must(fdt_property_string(fdt, "fdt", BUNDLE_SCENARIO));
	if (names.len != 0) {
		must(fdt_property(fdt, "loadables", names.data,
		                  (int)names.len));
	}
	must(fdt_end_node(fdt));
	must(fdt_end_node(fdt));
	bytes_fini(&names);
}

static enum damage damage_of(const struct scenario *sc, const char *image)
{
	if (sc->damage_image != NULL && strcmp(sc->damage_image, image) == 0) {
		return sc->damage;
	}
	return DAMAGE_NONE;
}

static void pack(const struct scenario *sc, const struct bytes *tree,
                 const struct bundle_image *images, const struct bytes *data,
                 size_t count, struct bytes *out)
{
	void *fdt = out->data;

	must(fdt_create(fdt, (int)out->room));
	must(fdt_finish_reservemap(fdt));
	must(fdt_begin_node(fdt, ""));
	must(fdt_property_string(fdt, "description", sc->name));
	must(fdt_property_u32(fdt, "#address-cells", 1));
	must(fdt_begin_node(fdt, "images"));
	for (size_t i = 0; i < count; i++) {
		add_image(fdt, images[i].name,
		          i == 0 ? "hypervisor" : "standalone", &data[i],
		          damage_of(sc, images[i].name));
	}
	add_image(fdt, BUNDLE_SCENARIO, "flat_dt", tree,
	          damage_of(sc, BUNDLE_SCENARIO));
	must(fdt_end_node(fdt));
	add_configurations(fdt, images, count);
	must(fdt_end_node(fdt));
	must(fdt_finish(fdt));

	out->len = fdt_totalsize(fdt);
	if (sc->damage == DAMAGE_MAGIC) {
		out->data[0] ^= 1;
	} else if (sc->damage == DAMAGE_TRUNCATED) {
		out->len -= out->len / 4;
	}
}

bool bundle_make(const struct scenario *sc, const struct bytes *tree,
                 const struct bundle_image *images, size_t image_count,
                 struct bytes *out)
{
	struct bytes *data = xcalloc(image_count, sizeof(*data));
	size_t room = 2 * NODE_ROOM + tree->len;
	bool ok = true;

	for (size_t i = 0; ok && i < image_count; i++) {
		if (file_read(images[i].path, &data[i]) < 0) {
			complain("%s: cannot read: %s", images[i].path,
			         strerror(errno));
			ok = false;
		} else if (data[i].len == 0) {
			complain("%s: is empty", images[i].path);
			ok = false;
		}
		room += data[i].len + NODE_ROOM;
	}
	if (ok && room > BUNDLE_SIZE_MAX) {
		complain("%s: all images together have %zu bytes, a bundle "
		         "may have %lu",
		         sc->tree.file, room, BUNDLE_SIZE_MAX);
		ok = false;
	}
	if (ok) {
		*out = (struct bytes){ .data = xmalloc(room), .room = room };
		pack(sc, tree, images, data, image_count, out);
	}
	for (size_t i = 0; i < image_count; i++) {
		bytes_fini(&data[i]);
	}
	free(data);
	return ok;
}
