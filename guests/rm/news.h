/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of the resource manager that tell of VMs: one for each record,
 * from the group of the VM's vCPUs.  It comes when a vCPU of a VM that is to
 * end has gone off, and when the last one has.
 */
#ifndef RM_NEWS_H
#define RM_NEWS_H

#include <stdbool.h>

#include "rm/vms.h"

/** Listen to @vm. @return the interrupt that its group has to raise */
unsigned news_open(const struct vm *vm);

/** Hear nothing of @vm any more. */
void news_close(const struct vm *vm);

/** Is there something to be looked at?  Asked once, the answer is no. */
bool news_take(const struct vm *vm);

#endif
