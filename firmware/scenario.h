/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware needs of a scenario (docs/scenarios.md). */
#ifndef FIRMWARE_SCENARIO_H
#define FIRMWARE_SCENARIO_H

#include <stdint.h>

#include <abi/boot.h>

#include "bundle.h"

struct scenario {
	char root_name[BOOT_NAME_MAX];
	const char *root_image;
	const char *root_bootargs;
	uint32_t root_vcpus;
	uint32_t root_memory_mib;
	uint32_t hyp_memory_mib;
	char args[BOOT_ARGS_MAX]; /* hyp-args, and the mutant if there is one */
};

/*
 * Reads the scenario of a checked bundle; cpu_count is the number of vCPUs of
 * a resource manager that no node describes.  Ends in fatal() when a property
 * that the firmware needs makes no sense.
 */
void scenario_read(struct scenario *scenario, const struct image *image,
                   uint32_t cpu_count);

#endif
