/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device registers: one load or store of exactly that width, in assembly, so
 * that a hypervisor that emulates the device always gets a valid syndrome.
 */
#ifndef RT_MMIO_H
#define RT_MMIO_H

#include <stdint.h>

static inline uint8_t mmio_read8(uint64_t at)
{
	uint32_t value;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return (uint8_t)value;
}

static inline uint16_t mmio_read16(uint64_t at)
{
	uint32_t value;

	__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return (uint16_t)value;
}

static inline uint32_t mmio_read32(uint64_t at)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline uint64_t mmio_read64(uint64_t at)
{
	uint64_t value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(at) : "memory");
	return value;
}

static inline void mmio_write8(uint64_t at, uint8_t value)
{
	__asm__ volatile("strb %w0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static inline void mmio_write16(uint64_t at, uint16_t value)
{
	__asm__ volatile("strh %w0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static inline void mmio_write32(uint64_t at, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(at) : "memory");
}

static inline void mmio_write64(uint64_t at, uint64_t value)
{
	__asm__ volatile("str %0, [%1]" ::"r"(value), "r"(at) : "memory");
}

#endif
