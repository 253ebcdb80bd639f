/* SPDX-License-Identifier: BSD-2-Clause */
#include "image.h"

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

/* "System V ABI", ELF header and program header; newlib has no <elf.h>. */
struct elf_header {
	uint8_t ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
_Static_assert(sizeof(struct elf_header) == 64, "as in the file");

struct elf_segment {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
_Static_assert(sizeof(struct elf_segment) == 56, "as in the file");

#define ELF_MAGIC \
	"\x7f"    \
	"ELF"
#define ELF_CLASS   4 /* index of ident */
#define ELF_DATA    5
#define ELF_64      2
#define ELF_LITTLE  1
#define ELF_EXEC    2
#define ELF_DYN     3
#define ELF_AARCH64 183
#define ELF_LOAD    1

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

static const char *add_segment(const struct elf_segment *ph, size_t len,
                               uint64_t ram_base, uint64_t ram_size,
                               struct image_plan *plan)
{
	struct image_part *part = &plan->part[plan->part_count];

	if (ph->memsz == 0) {
		return NULL;
	}
	if (plan->part_count == IMAGE_PARTS_MAX) {
		return "the ELF has too many segments";
	}
	if (!fits(ph->offset, ph->filesz, len)) {
		return "an ELF segment lies outside the file";
	}
	if (ph->filesz > ph->memsz) {
		return "an ELF segment is larger in the file than in memory";
	}
	if (ph->paddr < ram_base ||
	    !fits(ph->paddr - ram_base, ph->memsz, ram_size)) {
		return "an ELF segment lies outside RAM";
	}
	*part = (struct image_part){ ph->offset, ph->paddr - ram_base,
		                     ph->filesz, ph->memsz };
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
	struct elf_header eh;

	if (len < sizeof(eh)) {
		return "the ELF header is cut off";
	}
	memcpy(&eh, image, sizeof(eh));
	if (eh.ident[ELF_CLASS] != ELF_64 || eh.ident[ELF_DATA] != ELF_LITTLE ||
	    eh.machine != ELF_AARCH64) {
		return "the ELF is not for little-endian AArch64";
	}
	if (eh.type != ELF_EXEC && eh.type != ELF_DYN) {
		return "the ELF is not an executable";
	}
	if (eh.phentsize != sizeof(struct elf_segment) ||
	    !fits(eh.phoff, (uint64_t)eh.phnum * sizeof(struct elf_segment),
	          len)) {
		return "the ELF's program headers lie outside the file";
	}
	plan->kind = IMAGE_ELF;
	for (unsigned i = 0; i < eh.phnum; i++) {
		const char *wrong;
		struct elf_segment ph;

		memcpy(&ph, image + eh.phoff + i * sizeof(ph), sizeof(ph));
		if (ph.type != ELF_LOAD) {
			continue;
		}
		wrong = add_segment(&ph, len, ram_base, ram_size, plan);
		if (wrong != NULL) {
			return wrong;
		}
	}
	plan->entry = eh.entry - ram_base;
	if (eh.entry < ram_base || eh.entry % 4 != 0 ||
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
	if (len >= 4 && memcmp(image, ELF_MAGIC, 4) == 0) {
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
