/* SPDX-License-Identifier: BSD-2-Clause */
/* Access to system registers and the barriers that order it. */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#include <arm64/sysreg.h>

/* Reads are volatile: they are neither merged nor moved over each other. */
#define sysreg_read(reg)                                          \
	({                                                        \
		uint64_t value_;                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(value_)); \
		value_;                                           \
	})

#define sysreg_write(reg, value) \
	__asm__ volatile("msr " #reg ", %x0" : : "rZ"((uint64_t)(value)))

/* Context synchronisation: what was written to registers holds from here. */
#define isb() __asm__ volatile("isb" : : : "memory")

/* All earlier memory accesses and TLB maintenance are complete, everywhere. */
#define dsb_ish()   __asm__ volatile("dsb ish" : : : "memory")
#define dsb_ishst() __asm__ volatile("dsb ishst" : : : "memory")
#define dsb_nsh()   __asm__ volatile("dsb nsh" : : : "memory")
#define dsb_sy()    __asm__ volatile("dsb sy" : : : "memory")

/* Memory accesses before are seen before those behind. */
#define dmb_ish() __asm__ volatile("dmb ish" : : : "memory")

/* Sleep until an interrupt is pending, masked or not. */
#define wfi() __asm__ volatile("wfi" : : : "memory")

#endif
