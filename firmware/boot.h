/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot proper: from a checked bundle to the hypervisor. */
#ifndef FIRMWARE_BOOT_H
#define FIRMWARE_BOOT_H

#include "bundle.h"
#include "layout.h"
#include "platform.h"

/*
 * Places hypervisor and root VM in what @layout leaves free and jumps to the
 * hypervisor (abi/boot.h).  Ends in fatal() when something does not fit.
 * @first_ticks: CNTPCT_EL0 at the firmware's first instruction.
 */
_Noreturn void boot(const struct platform *platform,
                    const struct bundle *bundle, struct layout *layout,
                    uint64_t first_ticks);

#endif
