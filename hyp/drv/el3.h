/* SPDX-License-Identifier: BSD-2-Clause */
/* What EL2 asks of the firmware below it: PSCI, by SMC (or HVC). */
#ifndef DRV_EL3_H
#define DRV_EL3_H

#include <stdbool.h>
#include <stdint.h>
#include <stdnoreturn.h>

/** @by_hvc  the conduit is HVC: EL2 is not the highest below EL3 */
void el3_init(bool by_hvc);

/** A raw call. @return X0 */
int64_t el3_call(uint64_t id, uint64_t a, uint64_t b, uint64_t c);

/** Start a CPU at physical @entry_pa, MMU off, X0 = @context. @return PSCI result */
int64_t el3_cpu_on(uint64_t mpidr, uint64_t entry_pa, uint64_t context);

/** Power the machine off, or reset it. */
noreturn void el3_system_off(void);
noreturn void el3_system_reset(void);

#endif
