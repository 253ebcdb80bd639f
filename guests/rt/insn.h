/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encodings of single A64 instructions (Arm ARM, "A64 Base Instruction
 * Descriptions"), for tests that build them.  Operands are register numbers;
 * 31 is SP or ZR, as the instruction has it.
 */
#ifndef RT_INSN_H
#define RT_INSN_H

#include <stdint.h>

/* The word that the assembler makes of @text, one instruction. */
#define INSN_TEXT(text)                               \
	({                                            \
		const uint32_t *insn_at;              \
		__asm__(".pushsection .rodata.insn\n" \
		        ".balign 4\n"                 \
		        "661: " text "\n"             \
		        ".popsection\n"               \
		        "adrp %0, 661b\n"             \
		        "add %0, %0, :lo12:661b"      \
		        : "=r"(insn_at));             \
		*insn_at;                             \
	})

/* log2 of the width in bytes */
#define INSN_B 0u
#define INSN_H 1u
#define INSN_W 2u
#define INSN_X 3u

#define INSN_NOP 0xd503201fu
#define INSN_RET 0xd65f03c0u
#define INSN_UDF 0x00000000u
#define INSN_BRANCH(delta) \
	(0x14000000u | (((uint32_t)(delta) >> 2) & 0x3ffffffu))
#define INSN_HVC(imm) (0xd4000002u | (uint32_t)(imm) << 5)
#define INSN_SMC(imm) (0xd4000003u | (uint32_t)(imm) << 5)
#define INSN_SVC(imm) (0xd4000001u | (uint32_t)(imm) << 5)
#define INSN_BRK(imm) (0xd4200000u | (uint32_t)(imm) << 5)

#define INSN_RN_RT(n, t) ((uint32_t)(n) << 5 | (uint32_t)(t))

/* Loads and stores of one register, [Xn, #0] */
#define INSN_STR(size, t, n)    (0x39000000u | (size) << 30 | INSN_RN_RT(n, t))
#define INSN_LDR(size, t, n)    (0x39400000u | (size) << 30 | INSN_RN_RT(n, t))
#define INSN_LDRS_X(size, t, n) (0x39800000u | (size) << 30 | INSN_RN_RT(n, t))
#define INSN_LDRS_W(size, t, n) (0x39c00000u | (size) << 30 | INSN_RN_RT(n, t))

/* [Xn, Xm] */
#define INSN_STR_REG(size, t, n, m) \
	(0x38206800u | (size) << 30 | (uint32_t)(m) << 16 | INSN_RN_RT(n, t))
#define INSN_LDR_REG(size, t, n, m) \
	(0x38606800u | (size) << 30 | (uint32_t)(m) << 16 | INSN_RN_RT(n, t))

/* [Xn], #imm and [Xn, #imm]!, -256 to 255 */
#define INSN_IMM9(imm) (((uint32_t)(imm)&0x1ffu) << 12)
#define INSN_STR_POST(size, t, n, imm) \
	(0x38000400u | (size) << 30 | INSN_IMM9(imm) | INSN_RN_RT(n, t))
#define INSN_LDR_POST(size, t, n, imm) \
	(0x38400400u | (size) << 30 | INSN_IMM9(imm) | INSN_RN_RT(n, t))
#define INSN_STR_PRE(size, t, n, imm) \
	(0x38000c00u | (size) << 30 | INSN_IMM9(imm) | INSN_RN_RT(n, t))
#define INSN_LDR_PRE(size, t, n, imm) \
	(0x38400c00u | (size) << 30 | INSN_IMM9(imm) | INSN_RN_RT(n, t))

/* Pairs of X registers, exclusives, acquire and release, vectors */
#define INSN_STP(t, t2, n) \
	(0xa9000000u | (uint32_t)(t2) << 10 | INSN_RN_RT(n, t))
#define INSN_LDP(t, t2, n) \
	(0xa9400000u | (uint32_t)(t2) << 10 | INSN_RN_RT(n, t))
#define INSN_LDNP(t, t2, n) \
	(0xa8400000u | (uint32_t)(t2) << 10 | INSN_RN_RT(n, t))
#define INSN_LDXR(t, n) (0xc85f7c00u | INSN_RN_RT(n, t))
#define INSN_STXR(s, t, n) \
	(0xc8007c00u | (uint32_t)(s) << 16 | INSN_RN_RT(n, t))
#define INSN_LDAR(size, t, n) (0x08dffc00u | (size) << 30 | INSN_RN_RT(n, t))
#define INSN_STLR(size, t, n) (0x089ffc00u | (size) << 30 | INSN_RN_RT(n, t))
#define INSN_LDR_Q(t, n)      (0x3dc00000u | INSN_RN_RT(n, t))
#define INSN_STR_Q(t, n)      (0x3d800000u | INSN_RN_RT(n, t))
#define INSN_LD1(t, n)        (0x4c407000u | INSN_RN_RT(n, t))
#define INSN_ST1(t, n)        (0x4c007000u | INSN_RN_RT(n, t))

/* Cache maintenance by address */
#define INSN_DC_ZVA(t)   (0xd50b7420u | (uint32_t)(t))
#define INSN_DC_CVAC(t)  (0xd50b7a20u | (uint32_t)(t))
#define INSN_DC_CIVAC(t) (0xd50b7e20u | (uint32_t)(t))
#define INSN_DC_ISW(t)   (0xd5087640u | (uint32_t)(t))
#define INSN_DC_CISW(t)  (0xd5087e40u | (uint32_t)(t))
#define INSN_IC_IVAU(t)  (0xd50b7520u | (uint32_t)(t))
#define INSN_PRFM(n)     (0xf9800000u | INSN_RN_RT(n, 0))

/* System registers by number: op0 is 2 or 3 */
#define INSN_SYSREG(op0, op1, crn, crm, op2)                 \
	(((uint32_t)(op0)-2) << 19 | (uint32_t)(op1) << 16 | \
	 (uint32_t)(crn) << 12 | (uint32_t)(crm) << 8 | (uint32_t)(op2) << 5)
#define INSN_MRS(reg, t) (0xd5300000u | (reg) | (uint32_t)(t))
#define INSN_MSR(reg, t) (0xd5100000u | (reg) | (uint32_t)(t))

#endif
