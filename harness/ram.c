/* SPDX-License-Identifier: BSD-2-Clause */
#include "ram.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE  4096u
#define BATCH 512u /* pages that are looked at in one go */

/* Of /proc/PID/pagemap: the page is in memory, or in swap. */
#define PAGE_IS_THERE (3ull << 62)

/* struct elf_prstatus of AArch64 Linux, which debuggers read. */
struct status {
	uint8_t info[32];
	uint32_t pid;
	uint8_t more[76];
	uint64_t x[31], sp, pc, pstate;
	uint64_t has_fp;
};
_Static_assert(sizeof(struct status) == 392, "as the kernel has it");

struct __attribute__((packed)) note {
	Elf64_Nhdr header;
	char name[8]; /* "CORE" and its padding */
	struct status status;
};
_Static_assert(sizeof(struct note) == 12 + 8 + 392, "no padding");

bool ram_find(const char *mtree, uint64_t *pa, uint64_t *size)
{
	*size = 0;
	for (const char *line = mtree; line != NULL;
	     line = strchr(line, '\n')) {
		uint64_t from, to;
		char kind[8] = "";

		line += *line == '\n';
		if (sscanf(line, " %" SCNx64 "-%" SCNx64 " (prio %*d, %7[a-z])",
		           &from, &to, kind) == 3 &&
		    strcmp(kind, "ram") == 0 && to - from >= *size) {
			*pa = from;
			*size = to - from + 1;
		}
	}
	return *size != 0;
}

static int open_of(pid_t pid, const char *what)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	return open(path, O_RDONLY | O_CLOEXEC);
}

bool ram_open(struct ram *ram, pid_t pid, uint64_t pa, uint64_t size,
              uint64_t host)
{
	uint8_t probe;

	*ram = (struct ram){ .mem = open_of(pid, "mem"),
		             .pagemap = open_of(pid, "pagemap"),
		             .pa = pa,
		             .size = size,
		             .host = host };
	if (ram->mem < 0 || ram->pagemap < 0 || size % PAGE != 0 ||
	    host % PAGE != 0 || !ram_read(ram, pa, &probe, 1)) {
		ram_close(ram);
		return false;
	}
	return true;
}

void ram_close(struct ram *ram)
{
	if (ram->mem >= 0) {
		close(ram->mem);
	}
	if (ram->pagemap >= 0) {
		close(ram->pagemap);
	}
	ram->mem = ram->pagemap = -1;
}

static bool read_all(int fd, void *buf, size_t len, uint64_t at)
{
	uint8_t *to = buf;

	while (len > 0) {
		ssize_t n = pread(fd, to, len, (off_t)at);

		if (n <= 0) {
			return false;
		}
		to += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

bool ram_read(const struct ram *ram, uint64_t at, void *buf, size_t len)
{
	return ram->mem >= 0 && at >= ram->pa && at - ram->pa < ram->size &&
	       len <= ram->size - (at - ram->pa) &&
	       read_all(ram->mem, buf, len, ram->host + (at - ram->pa));
}

static bool write_all(int fd, const void *buf, size_t len, uint64_t at)
{
	const uint8_t *from = buf;

	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)at);

		if (n <= 0) {
			return false;
		}
		from += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

static void fill_note(struct note *note, uint32_t pid,
                      const struct gdb_core *cpu)
{
	*note = (struct note){
		.header = { .n_namesz = 5,
		            .n_descsz = sizeof(struct status),
		            .n_type = NT_PRSTATUS },
		.name = "CORE",
		.status = { .pid = pid,
		            .sp = cpu->sp,
		            .pc = cpu->pc,
		            .pstate = cpu->pstate },
	};
	memcpy(note->status.x, cpu->x, sizeof(cpu->x));
}

static bool write_segments(const struct ram *ram, const struct ram_core *what,
                           uint64_t notes_at, uint64_t memory_at, int fd)
{
	Elf64_Phdr ph[2 + RAM_VIEWS_MAX] = {
		{ .p_type = PT_NOTE,
		  .p_offset = notes_at,
		  .p_filesz = what->cpus * sizeof(struct note),
		  .p_align = 4 },
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_W | PF_X,
		  .p_offset = memory_at,
		  .p_vaddr = ram->pa,
		  .p_paddr = ram->pa,
		  .p_filesz = ram->size,
		  .p_memsz = ram->size,
		  .p_align = PAGE },
	};

	for (size_t i = 0; i < what->views; i++) {
		const struct ram_view *v = &what->view[i];

		ph[2 + i] = ph[1];
		ph[2 + i].p_offset = memory_at + (v->pa - ram->pa);
		ph[2 + i].p_vaddr = v->va;
		ph[2 + i].p_paddr = v->pa;
		ph[2 + i].p_filesz = ph[2 + i].p_memsz = v->size;
	}
	return write_all(fd, ph, (2 + what->views) * sizeof(ph[0]),
	                 sizeof(Elf64_Ehdr));
}

