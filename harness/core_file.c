/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads physical memory from an ELF core, and walks VMSAv8-64 tables in it. */
#include "core_file.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESC_VALID   1u
#define DESC_TABLE   2u /* a table above level 3, a page at level 3 */
#define DESC_ADDRESS 0x0000fffffffff000ull

struct core_file {
	const struct ram *live; /* instead of a file: the machine itself */
	uint8_t *map;
	size_t size;
	struct segment {
		uint64_t pa, size;
		size_t offset;
	} * segment;
	size_t count;
};

static bool read_segments(struct core_file *core)
{
	Elf *elf = elf_memory((char *)core->map, core->size);
	size_t n;

	if (elf == NULL || elf_getphdrnum(elf, &n) != 0) {
		return false;
	}
	core->segment = calloc(n + 1, sizeof(*core->segment));
	for (size_t i = 0; core->segment != NULL && i < n; i++) {
		GElf_Phdr ph;

		if (gelf_getphdr(elf, (int)i, &ph) == NULL ||
		    ph.p_type != PT_LOAD ||
		    ph.p_offset + ph.p_filesz > core->size) {
			continue;
		}
		core->segment[core->count++] = (struct segment){
			.pa = ph.p_paddr,
			.size = ph.p_filesz,
			.offset = (size_t)ph.p_offset,
		};
	}
	elf_end(elf);
	return core->count > 0;
}

struct core_file *core_file_open(const char *path)
{
	struct core_file *core = calloc(1, sizeof(*core));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	if (core != NULL && fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		           0);
	}
	if (fd >= 0) {
		close(fd);
	}
	if (map == MAP_FAILED) {
		free(core);
		return NULL;
	}
	core->map = map;
	core->size = (size_t)st.st_size;
	elf_version(EV_CURRENT);
	if (!read_segments(core)) {
		core_file_close(core);
		return NULL;
	}
	return core;
}

struct core_file *core_file_live(const struct ram *ram)
{
	struct core_file *core = calloc(1, sizeof(*core));

	if (core != NULL) {
		core->live = ram;
	}
	return core;
}

void core_file_dig(const char *path)
{
	enum { BLOCK = 64 * 1024 };
	char *sparse = NULL;
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int to = -1;
	uint8_t *block = malloc(BLOCK);
	ssize_t n;
	off_t at = 0;
	bool ok = from >= 0 && block != NULL &&
	          asprintf(&sparse, "%s.sparse", path) > 0;

	if (ok) {
		to = open(sparse, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		          0666);
		ok = to >= 0;
	}
	while (ok && (n = read(from, block, BLOCK)) > 0) {
		/* Equal to itself one byte on, and the first is zero. */
		bool is_zero = block[0] == 0 &&
		               memcmp(block, block + 1, (size_t)n - 1) == 0;

		ok = is_zero || pwrite(to, block, (size_t)n, at) == n;
		at += n;
	}
	ok = ok && ftruncate(to, at) == 0;
	if (to >= 0 && (close(to) != 0 || !ok || rename(sparse, path) != 0)) {
		unlink(sparse);
	}
	if (from >= 0) {
		close(from);
	}
	free(sparse);
	free(block);
}

void core_file_close(struct core_file *core)
{
	if (core == NULL) {
		return;
	}
	if (core->map != NULL) {
		munmap(core->map, core->size);
	}
	free(core->segment);
	free(core);
}

bool core_file_read(const struct core_file *core, uint64_t pa, void *buf,
                    size_t len)
{
	if (core->live != NULL) {
		return ram_read(core->live, pa, buf, len);
	}
	for (size_t i = 0; i < core->count; i++) {
		const struct segment *s = &core->segment[i];

		if (pa >= s->pa && pa - s->pa < s->size &&
		    len <= s->size - (pa - s->pa)) {
			memcpy(buf, core->map + s->offset + (pa - s->pa), len);
			return true;
		}
	}
	return false;
}

/* With 4 KiB tables each level resolves 9 bits above the page's 12. */
static unsigned start_level(unsigned va_bits)
{
	return va_bits > 39 ? 0 : va_bits > 30 ? 1 : va_bits > 21 ? 2 : 3;
}

