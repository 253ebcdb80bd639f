/* SPDX-License-Identifier: BSD-2-Clause */
/* What inspect.c, inspect_symbol.c and inspect_type.c share. */
#ifndef HARNESS_INSPECT_IMAGE_H
#define HARNESS_INSPECT_IMAGE_H

#include <elfutils/libdw.h>

#include "inspect.h"

struct inspect_sym {
	const char *name; /* in the ELF file */
	uint64_t lo, size;
};

struct inspect {
	int fd;
	Elf *elf;
	Dwarf *dw;
	inspect_read_fn *read;
	void *ctx;
	struct inspect_sym *sym; /* ascending by lo */
	size_t sym_count;
	struct inspect_name *name; /* of inspect_type.c; NULL: not yet read */
	size_t name_count;
};

/** Fill in->sym from the symbol table. */
void inspect_read_symbols(struct inspect *in);

/* inspect_type.c */

/** A variable with a type, or a struct with its members, by name. */
bool inspect_variable(struct inspect *in, const char *name, Dwarf_Die *found);
bool inspect_struct(struct inspect *in, const char *name, Dwarf_Die *found);
void inspect_forget_types(struct inspect *in);

/** The type @die has, through typedefs and qualifiers. */
bool inspect_type_of(Dwarf_Die *die, Dwarf_Die *type);

/** Turn a mere declaration of a struct into its definition. */
void inspect_complete(struct inspect *in, Dwarf_Die *type);

/** The member @name of struct @type, also one of an anonymous struct in it;
 * its place is added to @offset. */
bool inspect_member(struct inspect *in, Dwarf_Die *type, const char *name,
                    uint64_t *offset, Dwarf_Die *found);

#endif