/* @return where the memory begins in the file; 0: could not be written */
static uint64_t write_head(const struct ram *ram, const struct ram_core *what,
                           int fd)
{
	const uint64_t notes_at =
		sizeof(Elf64_Ehdr) + (2 + what->views) * sizeof(Elf64_Phdr);
	const uint64_t notes_end = notes_at + what->cpus * sizeof(struct note);
	const uint64_t memory_at = (notes_end + PAGE - 1) / PAGE * PAGE;
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
		             ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_AARCH64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(Elf64_Ehdr),
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)(2 + what->views),
	};
	bool ok = write_all(fd, &eh, sizeof(eh), 0) &&
	          write_segments(ram, what, notes_at, memory_at, fd);

	for (size_t i = 0; ok && i < what->cpus; i++) {
		struct note note;

		fill_note(&note, (uint32_t)i + 1, what->cpu[i]);
		ok = write_all(fd, &note, sizeof(note),
		               notes_at + i * sizeof(note));
	}
	return ok ? memory_at : 0;
}

/* Of the page at @page, equal to itself one byte on and the first is zero. */
static bool is_zero(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, PAGE - 1) == 0;
}

/* Runs of pages that are not all zeros. */
static bool write_used(const uint8_t *buf, size_t count, int fd, uint64_t at)
{
	size_t from = 0;

	for (size_t n = 0; n <= count; n++) {
		if (n < count && !is_zero(buf + n * PAGE)) {
			continue;
		}
		if (n > from &&
		    !write_all(fd, buf + from * PAGE, (n - from) * PAGE,
		               at + from * PAGE)) {
			return false;
		}
		from = n + 1;
	}
	return true;
}

/* @count pages from page @first of the RAM, of which @map tells. */
static bool copy_pages(const struct ram *ram, const uint64_t *map,
                       uint64_t first, size_t count, int fd, uint64_t base)
{
	static uint8_t buf[BATCH * PAGE];
	size_t i = 0;

	while (i < count) {
		size_t end = i;

		while (end < count && (map[end] & PAGE_IS_THERE) != 0) {
			end++;
		}
		if (end == i) {
			i++;
			continue;
		}
		if (!read_all(ram->mem, buf, (end - i) * PAGE,
		              ram->host + (first + i) * PAGE)) {
			return false;
		}
		if (!write_used(buf, end - i, fd, base + (first + i) * PAGE)) {
			return false;
		}
		i = end;
	}
	return true;
}

bool ram_write_core(const struct ram *ram, const struct ram_core *what,
                    const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	uint64_t pages = ram->size / PAGE, base = 0;
	bool ok = fd >= 0;

	if (ok) {
		base = write_head(ram, what, fd);
		ok = base != 0 && ftruncate(fd, (off_t)(base + ram->size)) == 0;
	}
	for (uint64_t at = 0; ok && at < pages; at += BATCH) {
		uint64_t map[BATCH];
		size_t n = pages - at < BATCH ? (size_t)(pages - at) : BATCH;

		ok = read_all(ram->pagemap, map, n * sizeof(map[0]),
		              (ram->host / PAGE + at) * sizeof(map[0])) &&
		     copy_pages(ram, map, at, n, fd, base);
	}
	if (fd >= 0 && close(fd) != 0) {
		ok = false;
	}
	return ok;
}
