// SPDX-License-Identifier: BSD-2-Clause
/* The smallest payload: it runs, prints, and reports. */
#include <stdio.h>

#include "greatest.h"
#include "rt/cpu.h"
#include "rt/dt.h"

/* Boot protocol: a guest finds its memory in its device tree. */
TEST memory_is_told_by_the_device_tree(void)
{
	struct dt_range ram = dt_ram();
	uint64_t here = (uint64_t)(uintptr_t)&ram;

	ASSERT_LT(ram.base, here);
	ASSERT_LT(here, ram.base + ram.size);
	PASS();
}

/* newlib works: heap, formatted output with every size of integer. */
TEST the_c_library_allocates_and_formats(void)
{
	char *text = malloc(64);

	ASSERT(text != NULL);
	snprintf(text, 64, "%d %lld %zu %#x %s", -1, 1ll << 40, sizeof(long),
	         0xbeefu, "end");
	ASSERT_STR_EQ("-1 1099511627776 8 0xbeef end", text);
	free(text);
	PASS();
}

/* "ISO C", memcpy, memmove, memset: every size, alignment and overlap. */
TEST the_c_library_moves_memory(void)
{
	static uint8_t place[400], want[400];

	for (size_t n = 0; n < 140; n++) {
		for (size_t to = 0; to < 100; to += 1 + n % 7) {
			for (size_t i = 0; i < sizeof(place); i++) {
				place[i] = (uint8_t)(i * 7 + n);
			}
			memcpy(want, place, sizeof(want));
			for (size_t i = 0; i < n; i++) {
				want[to + i] = place[50 + i];
			}
			memmove(place + to, place + 50, n);
			ASSERT_MEM_EQ(want, place, sizeof(want));
			memset(place + to, 0x5a, n);
			for (size_t i = 0; i < n; i++) {
				want[to + i] = 0x5a;
			}
			ASSERT_MEM_EQ(want, place, sizeof(want));
			memcpy(place + 250, want + to, n);
			ASSERT_MEM_EQ(want + to, place + 250, n);
			ASSERT_EQ((uint8_t)((250 + n) * 7 + n), place[250 + n]);
		}
	}
	PASS();
}

SUITE(hello)
{
	RUN_TEST(memory_is_told_by_the_device_tree);
	RUN_TEST(the_c_library_allocates_and_formats);
	RUN_TEST(the_c_library_moves_memory);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	printf("hello from EL1, vmid %u, cpu %lx\n", dt_vmid(),
	       (unsigned long)cpu_self()->mpidr);
	RUN_SUITE(hello);
	GREATEST_MAIN_END();
}
