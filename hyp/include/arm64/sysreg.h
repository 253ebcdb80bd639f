/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields of system registers, named as in the Arm ARM (DDI 0487), with the
 * values Touchstone programs.  Usable from C and assembly.
 */
#ifndef ARM64_SYSREG_H
#define ARM64_SYSREG_H

#include <arm64/bits.h>

/* SCTLR_EL2; E2H = 0 */
#define SCTLR_M        BIT(0)
#define SCTLR_A        BIT(1)
#define SCTLR_C        BIT(2)
#define SCTLR_SA       BIT(3)
#define SCTLR_I        BIT(12)
#define SCTLR_WXN      BIT(19)
#define SCTLR_EE       BIT(25)
#define SCTLR_EL2_RES1 U64(0x30c50830)

/* SCTLR_EL1 at power-on: MMU, caches and checks off, RES1 bits set */
#define SCTLR_EL1_RESET U64(0x30d00800)

/* TCR_EL2 */
#define TCR_T0SZ(va_bits) (64 - (va_bits))
#define TCR_IRGN0_WBWA    BIT(8)
#define TCR_ORGN0_WBWA    BIT(10)
#define TCR_SH0_INNER     (BIT(12) | BIT(13))
#define TCR_PS            FIELD(18, 16)
#define TCR_EL2_RES1      (BIT(31) | BIT(23))

/* TCR_EL1: no table walks by TTBR0, TTBR1 */
#define TCR_EPD0 BIT(7)
#define TCR_EPD1 BIT(23)

/* MAIR_EL2: our three kinds of memory, by index */
#define MAIR_NORMAL     0
#define MAIR_DEVICE     1
#define MAIR_DEVICE_STR 2
#define MAIR_EL2_VALUE  U64(0x0004ff) /* [0] ff WB, [1] 04 nGnRE, [2] 00 */

/* Descriptors of translation tables, both stages */
#define PTE_VALID    BIT(0)
#define PTE_TABLE    BIT(1) /* levels 0 to 2; level 3: page */
#define PTE_AF       BIT(10)
#define PTE_SH       FIELD(9, 8)
#define PTE_SH_INNER (BIT(9) | BIT(8))
#define PTE_ADDR     FIELD(47, 12)

/* Stage 1 */
#define PTE_ATTR_INDEX(n) ((n) << 2)
#define PTE_AP_RO         BIT(7)
#define PTE_AP_RES1       BIT(6) /* AP[1] where there is one EL only */
#define PTE_XN            BIT(54)

/* Stage 2 */
#define PTE_S2_MEMATTR FIELD(5, 2)
#define PTE_S2_R       BIT(6)
#define PTE_S2_W       BIT(7)
#define PTE_S2_XN      FIELD(54, 53)

/* HCR_EL2 */
#define HCR_VM        BIT(0) /* stage 2 on */
#define HCR_SWIO      BIT(1) /* DC ISW acts as DC CISW */
#define HCR_PTW       BIT(2) /* stage-1 walk in device memory faults */
#define HCR_FMO       BIT(3)
#define HCR_IMO       BIT(4)
#define HCR_AMO       BIT(5)
#define HCR_VI        BIT(7)
#define HCR_VSE       BIT(8)
#define HCR_FB        BIT(9)  /* TLBI, IC IALLU act on the inner domain */
#define HCR_BSU_INNER BIT(10) /* barriers act on the inner domain */
#define HCR_TWI       BIT(13)
#define HCR_TWE       BIT(14)
#define HCR_TID1      BIT(16) /* REVIDR, AIDR */
#define HCR_TID3      BIT(18) /* ID registers */
#define HCR_TSC       BIT(19) /* SMC */
#define HCR_TIDCP     BIT(20) /* implementation defined registers */
#define HCR_TACR      BIT(21) /* ACTLR */
#define HCR_TSW       BIT(22) /* cache maintenance by set and way */
#define HCR_TGE       BIT(27)
#define HCR_RW        BIT(31) /* EL1 is AArch64 */
#define HCR_E2H       BIT(34)
#define HCR_TLOR      BIT(35) /* limited ordering regions */
#define HCR_TERR      BIT(36) /* RAS error records */
#define HCR_APK       BIT(40) /* do not trap pointer authentication keys */
#define HCR_API       BIT(41) /* nor its instructions */

