/* SPDX-License-Identifier: BSD-2-Clause */
/* Names to typed values, by DWARF. */
#include "inspect.h"

#include <ctype.h>
#include <dwarf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inspect_image.h"

struct inspect *inspect_open(const char *path, inspect_read_fn *read, void *ctx)
{
	struct inspect *in = calloc(1, sizeof(*in));

	if (in == NULL) {
		return NULL;
	}
	in->read = read;
	in->ctx = ctx;
	in->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (in->fd >= 0 && elf_version(EV_CURRENT) != EV_NONE) {
		in->elf = elf_begin(in->fd, ELF_C_READ, NULL);
	}
	if (in->elf != NULL) {
		in->dw = dwarf_begin_elf(in->elf, DWARF_C_READ, NULL);
	}
	if (in->dw == NULL) {
		fprintf(stderr, "%s: %s\n", path,
		        in->fd < 0 ? "cannot be read"
		                   : "carries no debug information");
		inspect_close(in);
		return NULL;
	}
	inspect_read_symbols(in);
	return in;
}

void inspect_close(struct inspect *in)
{
	if (in == NULL) {
		return;
	}
	for (size_t i = 0; i < in->sym_count; i++) {
		free(in->sym[i].name);
	}
	free(in->sym);
	if (in->dw != NULL) {
		dwarf_end(in->dw);
	}
	if (in->elf != NULL) {
		elf_end(in->elf);
	}
	if (in->fd >= 0) {
		close(in->fd);
	}
	free(in);
}

/* The type @die refers to, through typedefs and qualifiers. */
static bool peel(Dwarf_Die *die)
{
	for (;;) {
		Dwarf_Attribute attr;

		switch (dwarf_tag(die)) {
		case DW_TAG_typedef:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_atomic_type:
		case DW_TAG_restrict_type:
			if (dwarf_attr(die, DW_AT_type, &attr) == NULL ||
			    dwarf_formref_die(&attr, die) == NULL) {
				return false; /* const void */
			}
			break;
		default:
			return true;
		}
	}
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) != NULL &&
	       dwarf_formref_die(&attr, type) != NULL && peel(type);
}

static bool die_of(struct ival at, Dwarf_Die *die)
{
	return at.type != 0 && dwarf_offdie(at.in->dw, at.type, die) != NULL;
}

typedef bool match_fn(Dwarf_Die *die, const char *name);

static bool search(struct inspect *in, match_fn *match, const char *name,
                   Dwarf_Die *found)
{
	Dwarf_Off at = 0, next;
	size_t header;

	while (dwarf_nextcu(in->dw, at, &next, &header, NULL, NULL, NULL) ==
	       0) {
		Dwarf_Die unit, die;

		if (dwarf_offdie(in->dw, at + header, &unit) != NULL &&
		    dwarf_child(&unit, &die) == 0) {
			do {
				if (match(&die, name)) {
					*found = die;
					return true;
				}
			} while (dwarf_siblingof(&die, &die) == 0);
		}
		at = next;
	}
	return false;
}

static bool named(Dwarf_Die *die, const char *name)
{
	const char *have = dwarf_diename(die);

	return have != NULL && strcmp(have, name) == 0;
}

static bool is_variable(Dwarf_Die *die, const char *name)
{
	Dwarf_Attribute attr;

	return dwarf_tag(die) == DW_TAG_variable && named(die, name) &&
	       dwarf_attr(die, DW_AT_type, &attr) != NULL;
}

/* A declaration has no members: only definitions will do. */
static bool is_struct(Dwarf_Die *die, const char *name)
{
	return dwarf_tag(die) == DW_TAG_structure_type && named(die, name) &&
	       !dwarf_hasattr(die, DW_AT_declaration);
}

