/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls about the hypervisor itself. */
#ifndef CALL_HVC_BASIC_H
#define CALL_HVC_BASIC_H

#include "call/hvc.h"

/* CNTPCT_EL0 at the first instruction of each; set by boot. */
struct boot_ticks {
	uint64_t firmware, hyp, guest;
};

extern struct boot_ticks boot_ticks;

hvc_fn hvc_identify;  /* () -> info, flags, flags, flags */
hvc_fn hvc_boot_info; /* () -> firmware, hyp, guest */

#endif
