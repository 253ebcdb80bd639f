/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device tree says about this machine. */
#ifndef RT_DT_H
#define RT_DT_H

#include <stdbool.h>
#include <stdint.h>

struct dt_range {
	uint64_t base, size; /* bytes; size 0: not there */
};

/** rt's own packed copy, for libfdt. */
const void *dt(void);

/** Range @index of the "reg" of @node. */
struct dt_range dt_reg(int node, unsigned index);

/** The first node with this compatible string, or negative. */
int dt_find(const char *compatible);

/* A device of the machine that the resource manager has given to this VM. */
struct dt_device {
	struct dt_range reg;
	unsigned intid;    /* here */
	unsigned physical; /* in the machine */
};

/** The first one. @return false: there is none */
bool dt_device(struct dt_device *device);

/** RAM, first range. */
struct dt_range dt_ram(void);

/** VMID from /hypervisor; 0 when there is no such node. */
unsigned dt_vmid(void);

/** True when there is a /hypervisor node. */
bool dt_has_hypervisor(void);

/** PSCI by SMC instead of HVC. */
bool dt_psci_by_smc(void);

/**
 * Value of "key=value" in /chosen bootargs.
 * @return  NUL-ended, valid until the next call; NULL: no such key
 */
const char *dt_bootarg(const char *key);

/** The same as a number (decimal or 0x...), @fallback when not there. */
uint64_t dt_bootarg_number(const char *key, uint64_t fallback);

/** For rt itself. */
void dt_init(void *blob);

#endif
