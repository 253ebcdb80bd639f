/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Image loaders of the resource manager.
 * Promised by: Linux "booting.rst"; System V ABI, "Program Header".
 */
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/image.h"

#define RAM_BASE 0x40000000ull
#define RAM_SIZE (4ull << 20)
#define FILE_MAX 8192

static uint8_t file[FILE_MAX];
static uint8_t ram[RAM_SIZE];
static struct image_plan plan;

static const char *plan_it(size_t len)
{
	return image_plan(file, len, RAM_BASE, RAM_SIZE, &plan);
}

static void put64(size_t at, uint64_t value)
{
	memcpy(file + at, &value, 8);
}

static void make_arm64(uint64_t text_offset, uint64_t size, uint64_t flags)
{
	memset(file, 0x5a, sizeof(file));
	put64(8, text_offset);
	put64(16, size);
	put64(24, flags);
	memcpy(file + 0x38, "ARM\x64", 4);
}

static Elf64_Phdr *make_elf(unsigned segments)
{
	Elf64_Ehdr *eh = (void *)file;
	Elf64_Phdr *ph = (void *)(file + sizeof(*eh));

	memset(file, 0x77, sizeof(file));
	memset(eh, 0, sizeof(*eh));
	memcpy(eh->e_ident, ELFMAG, SELFMAG);
	eh->e_ident[EI_CLASS] = ELFCLASS64;
	eh->e_ident[EI_DATA] = ELFDATA2LSB;
	eh->e_type = ET_EXEC;
	eh->e_machine = EM_AARCH64;
	eh->e_phoff = sizeof(*eh);
	eh->e_phentsize = sizeof(*ph);
	eh->e_phnum = (uint16_t)segments;
	eh->e_entry = RAM_BASE + 0x1000;
	for (unsigned i = 0; i < segments; i++) {
		ph[i] = (Elf64_Phdr){ .p_type = PT_LOAD,
			              .p_offset = 0x800 + 0x100 * i,
			              .p_paddr = RAM_BASE + 0x1000 * (i + 1),
			              .p_filesz = 0x100,
			              .p_memsz = 0x200 };
	}
	return ph;
}

TEST c326_raw_images_go_512_kib_above_ram(void)
{
	memset(file, 1, sizeof(file));
	ASSERT_EQ(NULL, plan_it(100));
	ASSERT_EQ(IMAGE_RAW, plan.kind);
	ASSERT_EQ(0x80000, plan.entry);
	ASSERT_EQ(0x80000 + 100, plan.end);
	ASSERT_NEQ(NULL, plan_it(0));
	ASSERT_NEQ(NULL, image_plan(file, 100, RAM_BASE, 0x80000 + 99, &plan));
	PASS();
}

TEST c326_images_with_a_header_go_where_it_says(void)
{
	make_arm64(0x1000, 0x5000, 0);
	ASSERT_EQ(NULL, plan_it(FILE_MAX));
	ASSERT_EQ(IMAGE_ARM64, plan.kind);
	ASSERT_EQ(0x1000, plan.entry);
	ASSERT_EQ(0x6000, plan.end);
	memcpy(file, "MZ", 2); /* a PE header changes nothing */
	ASSERT_EQ(NULL, plan_it(FILE_MAX));
	ASSERT_EQ(0x1000, plan.entry);
	PASS();
}

TEST c273_lying_image_headers_are_refused(void)
{
	make_arm64(0x1000, 0x5000, 1);
	ASSERT_NEQ(NULL, plan_it(FILE_MAX));
	make_arm64(2 << 20, 0x5000, 0);
	ASSERT_NEQ(NULL, plan_it(FILE_MAX));
	make_arm64(2, 0x5000, 0);
	ASSERT_NEQ(NULL, plan_it(FILE_MAX));
	make_arm64(0x1000, RAM_SIZE, 0);
	ASSERT_NEQ(NULL, plan_it(FILE_MAX));
	make_arm64(0x1000, UINT64_MAX, 0);
	ASSERT_NEQ(NULL, plan_it(FILE_MAX));
	make_arm64(0x1000, 0x5000, 0);
	ASSERT_NEQ(NULL, image_plan(file, FILE_MAX, RAM_BASE + 0x1000, RAM_SIZE,
	                            &plan));
	PASS();
}

