/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads text ranges, functions and the line table of an ELF, with libdw. */
#include "coverage_image.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"
#include "util.h"

static char *intern(struct coverage *cov, const char *path)
{
	char **grown;

	path = path_in_project(path);
	for (size_t i = cov->file_count; i > 0; i--) {
		if (strcmp(cov->file[i - 1], path) == 0) {
			return cov->file[i - 1];
		}
	}
	grown = realloc(cov->file, (cov->file_count + 1) * sizeof(*grown));
	if (grown == NULL) {
		abort();
	}
	cov->file = grown;
	return grown[cov->file_count++] = strdup(path);
}

static bool read_text_range(struct coverage *cov, Elf *elf)
{
	Elf_Scn *scn = NULL;

	cov->lo = UINT64_MAX;
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		GElf_Shdr sh;

		if (gelf_getshdr(scn, &sh) == NULL ||
		    !(sh.sh_flags & SHF_EXECINSTR) || sh.sh_size == 0) {
			continue;
		}
		cov->lo = sh.sh_addr < cov->lo ? sh.sh_addr : cov->lo;
		if (sh.sh_addr + sh.sh_size > cov->hi) {
			cov->hi = sh.sh_addr + sh.sh_size;
		}
	}
	if (cov->lo >= cov->hi) {
		return false;
	}
	cov->ran = xcalloc((cov->hi - cov->lo) / COV_INSN + 1, 1);
	return true;
}

/* The encodings, by which the log's instructions are known to be ours. */
static void read_text(struct coverage *cov, Elf *elf)
{
	Elf_Scn *scn = NULL;

	cov->text =
		xcalloc((cov->hi - cov->lo) / COV_INSN + 1, sizeof(*cov->text));
	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		GElf_Shdr sh;
		Elf_Data *data;

		if (gelf_getshdr(scn, &sh) == NULL ||
		    !(sh.sh_flags & SHF_EXECINSTR) ||
		    sh.sh_type != SHT_PROGBITS) {
			continue;
		}
		data = elf_rawdata(scn, NULL);
		if (data != NULL && data->d_buf != NULL) {
			memcpy(&cov->text[(sh.sh_addr - cov->lo) / COV_INSN],
			       data->d_buf,
			       data->d_size & ~(size_t)(COV_INSN - 1));
		}
	}
}

static void add_row(struct coverage *cov, const char *file, int line,
                    uint64_t lo, uint64_t hi)
{
	struct cov_line *at;

	if (line <= 0 || lo >= hi || lo < cov->lo || hi > cov->hi) {
		return;
	}
	if ((cov->line_count & (cov->line_count - 1)) == 0) {
		size_t room = cov->line_count == 0 ? 1 : 2 * cov->line_count;

		at = realloc(cov->line, room * sizeof(*at));
		if (at == NULL) {
			abort();
		}
		cov->line = at;
	}
	at = &cov->line[cov->line_count++];
	*at = (struct cov_line){ .file = intern(cov, file),
		                 .line = (unsigned)line,
		                 .lo = lo,
		                 .hi = hi };
}

/* Functions of the unit that were put inline somewhere. */
static void read_unit_inlined(struct coverage *cov, Dwarf_Die *unit)
{
	Dwarf_Die die;

	if (dwarf_child(unit, &die) != 0) {
		return;
	}
	do {
		const char *file, *name;

		if (dwarf_tag(&die) != DW_TAG_subprogram ||
		    !dwarf_func_inline(&die)) {
			continue;
		}
		file = dwarf_decl_file(&die);
		name = dwarf_diename(&die);
		if (file == NULL || name == NULL) {
			continue;
		}
		cov->inlined =
			xrealloc(cov->inlined, (cov->inlined_count + 1) *
		                                       sizeof(*cov->inlined));
		cov->inlined[cov->inlined_count++] = (struct cov_inlined){
			.name = xstrdup(name),
			.file = intern(cov, file),
		};
	} while (dwarf_siblingof(&die, &die) == 0);
}