/* A pointer in one unit may refer to a mere declaration there. */
static void complete(struct inspect *in, Dwarf_Die *type)
{
	Dwarf_Die whole;

	if (dwarf_tag(type) == DW_TAG_structure_type &&
	    dwarf_hasattr(type, DW_AT_declaration) &&
	    search(in, is_struct, dwarf_diename(type), &whole)) {
		*type = whole;
	}
}

bool inspect_cast(struct inspect *in, const char *type, uint64_t addr,
                  struct ival *out)
{
	Dwarf_Die die;

	if (strncmp(type, "struct ", 7) != 0 ||
	    !search(in, is_struct, type + 7, &die)) {
		return false;
	}
	*out = (struct ival){ in, addr, dwarf_dieoffset(&die) };
	return true;
}

static bool member_of(struct inspect *in, Dwarf_Die *type, const char *name,
                      uint64_t *offset, Dwarf_Die *found)
{
	Dwarf_Die child;

	complete(in, type);
	if (dwarf_child(type, &child) != 0) {
		return false;
	}
	do {
		Dwarf_Attribute attr;
		Dwarf_Word at = 0;

		if (dwarf_tag(&child) != DW_TAG_member) {
			continue;
		}
		if (dwarf_attr(&child, DW_AT_data_member_location, &attr) !=
		    NULL) {
			dwarf_formudata(&attr, &at);
		}
		if (named(&child, name)) {
			*offset += at;
			return type_of(&child, found);
		}
		if (dwarf_diename(&child) == NULL && type_of(&child, found)) {
			uint64_t inner = *offset + at;

			if (member_of(in, found, name, &inner, found)) {
				*offset = inner;
				return true;
			}
		}
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

static bool follow(struct ival *at)
{
	Dwarf_Die die, to;
	uint64_t value = 0;

	if (!die_of(*at, &die) || dwarf_tag(&die) != DW_TAG_pointer_type ||
	    !at->in->read(at->in->ctx, at->addr, &value, sizeof(value)) ||
	    value == 0) {
		return false;
	}
	at->addr = value;
	at->type = type_of(&die, &to) ? dwarf_dieoffset(&to) : 0;
	return true;
}

static bool step_member(struct ival *at, const char *name)
{
	Dwarf_Die die, found;
	uint64_t offset = 0;

	if (!die_of(*at, &die) ||
	    !member_of(at->in, &die, name, &offset, &found)) {
		return false;
	}
	at->addr += offset;
	at->type = dwarf_dieoffset(&found);
	return true;
}

static bool step_index(struct ival *at, size_t index)
{
	Dwarf_Die die, element;
	int size;

	if (!die_of(*at, &die)) {
		return false;
	}
	if (dwarf_tag(&die) == DW_TAG_pointer_type) {
		if (!follow(at) || !die_of(*at, &element)) {
			return false;
		}
	} else if (dwarf_tag(&die) != DW_TAG_array_type ||
	           !type_of(&die, &element)) {
		return false;
	}
	complete(at->in, &element);
	size = dwarf_bytesize(&element);
	if (size <= 0) {
		return false;
	}
	at->addr += index * (uint64_t)size;
	at->type = dwarf_dieoffset(&element);
	return true;
}

static const char *take_name(const char *p, char *name, size_t size)
{
	size_t n = 0;

	while (isalnum((unsigned char)*p) || *p == '_') {
		if (n + 1 < size) {
			name[n++] = *p;
		}
		p++;
	}
	name[n] = '\0';
	return p;
}

bool ival_step(struct ival at, const char *p, struct ival *out)
{
	char name[64];

	while (*p != '\0') {
		if (*p == '[') {
			char *end;
			size_t index = strtoul(p + 1, &end, 0);

			if (*end != ']' || !step_index(&at, index)) {
				return false;
			}
			p = end + 1;
			continue;
		}
		if (p[0] == '-' && p[1] == '>') {
			if (!follow(&at)) {
				return false;
			}
			p += 2;
		} else if (*p == '.') {
			p++;
		} else {
			return false;
		}
		p = take_name(p, name, sizeof(name));
		if (!step_member(&at, name)) {
			return false;
		}
	}
	*out = at;
	return true;
}

bool inspect_find(struct inspect *in, const char *expr, struct ival *out)
{
	Dwarf_Die var, type;
	char name[64];
	uint64_t addr;

	expr = take_name(expr, name, sizeof(name));
	if (!search(in, is_variable, name, &var) || !type_of(&var, &type) ||
	    !inspect_address(in, name, &addr)) {
		return false;
	}
	return ival_step((struct ival){ in, addr, dwarf_dieoffset(&type) },
	                 expr, out);
}

bool ival_u64(struct ival at, uint64_t *value)
{
	Dwarf_Attribute attr;
	Dwarf_Word encoding = 0;
	Dwarf_Die die;
	int size;

	if (!die_of(at, &die)) {
		return false;
	}
	size = dwarf_tag(&die) == DW_TAG_pointer_type ? 8
	                                              : dwarf_bytesize(&die);
	/* A struct that wraps one scalar reads as that scalar. */
	if (size < 1 || size > 8 || dwarf_tag(&die) == DW_TAG_array_type) {
		return false;
	}
	*value = 0;
	if (!at.in->read(at.in->ctx, at.addr, value, (size_t)size)) {
		return false;
	}
	if (dwarf_attr(&die, DW_AT_encoding, &attr) != NULL) {
		dwarf_formudata(&attr, &encoding);
	}
	if (encoding == DW_ATE_signed && size < 8) {
		unsigned shift = 64 - 8 * (unsigned)size;

		*value = (uint64_t)((int64_t)(*value << shift) >> shift);
	}
	return true;
}

uint64_t ival_get(struct ival at, const char *expr, uint64_t otherwise)
{
	struct ival to;
	uint64_t value;

	return ival_step(at, expr, &to) && ival_u64(to, &value) ? value
	                                                        : otherwise;
}

const char *ival_enum(struct ival at)
{
	Dwarf_Die die, child;
	uint64_t value;

	if (!ival_u64(at, &value) || !die_of(at, &die) ||
	    dwarf_tag(&die) != DW_TAG_enumeration_type ||
	    dwarf_child(&die, &child) != 0) {
		return NULL;
	}
	do {
		Dwarf_Attribute attr;
		Dwarf_Word have;

		if (dwarf_attr(&child, DW_AT_const_value, &attr) != NULL &&
		    dwarf_formudata(&attr, &have) == 0 && have == value) {
			return dwarf_diename(&child);
		}
	} while (dwarf_siblingof(&child, &child) == 0);
	return NULL;
}

size_t ival_count(struct ival at)
{
	Dwarf_Die die, range;
	Dwarf_Attribute attr;
	Dwarf_Word n;

	if (!die_of(at, &die) || dwarf_tag(&die) != DW_TAG_array_type ||
	    dwarf_child(&die, &range) != 0) {
		return 0;
	}
	if (dwarf_attr(&range, DW_AT_count, &attr) != NULL &&
	    dwarf_formudata(&attr, &n) == 0) {
		return n;
	}
	if (dwarf_attr(&range, DW_AT_upper_bound, &attr) != NULL &&
	    dwarf_formudata(&attr, &n) == 0) {
		return n + 1;
	}
	return 0;
}

bool ival_text(struct ival at, char *buf, size_t size)
{
	Dwarf_Die die;
	size_t n;

	if (size == 0 || !die_of(at, &die)) {
		return false;
	}
	if (dwarf_tag(&die) == DW_TAG_pointer_type && !follow(&at)) {
		return false;
	}
	for (n = 0; n + 1 < size; n++) {
		if (!at.in->read(at.in->ctx, at.addr + n, &buf[n], 1) ||
		    buf[n] == '\0') {
			break;
		}
	}
	buf[n] = '\0';
	return n > 0;
}
