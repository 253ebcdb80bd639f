/* SPDX-License-Identifier: BSD-2-Clause */
/* Types and variables in the debug information. */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "inspect_image.h"

/*
 * Everything that stands at the outermost level of a unit and can be asked
 * for: variables with a place, structs with members.  To look through all
 * units for each name took most of a triage's time, so it is done once.
 */
struct inspect_name {
	const char *name; /* in the ELF file */
	Dwarf_Off die;
	int tag;
};

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

bool inspect_type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) != NULL &&
	       dwarf_formref_die(&attr, type) != NULL && peel(type);
}

static bool is_wanted(Dwarf_Die *die)
{
	Dwarf_Attribute attr;

	switch (dwarf_tag(die)) {
	case DW_TAG_variable:
		return dwarf_attr(die, DW_AT_type, &attr) != NULL;
	case DW_TAG_structure_type:
		/* A declaration has no members. */
		return !dwarf_hasattr(die, DW_AT_declaration);
	default:
		return false;
	}
}

static int by_name(const void *va, const void *vb)
{
	const struct inspect_name *a = va, *b = vb;
	int order =
		a->tag != b->tag ? a->tag - b->tag : strcmp(a->name, b->name);

	/* Of several the one in the first unit. */
	return order != 0 ? order : a->die < b->die ? -1 : a->die > b->die;
}

static void add_name(struct inspect *in, Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	struct inspect_name *grown;

	if (name == NULL) {
		return;
	}
	if ((in->name_count & (in->name_count - 1)) == 0) {
		size_t size = in->name_count == 0 ? 1 : 2 * in->name_count;

		grown = realloc(in->name, size * sizeof(*grown));
		if (grown == NULL) {
			return;
		}
		in->name = grown;
	}
	in->name[in->name_count++] =
		(struct inspect_name){ name, dwarf_dieoffset(die),
		                       dwarf_tag(die) };
}

static void read_names(struct inspect *in)
{
	Dwarf_Off at = 0, next;
	size_t header;

	while (dwarf_nextcu(in->dw, at, &next, &header, NULL, NULL, NULL) ==
	       0) {
		Dwarf_Die unit, die;

		if (dwarf_offdie(in->dw, at + header, &unit) != NULL &&
		    dwarf_child(&unit, &die) == 0) {
			do {
				if (is_wanted(&die)) {
					add_name(in, &die);
				}
			} while (dwarf_siblingof(&die, &die) == 0);
		}
		at = next;
	}
	qsort(in->name, in->name_count, sizeof(*in->name), by_name);
}

static bool search(struct inspect *in, int tag, const char *name,
                   Dwarf_Die *found)
{
	struct inspect_name wanted = { name, 0, tag };
	size_t lo = 0, hi;

	if (in->name == NULL) {
		read_names(in);
	}
	hi = in->name_count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (by_name(&in->name[mid], &wanted) < 0) {
			lo = mid + 1;
		} else {
			hi = mid;
		}
	}
	return lo < in->name_count && in->name[lo].tag == tag &&
	       strcmp(in->name[lo].name, name) == 0 &&
	       dwarf_offdie(in->dw, in->name[lo].die, found) != NULL;
}

bool inspect_variable(struct inspect *in, const char *name, Dwarf_Die *found)
{
	return search(in, DW_TAG_variable, name, found);
}

bool inspect_struct(struct inspect *in, const char *name, Dwarf_Die *found)
{
	return search(in, DW_TAG_structure_type, name, found);
}

void inspect_forget_types(struct inspect *in)
{
	free(in->name);
	in->name = NULL;
	in->name_count = 0;
}

/* A pointer in one unit may refer to a mere declaration there. */
void inspect_complete(struct inspect *in, Dwarf_Die *type)
{
	Dwarf_Die whole;

	if (dwarf_tag(type) == DW_TAG_structure_type &&
	    dwarf_hasattr(type, DW_AT_declaration) &&
	    inspect_struct(in, dwarf_diename(type), &whole)) {
		*type = whole;
	}
}

static bool named(Dwarf_Die *die, const char *name)
{
	const char *have = dwarf_diename(die);

	return have != NULL && strcmp(have, name) == 0;
}

bool inspect_member(struct inspect *in, Dwarf_Die *type, const char *name,
                    uint64_t *offset, Dwarf_Die *found)
{
	Dwarf_Die child;

	inspect_complete(in, type);
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
			return inspect_type_of(&child, found);
		}
		if (dwarf_diename(&child) == NULL &&
		    inspect_type_of(&child, found)) {
			uint64_t inner = *offset + at;

			if (inspect_member(in, found, name, &inner, found)) {
				*offset = inner;
				return true;
			}
		}
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}
