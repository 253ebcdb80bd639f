/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of hvc_blocks share. */
#ifndef TINY_HVC_BLOCKS_H
#define TINY_HVC_BLOCKS_H

#include "ours.h"

/* hvc_blocks_giga.c: instead of the rest, on a machine with that much RAM. */
void gigabyte(void);

#endif
