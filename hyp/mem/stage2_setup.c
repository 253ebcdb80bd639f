/* SPDX-License-Identifier: BSD-2-Clause */
/* Stage 2: what the machine can do, descriptors, and a table's life. */
#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "arch/tlb.h"
#include "mem/page.h"
#include "mem/stage2.h"
#include "mem/stage2_entry.h"

#define ENTRIES 512

static uint64_t vtcr;
static unsigned ipa_bits;
static bool has_xnx;

/* ID_AA64MMFR0_EL1.PARange to bits */
static const uint8_t pa_bits[] = { 32, 36, 40, 42, 44, 48, 52 };

/* XN[1:0] by "EL1 may" * 2 + "EL0 may", bits 54:53; with FEAT_XNX */
static const uint64_t xn_of[] = { 2, 1, 3, 0 };

void stage2_probe(void)
{
	uint64_t range =
		field_get(ID_AA64MMFR0_PARANGE, sysreg_read(ID_AA64MMFR0_EL1));

	has_xnx = (sysreg_read(ID_AA64MMFR1_EL1) & ID_AA64MMFR1_XNX) != 0;
	if (range >= sizeof(pa_bits)) {
		range = sizeof(pa_bits) - 1;
	}
	ipa_bits = pa_bits[range];
	if (ipa_bits > STAGE2_IPA_BITS_MAX) {
		ipa_bits = STAGE2_IPA_BITS_MAX;
		range = 2; /* 40 bits */
	}
	vtcr = VTCR_RES1 | VTCR_SH0_INNER | VTCR_ORGN0_WBWA | VTCR_IRGN0_WBWA |
	       field_put(VTCR_T0SZ, 64 - ipa_bits) | field_put(VTCR_SL0, 1) |
	       field_put(VTCR_PS, range);
}

uint64_t stage2_vtcr(void)
{
	return vtcr;
}

unsigned stage2_ipa_bits(void)
{
	return ipa_bits;
}

uint64_t stage2_leaf(unsigned attr)
{
	uint64_t memattr = (attr & S2_MEM_MASK) >> 8;
	unsigned x = ((attr & S2_XP) ? 2 : 0) | ((attr & S2_XU) ? 1 : 0);
	bool is_device = memattr < 4;

	if ((attr & ~(S2_PERM | S2_MEM_MASK)) != 0 || (memattr & 0xc) == 8 ||
	    (is_device && x != 0) || (!has_xnx && (x == 1 || x == 2)) ||
	    (!is_device && (memattr & 3) == 0)) {
		return 0;
	}
	return PTE_VALID | PTE_AF | field_put(PTE_S2_MEMATTR, memattr) |
	       (is_device ? 0 : PTE_SH_INNER) | ((attr & S2_R) ? PTE_S2_R : 0) |
	       ((attr & S2_W) ? PTE_S2_W : 0) | field_put(PTE_S2_XN, xn_of[x]);
}

uint64_t stage2_leaf_with(uint64_t leaf, unsigned perm)
{
	unsigned attr = (stage2_attr(leaf) & S2_MEM_MASK) | perm;

	if ((attr & S2_MEM_MASK) < S2_MEM(4u)) {
		attr &= ~S2_X; /* device memory is never executable */
	}
	return (leaf & (PTE_ADDR | PTE_TABLE)) | stage2_leaf(attr);
}

unsigned stage2_attr(uint64_t leaf)
{
	uint64_t xn = field_get(PTE_S2_XN, leaf);
	unsigned attr;

	attr = S2_MEM((unsigned)field_get(PTE_S2_MEMATTR, leaf));
	attr |= (leaf & PTE_S2_R) ? S2_R : 0;
	attr |= (leaf & PTE_S2_W) ? S2_W : 0;
	attr |= (xn == 0 || xn == 3) ? S2_XP : 0;
	attr |= (xn == 0 || xn == 1) ? S2_XU : 0;
	return attr;
}

static unsigned root_order(void)
{
	return ipa_bits > 39 ? ipa_bits - 39 : 0;
}

enum err stage2_init(struct stage2 *s2, uint16_t vmid)
{
	*s2 = (struct stage2){ .vmid = vmid, .start_level = 1 };
	s2->ipa_bits = (uint8_t)ipa_bits;
	s2->root = page_alloc_order(root_order(), PAGE_STAGE2);
	if (s2->root == NULL) {
		return ERR_NOMEM;
	}
	s2->table_pages = 1u << root_order();
	s2->vttbr = virt_to_phys(s2->root).v |
	            field_put(VTTBR_VMID, (uint64_t)vmid);
	/* Whoever had the VMID before has left entries in the TLBs. */
	tlb_flush_vm(s2->vttbr);
	return ERR_OK;
}

static bool is_table(uint64_t entry)
{
	return (entry & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static void free_below(uint64_t entry)
{
	uint64_t *table = phys_to_virt(pa(entry & PTE_ADDR));
	unsigned i;

	for (i = 0; i < ENTRIES; i++) {
		if (is_table(table[i])) {
			page_free(phys_to_virt(pa(table[i] & PTE_ADDR)),
			          PAGE_STAGE2);
		}
	}
	page_free(table, PAGE_STAGE2);
}

void stage2_fini(struct stage2 *s2)
{
	uint64_t i;

	tlb_flush_vm(s2->vttbr);
	for (i = 0; i < (1ull << (s2->ipa_bits - 30)); i++) {
		if (is_table(s2->root[i])) {
			free_below(s2->root[i]);
		}
	}
	page_free_order(s2->root, root_order(), PAGE_STAGE2);
	s2->root = NULL;
}
