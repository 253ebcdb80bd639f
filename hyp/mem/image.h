/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols of the linker script and of entry.S. */
#ifndef MEM_IMAGE_H
#define MEM_IMAGE_H

#include <stdint.h>

extern char image_text[];   /* RX, from here */
extern char image_rodata[]; /* R */
extern char image_data[];   /* RW */
extern char image_end[];    /* behind the BSS */

/* First-level table that entry.S made; [IMAGE_VA >> 39] maps the image. */
extern uint64_t boot_l0[];

#endif
