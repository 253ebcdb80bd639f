/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the shell share. */
#ifndef VMM_SHELL_H
#define VMM_SHELL_H

#include "vmm/machine.h"

#define SHELL_SLOTS 4

extern struct machine shell_vms[SHELL_SLOTS]; /* VMID 0: a free slot */

void shell_ps(unsigned count, char **word);
void shell_mem(unsigned count, char **word);
void shell_ledger(unsigned count, char **word);

#endif
