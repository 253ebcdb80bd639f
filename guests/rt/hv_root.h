/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For a payload that is the root VM: what it was given at boot
 * (<abi/root_env.h>), and the ledger (<abi/ledger.h>).
 */
#ifndef RT_HV_ROOT_H
#define RT_HV_ROOT_H

#include <abi/ledger.h>
#include <stdbool.h>
#include <stdint.h>

#define HV_RAM_MAX     12
#define HV_DEVICES_MAX 4

struct hv_extent {
	uint64_t cap;
	uint64_t base, size; /* physical, bytes */
};

/* A device of the machine that a VM may be given. */
struct hv_device {
	struct hv_extent extent;
	uint64_t hwirq;
	unsigned intid; /* the machine's, not that of a VM */
};

/* The root VM's capabilities. */
struct hv_root {
	uint64_t partition, partition_limit;
	uint64_t cspace, addrspace, vic;
	uint64_t thread[8];
	unsigned thread_count;
	struct hv_extent own, bundle;
	struct hv_extent ram[HV_RAM_MAX]; /* free, sparse extents */
	unsigned ram_count;
	struct hv_device device[HV_DEVICES_MAX];
	unsigned device_count;
};

/** Ask for all of it. @return false: we are not the root VM */
bool hv_root_env(struct hv_root *root);

/** Every counter of the ledger. @return false: we may not read it */
bool hv_ledger(uint64_t value[LEDGER_COUNT]);

/**
 * The first counter that differs, but for those that move by themselves.
 * @return  its name, or NULL
 */
const char *hv_ledger_difference(const uint64_t before[LEDGER_COUNT],
                                 const uint64_t after[LEDGER_COUNT]);

#endif