/* CPTR_EL2; E2H = 0 */
#define CPTR_RES1  U64(0x22ff) /* bits 13, 9, 7:0; TZ (8) is separate */
#define CPTR_TZ    BIT(8)      /* SVE */
#define CPTR_TFP   BIT(10)
#define CPTR_TSM   BIT(12) /* SME */
#define CPTR_TTA   BIT(20) /* trace */
#define CPTR_TAM   BIT(30) /* activity monitors */
#define CPTR_TCPAC BIT(31)

/* MDCR_EL2 */
#define MDCR_HPMN  FIELD(4, 0)
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM   BIT(6)
#define MDCR_HPME  BIT(7)
#define MDCR_TDE   BIT(8)
#define MDCR_TDA   BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA  BIT(11)
#define MDCR_TPMS  BIT(14)
#define MDCR_TTRF  BIT(19)

/* CNTHCTL_EL2; E2H = 0 */
#define CNTHCTL_EL1PCTEN BIT(0) /* physical counter not trapped */
#define CNTHCTL_EL1PCEN  BIT(1) /* physical timer not trapped */

/* VTCR_EL2 */
#define VTCR_T0SZ       FIELD(5, 0)
#define VTCR_SL0        FIELD(7, 6)
#define VTCR_IRGN0_WBWA BIT(8)
#define VTCR_ORGN0_WBWA BIT(10)
#define VTCR_SH0_INNER  (BIT(12) | BIT(13))
#define VTCR_PS         FIELD(18, 16)
#define VTCR_RES1       BIT(31)

#define VTTBR_VMID FIELD(63, 48)

/* ESR_EL2, ESR_EL1 */
#define ESR_EC           FIELD(31, 26)
#define ESR_EC_SHIFT     26
#define ESR_IL           BIT(25)
#define ESR_ISS          FIELD(24, 0)
#define ESR_EC_UNKNOWN   0x00
#define ESR_EC_WFX       0x01
#define ESR_EC_FP        0x07 /* FP/SIMD, SVE by CPACR or CPTR */
#define ESR_EC_PAUTH     0x09
#define ESR_EC_LS64      0x0a
#define ESR_EC_BTI       0x0d
#define ESR_EC_ILLEGAL   0x0e
#define ESR_EC_HVC64     0x16
#define ESR_EC_SMC64     0x17
#define ESR_EC_MSR       0x18
#define ESR_EC_SVE       0x19
#define ESR_EC_ERET      0x1a
#define ESR_EC_SME       0x1d
#define ESR_EC_IABT_LOW  0x20
#define ESR_EC_IABT_SAME 0x21
#define ESR_EC_PC_ALIGN  0x22
#define ESR_EC_DABT_LOW  0x24
#define ESR_EC_DABT_SAME 0x25
#define ESR_EC_SP_ALIGN  0x26
#define ESR_EC_SERROR    0x2f
#define ESR_EC_BRK       0x3c

/* ESR.ISS of WFx */
#define WFX_TI FIELD(1, 0) /* 0 WFI, 1 WFE, 2 WFIT, 3 WFET */

/* ESR.ISS of HVC and SMC */
#define HVC_IMM FIELD(15, 0)

/* ESR.ISS of MSR, MRS and system instructions */
#define MSR_OP0  FIELD(21, 20)
#define MSR_OP2  FIELD(19, 17)
#define MSR_OP1  FIELD(16, 14)
#define MSR_CRN  FIELD(13, 10)
#define MSR_RT   FIELD(9, 5)
#define MSR_CRM  FIELD(4, 1)
#define MSR_READ BIT(0)

