/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv3 as software sees it: register offsets, fields, list registers.
 *
 * Names are those of the "Arm Generic Interrupt Controller Architecture
 * Specification, GIC architecture version 3 and version 4" (IHI 0069).
 */
#ifndef ARM64_GICV3_H
#define ARM64_GICV3_H

#include <arm64/bits.h>

/* INTIDs */
#define GIC_SGI_COUNT     16u
#define GIC_PRIVATE_COUNT 32u   /* SGIs and PPIs */
#define GIC_SPI_END       1020u /* the first INTID behind the SPIs */
#define GIC_INTID_NONE    1023u

/* Frames */
#define GICD_FRAME_SIZE  0x10000u
#define GICR_FRAMES_SIZE 0x20000u /* RD_base and SGI_base of one CPU */
#define GICR_SGI_OFFSET  0x10000u

/* Distributor; the register runs repeat in GICR's SGI frame */
#define GICD_CTLR        0x0000u
#define GICD_TYPER       0x0004u
#define GICD_IIDR        0x0008u
#define GICD_TYPER2      0x000cu
#define GICD_STATUSR     0x0010u
#define GICD_IGROUPR     0x0080u
#define GICD_ISENABLER   0x0100u
#define GICD_ICENABLER   0x0180u
#define GICD_ISPENDR     0x0200u
#define GICD_ICPENDR     0x0280u
#define GICD_ISACTIVER   0x0300u
#define GICD_ICACTIVER   0x0380u
#define GICD_IPRIORITYR  0x0400u
#define GICD_ICFGR       0x0c00u
#define GICD_IGRPMODR    0x0d00u
#define GICD_IROUTER     0x6000u
#define GIC_ID_REGISTERS 0xffd0u
#define GIC_PIDR2        0xffe8u

#define GICD_CTLR_GRP0  BIT(0)
#define GICD_CTLR_GRP1  BIT(1)
#define GICD_CTLR_ARE   BIT(4)
#define GICD_CTLR_DS    BIT(6)
#define GICD_CTLR_E1NWF BIT(7)
#define GICD_CTLR_RWP   BIT(31)

#define GICD_TYPER_LINES  FIELD(4, 0) /* 32 * (n + 1) INTIDs */
#define GICD_TYPER_IDBITS FIELD(23, 19)
#define GICD_TYPER_A3V    BIT(24)
#define GICD_TYPER_NO1N   BIT(25)

#define GICD_IROUTER_ANY BIT(31) /* Interrupt_Routing_Mode */
#define GICD_IROUTER_AFF U64(0xff00ffffff)

/* Redistributor, RD_base */
#define GICR_CTLR    0x0000u
#define GICR_IIDR    0x0004u
#define GICR_TYPER   0x0008u
#define GICR_STATUSR 0x0010u
#define GICR_WAKER   0x0014u

#define GICR_TYPER_LAST   BIT(4)
#define GICR_TYPER_NUMBER FIELD(23, 8)
#define GICR_TYPER_AFF    FIELD(63, 32)

#define GICR_WAKER_SLEEP  BIT(1) /* ProcessorSleep */
#define GICR_WAKER_ASLEEP BIT(2) /* ChildrenAsleep */

#define GIC_ARCH_V3 0x3bu /* PIDR2: ArchRev 3, JEDEC bit, Arm's code */

/* ICC_SGI0R_EL1, ICC_SGI1R_EL1, ICC_ASGI1R_EL1 */
#define SGIR_TARGETS FIELD(15, 0)
#define SGIR_AFF1    FIELD(23, 16)
#define SGIR_INTID   FIELD(27, 24)
#define SGIR_AFF2    FIELD(39, 32)
#define SGIR_ALL     BIT(40) /* Interrupt Routing Mode: all but self */
#define SGIR_RS      FIELD(47, 44)
#define SGIR_AFF3    FIELD(55, 48)

/* ICH_LR<n>_EL2 */
#define ICH_LR_VINTID  FIELD(31, 0)
#define ICH_LR_EOI     BIT(41) /* HW = 0: maintenance on deactivation */
#define ICH_LR_PINTID  FIELD(44, 32)
#define ICH_LR_PRIO    FIELD(55, 48)
#define ICH_LR_GROUP1  BIT(60)
#define ICH_LR_HW      BIT(61)
#define ICH_LR_PENDING BIT(62)
#define ICH_LR_ACTIVE  BIT(63)

/* ICH_HCR_EL2 */
#define ICH_HCR_EN       BIT(0)
#define ICH_HCR_UIE      BIT(1)
#define ICH_HCR_LRENPIE  BIT(2)
#define ICH_HCR_NPIE     BIT(3)
#define ICH_HCR_VGRP0EIE BIT(4)
#define ICH_HCR_VGRP0DIE BIT(5)
#define ICH_HCR_VGRP1EIE BIT(6)
#define ICH_HCR_VGRP1DIE BIT(7)
#define ICH_HCR_TALL0    BIT(11)
#define ICH_HCR_TALL1    BIT(12)
#define ICH_HCR_TDIR     BIT(14)
#define ICH_HCR_EOICOUNT FIELD(31, 27)

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0 BIT(0)
#define ICH_VMCR_VENG1 BIT(1)
#define ICH_VMCR_VEOIM BIT(9)
#define ICH_VMCR_VBPR1 FIELD(20, 18)
#define ICH_VMCR_VBPR0 FIELD(23, 21)
#define ICH_VMCR_VPMR  FIELD(31, 24)

/* ICH_VTR_EL2 */
#define ICH_VTR_LISTREGS FIELD(4, 0) /* minus one */
#define ICH_VTR_PREBITS  FIELD(28, 26)
#define ICH_VTR_PRIBITS  FIELD(31, 29)

/* ICH_MISR_EL2 */
#define ICH_MISR_EOI   BIT(0)
#define ICH_MISR_U     BIT(1)
#define ICH_MISR_LRENP BIT(2)
#define ICH_MISR_NP    BIT(3)
#define ICH_MISR_GRP0E BIT(4)
#define ICH_MISR_GRP0D BIT(5)
#define ICH_MISR_GRP1E BIT(6)
#define ICH_MISR_GRP1D BIT(7)

/* ICC_SRE_EL2 */
#define ICC_SRE_SRE    BIT(0)
#define ICC_SRE_DFB    BIT(1)
#define ICC_SRE_DIB    BIT(2)
#define ICC_SRE_ENABLE BIT(3)

#endif
