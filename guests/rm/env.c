/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/env.h"

#include <abi/bundle.h>
#include <abi/root_env.h>
#include <libfdt.h>
#include <stdio.h>

#include "rt/hv.h"
#include "rt/mmu.h"

struct env env;

static const uint8_t *bundle;

/* First the registers, then the interrupt. */
static void take_device(const struct hv *entry)
{
	struct env_device *d = &env.device[env.device_count];

	if (env.device_count == ENV_DEVICES_MAX) {
		return;
	}
	if (entry->out[0] == ROOT_ENV_DEVICE) {
		d->cap = entry->out[1];
		d->base = entry->out[2];
		d->size = entry->out[3];
	} else {
		d->hwirq = entry->out[1];
		d->intid = (uint32_t)entry->out[2];
		d->is_edge = entry->out[3] != 0;
		env.device_count++;
	}
}

static void take(const struct hv *entry)
{
	uint64_t cap = entry->out[1];

	switch ((enum root_env_kind)entry->out[0]) {
	case ROOT_ENV_PARTITION:
		env.partition = cap;
		break;
	case ROOT_ENV_CSPACE:
		env.cspace = cap;
		break;
	case ROOT_ENV_ADDRSPACE:
		env.addrspace = cap;
		break;
	case ROOT_ENV_VIC:
		env.vic = cap;
		break;
	case ROOT_ENV_FREE_RAM:
		ram_add_bank(&env.ram, cap, entry->out[2], entry->out[3]);
		break;
	case ROOT_ENV_BUNDLE:
		env.bundle = cap;
		env.bundle_size = entry->out[3];
		break;
	case ROOT_ENV_MACHINE:
		env.cpu_count = (unsigned)entry->out[2];
		break;
	case ROOT_ENV_THREAD:
		env.thread = entry->out[2] == 0 ? cap : env.thread;
		break;
	case ROOT_ENV_DEVICE:
	case ROOT_ENV_HWIRQ:
		take_device(entry);
		break;
	case ROOT_ENV_OWN_RAM:
		break; /* of no use to us */
	}
}

const char *env_read(void)
{
	for (uint64_t i = 0;; i++) {
		struct hv entry = HV(TS_ROOT_ENV, i);

		if (entry.err != HV_OK) {
			break;
		}
		take(&entry);
	}
	if (env.partition == 0 || env.cspace == 0 || env.addrspace == 0 ||
	    env.vic == 0) {
		return "the hypervisor gave no capabilities: not the root VM?";
	}
	return NULL;
}

/* The extent is page-aligned outwards: the tree begins in its first page. */
static const uint8_t *find_tree(const uint8_t *page, uint64_t size)
{
	for (uint64_t at = 0; at < PAGE_SIZE && at < size; at += 8) {
		if (fdt_check_header(page + at) == 0 &&
		    fdt_totalsize(page + at) <= size - at) {
			return page + at;
		}
	}
	return NULL;
}

const char *env_open_bundle(void)
{
	if (env.bundle == 0 ||
	    HV(ADDRSPACE_MAP, env.addrspace, env.bundle, ENV_BUNDLE_IPA, MAP_R)
	                    .err != HV_OK) {
		return "there is no bundle";
	}
	mmu_map(ENV_BUNDLE_IPA, ENV_BUNDLE_IPA, env.bundle_size,
	        MMU_NORMAL | MMU_RO);
	bundle = find_tree((const uint8_t *)(uintptr_t)ENV_BUNDLE_IPA,
	                   env.bundle_size);
	return bundle != NULL ? NULL : "the bundle is no image tree";
}

uint64_t env_bundle_offset(size_t *size)
{
	*size = fdt_totalsize(bundle);
	return (uint64_t)(uintptr_t)bundle - ENV_BUNDLE_IPA;
}

const void *env_image(const char *name, size_t *len)
{
	char path[64];
	const void *data;
	int size;

	snprintf(path, sizeof(path), BUNDLE_IMAGES "/%s", name);
	data = fdt_getprop(bundle, fdt_path_offset(bundle, path), BUNDLE_DATA,
	                   &size);
	if (data != NULL) {
		*len = (size_t)size;
	}
	return data;
}

const uint8_t *env_image_hash(const char *name)
{
	char path[64];
	const void *hash;
	int size;

	snprintf(path, sizeof(path), BUNDLE_IMAGES "/%s/" BUNDLE_HASH_NODE,
	         name);
	hash = fdt_getprop(bundle, fdt_path_offset(bundle, path), "value",
	                   &size);
	return hash != NULL && size == BUNDLE_HASH_BYTES ? hash : NULL;
}

#define MAP_PARTIAL   0x1ull
#define MODIFY_FLUSH  0x3ull
#define MODIFY_NOSYNC 0x80000000ull

/*
 * Always the same few places, one at a time.  Our own table has whole blocks
 * there, so that it does not grow with the sizes others choose; what may be
 * seen of them says stage 2.
 */
static uint64_t place_of(uint64_t offset)
{
	return ENV_WINDOW_IPA + offset % BLOCK_SIZE;
}

/* Bytes from the first place to behind the last block of [at, at + size). */
static uint64_t blocks_of(uint64_t at, uint64_t size)
{
	return (at - ENV_WINDOW_IPA + size + BLOCK_SIZE - 1) &
	       ~(BLOCK_SIZE - 1);
}

void *env_open_window(uint64_t cap, uint64_t offset, uint64_t size)
{
	uint64_t at = place_of(offset);

	if (HV(ADDRSPACE_MAP, env.addrspace, cap, at, MAP_RW, MAP_PARTIAL,
	       offset, size)
	            .err != HV_OK) {
		return NULL;
	}
	mmu_map(ENV_WINDOW_IPA, ENV_WINDOW_IPA, blocks_of(at, size),
	        MMU_NORMAL);
	return (void *)(uintptr_t)at;
}

void env_close_window(uint64_t cap, uint64_t offset, uint64_t size)
{
	uint64_t at = place_of(offset);

	mmu_unmap(ENV_WINDOW_IPA, blocks_of(at, size));
	/* A VM begins with its caches off: it must find what we wrote. */
	HV(MEMEXTENT_MODIFY, cap, MODIFY_FLUSH | MODIFY_NOSYNC, offset, size);
	HV(ADDRSPACE_UNMAP, env.addrspace, cap, at, MAP_PARTIAL, offset, size);
}

void env_random(uint64_t *word, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct hv r = HV(PRNG_GET_ENTROPY, sizeof(word[0]));

		word[i] = r.err == HV_OK ? r.out[0] | r.out[1] << 32 : 0;
	}
}
