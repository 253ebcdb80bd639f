// SPDX-License-Identifier: BSD-2-Clause
/*
 * SMC Calling Convention (Arm DEN 0028) and the two encodings of hypercalls
 * (Gunyah Hypercall API); behaviours 1 to 18.
 */
#include <abi/error.h>
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <abi/smccc.h>
#include <stdio.h>

#include "greatest.h"
#include "rt/call.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/insn.h"
#include "rt/probe.h"

#define NEEDS_HYPERVISOR()                                            \
	do {                                                          \
		if (!dt_has_hypervisor()) {                           \
			SKIPm("no hypervisor: nothing answers this"); \
		}                                                     \
	} while (0)

/* x0 to x17 of a call are the caller's to lose; from SMCCC 1.1 on x0..x3. */
#define RESULT_REGS 0x0000000fu

static int64_t hvc(uint64_t id, uint64_t a, uint64_t b)
{
	uint64_t x[CALL_REGS] = { id, a, b };

	smccc_hvc(x);
	return (int64_t)x[0];
}

static int64_t smc(uint64_t id, uint64_t a, uint64_t b)
{
	uint64_t x[CALL_REGS] = { id, a, b };

	smccc_smc(x);
	return (int64_t)x[0];
}

/* SMCCC_VERSION, "mandatory from 1.1". */
TEST c1_version_is_at_least_1_1(void)
{
	NEEDS_HYPERVISOR();
	ASSERT_GTE(hvc(SMCCC_VERSION, 0, 0), SMCCC_VERSION_1_1);
	PASS();
}

/* "Unknown Function Identifier": -1 in all of x0, whatever its range. */
TEST c2_c9_unknown_functions_are_not_supported(void)
{
	static const uint32_t ids[] = {
		0x80001234, 0xc0001234, /* architecture, 32 and 64 bits */
		0x81000000, 0xc1000000, /* CPU service */
		0x82000000, 0xc2000000, /* SiP */
		0x83000000, 0xc3000000, /* OEM */
		0x8400ffee, 0xc400ffee, /* standard secure */
		0x85001234, 0xc5001234, /* standard hypervisor */
		0x86001234, 0xc600f234, /* vendor hypervisor */
		0x87000000, 0xb0000000, /* reserved; trusted applications */
		0xb2000000, 0xbf00ff01, /* trusted OS */
		0x00000000, 0x02000000, /* yielding, 32 bits */
		0x40000000, 0x7fffffff, /* yielding, 64 bits */
		0xffffffff, 0x80fe0000, /* bits 23:17 must be zero */
	};

	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		int64_t got = hvc(ids[i], 1, 2);

		if (got != SMCCC_NOT_SUPPORTED) {
			printf("function %#lx\n", (unsigned long)ids[i]);
		}
		ASSERT_EQ_FMT(-1ll, (long long)got, "%lld");
	}
	PASS();
}

static enum greatest_test_res preserves(uint32_t insn, uint32_t id,
                                        uint32_t lost)
{
	for (unsigned seed = 1; seed <= 16; seed++) {
		struct probe_regs in, out;
		struct fault fault;
		const char *difference;

		probe_fill(&in, seed);
		in.x[0] = id;
		ASSERT_FALSE(probe_run(insn, &in, &out, &fault));
		ASSERT_EQ(0, fault.count);
		difference = probe_difference(&in, &out, lost, 0);
		ASSERTm(difference, difference == NULL);
	}
	PASS();
}

/* "Register use in AArch64 SMC and HVC calls" (from 1.1: x4 to x17 too). */
TEST c3_c4_hvc_preserves_all_but_its_results(void)
{
	CHECK_CALL(preserves(INSN_HVC(0), PSCI_VERSION, RESULT_REGS));
	CHECK_CALL(preserves(INSN_HVC(0), 0xc600ffff, RESULT_REGS));
	PASS();
}

TEST c3_c4_c11_smc_preserves_all_but_its_results(void)
{
	NEEDS_HYPERVISOR();
	CHECK_CALL(preserves(INSN_SMC(0), PSCI_VERSION, RESULT_REGS));
	CHECK_CALL(preserves(INSN_SMC(0), 0xc600ffff, RESULT_REGS));
	PASS();
}

