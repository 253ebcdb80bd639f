/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every VM has from this floor: a bus, a UART, a clock.
 *
 *     0x0900_0000  PL011   SPI 33
 *     0x0901_0000  PL031   SPI 34
 *
 * The addresses and INTIDs are those of QEMU's "virt".
 */
#ifndef VDEV_VDEV_H
#define VDEV_VDEV_H

#include "vdev/mmio.h"
#include "vdev/vpl011.h"
#include "vdev/vpl031.h"
#include "vm/part.h"

#define VDEV_UART_BASE  0x09000000
#define VDEV_UART_INTID 33
#define VDEV_RTC_BASE   0x09010000
#define VDEV_RTC_INTID  34

/* vm->console; vm->bus points into it. One page. */
struct console_vm {
	struct mmio_bus bus;
	struct vpl011 uart;
	struct vpl031 rtc;
};

/**
 * The bus and its first devices; vm->bus is there from here on.
 *
 * Parts that attach devices of their own come after this one.
 */
extern const struct vm_part vdev_part;

#endif
