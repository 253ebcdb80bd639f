/* SPDX-License-Identifier: BSD-2-Clause */
/* What the scenario asks of the resource manager (docs/scenarios.md). */
#ifndef RM_PLAN_H
#define RM_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_VMS_MAX  64
#define PLAN_NAME_MAX 32
#define PLAN_IRQS_MAX 4

/* What is done when a VM has ended. */
enum policy { POLICY_STOP, POLICY_RESTART, POLICY_END };

struct plan_vm {
	char name[PLAN_NAME_MAX];
	const char *image; /* in the scenario's tree, as bootargs */
	const char *bootargs;
	uint16_t vmid;
	uint32_t vcpus;
	uint32_t memory_mib;
	bool is_primary, has_watchdog;
	enum policy on_off, on_reset, on_crash;
	uint32_t launches;           /* at most; 0: no limit */
	uint32_t irq[PLAN_IRQS_MAX]; /* physical SPIs that it owns */
	unsigned irq_count;
};

struct plan {
	const char *mutant; /* a fault to be played, or "" */
	const char *images; /* names, each with its NUL: those that the primary
	                     * VM's VMs begin with */
	size_t images_len;
	unsigned vm_count;
	struct plan_vm vm[PLAN_VMS_MAX]; /* without the root VM */
};

/**
 * Read @scenario, a compiled tree that stays where it is.
 * @return NULL, or what is wrong, in words, valid until the next call
 */
const char *plan_read(struct plan *plan, const void *scenario);

#endif