struct walk walk_el2(uint64_t ttbr, uint64_t tcr)
{
	unsigned bits = 64 - (unsigned)(tcr & 0x3f);

	return (struct walk){ ttbr & DESC_ADDRESS & ~1ull, bits,
		              start_level(bits), false, NULL };
}

struct walk walk_el1(uint64_t ttbr, uint64_t tcr, bool upper)
{
	unsigned bits = 64 - (unsigned)((upper ? tcr >> 16 : tcr) & 0x3f);

	return (struct walk){ ttbr & DESC_ADDRESS & ~1ull, bits,
		              start_level(bits), false, NULL };
}

struct walk walk_stage2(uint64_t vttbr, uint64_t vtcr)
{
	unsigned sl0 = (unsigned)(vtcr >> 6) & 3;

	/* VTCR_EL2.SL0 counts from level 2 upwards; tables of the first
	 * level may stand side by side, which the index below allows. */
	return (struct walk){ vttbr & DESC_ADDRESS & ~1ull,
		              64 - (unsigned)(vtcr & 0x3f), 2 - sl0, true,
		              NULL };
}

static bool read_entry(const struct core_file *core, const struct walk *w,
                       uint64_t at, uint64_t *desc)
{
	if (w->nested != NULL) {
		struct walk_leaf leaf;

		if (!walk_find(core, w->nested, at, &leaf)) {
			return false;
		}
		at = leaf.pa;
	}
	return core_file_read(core, at, desc, sizeof(*desc));
}

bool walk_find(const struct core_file *core, const struct walk *w, uint64_t va,
               struct walk_leaf *leaf)
{
	uint64_t table = w->table;

	if (w->va_bits < 64) {
		va &= (1ull << w->va_bits) - 1;
	}
	for (unsigned level = w->start; level <= 3; level++) {
		unsigned shift = 12 + 9 * (3 - level);
		uint64_t index = va >> shift;
		uint64_t desc;

		if (level != w->start) {
			index &= 511;
		}
		if (!read_entry(core, w, table + 8 * index, &desc) ||
		    !(desc & DESC_VALID)) {
			return false;
		}
		if (level < 3 && (desc & DESC_TABLE)) {
			table = desc & DESC_ADDRESS;
			continue;
		}
		if (level == 3 && !(desc & DESC_TABLE)) {
			return false; /* reserved encoding */
		}
		leaf->size = 1ull << shift;
		leaf->desc = desc;
		leaf->pa = (desc & DESC_ADDRESS & ~(leaf->size - 1)) |
		           (va & (leaf->size - 1));
		return true;
	}
	return false;
}

static void visit(const struct core_file *core, const struct walk *w,
                  uint64_t table, unsigned level, uint64_t base, walk_fn *fn,
                  void *ctx)
{
	unsigned shift = 12 + 9 * (3 - level);
	uint64_t count = 512;

	if (level == w->start && w->va_bits > shift) {
		count = 1ull << (w->va_bits - shift);
	}
	for (uint64_t i = 0; i < count; i++) {
		uint64_t va = base + (i << shift), desc;
		struct walk_leaf leaf;

		if (!read_entry(core, w, table + 8 * i, &desc)) {
			return;
		}
		if (!(desc & DESC_VALID) ||
		    (level == 3 && !(desc & DESC_TABLE))) {
			continue;
		}
		if (level < 3 && (desc & DESC_TABLE)) {
			visit(core, w, desc & DESC_ADDRESS, level + 1, va, fn,
			      ctx);
			continue;
		}
		leaf.size = 1ull << shift;
		leaf.desc = desc;
		leaf.pa = desc & DESC_ADDRESS & ~(leaf.size - 1);
		fn(ctx, va, &leaf);
	}
}

void walk_all(const struct core_file *core, const struct walk *w, walk_fn *fn,
              void *ctx)
{
	if (core != NULL && w->table != 0) {
		visit(core, w, w->table, w->start, 0, fn, ctx);
	}
}
