/* SPDX-License-Identifier: BSD-2-Clause */
/* Smoke tests: this CPU, the others, and the tree that lists them. */
#include "smoke.h"

#include <libfdt.h>
#include <stddef.h>
#include <string.h>

#include <abi/frame.h>

#include "cpu.h"
#include "frame.h"
#include "mmu.h"
#include "sha256.h"

/* How long a CPU may take to come up, or to go. */
#define CPU_MS 1000

/*
 * Written by a CPU whose caches are off (vectors.S), so it has cache lines of
 * its own, and this CPU drops them before each look.
 */
struct mailbox {
	uint64_t mpidr, level, ticks, done, use_hvc, off_function;
} __attribute__((aligned(256)));
_Static_assert(offsetof(struct mailbox, mpidr) == MAILBOX_MPIDR, "");
_Static_assert(offsetof(struct mailbox, ticks) == MAILBOX_TICKS, "");
_Static_assert(offsetof(struct mailbox, done) == MAILBOX_DONE, "");
_Static_assert(offsetof(struct mailbox, use_hvc) == MAILBOX_HVC, "");
_Static_assert(offsetof(struct mailbox, off_function) == MAILBOX_OFF, "");

static struct mailbox mailbox;

enum verdict smoke_entry_level(const struct smoke *smoke)
{
	(void)smoke;
	EXPECT(current_el() == 2, "EL%u", current_el());
	return SMOKE_PASS;
}

enum verdict smoke_cpu_features(const struct smoke *smoke)
{
	uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1);
	uint64_t mmfr0 = sysreg_read(id_aa64mmfr0_el1);

	(void)smoke;
	frame_put(FRAME_NOTE, "MIDR_EL1 0x%lx REVIDR_EL1 0x%lx MPIDR_EL1 0x%lx",
	          sysreg_read(midr_el1), sysreg_read(revidr_el1),
	          sysreg_read(mpidr_el1));
	frame_put(FRAME_NOTE,
	          "ID_AA64PFR0_EL1 0x%lx ID_AA64MMFR0_EL1 0x%lx "
	          "ID_AA64MMFR1_EL1 0x%lx ID_AA64ISAR0_EL1 0x%lx CTR_EL0 0x%lx",
	          pfr0, mmfr0, sysreg_read(id_aa64mmfr1_el1),
	          sysreg_read(id_aa64isar0_el1), sysreg_read(ctr_el0));
	EXPECT(field_get(FIELD(11, 8), pfr0) != 0, "no EL2 in AArch64");
	EXPECT(field_get(FIELD(31, 28), mmfr0) != 0xf, "no pages of 4 KiB");
	EXPECT(field_get(FIELD(27, 24), pfr0) != 0, "no GIC system registers");
	return SMOKE_PASS;
}

enum verdict smoke_cpu_listed(const struct smoke *smoke)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	unsigned found = 0;

	for (uint32_t i = 0; i < smoke->platform->cpu_count; i++) {
		found += smoke->platform->mpidr[i] == self;
	}
	EXPECT(found == 1, "0x%lx is there %u times", self, found);
	return SMOKE_PASS;
}

enum verdict smoke_tree(const struct smoke *smoke)
{
	int err = fdt_check_full(smoke->fdt, fdt_totalsize(smoke->fdt));

	EXPECT(err == 0, "%s", fdt_strerror(err));
	return SMOKE_PASS;
}

enum verdict smoke_psci_version(const struct smoke *smoke)
{
	int64_t version = psci_call(PSCI_VERSION, 0, 0, 0);

	(void)smoke;
	EXPECT(version >= 0x10000, "0x%lx", version);
	frame_put(FRAME_NOTE, "PSCI %ld.%ld", version >> 16, version & 0xffff);
	return SMOKE_PASS;
}

static enum verdict check_cpu(const struct smoke *smoke, uint64_t mpidr)
{
	extern char secondary_entry[];
	uint64_t deadline = ticks_now() + smoke_ticks(CPU_MS);
	volatile uint64_t *done = &mailbox.done;
	int64_t result;

	memset(&mailbox, 0, sizeof(mailbox));
	mailbox.use_hvc = smoke->platform->psci == PSCI_HVC;
	mailbox.off_function = PSCI_CPU_OFF;
	cache_clean((uint64_t)&mailbox, sizeof(mailbox));

	result = psci_call(PSCI_CPU_ON, mpidr, (uint64_t)secondary_entry,
	                   (uint64_t)&mailbox);
	EXPECT(result == PSCI_SUCCESS, "CPU 0x%lx: CPU_ON gives %ld", mpidr,
	       result);
	do {
		cache_clean((uint64_t)&mailbox, sizeof(mailbox));
	} while (*done == 0 && ticks_now() < deadline);
	EXPECT(*done == 1, "CPU 0x%lx: not up within %u ms", mpidr, CPU_MS);
	EXPECT((mailbox.mpidr & MPIDR_AFFINITY) == mpidr,
	       "CPU 0x%lx says that it is 0x%lx", mpidr, mailbox.mpidr);
	EXPECT(mailbox.level == 2 << 2, "CPU 0x%lx came up at EL%lu", mpidr,
	       mailbox.level >> 2);
	/* The counter is one for all; 0 would be one that does not run. */
	EXPECT(mailbox.ticks != 0 && mailbox.ticks <= ticks_now(),
	       "CPU 0x%lx: its counter is at %lu", mpidr, mailbox.ticks);

	deadline = ticks_now() + smoke_ticks(CPU_MS);
	do {
		result = psci_call(PSCI_AFFINITY_INFO, mpidr, 0, 0);
	} while (result != PSCI_AFFINITY_OFF && ticks_now() < deadline);
	EXPECT(result == PSCI_AFFINITY_OFF,
	       "CPU 0x%lx: AFFINITY_INFO gives %ld after CPU_OFF", mpidr,
	       result);
	return SMOKE_PASS;
}

enum verdict smoke_cpus_on(const struct smoke *smoke)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;

	for (uint32_t i = 0; i < smoke->platform->cpu_count; i++) {
		uint64_t mpidr = smoke->platform->mpidr[i];
		enum verdict verdict = SMOKE_PASS;

		if (mpidr != self) {
			verdict = check_cpu(smoke, mpidr);
		}
		if (verdict != SMOKE_PASS) {
			return verdict;
		}
	}
	frame_put(FRAME_NOTE, "%u CPUs", smoke->platform->cpu_count);
	return SMOKE_PASS;
}

enum verdict smoke_sha256(const struct smoke *smoke)
{
	uint8_t by_c[SHA256_BYTES], by_instruction[SHA256_BYTES];
	uint64_t isar0 = sysreg_read(id_aa64isar0_el1);

	if (field_get(FIELD(15, 12), isar0) == 0) {
		return smoke_skip("the CPU has no such instructions");
	}
	/* Around the ends of the first blocks, over what lies at hand. */
	for (unsigned len = 0; len <= 3 * SHA256_BLOCK_BYTES; len++) {
		sha256(by_c, smoke->fdt, len, sha256_blocks_portable);
		sha256(by_instruction, smoke->fdt, len, sha256_blocks_armv8);
		EXPECT(memcmp(by_c, by_instruction, sizeof(by_c)) == 0,
		       "%u bytes give another digest", len);
	}
	return SMOKE_PASS;
}