/* "the upper 32 bits of a W argument are ignored": id in W0. */
TEST c5_garbage_above_w0_is_ignored(void)
{
	uint64_t garbage = 0xdeadbeef00000000ull;

	if (!dt_has_hypervisor()) {
		SKIPm("PSCI of QEMU itself looks at all of x0");
	}
	ASSERT_EQ_FMT((long)hvc(PSCI_VERSION, 0, 0),
	              (long)hvc(garbage | PSCI_VERSION, 0, 0), "%#lx");
	PASS();
}

/* SMCCC_ARCH_FEATURES of what must be there, and of what cannot be. */
TEST c6_arch_features_knows_its_functions(void)
{
	NEEDS_HYPERVISOR();
	ASSERT_GTE(hvc(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0), 0);
	ASSERT_GTE(hvc(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0), 0);
	ASSERT_EQ(SMCCC_NOT_SUPPORTED, hvc(SMCCC_ARCH_FEATURES, 0x80001234, 0));
	PASS();
}

/* A workaround that is said to be there can be called (and returns). */
TEST c7_workarounds_match_arch_features(void)
{
	static const uint32_t ids[] = { SMCCC_ARCH_WORKAROUND_1,
		                        SMCCC_ARCH_WORKAROUND_2,
		                        SMCCC_ARCH_WORKAROUND_3 };

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		int64_t there = hvc(SMCCC_ARCH_FEATURES, ids[i], 0);

		ASSERT_GTE(there, SMCCC_NOT_REQUIRED);
		if (there < 0) {
			continue;
		}
		hvc(ids[i], 0, 0);
	}
	PASS();
}

/* SMC is trapped and its ELR stepped once: the next instruction runs once. */
TEST c11_smc_is_neither_repeated_nor_skipped(void)
{
	uint64_t count = 0;

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < 100; i++) {
		register uint64_t x0 __asm__("x0") = PSCI_VERSION;
		uint64_t got;

		__asm__ volatile("smc	#0\n"
		                 "	add	%1, %1, #1\n"
		                 : "+r"(x0), "+r"(count)
		                 :
		                 : "x1", "x2", "x3", "memory");
		got = x0; /* before another call takes the register */
		ASSERT_EQ_FMT((unsigned long)hvc(PSCI_VERSION, 0, 0),
		              (unsigned long)got, "%#lx");
	}
	ASSERT_EQ_FMT(100ul, (unsigned long)count, "%lu");
	PASS();
}

/* Both conduits lead to the same answers (51). */
TEST c51_smc_and_hvc_answer_alike(void)
{
	static const uint32_t ids[] = { PSCI_VERSION, SMCCC_VERSION,
		                        PSCI_MIGRATE_INFO_TYPE,
		                        PSCI_MEM_PROTECT, 0x86001234 };

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ASSERT_EQ_FMT((long)hvc(ids[i], 0, 0), (long)smc(ids[i], 0, 0),
		              "%ld");
	}
	PASS();
}

/* An immediate that nobody defined: unimplemented, not an exception (13). */
TEST c13_undefined_immediates_return_unimplemented(void)
{
	static const unsigned imms[] = { 1, 0x5fff, 0x6200, 0xffff };

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < sizeof(imms) / sizeof(imms[0]); i++) {
		struct probe_regs in, out;
		struct fault fault;

		probe_fill(&in, i + 1);
		ASSERT_FALSE(probe_run(INSN_HVC(imms[i]), &in, &out, &fault));
		ASSERT_EQ_FMT(-1l, (long)out.x[0], "%ld");
	}
	PASS();
}

/* "Unused numbers return UNIMPLEMENTED", in both forms (54 in part). */
TEST c2_unused_hypercalls_are_unimplemented(void)
{
	static const unsigned unused[] = {
		0x08, 0x16, 0x1e, 0x33, 0x17f, 0x1ff
	};

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		uint64_t x[8] = { 0 };

		hvc_native(unused[i], x);
		ASSERT_EQ_FMT((long)HV_UNIMPLEMENTED, (long)x[0], "%ld");
		ASSERT_EQ_FMT((long)HV_UNIMPLEMENTED,
		              (long)hvc(HVC_SMCCC(unused[i]), 0, 0), "%ld");
	}
	PASS();
}

