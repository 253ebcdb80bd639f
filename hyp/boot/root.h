/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_ROOT_H
#define BOOT_ROOT_H

/** Make the root VM from the boot block and power its first vCPU on. */
void root_start(void);

#endif
