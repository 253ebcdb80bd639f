/* SPDX-License-Identifier: BSD-2-Clause */
#include "mmu.h"

#include <stdbool.h>

#include "cpu.h"
#include "print.h"

#define ENTRIES    512
#define ROOT_SHIFT 39
#define GIB_SHIFT  30
#define MIB2_SHIFT 21

#define PTE_TABLE    0x3
#define PTE_BLOCK    0x1
#define PTE_ATTR_RAM BIT(2) /* index 1 of MAIR below */
#define PTE_AP1      BIT(6) /* RES1 at EL2; at EL1 it would let EL0 in */
#define PTE_SH_INNER FIELD(9, 8)
#define PTE_AF       BIT(10)
#define PTE_XN       BIT(54)
#define PTE_ADDRESS  FIELD(47, 12)

#define MAIR_VALUE 0xff00 /* 0: Device-nGnRnE, 1: Normal write-back */

#define TCR_48BIT     16 /* T0SZ */
#define TCR_WB        (BIT(8) | BIT(10) | FIELD(13, 12))
#define TCR_EL2_RES1  (BIT(31) | BIT(23))
#define TCR_EL1_EPD1  BIT(23)
#define TCR_EL2_PS    FIELD(18, 16)
#define TCR_EL1_IPS   FIELD(34, 32)
#define MMFR0_PARANGE FIELD(3, 0)
#define PARANGE_48BIT 5 /* all that 4 KiB pages of 48 bits can say */

struct table {
	uint64_t entry[ENTRIES];
};

/* Two roots, and what a machine of 8 RAM banks and a few devices needs. */
static struct table tables[24]
	__attribute__((aligned(4096), section(".bss.tables")));
static unsigned tables_used;
static struct table *root;

/* Nothing is ever freed, and the tables lie in BSS: a new one is empty. */
static struct table *new_table(void)
{
	if (tables_used == sizeof(tables) / sizeof(tables[0])) {
		fatal("memory map: too many pieces");
	}
	return &tables[tables_used++];
}

static struct table *next_table(struct table *table, unsigned index)
{
	if (table->entry[index] == 0) {
		table->entry[index] = (uint64_t)new_table() | PTE_TABLE;
	}
	return (struct table *)(table->entry[index] & PTE_ADDRESS);
}

static void map_block(uint64_t base, unsigned shift, uint64_t attributes)
{
	struct table *table = next_table(root, base >> ROOT_SHIFT & 511);

	if (shift == MIB2_SHIFT) {
		table = next_table(table, base >> GIB_SHIFT & 511);
	}
	table->entry[base >> shift & 511] = base | attributes;
}

static uint64_t block_attributes(enum mmu_kind kind)
{
	uint64_t bits = PTE_BLOCK | PTE_AF | PTE_SH_INNER |
	                (current_el() == 2 ? PTE_AP1 : 0);

	return bits | (kind == MMU_RAM ? PTE_ATTR_RAM : PTE_XN);
}

void mmu_map(uint64_t base, uint64_t size, enum mmu_kind kind)
{
	uint64_t end = align_up(base + size, BLOCK_SIZE);
	uint64_t attributes = block_attributes(kind);

	base = align_down(base, BLOCK_SIZE);
	while (base < end) {
		bool whole = base % GIB == 0 && end - base >= GIB;

		map_block(base, whole ? GIB_SHIFT : MIB2_SHIFT, attributes);
		base += whole ? GIB : BLOCK_SIZE;
	}
}

void mmu_switch(void)
{
	asm volatile("dsb ishst" ::: "memory"); /* tables before the walker */
	if (current_el() == 2) {
		sysreg_write(ttbr0_el2, (uint64_t)root);
		asm volatile("isb\n" /* the new root before the old dies */
		             "tlbi alle2\n"
		             "dsb nsh\n" /* the TLB is empty before we go on */
		             "isb" ::
		                     : "memory");
	} else {
		sysreg_write(ttbr0_el1, (uint64_t)root);
		asm volatile("isb\n"
		             "tlbi vmalle1\n"
		             "dsb nsh\n"
		             "isb" ::
		                     : "memory");
	}
	root = new_table();
}

static void set_regime(void)
{
	uint64_t range =
		field_get(MMFR0_PARANGE, sysreg_read(id_aa64mmfr0_el1));
	uint64_t tcr = TCR_48BIT | TCR_WB;

	range = range < PARANGE_48BIT ? range : PARANGE_48BIT;
	if (current_el() == 2) {
		sysreg_write(mair_el2, MAIR_VALUE);
		sysreg_write(tcr_el2,
		             tcr | TCR_EL2_RES1 | field_put(TCR_EL2_PS, range));
	} else {
		sysreg_write(mair_el1, MAIR_VALUE);
		sysreg_write(tcr_el1, tcr | TCR_EL1_EPD1 |
		                              field_put(TCR_EL1_IPS, range));
	}
}

void mmu_start(uint64_t dtb)
{
	extern char image_start[], image_end[];
	uint64_t ram = block_attributes(MMU_RAM);
	uint64_t on = SCTLR_M | SCTLR_C | SCTLR_I;

	root = new_table();
	map_block(align_down((uint64_t)image_start, GIB), GIB_SHIFT, ram);
	map_block(align_down((uint64_t)image_end, GIB), GIB_SHIFT, ram);
	map_block(align_down(dtb, GIB), GIB_SHIFT, ram);
	set_regime();
	asm volatile("ic iallu" ::: "memory");
	mmu_switch(); /* also puts set_regime() before what follows */

	if (current_el() == 2) {
		sysreg_write(sctlr_el2, SCTLR_EL2_OFF | on);
	} else {
		sysreg_write(sctlr_el1, SCTLR_EL1_OFF | on);
	}
	asm volatile("isb" ::: "memory"); /* translated from here on */
}

void cache_clean(uint64_t base, uint64_t size)
{
	uint64_t line = 4ul << field_get(FIELD(19, 16), sysreg_read(ctr_el0));
	uint64_t end = base + size;

	for (base = align_down(base, line); base < end; base += line) {
		asm volatile("dc civac, %0" ::"r"(base) : "memory");
	}
	asm volatile("dsb sy" ::: "memory"); /* done before anybody reads */
}
