/* SPDX-License-Identifier: BSD-2-Clause */
/* For host tests, in place of hyp/arch/ich.h: a model of the registers. */
#ifndef ARCH_ICH_H
#define ARCH_ICH_H

#include <stdbool.h>
#include <stdint.h>

#include <arm64/gicv3.h>

#define ICH_LR_MAX 16u

uint64_t ich_read_lr(unsigned n);
void ich_write_lr(unsigned n, uint64_t value);
uint64_t ich_read_apr(unsigned group, unsigned n);
void ich_write_apr(unsigned group, unsigned n, uint64_t value);
uint64_t ich_read_elrsr(void);
uint64_t ich_read_eisr(void);
uint64_t ich_read_misr(void);
uint64_t ich_read_hcr(void);
void ich_write_hcr(uint64_t value);
uint64_t ich_read_vmcr(void);
void ich_write_vmcr(uint64_t value);
uint64_t ich_read_vtr(void);

#endif
