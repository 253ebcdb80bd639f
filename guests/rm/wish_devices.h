/* SPDX-License-Identifier: BSD-2-Clause */
/* The nodes below /gunyah-vm-config/vdevices. */
#ifndef RM_WISH_DEVICES_H
#define RM_WISH_DEVICES_H

#include "rm/wish.h"

/** @devices  the node whose children they are. See wish_read. */
enum rm_error wish_devices(const void *fdt, int devices, const struct vm *vm,
                           struct wish *wish);

#endif
