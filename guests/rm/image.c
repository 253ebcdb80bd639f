/* SPDX-License-Identifier: BSD-2-Clause */
#include "image.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

/* Header of an arm64 Image, all little-endian. */
struct arm64_header {
	uint32_t code0, code1;
	uint64_t text_offset; /* from a 2 MiB boundary */
	uint64_t image_size;  /* with BSS; 0 in very old kernels */
	uint64_t flags;       /* bit 0: big-endian */
	uint64_t reserved[3];
	uint32_t magic; /* "ARM\x64" */
	uint32_t pe_offset;
};
#define ARM64_MAGIC      0x644d5241u
#define ARM64_BIG_ENDIAN 1u
#define ARM64_ALIGN      (2ull << 20)

/* [at, at + size) lies inside [0, limit), and the sum does not wrap. */
static bool fits(uint64_t at, uint64_t size, uint64_t limit)
{
	return at <= limit && size <= limit - at;
}

static void one_part(struct image_plan *plan, uint64_t to, size_t len,
                     uint64_t size)
{
	plan->part_count = 1;
	plan->part[0] = (struct image_part){ 0, to, len, size };
	plan->entry = to;
	plan->end = to + size;
}

static const char *plan_raw(size_t len, uint64_t ram_size,
                            struct image_plan *plan)
{
	if (len == 0) {
		return "the image is empty";
	}
	if (!fits(IMAGE_RAW_OFFSET, len, ram_size)) {
		return "the image does not fit into RAM";
	}
	plan->kind = IMAGE_RAW;
	one_part(plan, IMAGE_RAW_OFFSET, len, len);
	return NULL;
}

static const char *plan_arm64(const struct arm64_header *h, size_t len,
                              uint64_t ram_base, uint64_t ram_size,
                              struct image_plan *plan)
{
	uint64_t size = h->image_size > len ? h->image_size : len;

	if (h->flags & ARM64_BIG_ENDIAN) {
		return "the Image is big-endian";
	}
	if (ram_base % ARM64_ALIGN != 0) {
		return "RAM does not begin at a 2 MiB boundary";
	}
	if (h->text_offset >= ARM64_ALIGN || h->text_offset % 4 != 0) {
		return "the Image's text_offset is not below 2 MiB";
	}
	if (!fits(h->text_offset, size, ram_size)) {
		return "the Image with its BSS does not fit into RAM";
	}
	plan->kind = IMAGE_ARM64;
	one_part(plan, h->text_offset, len, size);
	return NULL;
}

static const char *add_segment(const Elf64_Phdr *ph, size_t len,
                               uint64_t ram_base, uint64_t ram_size,
                               struct image_plan *plan)
{
	struct image_part *part = &plan->part[plan->part_count];

	if (ph->p_memsz == 0) {
		return NULL;
	}
	if (plan->part_count == IMAGE_PARTS_MAX) {
		return "the ELF has too many segments";
	}
	if (!fits(ph->p_offset, ph->p_filesz, len)) {
		return "an ELF segment lies outside the file";
	}
	if (ph->p_filesz > ph->p_memsz) {
		return "an ELF segment is larger in the file than in memory";
	}
	if (ph->p_paddr < ram_base ||
	    !fits(ph->p_paddr - ram_base, ph->p_memsz, ram_size)) {
		return "an ELF segment lies outside RAM";
	}
	*part = (struct image_part){ ph->p_offset, ph->p_paddr - ram_base,
		                     ph->p_filesz, ph->p_memsz };
	for (unsigned i = 0; i < plan->part_count; i++) {
		const struct image_part *other = &plan->part[i];

		if (part->to < other->to + other->size &&
		    other->to < part->to + part->size) {
			return "two ELF segments overlap";
		}
	}
	if (part->to + part->size > plan->end) {
		plan->end = part->to + part->size;
	}
	plan->part_count++;
	return NULL;
}

static bool has_code_at(const struct image_plan *plan, uint64_t entry)
{
	for (unsigned i = 0; i < plan->part_count; i++) {
		const struct image_part *p = &plan->part[i];

		if (entry >= p->to && fits(entry - p->to, 4, p->copied)) {
			return true;
		}
	}
	return false;
}

static const char *plan_elf(const uint8_t *image, size_t len, uint64_t ram_base,
                            uint64_t ram_size, struct image_plan *plan)
{
	Elf64_Ehdr eh;

	if (len < sizeof(eh)) {
		return "the ELF header is cut off";
	}
	memcpy(&eh, image, sizeof(eh));
	if (eh.e_ident[EI_CLASS] != ELFCLASS64 ||
	    eh.e_ident[EI_DATA] != ELFDATA2LSB || eh.e_machine != EM_AARCH64) {
		return "the ELF is not for little-endian AArch64";
	}
	if (eh.e_type != ET_EXEC && eh.e_type != ET_DYN) {
		return "the ELF is not an executable";
	}
	if (eh.e_phentsize != sizeof(Elf64_Phdr) ||
	    !fits(eh.e_phoff, (uint64_t)eh.e_phnum * sizeof(Elf64_Phdr), len)) {
		return "the ELF's program headers lie outside the file";
	}
	plan->kind = IMAGE_ELF;
	for (unsigned i = 0; i < eh.e_phnum; i++) {
		const char *wrong;
		Elf64_Phdr ph;

		memcpy(&ph, image + eh.e_phoff + i * sizeof(ph), sizeof(ph));
		if (ph.p_type != PT_LOAD) {
			continue;
		}
		wrong = add_segment(&ph, len, ram_base, ram_size, plan);
		if (wrong != NULL) {
			return wrong;
		}
	}
	plan->entry = eh.e_entry - ram_base;
	if (eh.e_entry < ram_base || eh.e_entry % 4 != 0 ||
	    !has_code_at(plan, plan->entry)) {
		return "the ELF's entry is not in its image";
	}
	return NULL;
}

const char *image_plan(const void *image, size_t len, uint64_t ram_base,
                       uint64_t ram_size, struct image_plan *plan)
{
	struct arm64_header h;

	memset(plan, 0, sizeof(*plan));
	if (len >= SELFMAG && memcmp(image, ELFMAG, SELFMAG) == 0) {
		return plan_elf(image, len, ram_base, ram_size, plan);
	}
	if (len >= sizeof(h)) {
		memcpy(&h, image, sizeof(h));
		if (h.magic == ARM64_MAGIC) {
			return plan_arm64(&h, len, ram_base, ram_size, plan);
		}
	}
	return plan_raw(len, ram_size, plan);
}

void image_load(const struct image_plan *plan, const void *image, void *ram)
{
	for (unsigned i = 0; i < plan->part_count; i++) {
		const struct image_part *p = &plan->part[i];
		uint8_t *to = (uint8_t *)ram + p->to;

		memcpy(to, (const uint8_t *)image + p->from, p->copied);
		memset(to + p->copied, 0, p->size - p->copied);
	}
}
