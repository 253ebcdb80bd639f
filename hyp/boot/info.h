/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot block of the firmware, copied and checked. */
#ifndef BOOT_INFO_H
#define BOOT_INFO_H

#include <abi/boot.h>

extern struct boot_info boot_info;

/**
 * Copy the block at physical @from and check all of it that is used.
 *
 * @return  NULL, or what is wrong with it
 */
const char *boot_info_take(uint64_t from);

#endif
