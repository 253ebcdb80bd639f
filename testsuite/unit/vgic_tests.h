/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of test_vgic share. */
#ifndef VGIC_TESTS_H
#define VGIC_TESTS_H

#include "vgic/state.h"
#include "vgic_rig.h"

#undef ASSERT
#include "greatest.h"

#define NONE 1023u
#define PRIO 0x80u

/** Before and after each test: two vCPUs, 64 SPIs, 4 list registers. */
void vgic_setup(void *unused);
void vgic_teardown(void *unused);

#endif
