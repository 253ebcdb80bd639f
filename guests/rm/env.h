/* SPDX-License-Identifier: BSD-2-Clause */
/* What the resource manager was given at boot, and where it maps things. */
#ifndef RM_ENV_H
#define RM_ENV_H

#include <abi/boot.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rm/ram.h"

/* Places in the RM's own address space, far above RAM and devices. */
#define ENV_BUNDLE_IPA 0x800000000ull
#define ENV_WINDOW_IPA 0x900000000ull

/* Map attributes: access of users and of the kernel, write-back memory. */
#define MAP_R   0x0f0044ull
#define MAP_RW  0x0f0066ull
#define MAP_RWX 0x0f0077ull

/* The same for devices, nGnRE. */
#define MAP_DEVICE 0x010066ull

/* What memory extents allow. */
#define EXTENT_RWX    0x7ull
#define EXTENT_SPARSE 0x10000ull

/* A device of the machine that nothing here drives, and its SPI. */
#define ENV_DEVICES_MAX BOOT_DEVICES_MAX

struct env_device {
	uint64_t cap, base, size; /* its registers: extent, physical */
	uint64_t hwirq;
	uint32_t intid; /* physical */
	bool is_edge;
};

/* Capabilities, all masters, in the RM's capability space. */
struct env {
	uint64_t partition, cspace, addrspace, vic;
	uint64_t thread; /* our own first vCPU */
	uint64_t bundle, bundle_size;
	unsigned cpu_count;
	struct ram ram;
	struct env_device device[ENV_DEVICES_MAX];
	unsigned device_count;
};

extern struct env env;

/** Ask the hypervisor for all of it. @return NULL, or what is missing */
const char *env_read(void);

/** Map the bundle. @return NULL, or what is wrong with it */
const char *env_open_bundle(void);

/** Where the image tree lies inside the extent env.bundle. */
uint64_t env_bundle_offset(size_t *size);

/** Image @name of the bundle, read-only. @return NULL: there is none */
const void *env_image(const char *name, size_t *len);

/** Its SHA-256, which the firmware has compared. @return NULL: there is none */
const uint8_t *env_image_hash(const char *name);

/**
 * Map [offset, offset + size), whole pages, of the sparse extent @cap; one
 * window at a time.
 * @return NULL: the hypervisor refuses
 */
void *env_open_window(uint64_t cap, uint64_t offset, uint64_t size);

/** Unmap it again; what was written there reaches RAM itself. */
void env_close_window(uint64_t cap, uint64_t offset, uint64_t size);

/** Random words; zeros when the hypervisor has none to give. */
void env_random(uint64_t *word, unsigned count);

#endif
