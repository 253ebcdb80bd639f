/* SPDX-License-Identifier: BSD-2-Clause */
/* The data page of the VMs of lab.c: words, and offsets of areas in it. */
#ifndef TINY_LAB_H
#define TINY_LAB_H

#define LAB_SEED    0
#define LAB_READY   1
#define LAB_ROUNDS  2
#define LAB_WRONG   3
#define LAB_FIRST   4
#define LAB_FPSTATE 5

#define LAB_IN  0x400 /* 512 bytes each */
#define LAB_OUT 0x600
#define LAB_NOW 0x800

#define LAB_RANDOM_AT   0x100 /* in the code page */
#define LAB_RANDOM_SIZE 0x600

#endif
