/* SPDX-License-Identifier: BSD-2-Clause */
/* Between console.c (output) and console_rx.c (input); nobody else's. */
#ifndef VDEV_CONSOLE_WIRE_H
#define VDEV_CONSOLE_WIRE_H

#include "vdev/console.h"

/* The input lock also guards the table of streams. */
void console_input_lock(void);
void console_input_unlock(void);
void console_input_init(struct uart *port, uint16_t root_vmid);

/** The stream of a VMID below CONSOLE_VMIDS, or NULL. Input lock held. */
struct console_stream *console_find_locked(uint16_t vmid);

#endif
