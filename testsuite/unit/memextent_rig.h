/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two address spaces and an extent with all RAM, on the real stage-2 tables and
 * the real page ownership, for the tests of vm/memextent and vm/memmap.
 */
#ifndef MEMEXTENT_RIG_H
#define MEMEXTENT_RIG_H

#include <stdbool.h>
#include <stdint.h>

#include "mem/owner.h"
#include "mem/stage2.h"
#include "vm/memextent.h"
#include "vm/vm.h"

#define LIMIT    (16u << 20)
#define RAM_BASE 0x40000000ull
#define RAM_SIZE (16u << 20)
#define FAR_BASE (1ull << 41) /* registers, more than an IPA space */
#define FAR_SIZE ((1ull << 40) + BLOCK2_SIZE)
#define RWX      7u
#define ALL_RWX  (RWX | RWX << 4 | 0xfull << 16)
#define SPARSE   (1ull << 16)

struct memextent_rig {
	struct addrspace *vm1;
	struct addrspace *vm2;
	struct memextent *pool; /* all RAM, sparse */
	int vms;                /* that there are */
	unsigned pieces;        /* of the last call that was made */
	unsigned zeroed[RAM_SIZE / PAGE_SIZE]; /* how often each page was */
};

extern struct memextent_rig rig;

/** A new machine. */
void rig_set_up(void *unused);

/** Everything away. @return whether the machine is as before rig_set_up */
bool rig_all_gone(void);

struct object *rig_make(enum obj_type type);

/** An active address space. */
struct addrspace *rig_make_space(unsigned vmid);

/** An active extent of pages of @from. */
struct memextent *rig_derive(struct memextent *from, uint64_t off,
                             uint64_t size, uint64_t attrs);
bool rig_drop(struct memextent *me);

/* As a hypercall, which is made again until it is over. */
enum err rig_map_all(const struct map_request *req);
enum err rig_unmap_all(const struct map_request *req);
enum err rig_protect_all(const struct map_request *req);

/* The same: all of @me, or @size bytes of it from @off on, at @at. */
enum err rig_map(struct memextent *me, struct addrspace *as, uint64_t at);
enum err rig_map_part(struct memextent *me, struct addrspace *as, uint64_t at,
                      uint64_t off, uint64_t size);
enum err rig_unmap_part(struct memextent *me, struct addrspace *as, uint64_t at,
                        uint64_t off, uint64_t size);
enum err rig_protect(struct memextent *me, struct addrspace *as, uint64_t at,
                     uint64_t attrs);

/** The physical address @as has at @at, or 0. */
uint64_t rig_seen(struct addrspace *as, uint64_t at);

enum owner_state rig_state_of(uint64_t phys);

/** Do the tables of both spaces and the ownership of pages agree? */
bool rig_audit(void);

#endif
