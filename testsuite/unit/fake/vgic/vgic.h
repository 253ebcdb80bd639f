/* SPDX-License-Identifier: BSD-2-Clause */
/* For host tests, in place of hyp/vgic/vgic.h: what device models call. */
#ifndef VGIC_VGIC_H
#define VGIC_VGIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"

struct vm;

enum err vgic_set_level(struct vm *vm, uint32_t vcpu_index, uint32_t intid,
                        bool is_high);

#endif
