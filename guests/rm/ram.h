/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which RAM is whose: banks of free RAM, and what has been taken of them.
 *
 * Pure bookkeeping: offsets in banks.  First fit, so that a VM that comes
 * again gets the place it had before.
 */
#ifndef RM_RAM_H
#define RM_RAM_H

#include <stdbool.h>
#include <stdint.h>

#define RAM_BANKS_MAX 8
#define RAM_TAKEN_MAX 128
#define RAM_ALIGN     (2ull << 20) /* of physical addresses: whole blocks */

struct ram_place {
	unsigned bank;
	uint64_t offset; /* bytes, in the bank */
	uint64_t size;
};

struct ram {
	struct {
		uint64_t cap;  /* of its memory extent */
		uint64_t base; /* physical */
		uint64_t size;
	} bank[RAM_BANKS_MAX];
	unsigned bank_count;
	struct ram_place taken[RAM_TAKEN_MAX]; /* by bank, then offset */
	unsigned taken_count;
};

/** @return false: too many banks */
bool ram_add_bank(struct ram *ram, uint64_t cap, uint64_t base, uint64_t size);

/**
 * Take @size bytes (rounded up to pages) at a RAM_ALIGN boundary.
 * @return false: there is no such hole
 */
bool ram_take(struct ram *ram, uint64_t size, struct ram_place *place);

/** Give back what ram_take gave. @return false: that was not taken */
bool ram_give(struct ram *ram, const struct ram_place *place);

/** Bytes that nobody has. */
uint64_t ram_free(const struct ram *ram);

#endif
