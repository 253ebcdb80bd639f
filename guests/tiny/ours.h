/* SPDX-License-Identifier: BSD-2-Clause */
/* For payloads that are the root VM: objects of its own, made and deleted. */
#ifndef TINY_OURS_H
#define TINY_OURS_H

#include <stdint.h>

#include "rt/hv.h"
#include "rt/hv_root.h"

/** Our capabilities; hv_root_env(&root) comes first. */
extern struct hv_root root;

/** A new object of ours, HVC_PARTITION_CREATE_*; 0: refused. */
uint64_t create(unsigned number);

/** Delete a capability of ours. @return the error */
int64_t drop(uint64_t cap);

/** Activate an object of ours. @return the error */
int64_t activate(uint64_t cap);

#endif
