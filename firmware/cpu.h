/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware needs to know of the CPU; for C and assembly.  Names as
 * in the Arm ARM.
 */
#ifndef FIRMWARE_CPU_H
#define FIRMWARE_CPU_H

#include <arm64/bits.h>

/*
 * Where the image would like to lie: 512 KiB above a 2 MiB boundary (the
 * header tells loaders), and where QEMU's virt puts it then.  It runs
 * anywhere; linked there, a debugger needs no offset.
 */
#define TEXT_OFFSET 0x80000
#define LINK_BASE   0x40080000
#define IMAGE_FLAGS 0xa /* little endian, 4 KiB pages, anywhere in RAM */

#define GIB 0x40000000

#define HCR_RW         BIT(31)
#define CPTR_EL2_RES1  0x33ff /* with TFP clear: FP is not trapped */
#define CPACR_FPEN     FIELD(21, 20)
#define SCR_NS         BIT(0)
#define SCR_RES1       FIELD(5, 4)
#define SCR_HCE        BIT(8)
#define SCR_RW         BIT(10)
#define SPSR_EL2H      0x3c9
#define SPSR_EL1H      0x3c5
#define SCTLR_EL2_OFF  0x30c50830 /* the RES1 bits */
#define SCTLR_EL1_OFF  0x30d00800
#define SCTLR_M        BIT(0)
#define SCTLR_C        BIT(2)
#define SCTLR_I        BIT(12)
#define ESR_EC_SMC64   0x17
#define MPIDR_AFFINITY U64(0xff00ffffff)

/* struct mailbox, smoke_cpu.c */
#define MAILBOX_MPIDR 0
#define MAILBOX_TICKS 16
#define MAILBOX_DONE  24
#define MAILBOX_HVC   32
#define MAILBOX_OFF   40

#ifndef __ASSEMBLER__
#include <stdint.h>

#define KIB        0x400ul
#define MIB        0x100000ul
#define PAGE_SIZE  0x1000ul
#define BLOCK_SIZE 0x200000ul /* of the memory map */

#define sysreg_read(reg)                                      \
	({                                                    \
		uint64_t value_;                              \
		asm volatile("mrs %0, " #reg : "=r"(value_)); \
		value_;                                       \
	})
#define sysreg_write(reg, value) \
	asm volatile("msr " #reg ", %0" ::"r"((uint64_t)(value)))

static inline unsigned current_el(void)
{
	return (unsigned)(sysreg_read(CurrentEL) >> 2);
}

/* The physical counter, not read ahead of what stands before it. */
static inline uint64_t ticks_now(void)
{
	asm volatile("isb" ::: "memory"); /* the read stays behind it */
	return sysreg_read(cntpct_el0);
}

static inline uint32_t mmio_read32(uint64_t addr)
{
	return *(volatile uint32_t *)addr;
}

static inline void mmio_write32(uint64_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

static inline uint64_t align_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) & ~(to - 1);
}

static inline uint64_t align_down(uint64_t value, uint64_t to)
{
	return value & ~(to - 1);
}
#endif

#endif