/* ESR.ISS of instruction and data aborts */
#define DABT_ISV   BIT(24)       /* SAS..SF below are valid */
#define DABT_SAS   FIELD(23, 22) /* log2 of the width in bytes */
#define DABT_SSE   BIT(21)       /* sign-extend the loaded value */
#define DABT_SRT   FIELD(20, 16) /* transfer register, 31 is XZR */
#define DABT_SF    BIT(15)       /* register is 64 bits wide */
#define DABT_VNCR  BIT(13)
#define DABT_FNV   BIT(10) /* FAR_EL2 not valid */
#define DABT_EA    BIT(9)
#define DABT_CM    BIT(8) /* cache maintenance */
#define DABT_S1PTW BIT(7) /* on a stage-1 table walk */
#define DABT_WNR   BIT(6) /* write, not read */
#define DABT_DFSC  FIELD(5, 0)

#define FSC_TYPE            0x3c /* DFSC without the level */
#define FSC_TRANSLATION     0x04
#define FSC_ACCESS_FLAG     0x08
#define FSC_PERMISSION      0x0c
#define FSC_SEA             0x10 /* synchronous external abort */
#define FSC_SEA_WALK(level) (0x14 + (level))
#define FSC_ALIGNMENT       0x21

/* HPFAR_EL2: bits 47:12 of the faulting IPA at 39:4 */
#define HPFAR_FIPA FIELD(43, 4)

/* PSTATE as SPSR has it */
#define PSTATE_SP     BIT(0)
#define PSTATE_EL     FIELD(3, 2)
#define PSTATE_EL1H   U64(0x5)
#define PSTATE_EL2H   U64(0x9)
#define PSTATE_MODE   FIELD(3, 0)
#define PSTATE_AA32   BIT(4)
#define PSTATE_F      BIT(6)
#define PSTATE_I      BIT(7)
#define PSTATE_A      BIT(8)
#define PSTATE_D      BIT(9)
#define PSTATE_DAIF   FIELD(9, 6)
#define PSTATE_BTYPE  FIELD(11, 10)
#define PSTATE_SSBS   BIT(12)
#define PSTATE_ALLINT BIT(13)
#define PSTATE_IL     BIT(20)
#define PSTATE_SS     BIT(21)
#define PSTATE_PAN    BIT(22)
#define PSTATE_UAO    BIT(23)
#define PSTATE_DIT    BIT(24)
#define PSTATE_TCO    BIT(25)
#define PSTATE_NZCV   FIELD(31, 28)

/* SCTLR_EL1: data are big-endian at EL0, at EL1 */
#define SCTLR_EL1_E0E BIT(24)
#define SCTLR_EL1_EE  BIT(25)

/* SCTLR_EL1, what taking an exception to EL1 looks at */
#define SCTLR_EL1_SPAN  BIT(23) /* leave PSTATE.PAN alone */
#define SCTLR_EL1_DSSBS BIT(44)

/* MPIDR_EL1 */
#define MPIDR_AFF  U64(0xff00ffffff)
#define MPIDR_RES1 BIT(31)

/* ID registers */
#define ID_AA64MMFR0_PARANGE  FIELD(3, 0)
#define ID_AA64MMFR1_VMIDBITS FIELD(7, 4)
#define ID_AA64MMFR1_PAN      FIELD(23, 20)
#define ID_AA64MMFR1_XNX      FIELD(31, 28)
#define ID_AA64PFR0_GIC       FIELD(27, 24)
#define ID_AA64PFR0_RAS       FIELD(31, 28)
#define ID_AA64PFR0_SVE       FIELD(35, 32)
#define ID_AA64PFR0_AMU       FIELD(47, 44)
#define ID_AA64PFR1_MTE       FIELD(11, 8)
#define ID_AA64PFR1_SME       FIELD(27, 24)
#define ID_AA64ISAR0_RNDR     FIELD(63, 60)
#define ID_AA64DFR0_PMUVER    FIELD(11, 8)
#define ID_AA64DFR0_PMSVER    FIELD(35, 32)
#define ID_AA64DFR0_TRACEFILT FIELD(43, 40)
#define ID_AA64DFR0_BRPS      FIELD(15, 12)
#define ID_AA64DFR0_WRPS      FIELD(23, 20)

#endif
