/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of loads and stores (vdev/effective.h); words as GNU as has them. */
#include <inttypes.h>

#include "greatest.h"

#include "vdev/effective.h"

#define X1 ((uint64_t)0x100000)
#define X2 ((uint64_t)0xffffffff00000010)
#define SP ((uint64_t)0x200000)

struct row {
	const char *text;
	uint32_t insn;
	uint64_t address;
};

/* clang-format off */
static const struct row with_address[] = {
	{ "ldr w0, [x1, #8]",            0xb9400820, X1 + 8 },
	{ "ldrsb x3, [x2, #5]",          0x39801443, X2 + 5 },
	{ "str x30, [sp, #16]",          0xf9000bfe, SP + 16 },
	{ "ldur w0, [x1, #-4]",          0xb85fc020, X1 - 4 },
	{ "sturh w0, [x1, #255]",        0x780ff020, X1 + 255 },
	{ "ldtr w0, [x1, #-256]",        0xb8500820, X1 - 256 },
	{ "sttrb w0, [x1, #3]",          0x38003820, X1 + 3 },
	{ "ldr w0, [x1, x2]",            0xb8626820, X1 + X2 },
	{ "ldr x0, [x1, x2, lsl #3]",    0xf8627820, X1 + X2 * 8 },
	{ "ldrh w0, [x1, w2, uxtw #1]",  0x78625820, X1 + 0x20 },
	{ "ldrsw x0, [x1, w3, sxtw]",    0xb8a3c820, X1 - 8 },
	{ "strb w0, [x1, x2, sxtx]",     0x3822e820, X1 + X2 },
	{ "ldr w0, [x1, xzr]",           0xb87f6820, X1 },
	{ "ldar w0, [x1]",               0x88dffc20, X1 },
	{ "ldarb w0, [x1]",              0x08dffc20, X1 },
	{ "stlr x0, [x1]",               0xc89ffc20, X1 },
	{ "ldapr w0, [x1]",              0xb8bfc020, X1 },
	{ "ldapur w0, [x1, #-3]",        0x995fd020, X1 - 3 },
	{ "stlur x0, [x1, #4]",          0xd9004020, X1 + 4 },
	{ "ldapursw x0, [x1, #4]",       0x99804020, X1 + 4 },
};

/* Their aborts have no syndrome, so nobody asks. */
static const struct row without[] = {
	{ "ldp x0, x2, [x1]",            0xa9400820, 0 },
	{ "ldr x0, [x1], #8",            0xf8408420, 0 },
	{ "ldr x0, [x1, #8]!",           0xf8408c20, 0 },
	{ "ldxr w0, [x1]",               0x885f7c20, 0 },
	{ "stxr w3, w0, [x1]",           0x88037c20, 0 },
	{ "ldadd w0, w2, [x1]",          0xb8200022, 0 },
	{ "cas w0, w2, [x1]",            0x88a07c22, 0 },
	{ "ldr q0, [x1]",                0x3dc00020, 0 },
	{ "nop",                         0xd503201f, 0 },
};
/* clang-format on */

static uint64_t x[31];

TEST form_gives_its_address(const struct row *row)
{
	uint64_t address = 0;

	ASSERTm(row->text, effective_address(row->insn, x, SP, &address));
	ASSERT_EQ_FMTm(row->text, row->address, address, "%#" PRIx64);
	PASS();
}

TEST form_is_not_asked_for(const struct row *row)
{
	uint64_t address;

	ASSERT_FALSEm(row->text, effective_address(row->insn, x, SP, &address));
	PASS();
}

SUITE(effective)
{
	for (size_t i = 0; i < sizeof(with_address) / sizeof(struct row); i++) {
		RUN_TESTp(form_gives_its_address, &with_address[i]);
	}
	for (size_t i = 0; i < sizeof(without) / sizeof(struct row); i++) {
		RUN_TESTp(form_is_not_asked_for, &without[i]);
	}
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	x[1] = X1;
	x[2] = X2;
	x[3] = 0xabcd0000fffffff8;
	RUN_SUITE(effective);
	GREATEST_MAIN_END();
}
