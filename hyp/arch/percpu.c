/* SPDX-License-Identifier: BSD-2-Clause */
/* The per-CPU table, and what assembly believes about it. */
#include "arch/percpu.h"

#include <stddef.h>

struct percpu percpu_table[CPUS_MAX];

_Static_assert(offsetof(struct percpu, vcpu) == PERCPU_VCPU, "vectors.S");
_Static_assert(offsetof(struct percpu, stack_top) == PERCPU_STACK, "entry.S");
_Static_assert(offsetof(struct percpu, emergency_top) == PERCPU_EMERGENCY,
               "vectors.S");
