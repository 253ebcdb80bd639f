/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The image of the hypervisor: RX, R, RW, each page aligned.
 *
 * It must fit into the one level-3 table that entry.S fills: 2 MiB.
 */
#include "mem/phys.h"

ENTRY(_start)

SECTIONS
{
	. = IMAGE_VA;
	image_text = .;
	.text : {
		KEEP(*(.text.head))
		KEEP(*(.text.vectors))
		*(.text .text.*)
	}
	. = ALIGN(PAGE_SIZE);
	image_rodata = .;
	.rodata : { *(.rodata .rodata.*) }
	. = ALIGN(PAGE_SIZE);
	image_data = .;
	.data : {
		*(.data .data.*)
		. = ALIGN(PAGE_SIZE);
	}
	image_load_end = .;
	.tables (NOLOAD) : { *(.tables) }
	.bss (NOLOAD) : {
		. = ALIGN(PAGE_SIZE);
		bss_start = .;
		*(.bss .bss.*)
		. = ALIGN(PAGE_SIZE);
		bss_end = .;
	}
	image_end = .;
	image_size = image_end - image_text;

	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) }

	ASSERT(image_size <= BLOCK2_SIZE, "one level-3 table")
	ASSERT((el2_vectors & 0x7ff) == 0, "VBAR_EL2")
}
