/* SPDX-License-Identifier: BSD-2-Clause */
/* EL1 system registers and barriers, as guests use them. */
#ifndef RT_SYSREG_H
#define RT_SYSREG_H

#include <arm64/bits.h>

/* SCTLR_EL1, System Control Register */
#define SCTLR_M    BIT(0)
#define SCTLR_A    BIT(1)
#define SCTLR_C    BIT(2)
#define SCTLR_SA   BIT(3)
#define SCTLR_SA0  BIT(4)
#define SCTLR_I    BIT(12)
#define SCTLR_DZE  BIT(14)
#define SCTLR_UCT  BIT(15)
#define SCTLR_NTWI BIT(16)
#define SCTLR_NTWE BIT(18)
#define SCTLR_WXN  BIT(19)
#define SCTLR_E0E  BIT(24)
#define SCTLR_EE   BIT(25)
#define SCTLR_UCI  BIT(26)
#define SCTLR_RES1 (BIT(29) | BIT(28) | BIT(23) | BIT(22) | BIT(20) | BIT(11))

/* ESR_EL1, Exception Syndrome Register */
#define ESR_EC          FIELD(31, 26)
#define ESR_IL          BIT(25)
#define ESR_ISS         FIELD(24, 0)
#define ESR_EC_UNKNOWN  0x00 /* UNDEFINED instruction */
#define ESR_EC_FP       0x07
#define ESR_EC_ILLEGAL  0x0e /* illegal execution state */
#define ESR_EC_SVC64    0x15
#define ESR_EC_MSR      0x18
#define ESR_EC_IABT_LOW 0x20
#define ESR_EC_IABT     0x21 /* instruction abort, same EL */
#define ESR_EC_PC_ALIGN 0x22
#define ESR_EC_DABT_LOW 0x24
#define ESR_EC_DABT     0x25 /* data abort, same EL */
#define ESR_EC_SP_ALIGN 0x26
#define ESR_EC_SERROR   0x2f
#define ESR_EC_HW_BREAK 0x31 /* breakpoint, same EL */
#define ESR_EC_STEP     0x33 /* software step, same EL */
#define ESR_EC_WATCH    0x35 /* watchpoint, same EL */
#define ESR_EC_BRK64    0x3c

/* ESR_EL1.ISS of instruction and data aborts */
#define ABT_FSC        FIELD(5, 0)
#define ABT_WNR        BIT(6)
#define ABT_S1PTW      BIT(7)
#define ABT_EA         BIT(9)
#define ABT_FNV        BIT(10)
#define FSC_TRANS_L(n) (0x04 + (n)) /* translation fault */
#define FSC_PERM_L(n)  (0x0c + (n)) /* permission fault */
#define FSC_SEA        0x10         /* synchronous external abort */
#define FSC_SEA_TTW(n) (0x14 + (n)) /* the same, on a table walk */
#define FSC_ALIGN      0x21

/* PSTATE and SPSR_EL1 */
#define PSR_F      BIT(6)
#define PSR_I      BIT(7)
#define PSR_A      BIT(8)
#define PSR_D      BIT(9)
#define PSR_DAIF   FIELD(9, 6)
#define PSR_NZCV   FIELD(31, 28)
#define PSR_IL     BIT(20)
#define PSR_SS     BIT(21)
#define PSR_MODE   FIELD(3, 0)
#define PSR_EL0T   0x0
#define PSR_EL1T   0x4
#define PSR_EL1H   0x5
#define CURRENT_EL FIELD(3, 2)

/* MPIDR_EL1 */
#define MPIDR_AFFINITY (FIELD(39, 32) | FIELD(23, 0))

/* CPACR_EL1 */
#define CPACR_FPEN FIELD(21, 20)

/* CNTV_CTL_EL0, CNTP_CTL_EL0 */
#define CNT_ENABLE  BIT(0)
#define CNT_IMASK   BIT(1)
#define CNT_ISTATUS BIT(2)

#ifndef __ASSEMBLER__

#define sysreg_read(reg)                                                \
	({                                                              \
		uint64_t sysreg_value;                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(sysreg_value)); \
		sysreg_value;                                           \
	})

#define sysreg_write(reg, val)                                        \
	do {                                                          \
		uint64_t sysreg_new = (val);                          \
		__asm__ volatile("msr " #reg ", %0" ::"r"(sysreg_new) \
		                 : "memory");                         \
	} while (0)

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

static inline void dsb_ish(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}

static inline void dmb_ish(void)
{
	__asm__ volatile("dmb ish" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("wfi" ::: "memory");
}

static inline void wfe(void)
{
	__asm__ volatile("wfe" ::: "memory");
}

/* For loops that wait: under icount it is what lets another CPU run. */
static inline void cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static inline void sev(void)
{
	__asm__ volatile("sev" ::: "memory");
}

/* The counters: the ISB keeps the read from running ahead of what came before. */
static inline uint64_t cntvct(void)
{
	isb();
	return sysreg_read(cntvct_el0);
}

static inline uint64_t cntpct(void)
{
	isb();
	return sysreg_read(cntpct_el0);
}

static inline uint64_t cntfrq(void)
{
	return sysreg_read(cntfrq_el0);
}

/* Interrupt mask of this CPU; what irq_save returns goes to irq_restore. */
static inline void irq_unmask(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void irq_mask(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline uint64_t irq_save(void)
{
	uint64_t daif = sysreg_read(daif);

	irq_mask();
	return daif;
}

static inline void irq_restore(uint64_t daif)
{
	sysreg_write(daif, daif);
}

#endif
#endif
