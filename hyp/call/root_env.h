/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot tells the root VM; read by TS_ROOT_ENV. */
#ifndef CALL_ROOT_ENV_H
#define CALL_ROOT_ENV_H

#include <stdint.h>

#include <abi/root_env.h>

/** One more row. Context: boot. */
void root_env_add(enum root_env_kind kind, uint64_t cap, uint64_t first,
                  uint64_t second);

#endif
