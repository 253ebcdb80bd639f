/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of firmware/bundle.c: a bundle is good, or there is one line that
 * says why not; whatever the bytes are, nothing beyond them is read.
 */
#include "../../firmware/bundle.h"

#include <abi/bundle.h>
#include <libfdt.h>
#include <nettle/sha2.h>
#include <string.h>

#include "dice.h"
#include "fatal.h"
#include "greatest.h"

#define BUNDLE_MAX 4096

static const struct {
	const char *name;
	uint32_t size;
} images[] = { { "hyp", 200 }, { "scenario", 64 }, { "rm", 333 } };
#define IMAGE_COUNT (sizeof(images) / sizeof(images[0]))

/* What is left out or spoilt, by the name of the image. */
static const char *no_image, *no_hash, *no_data, *bad_algo, *short_hash;

static bool is_it(const char *chosen, const char *name)
{
	return chosen != NULL && strcmp(chosen, name) == 0;
}

static void write_hash(void *fdt, const char *name, const uint8_t *data,
                       uint32_t size)
{
	uint8_t digest[SHA256_BYTES];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, size, data);
	sha256_digest(&ctx, sizeof(digest), digest);
	fdt_begin_node(fdt, BUNDLE_HASH_NODE);
	fdt_property_string(fdt, "algo",
	                    is_it(bad_algo, name) ? "crc32" : "sha256");
	fdt_property(fdt, "value", digest,
	             sizeof(digest) - (is_it(short_hash, name) ? 1 : 0));
	fdt_end_node(fdt);
}

static void write_image(void *fdt, const char *name, uint32_t size)
{
	uint8_t data[512];

	if (is_it(no_image, name)) {
		return;
	}
	for (uint32_t i = 0; i < size; i++) {
		data[i] = (uint8_t)(i * 7);
	}
	fdt_begin_node(fdt, name);
	fdt_property_string(fdt, BUNDLE_TYPE, "standalone");
	if (!is_it(no_data, name)) {
		fdt_property(fdt, BUNDLE_DATA, data, (int)size);
	}
	if (!is_it(no_hash, name)) {
		write_hash(fdt, name, data, size);
	}
	fdt_end_node(fdt);
}

/* A new bundle, in exactly as many bytes as it has. */
static void *make_bundle(uint64_t *size)
{
	static const char lists[] = "scenario\0rm";
	char fdt[BUNDLE_MAX] __attribute__((aligned(8)));
	void *copy;

	fdt_create(fdt, sizeof(fdt));
	fdt_finish_reservemap(fdt);
	fdt_begin_node(fdt, "");
	fdt_begin_node(fdt, "images");
	for (unsigned i = 0; i < IMAGE_COUNT; i++) {
		write_image(fdt, images[i].name, images[i].size);
	}
	fdt_end_node(fdt);
	fdt_begin_node(fdt, "configurations");
	fdt_begin_node(fdt, "boot");
	fdt_property_string(fdt, "firmware", "hyp");
	fdt_property(fdt, "loadables", lists, sizeof(lists));
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	fdt_end_node(fdt);
	fdt_finish(fdt);

	*size = fdt_totalsize(fdt);
	copy = malloc(*size);
	memcpy(copy, fdt, *size);
	return copy;
}

static void forget(void)
{
	no_image = no_hash = no_data = bad_algo = short_hash = NULL;
}

/* The line of the check, "" for a good bundle. */
static const char *check(const void *data, uint64_t size)
{
	static struct bundle bundle;

	memset(&bundle, 0, sizeof(bundle));
	bundle.fdt = data;
	return FATAL_OF(bundle_check(&bundle, size, sha256_blocks_portable));
}

static const char *check_made(void)
{
	uint64_t size;
	void *data = make_bundle(&size);
	const char *line = check(data, size);

	free(data);
	forget();
	return line;
}

TEST a_good_bundle_gives_its_images(void)
{
	static struct bundle bundle;
	const struct image *image;
	uint64_t size;

	memset(&bundle, 0, sizeof(bundle));
	bundle.fdt = make_bundle(&size);
	ASSERT_STR_EQ("", FATAL_OF(bundle_check(&bundle, size,
	                                        sha256_blocks_portable)));
	ASSERT_EQ_FMT((uint64_t)fdt_totalsize(bundle.fdt), bundle.size, "%lu");
	ASSERT_EQ_FMT((uint32_t)IMAGE_COUNT, bundle.image_count, "%u");
	image = bundle_image(&bundle, "rm");
	ASSERT_EQ_FMT(333ul, image->size, "%lu");
	ASSERT_EQ(7, ((const uint8_t *)image->data)[1]);
	ASSERT_STR_EQ("bundle: image \"vmm\": missing",
	              FATAL_OF(bundle_image(&bundle, "vmm")));
	free((void *)bundle.fdt);
	PASS();
}

