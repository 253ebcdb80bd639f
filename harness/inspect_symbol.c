/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses to names and lines, names to addresses. */
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "inspect_image.h"

static int by_address(const void *va, const void *vb)
{
	const struct inspect_sym *a = va, *b = vb;

	return a->lo < b->lo ? -1 : a->lo > b->lo;
}

static bool is_place(const GElf_Sym *sym, const char *name)
{
	unsigned char type = GELF_ST_TYPE(sym->st_info);

	/* '$x', '$d': mapping symbols of the assembler */
	return sym->st_shndx != SHN_UNDEF && name[0] != '\0' &&
	       name[0] != '$' &&
	       (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

void inspect_read_symbols(struct inspect *in)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(in->elf, scn)) != NULL) {
		Elf_Data *data;
		GElf_Shdr sh;
		size_t count;

		if (gelf_getshdr(scn, &sh) == NULL ||
		    sh.sh_type != SHT_SYMTAB || sh.sh_entsize == 0) {
			continue;
		}
		data = elf_getdata(scn, NULL);
		count = sh.sh_size / sh.sh_entsize;
		in->sym = calloc(count + 1, sizeof(*in->sym));
		for (size_t i = 0; in->sym != NULL && i < count; i++) {
			const char *name;
			GElf_Sym sym;

			if (gelf_getsym(data, (int)i, &sym) == NULL) {
				continue;
			}
			name = elf_strptr(in->elf, sh.sh_link, sym.st_name);
			if (name == NULL || !is_place(&sym, name)) {
				continue;
			}
			in->sym[in->sym_count++] = (struct inspect_sym){
				.name = name,
				.lo = sym.st_value,
				.size = sym.st_size,
			};
		}
		break; /* there is only one symbol table */
	}
	qsort(in->sym, in->sym_count, sizeof(*in->sym), by_address);
}

const char *inspect_symbol(struct inspect *in, uint64_t va, uint64_t *distance)
{
	const struct inspect_sym *best = NULL;
	size_t lo = 0, hi = in->sym_count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (in->sym[mid].lo <= va) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	/* Of those at one address, one that has a size knows its end. */
	for (size_t i = lo; i > 0 && i + 8 > lo; i--) {
		const struct inspect_sym *s = &in->sym[i - 1];

		if (s->size != 0 && va < s->lo + s->size) {
			best = s;
			break;
		}
		if (s->size == 0 && best == NULL) {
			best = s;
		}
	}
	if (best == NULL) {
		return NULL;
	}
	*distance = va - best->lo;
	return best->name;
}

bool inspect_address(struct inspect *in, const char *name, uint64_t *va)
{
	for (size_t i = 0; i < in->sym_count; i++) {
		if (strcmp(in->sym[i].name, name) == 0) {
			*va = in->sym[i].lo;
			return true;
		}
	}
	return false;
}

const char *inspect_line(struct inspect *in, uint64_t va, int *line)
{
	Dwarf_Die unit;
	Dwarf_Line *row;
	const char *path;

	if (dwarf_addrdie(in->dw, va, &unit) == NULL) {
		return NULL;
	}
	row = dwarf_getsrc_die(&unit, va);
	if (row == NULL || dwarf_lineno(row, line) != 0) {
		return NULL;
	}
	path = dwarf_linesrc(row, NULL, NULL);
	return path;
}
