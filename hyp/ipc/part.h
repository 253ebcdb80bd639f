/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef IPC_PART_H
#define IPC_PART_H

#include "vm/part.h"

extern const struct vm_part ipc_part;

#endif