TEST c273_elf_segments_are_loaded_and_cleared(void)
{
	make_elf(2);
	ASSERT_EQ(NULL, plan_it(FILE_MAX));
	ASSERT_EQ(IMAGE_ELF, plan.kind);
	ASSERT_EQ(2, plan.part_count);
	ASSERT_EQ(0x1000, plan.entry);
	ASSERT_EQ(0x2200, plan.end);
	memset(ram, 0xee, sizeof(ram));
	image_load(&plan, file, ram);
	ASSERT_MEM_EQ(file + 0x900, ram + 0x2000, 0x100);
	ASSERT_EQ(0, ram[0x2100]);
	ASSERT_EQ(0, ram[0x21ff]);
	ASSERT_EQ(0xee, ram[0x2200]);
	ASSERT_EQ(0xee, ram[0xfff]);
	PASS();
}

TEST c273_lying_elf_headers_are_refused(void)
{
	Elf64_Ehdr *eh = (void *)file;
	Elf64_Phdr *ph;

#define REFUSED(change)                              \
	do {                                         \
		ph = make_elf(2);                    \
		(void)ph;                            \
		change;                              \
		ASSERT_NEQ(NULL, plan_it(FILE_MAX)); \
	} while (0)

	REFUSED(eh->e_machine = EM_X86_64);
	REFUSED(eh->e_ident[EI_CLASS] = ELFCLASS32);
	REFUSED(eh->e_type = ET_REL);
	REFUSED(eh->e_phentsize = 8);
	REFUSED(eh->e_phoff = UINT64_MAX - 8);
	REFUSED(eh->e_phnum = 60000);
	REFUSED(eh->e_entry = RAM_BASE - 4);
	REFUSED(eh->e_entry = RAM_BASE + 0x1002);
	REFUSED(eh->e_entry = RAM_BASE + 0x1100); /* in the BSS */
	REFUSED(ph[1].p_offset = UINT64_MAX);
	REFUSED(ph[1].p_filesz = 0x300);
	REFUSED(ph[1].p_memsz = UINT64_MAX);
	REFUSED(ph[1].p_paddr = RAM_BASE - 0x100);
	REFUSED(ph[1].p_paddr = RAM_BASE + RAM_SIZE - 0x100);
	REFUSED(ph[1].p_paddr = RAM_BASE + 0x1100); /* overlap */
	make_elf(IMAGE_PARTS_MAX + 1);
	ASSERT_NEQ(NULL, plan_it(FILE_MAX));
	make_elf(1);
	ASSERT_NEQ(NULL, plan_it(40));
	PASS();
}

/* Any header: a plan that is accepted writes inside RAM (the sanitizer
 * watches) and reads inside the file. */
TEST c273_random_headers_do_no_harm(void)
{
	unsigned seed = 7, accepted = 0;

	for (unsigned round = 0; round < 20000; round++) {
		unsigned flips = (unsigned)rand_r(&seed) % 4;

		if (round % 2) {
			make_elf(2);
		} else {
			make_arm64(0x1000, 0x5000, 0);
		}
		while (flips-- > 0) {
			file[(unsigned)rand_r(&seed) % 176] ^=
				(uint8_t)(1u << rand_r(&seed) % 8);
		}
		if (plan_it(FILE_MAX) == NULL) {
			accepted++;
			image_load(&plan, file, ram);
		}
	}
	ASSERT_GT(accepted, 1000u);
	PASS();
}

SUITE(image_suite)
{
	RUN_TEST(c326_raw_images_go_512_kib_above_ram);
	RUN_TEST(c326_images_with_a_header_go_where_it_says);
	RUN_TEST(c273_lying_image_headers_are_refused);
	RUN_TEST(c273_elf_segments_are_loaded_and_cleared);
	RUN_TEST(c273_lying_elf_headers_are_refused);
	RUN_TEST(c273_random_headers_do_no_harm);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(image_suite);
	GREATEST_MAIN_END();
}