/* hypervisor_identify: version 1, 64-bit, little-endian; both forms alike. */
TEST c74_identify_is_the_same_in_both_forms(void)
{
	uint64_t native[8] = { 0 };
	uint64_t smccc_form[CALL_REGS] = { HVC_SMCCC(HVC_IDENTIFY) };

	NEEDS_HYPERVISOR();
	hvc_native(HVC_IDENTIFY, native);
	smccc_hvc(smccc_form);
	ASSERT_EQ(1, field_get(HVC_API_VERSION, native[0]));
	ASSERT(native[0] & HVC_API_64BIT);
	ASSERT_FALSE(native[0] & HVC_API_BIG_ENDIAN);
	ASSERT_MEM_EQ(native, smccc_form, 4 * sizeof(native[0]));
	PASS();
}

TEST c3_c4_native_calls_preserve_x8_and_up(void)
{
	NEEDS_HYPERVISOR();
	/* x8 to x17 may be lost by the ABI; x18 and up, and SIMD, not. */
	CHECK_CALL(preserves(INSN_HVC(HVC_BASE + HVC_IDENTIFY), 0, 0x0003ffff));
	PASS();
}

/* Vendor hypervisor service: Gunyah's UUID (17). */
TEST c17_vendor_uid_is_gunyahs(void)
{
	uint64_t x[CALL_REGS] = { SMCCC_VENDOR_CALL_UID };

	NEEDS_HYPERVISOR();
	smccc_hvc(x);
	ASSERT_EQ_FMT(SMCCC_GUNYAH_UID_0, (unsigned)x[0], "%#x");
	ASSERT_EQ_FMT(SMCCC_GUNYAH_UID_1, (unsigned)x[1], "%#x");
	ASSERT_EQ_FMT(SMCCC_GUNYAH_UID_2, (unsigned)x[2], "%#x");
	ASSERT_EQ_FMT(SMCCC_GUNYAH_UID_3, (unsigned)x[3], "%#x");
	PASS();
}

/* TRNG (Arm DEN 0098): there as a whole, or not at all (15). */
TEST c15_random_numbers_by_the_book(void)
{
	static const int sizes[] = { 1, 63, 64, 65, 128, 191, 192 };
	uint64_t x[CALL_REGS] = { TRNG_VERSION };

	NEEDS_HYPERVISOR();
	smccc_hvc(x);
	if ((int32_t)x[0] == SMCCC_NOT_SUPPORTED) {
		ASSERT_EQ(SMCCC_NOT_SUPPORTED, hvc(TRNG_RND_64, 64, 0));
		SKIPm("this CPU gives no entropy: no TRNG offered");
	}
	ASSERT_GTE((int32_t)x[0], 0x10000);
	ASSERT_GTE((int32_t)hvc(TRNG_FEATURES, TRNG_RND_64, 0), 0);
	ASSERT_EQ(TRNG_INVALID, (int32_t)hvc(TRNG_RND_64, 0, 0));
	ASSERT_EQ(TRNG_INVALID, (int32_t)hvc(TRNG_RND_64, 193, 0));
	ASSERT_EQ(TRNG_INVALID, (int32_t)hvc(TRNG_RND_32, 97, 0));
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* X3 holds bits 63:0, X2 127:64, X1 191:128 */
		uint64_t bits[CALL_REGS] = { TRNG_RND_64, (uint64_t)sizes[i] };

		smccc_hvc(bits);
		if ((int64_t)bits[0] == TRNG_NO_ENTROPY) {
			continue; /* allowed at any time */
		}
		ASSERT_EQ(0, bits[0]);
		for (int bit = sizes[i]; bit < 192; bit++) {
			ASSERT_EQ(0, bits[3 - bit / 64] >> (bit % 64) & 1);
		}
	}
	PASS();
}

