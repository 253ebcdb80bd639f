/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction-specific syndrome of a data abort.
 *
 * Source: Arm ARM, "ISS encoding for an exception from a Data Abort".
 */
#ifndef ARM64_ISS_H
#define ARM64_ISS_H

#include <arm64/bits.h>

#define ISS_DA_ISV   BIT(24)       /* SAS, SSE, SRT, SF and AR are valid */
#define ISS_DA_SAS   FIELD(23, 22) /* log2 of the bytes */
#define ISS_DA_SSE   BIT(21)       /* sign-extend */
#define ISS_DA_SRT   FIELD(20, 16) /* register, 31: zero */
#define ISS_DA_SF    BIT(15)       /* it is an X register */
#define ISS_DA_CM    BIT(8)        /* cache maintenance */
#define ISS_DA_S1PTW BIT(7)        /* the fault was on a stage-1 walk */
#define ISS_DA_WNR   BIT(6)        /* write */
#define ISS_DA_DFSC  FIELD(5, 0)

#endif