TEST each_damage_has_its_line(void)
{
	no_image = "rm";
	ASSERT_STR_EQ("bundle: image \"rm\": missing", check_made());
	no_image = "hyp";
	ASSERT_STR_EQ("bundle: image \"hyp\": missing", check_made());
	no_hash = "scenario";
	ASSERT_STR_EQ("bundle: image \"scenario\": no hash-1 node",
	              check_made());
	no_data = "rm";
	ASSERT_STR_EQ("bundle: image \"rm\": no data", check_made());
	bad_algo = "rm";
	ASSERT_STR_EQ("bundle: image \"rm\": hash algorithm is not sha256",
	              check_made());
	short_hash = "rm";
	ASSERT_STR_EQ("bundle: image \"rm\": no hash value of 32 bytes",
	              check_made());
	PASS();
}

TEST a_bundle_cut_anywhere_is_refused(void)
{
	uint64_t size;
	uint8_t *data = make_bundle(&size);

	for (uint64_t len = 0; len < size; len++) {
		/* Exactly what is there, so that one more would be seen. */
		uint8_t *cut = malloc(len > 0 ? len : 1);

		memcpy(cut, data, len);
		ASSERT(check(cut, len)[0] != '\0');
		free(cut);
	}
	free(data);
	PASS();
}

/* A length that lies inside the header's total size. */
TEST a_tree_cut_behind_its_header_is_refused(void)
{
	uint64_t size;
	uint8_t *data = make_bundle(&size);

	for (uint32_t len = sizeof(struct fdt_header); len < size; len += 4) {
		uint8_t *cut = malloc(len);

		memcpy(cut, data, len);
		fdt_set_totalsize(cut, len);
		if (fdt_off_dt_strings(cut) > len) {
			fdt_set_off_dt_strings(cut, len);
		}
		fdt_set_size_dt_strings(cut, len - fdt_off_dt_strings(cut));
		if (fdt_off_dt_struct(cut) + fdt_size_dt_struct(cut) > len) {
			fdt_set_size_dt_struct(cut,
			                       len - fdt_off_dt_struct(cut));
		}
		ASSERT(check(cut, len)[0] != '\0');
		free(cut);
	}
	free(data);
	PASS();
}

/* Every bit of an image counts; elsewhere it must do no harm. */
TEST any_flipped_bit_of_an_image_is_seen(void)
{
	uint64_t size;
	uint8_t *data = make_bundle(&size);
	uint8_t first[16];
	uint32_t seen = 0;

	for (uint32_t i = 0; i < sizeof(first); i++) {
		first[i] = (uint8_t)(i * 7);
	}
	for (uint64_t at = 0; at < size; at++) {
		/* One of the images' own bytes begins here. */
		bool is_data = at + sizeof(first) <= size &&
		               memcmp(data + at, first, sizeof(first)) == 0;

		for (unsigned bit = 0; bit < 8; bit++) {
			const char *line;

			data[at] ^= (uint8_t)(1u << bit);
			line = check(data, size);
			if (is_data) {
				ASSERT(strstr(line, "does not match"));
				seen++;
			}
			data[at] ^= (uint8_t)(1u << bit);
		}
	}
	ASSERT(seen >= IMAGE_COUNT * 8);
	ASSERT_STR_EQ("", check(data, size));
	free(data);
	PASS();
}

TEST random_damage_reads_nothing_beyond(void)
{
	struct dice dice = dice_new();
	uint64_t size;
	uint8_t *data = make_bundle(&size);
	uint8_t *spoilt = malloc(size);

	for (unsigned turn = 0; turn < 20000; turn++) {
		memcpy(spoilt, data, size);
		for (unsigned i = 0; i <= turn % 4; i++) {
			uint32_t at = dice_roll(&dice, (uint32_t)size);

			spoilt[at] = (uint8_t)dice_roll(&dice, 256);
		}
		check(spoilt, size);
	}
	free(spoilt);
	free(data);
	PASS();
}

SUITE(bundle_suite)
{
	RUN_TEST(a_good_bundle_gives_its_images);
	RUN_TEST(each_damage_has_its_line);
	RUN_TEST(a_bundle_cut_anywhere_is_refused);
	RUN_TEST(a_tree_cut_behind_its_header_is_refused);
	RUN_TEST(any_flipped_bit_of_an_image_is_seen);
	RUN_TEST(random_damage_reads_nothing_beyond);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(bundle_suite);
	GREATEST_MAIN_END();
}