TEST c15_random_numbers_differ(void)
{
	uint64_t a[CALL_REGS] = { TRNG_RND_64, 192 };
	uint64_t b[CALL_REGS] = { TRNG_RND_64, 192 };

	NEEDS_HYPERVISOR();
	smccc_hvc(a);
	smccc_hvc(b);
	if ((int64_t)a[0] != 0 || (int64_t)b[0] != 0) {
		SKIPm("no entropy just now");
	}
	ASSERT(a[1] != b[1] || a[2] != b[2] || a[3] != b[3]);
	ASSERT(a[3] != 0 && a[2] != 0 && a[1] != 0);
	PASS();
}

/* Call count, UID and revision of the services (10): defined or -1. */
TEST c10_services_identify_themselves(void)
{
	uint64_t uid[CALL_REGS] = { SMCCC_STDHYP_CALL_UID };
	uint64_t vendor[CALL_REGS] = { SMCCC_VENDOR_CALL_UID };

	NEEDS_HYPERVISOR();
	smccc_hvc(uid);
	smccc_hvc(vendor);
	/* The standard hypervisor range answers like ours, or not at all. */
	ASSERT((int32_t)uid[0] == -1 || (uint32_t)uid[0] == vendor[0]);
	ASSERT_EQ_FMT(-1, (int)hvc(SMCCC_VENDOR_CALL_COUNT, 0, 0), "%d");
	ASSERT_NEQ(SMCCC_NOT_SUPPORTED, hvc(SMCCC_VENDOR_REVISION, 0, 0));
	ASSERT_EQ_FMT(-1, (int)hvc(0x8100ff01, 0, 0), "%d");
	PASS();
}

/* An exception return ends an exclusive access: STXR has to fail (136). */
TEST c136_a_call_ends_an_exclusive_access(void)
{
	static uint64_t cell;
	uint64_t failed;

	NEEDS_HYPERVISOR();
	for (unsigned i = 0; i < 100; i++) {
		__asm__ volatile("	mov	x19, %1\n"
		                 "	ldxr	x9, [x19]\n"
		                 "	mov	x0, %2\n"
		                 "	hvc	#0\n"
		                 "	stxr	w9, x19, [x19]\n"
		                 "	mov	%0, x9\n"
		                 : "=r"(failed)
		                 : "r"(&cell), "r"((uint64_t)PSCI_VERSION)
		                 : "x0", "x1", "x2", "x3", "x9", "x19",
		                   "memory");
		ASSERT_EQ_FMT(1ul, (unsigned long)failed, "%lu");
	}
	PASS();
}

SUITE_EXTERN(refusals); /* smccc_more.c */
SUITE_EXTERN(interrupts_and_calls);

SUITE(calling_convention)
{
	RUN_TEST(c1_version_is_at_least_1_1);
	RUN_TEST(c2_c9_unknown_functions_are_not_supported);
	RUN_TEST(c3_c4_hvc_preserves_all_but_its_results);
	RUN_TEST(c3_c4_c11_smc_preserves_all_but_its_results);
	RUN_TEST(c5_garbage_above_w0_is_ignored);
	RUN_TEST(c6_arch_features_knows_its_functions);
	RUN_TEST(c7_workarounds_match_arch_features);
	RUN_TEST(c11_smc_is_neither_repeated_nor_skipped);
	RUN_TEST(c51_smc_and_hvc_answer_alike);
	RUN_TEST(c13_undefined_immediates_return_unimplemented);
	RUN_TEST(c10_services_identify_themselves);
	RUN_TEST(c15_random_numbers_by_the_book);
	RUN_TEST(c15_random_numbers_differ);
	RUN_TEST(c136_a_call_ends_an_exclusive_access);
}

SUITE(hypercalls)
{
	RUN_TEST(c2_unused_hypercalls_are_unimplemented);
	RUN_TEST(c74_identify_is_the_same_in_both_forms);
	RUN_TEST(c3_c4_native_calls_preserve_x8_and_up);
	RUN_TEST(c17_vendor_uid_is_gunyahs);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(calling_convention);
	RUN_SUITE(hypercalls);
	RUN_SUITE(refusals);
	RUN_SUITE(interrupts_and_calls);
	GREATEST_MAIN_END();
}
