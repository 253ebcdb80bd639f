/* SPDX-License-Identifier: BSD-2-Clause */
/* The board smoke test: what the firmware does when it has nothing to boot. */
#ifndef FIRMWARE_SMOKE_H
#define FIRMWARE_SMOKE_H

#include <stdint.h>

#include "layout.h"
#include "platform.h"

/* Runs every test and reports by frames of source 00 (abi/frame.h). */
void smoke_test(const struct platform *platform, const struct layout *layout,
                const void *fdt);

/* For the files smoke_*.c only, from here on. */

enum verdict { SMOKE_PASS, SMOKE_FAIL, SMOKE_SKIP };

struct smoke {
	const struct platform *platform;
	const struct layout *layout;
	const void *fdt;
};

typedef enum verdict smoke_test_fn(const struct smoke *smoke);

smoke_test_fn smoke_entry_level, smoke_cpu_features, smoke_cpu_listed,
	smoke_tree, smoke_psci_version, smoke_cpus_on, smoke_ram_size,
	smoke_ram_address, smoke_ram_data, smoke_counter, smoke_timer,
	smoke_gic_dist, smoke_gic_redist, smoke_gic_timer_ppi, smoke_uart,
	smoke_sha256;

/* Keeps the reason, and returns the verdict. */
enum verdict smoke_fail(const char *file, unsigned line, const char *format,
                        ...) __attribute__((format(printf, 3, 4)));
enum verdict smoke_skip(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#define EXPECT(condition, ...)                                              \
	do {                                                                \
		if (!(condition)) {                                         \
			return smoke_fail(__FILE__, __LINE__, __VA_ARGS__); \
		}                                                           \
	} while (0)

/* Ticks of the counter in a number of milliseconds. */
uint64_t smoke_ticks(uint64_t milliseconds);

#endif
