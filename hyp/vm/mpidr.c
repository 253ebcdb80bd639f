/* SPDX-License-Identifier: BSD-2-Clause */
/* Which vCPU has which affinity. */
#include <stddef.h>

#include <arm64/sysreg.h>

#include "vm/vcpu.h"
#include "vm/vm.h"

#define MPIDR_MT BIT(24)

/* Where MPIDR_EL1 has Aff0 to Aff3. */
static const uint8_t at[4] = { 0, 8, 16, 32 };

uint64_t vm_mpidr_of(const struct vm *vm, uint32_t index)
{
	uint64_t mpidr = MPIDR_RES1 | (vm->mpidr.is_mt ? MPIDR_MT : 0);

	for (unsigned n = 0; n < 4; n++) {
		uint64_t aff = index >> vm->mpidr.shift[n];

		mpidr |= (aff << at[n]) & vm->mpidr.mask & U64(0xff) << at[n];
	}
	return mpidr;
}

enum err vm_set_mpidr_map(struct vm *vm, const struct mpidr_map *map)
{
	enum err err = ERR_OK;

	spin_lock(&vm->lock);
	if (vm->vcpu_count != 0) {
		err = ERR_BUSY;
	} else {
		vm->mpidr = *map;
	}
	spin_unlock(&vm->lock);
	return err;
}

bool mpidr_map_is_good(const struct mpidr_map *map, uint32_t vcpus)
{
	uint32_t seen = 0;

	for (unsigned n = 0; n < 4; n++) {
		uint32_t aff = (uint32_t)(map->mask >> at[n]) & 0xff;

		if (map->shift[n] > 31) {
			return false;
		}
		seen |= aff << map->shift[n];
	}
	/* Every bit an index can have is somewhere in the affinity. */
	for (uint32_t bit = 1; bit < vcpus; bit <<= 1) {
		if ((seen & bit) == 0) {
			return false;
		}
	}
	return (map->mask & ~MPIDR_AFF) == 0;
}

struct vcpu *vcpu_by_mpidr_locked(struct vm *vm, uint64_t mpidr)
{
	/* By sixteens, as nearly always: at once. */
	uint64_t guess = (mpidr & 0xf) | (mpidr & 0xf00) >> 4;

	assert_locked(&vm->lock);
	if (guess < vm->vcpu_count && vm->vcpu[guess] != NULL &&
	    (vm->vcpu[guess]->vmpidr & MPIDR_AFF) == mpidr) {
		return vm->vcpu[guess];
	}
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		if (vm->vcpu[i] != NULL &&
		    (vm->vcpu[i]->vmpidr & MPIDR_AFF) == mpidr) {
			return vm->vcpu[i];
		}
	}
	return NULL;
}
