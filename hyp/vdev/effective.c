/* SPDX-License-Identifier: BSD-2-Clause */
/* Address computation of A64 loads and stores; see effective.h. */
#include "vdev/effective.h"

#include <stddef.h>

#include <arm64/bits.h>

/* Fields of the encodings; the names are the manual's. */
#define INSN_SIZE   FIELD(31, 30)
#define INSN_IMM12  FIELD(21, 10)
#define INSN_IMM9   FIELD(20, 12)
#define INSN_RM     FIELD(20, 16)
#define INSN_OPTION FIELD(15, 13)
#define INSN_S      BIT(12)
#define INSN_RN     FIELD(9, 5)

enum form {
	FORM_BASE,     /* [Xn] */
	FORM_UNSIGNED, /* [Xn, #imm12 << size] */
	FORM_SIGNED,   /* [Xn, #imm9] */
	FORM_REGISTER, /* [Xn, Rm, extend] */
};

/* clang-format off */
static const struct {
	uint32_t mask, value;
	enum form form;
} forms[] = {
	{ 0x3f000000, 0x39000000, FORM_UNSIGNED }, /* LDR, STR */
	{ 0x3f200c00, 0x38000000, FORM_SIGNED },   /* LDUR, STUR */
	{ 0x3f200c00, 0x38000800, FORM_SIGNED },   /* LDTR, STTR */
	{ 0x3f200c00, 0x38200800, FORM_REGISTER },
	{ 0x3fa00000, 0x08800000, FORM_BASE },     /* LDAR, STLR */
	{ 0x3fe0fc00, 0x38a0c000, FORM_BASE },     /* LDAPR */
	{ 0x3f200c00, 0x19000000, FORM_SIGNED },   /* LDAPUR, STLUR */
};
/* clang-format on */

static uint64_t sign_extend(uint64_t value, unsigned bits)
{
	uint64_t sign = BIT(bits - 1);

	return (value ^ sign) - sign;
}

/* Rm as the option says: UXTW, LSL, SXTW or SXTX, shifted by the size. */
static uint64_t index_of(uint32_t insn, const uint64_t x[31])
{
	unsigned m = (unsigned)field_get(INSN_RM, insn);
	unsigned option = (unsigned)field_get(INSN_OPTION, insn);
	uint64_t value = m == 31 ? 0 : x[m];

	if ((option & 1) == 0) {
		value = option & 4 ? sign_extend((uint32_t)value, 32)
		                   : (uint32_t)value;
	}
	return insn & INSN_S ? value << field_get(INSN_SIZE, insn) : value;
}

bool effective_address(uint32_t insn, const uint64_t x[31], uint64_t sp,
                       uint64_t *address)
{
	unsigned n = (unsigned)field_get(INSN_RN, insn);
	uint64_t base = n == 31 ? sp : x[n];

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((insn & forms[i].mask) != forms[i].value) {
			continue;
		}
		switch (forms[i].form) {
		case FORM_BASE:
			*address = base;
			return true;
		case FORM_UNSIGNED:
			*address = base + (field_get(INSN_IMM12, insn)
			                   << field_get(INSN_SIZE, insn));
			return true;
		case FORM_SIGNED:
			*address = base +
			           sign_extend(field_get(INSN_IMM9, insn), 9);
			return true;
		case FORM_REGISTER:
			*address = base + index_of(insn, x);
			return true;
		}
	}
	return false;
}
