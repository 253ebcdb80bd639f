/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of firmware/sha256.c: it is SHA-256.  (That the CPU's instructions
 * give the same, the firmware's smoke test shows.)
 */
#include <nettle/sha2.h>
#include <string.h>

#include "../../firmware/sha256.h"
#include "dice.h"
#include "greatest.h"

/* The first test vectors of FIPS 180-2, appendix B. */
TEST the_standards_examples_come_out(void)
{
	static const uint8_t abc[] = {
		0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
		0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
		0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
		0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
	};
	static const uint8_t nothing[] = {
		0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
		0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
		0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
		0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
	};
	uint8_t digest[SHA256_BYTES];

	sha256(digest, "abc", 3, sha256_blocks_portable);
	ASSERT_MEM_EQ(abc, digest, sizeof(digest));
	sha256(digest, "", 0, sha256_blocks_portable);
	ASSERT_MEM_EQ(nothing, digest, sizeof(digest));
	PASS();
}

/* Nettle's is the second opinion; every length around the block's end. */
TEST it_agrees_with_another_implementation(void)
{
	struct dice dice = dice_new();
	uint8_t ours[SHA256_BYTES], theirs[SHA256_BYTES];

	for (size_t len = 0; len < 400; len++) {
		/* On the heap, exactly: the sanitizer sees one byte more. */
		uint8_t *data = malloc(len > 0 ? len : 1);
		struct sha256_ctx ctx;

		for (size_t i = 0; i < len; i++) {
			data[i] = (uint8_t)dice_roll(&dice, 256);
		}
		sha256(ours, data, len, sha256_blocks_portable);
		sha256_init(&ctx);
		sha256_update(&ctx, len, data);
		sha256_digest(&ctx, sizeof(theirs), theirs);
		free(data);
		ASSERT_MEM_EQ(theirs, ours, sizeof(ours));
	}
	PASS();
}

SUITE(sha256_suite)
{
	RUN_TEST(the_standards_examples_come_out);
	RUN_TEST(it_agrees_with_another_implementation);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(sha256_suite);
	GREATEST_MAIN_END();
}
