/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Look into the memory of a stopped image through its own debug information.
 *
 * Nothing is known here of any struct's layout: names in, values out.  The
 * image must carry DWARF; memory comes through a callback, so it may be a
 * core file, a live machine, or a test's array.
 */
#ifndef HARNESS_INSPECT_H
#define HARNESS_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inspect;

/** Read @len bytes at the image's virtual address @va. @return false: not
 * mapped or not there. */
typedef bool inspect_read_fn(void *ctx, uint64_t va, void *buf, size_t len);

/** A typed place in the image's memory. */
struct ival {
	struct inspect *in;
	uint64_t addr;
	uint64_t type; /* offset of the type's DIE; 0: no type */
};

/**
 * Open @elf. @return NULL, after one line on stderr, if it cannot be read or
 * has no debug information.
 */
struct inspect *inspect_open(const char *elf, inspect_read_fn *read, void *ctx);
void inspect_close(struct inspect *in);

/**
 * Find what @expr names: a global variable, then any of ".member",
 * "->member" and "[index]".  Members of anonymous structs are found.
 *
 * @return false: no such variable or member, a NULL or unreadable pointer.
 */
bool inspect_find(struct inspect *in, const char *expr, struct ival *out);

/** Step from @at by the same notation (".a", "->b[3]"). */
bool ival_step(struct ival at, const char *expr, struct ival *out);

/** The typed object that lies at @addr; @type as in C ("struct vcpu"). */
bool inspect_cast(struct inspect *in, const char *type, uint64_t addr,
                  struct ival *out);

/** Integer, enum, bool or pointer of 1 to 8 bytes at @at; signed ones are
 * sign-extended. @return false: not such a type, or not readable. */
bool ival_u64(struct ival at, uint64_t *value);

/** ival_u64() of @expr from @at, or @otherwise. */
uint64_t ival_get(struct ival at, const char *expr, uint64_t otherwise);

/** Name of the enumerator of @at's enum type with its present value, or
 * NULL. */
const char *ival_enum(struct ival at);

/** Elements of an array type, 0 for any other. */
size_t ival_count(struct ival at);

/** Copy a char array or what a char pointer points to. Always ends with
 * NUL. @return false: not readable */
bool ival_text(struct ival at, char *buf, size_t size);

/** Symbol at or before @va: its name and the distance; NULL: none. */
const char *inspect_symbol(struct inspect *in, uint64_t va, uint64_t *distance);

/** Address of the symbol @name; false: none. */
bool inspect_address(struct inspect *in, const char *name, uint64_t *va);

/** Source place of @va; NULL: unknown. */
const char *inspect_line(struct inspect *in, uint64_t va, int *line);

#endif