static void read_unit_lines(struct coverage *cov, Dwarf_Die *unit)
{
	Dwarf_Lines *lines;
	size_t count;

	if (dwarf_getsrclines(unit, &lines, &count) != 0) {
		return;
	}
	for (size_t i = 0; i + 1 < count; i++) {
		Dwarf_Line *row = dwarf_onesrcline(lines, i);
		Dwarf_Line *next = dwarf_onesrcline(lines, i + 1);
		Dwarf_Addr lo, hi;
		const char *file = dwarf_linesrc(row, NULL, NULL);
		bool end = true;
		int line = 0;

		if (file == NULL || dwarf_lineaddr(row, &lo) != 0 ||
		    dwarf_lineaddr(next, &hi) != 0 ||
		    dwarf_lineno(row, &line) != 0 ||
		    dwarf_lineendsequence(row, &end) != 0 || end) {
			continue;
		}
		add_row(cov, file, line, lo, hi);
	}
}

static void read_lines(struct coverage *cov, Dwarf *dw)
{
	Dwarf_Off at = 0, next;
	size_t header;

	while (dwarf_nextcu(dw, at, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Die unit;

		if (dwarf_offdie(dw, at + header, &unit) != NULL) {
			read_unit_lines(cov, &unit);
			read_unit_inlined(cov, &unit);
		}
		at = next;
	}
}

/* Where the debug information has a row at the function's entry. */
static void place_function(const struct coverage *cov, struct cov_function *f)
{
	for (size_t i = 0; i < cov->line_count; i++) {
		if (cov->line[i].lo <= f->lo && f->lo < cov->line[i].hi) {
			f->file = cov->line[i].file;
			f->line = cov->line[i].line;
			return;
		}
	}
}

static void read_functions(struct coverage *cov, Elf *elf)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn)) != NULL) {
		Elf_Data *data;
		GElf_Shdr sh;
		size_t count;

		if (gelf_getshdr(scn, &sh) == NULL ||
		    sh.sh_type != SHT_SYMTAB || sh.sh_entsize == 0) {
			continue;
		}
		data = elf_getdata(scn, NULL);
		count = sh.sh_size / sh.sh_entsize;
		cov->function = calloc(count, sizeof(*cov->function));
		for (size_t i = 0; cov->function != NULL && i < count; i++) {
			struct cov_function *f;
			GElf_Sym sym;

			if (gelf_getsym(data, (int)i, &sym) == NULL ||
			    GELF_ST_TYPE(sym.st_info) != STT_FUNC ||
			    sym.st_size == 0 || sym.st_value < cov->lo ||
			    sym.st_value >= cov->hi) {
				continue;
			}
			f = &cov->function[cov->function_count++];
			f->name = strdup(
				elf_strptr(elf, sh.sh_link, sym.st_name));
			f->lo = sym.st_value;
			f->hi = sym.st_value + sym.st_size;
			place_function(cov, f);
		}
	}
}

struct coverage *coverage_open(const char *path)
{
	struct coverage *cov = calloc(1, sizeof(*cov));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Dwarf *dw = NULL;
	Elf *elf = NULL;

	if (fd >= 0 && elf_version(EV_CURRENT) != EV_NONE) {
		elf = elf_begin(fd, ELF_C_READ, NULL);
	}
	if (elf != NULL) {
		dw = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	}
	if (cov == NULL || dw == NULL || !read_text_range(cov, elf)) {
		fprintf(stderr, "%s: %s\n", path,
		        fd < 0 ? "cannot be read"
		        : !elf ? "not an ELF file"
		        : !dw  ? "carries no debug information"
		               : "has no text");
		coverage_close(cov);
		cov = NULL;
	} else {
		read_text(cov, elf);
		read_lines(cov, dw);
		read_functions(cov, elf);
	}
	if (dw != NULL) {
		dwarf_end(dw);
	}
	if (elf != NULL) {
		elf_end(elf);
	}
	if (fd >= 0) {
		close(fd);
	}
	return cov;
}

void coverage_close(struct coverage *cov)
{
	if (cov == NULL) {
		return;
	}
	for (size_t i = 0; i < cov->function_count; i++) {
		free(cov->function[i].name);
	}
	for (size_t i = 0; i < cov->inlined_count; i++) {
		free(cov->inlined[i].name);
	}
	for (size_t i = 0; i < cov->run_count; i++) {
		free(cov->run[i].scenario);
		free(cov->run[i].map);
	}
	for (size_t i = 0; i < cov->file_count; i++) {
		free(cov->file[i]);
	}
	free(cov->file);
	free(cov->function);
	free(cov->inlined);
	free(cov->run);
	free(cov->text);
	free(cov->line);
	free(cov->ran);
	free(cov);
}
