/* SPDX-License-Identifier: BSD-2-Clause */
/* What inspect.c and inspect_symbol.c share. */
#ifndef HARNESS_INSPECT_IMAGE_H
#define HARNESS_INSPECT_IMAGE_H

#include <elfutils/libdw.h>

#include "inspect.h"

struct inspect_sym {
	char *name;
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
};

/** Fill in->sym from the symbol table. */
void inspect_read_symbols(struct inspect *in);

#endif
