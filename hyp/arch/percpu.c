/* SPDX-License-Identifier: BSD-2-Clause */
/* The per-CPU table, and what assembly believes about it. */
#include "arch/percpu.h"

#include <assert.h>
#include <stddef.h>

struct percpu percpu_table[CPUS_MAX];

static_assert(offsetof(struct percpu, vcpu) == PERCPU_VCPU, "vectors.S");
static_assert(offsetof(struct percpu, stack_top) == PERCPU_STACK, "entry.S");
static_assert(offsetof(struct percpu, emergency_top) == PERCPU_EMERGENCY,
              "vectors.S");
