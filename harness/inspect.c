/* SPDX-License-Identifier: BSD-2-Clause */
/* Names to typed values; what a type is like says inspect_type.c. */
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
		in->elf = elf_begin(in->fd, ELF_C_READ_MMAP, NULL);
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
	free(in->sym);
	inspect_forget_types(in);
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

static bool die_of(struct ival at, Dwarf_Die *die)
{
	return at.type != 0 && dwarf_offdie(at.in->dw, at.type, die) != NULL;
}

bool inspect_cast(struct inspect *in, const char *type, uint64_t addr,
                  struct ival *out)
{
	Dwarf_Die die;

	if (strncmp(type, "struct ", 7) != 0 ||
	    !inspect_struct(in, type + 7, &die)) {
		return false;
	}
	*out = (struct ival){ in, addr, dwarf_dieoffset(&die) };
	return true;
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
	at->type = inspect_type_of(&die, &to) ? dwarf_dieoffset(&to) : 0;
	return true;
}

static bool step_member(struct ival *at, const char *name)
{
	Dwarf_Die die, found;
	uint64_t offset = 0;

	if (!die_of(*at, &die) ||
	    !inspect_member(at->in, &die, name, &offset, &found)) {
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
	           !inspect_type_of(&die, &element)) {
		return false;
	}
	inspect_complete(at->in, &element);
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
	if (!inspect_variable(in, name, &var) ||
	    !inspect_type_of(&var, &type) ||
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
