/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: the object behind a VM.
 *
 * Activation makes the struct vm with its stage-2 table; vCPUs attach to it.
 * An address space does not keep the memory extents that are mapped in it, nor
 * they it: whichever dies first takes its mappings along.
 */
#ifndef VM_ADDRSPACE_H
#define VM_ADDRSPACE_H

#include "arch/spinlock.h"
#include "lib/list.h"
#include "mem/phys.h"
#include "obj/object.h"

#define ADDRSPACE_VMMIO_MAX 128 /* ranges */

/* What a VM costs its partition beside stage-2 tables, bytes. */
#define ADDRSPACE_VM_COST (16 * PAGE_SIZE)

struct vm;
struct vmmio_range;

struct addrspace {
	struct object obj;
	uint16_t vmid;              /* 0: not configured */
	uint16_t vmmio_count;       /* ranges; see vmmio_lock */
	uint32_t charged_pages;     /* stage-2 tables its partition pays for */
	struct vm *vm;              /* from activation on */
	uint32_t vic_count;         /* VICs attached: 0 or 1 */
	struct list mappings;       /* struct mapping.in_space */
	struct spinlock vmmio_lock; /* whoever faults reads the two */
	struct vmmio_range *vmmio;  /* ascending; NULL until the first */
};

extern const struct obj_ops addrspace_ops;

/**
 * Set the VMID of a space that is still INIT.
 * @return ERR_INVAL (not 1..255), ERR_STATE. Context: configuration lock.
 */
MUST_USE enum err addrspace_configure(struct addrspace *as, uint64_t vmid);

/**
 * Make an ACTIVE address space of a VM that exists already (the root VM).
 * Context: boot.
 */
void addrspace_adopt(struct addrspace *as, struct vm *vm);

/**
 * Pay in advance for the tables that mapping [at, at + len) to @to may need.
 * @return ERR_NOMEM: the partition cannot pay. Context: configuration lock.
 */
MUST_USE enum err addrspace_reserve(struct addrspace *as, ipa_t at, pa_t to,
                                    uint64_t len);

/** The same for @tables tables, to be split off blocks. */
MUST_USE enum err addrspace_reserve_tables(struct addrspace *as,
                                           uint32_t tables);

/** Pay for the tables there are, no more and no less. Context: the same. */
void addrspace_settle(struct addrspace *as);

/**
 * Let a VMM see faults in [at, at + size), or no longer.
 *
 * @return  ERR_OVERFLOW     wraps
 *          ERR_ADDR         beyond the IPA width
 *          ERR_INVAL        meets a range that is there; or is none of those
 *                           that are there
 *          ERR_NORESOURCES  ADDRSPACE_VMMIO_MAX ranges, or no memory
 * Context: configuration lock held.
 */
MUST_USE enum err addrspace_add_vmmio(struct addrspace *as, uint64_t at,
                                      uint64_t size);
MUST_USE enum err addrspace_remove_vmmio(struct addrspace *as, uint64_t at,
                                         uint64_t size);

/**
 * Would a VMM see a fault at @at?
 * Context: any; while that very range is added or removed, either answer.
 */
bool addrspace_is_vmmio(struct addrspace *as, ipa_t at);

#endif
