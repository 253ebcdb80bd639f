/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PrimeCell UART (PL011): registers and fields, for the driver and the model.
 *
 * Source: Arm PrimeCell UART (PL011) Technical Reference Manual, "Programmers
 * model".  The identification bytes are those of revision r1p3, as on QEMU's
 * "virt": its FIFOs are 16 deep.
 */
#ifndef ARM64_PL011_H
#define ARM64_PL011_H

/* Offsets in bytes. */
#define PL011_DR    0x000 /* data, with the errors of that character */
#define PL011_RSR   0x004 /* receive status; a write (ECR) clears it */
#define PL011_FR    0x018 /* flags */
#define PL011_ILPR  0x020 /* IrDA low-power counter */
#define PL011_IBRD  0x024 /* integer baud rate divisor */
#define PL011_FBRD  0x028 /* fractional baud rate divisor */
#define PL011_LCR_H 0x02c /* line control */
#define PL011_CR    0x030 /* control */
#define PL011_IFLS  0x034 /* interrupt FIFO levels */
#define PL011_IMSC  0x038 /* interrupt mask, 1: let through */
#define PL011_RIS   0x03c /* raw interrupt status */
#define PL011_MIS   0x040 /* RIS & IMSC */
#define PL011_ICR   0x044 /* interrupt clear */
#define PL011_DMACR 0x048 /* DMA control */
#define PL011_ID    0xfe0 /* PeriphID0..3, PCellID0..3, a word each */

#define PL011_FIFO_DEPTH 16
#define PL011_PERIPHID                                         \
	{                                                      \
		0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 \
	}

#define PL011_FR_BUSY (1u << 3)
#define PL011_FR_RXFE (1u << 4) /* receive FIFO empty */
#define PL011_FR_TXFF (1u << 5) /* transmit FIFO full */
#define PL011_FR_RXFF (1u << 6) /* receive FIFO full */
#define PL011_FR_TXFE (1u << 7) /* transmit FIFO empty */

#define PL011_LCR_H_FEN    (1u << 4) /* FIFOs on */
#define PL011_LCR_H_WLEN_8 (3u << 5)
#define PL011_LCR_H_MASK   0xffu

#define PL011_CR_UARTEN (1u << 0)
#define PL011_CR_LBE    (1u << 7) /* loop back */
#define PL011_CR_TXE    (1u << 8)
#define PL011_CR_RXE    (1u << 9)
#define PL011_CR_RESET  (PL011_CR_TXE | PL011_CR_RXE)
#define PL011_CR_MASK   0xff87u

#define PL011_IFLS_RX    0x38u /* 0: 1/8, 1: 1/4, 2: 1/2, 3: 3/4, 4: 7/8 */
#define PL011_IFLS_RESET 0x12u
#define PL011_IFLS_MASK  0x3fu

#define PL011_INT_RX   (1u << 4)
#define PL011_INT_TX   (1u << 5)
#define PL011_INT_RT   (1u << 6)  /* data waits, below the level */
#define PL011_INT_OE   (1u << 10) /* overrun */
#define PL011_INT_MASK 0x7ffu

#endif
