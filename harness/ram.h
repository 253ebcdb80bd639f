/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's RAM as it lies in QEMU's own memory: what no guest has
 * touched costs nothing, so a core of 512 MiB is written in the time that the
 * 20 MiB in use take.
 */
#ifndef HARNESS_RAM_H
#define HARNESS_RAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "gdb_remote.h"

#define SNAPSHOT_CPUS 16

struct ram {
	int mem;     /* /proc/PID/mem; -1: closed */
	int pagemap; /* /proc/PID/pagemap */
	uint64_t pa, size;
	uint64_t host; /* where @pa lies in QEMU */
};

/**
 * The largest block of RAM in @mtree, what QEMU's "info mtree -f" says.
 * @return false: there is none
 */
bool ram_find(const char *mtree, uint64_t *pa, uint64_t *size);

/**
 * Open the memory of the child @pid, in which guest-physical @pa lies at
 * @host. @return false: the host does not let us
 */
bool ram_open(struct ram *ram, pid_t pid, uint64_t pa, uint64_t size,
              uint64_t host);
void ram_close(struct ram *ram);

/** Read guest-physical memory as it is now. @return false: not RAM */
bool ram_read(const struct ram *ram, uint64_t at, void *buf, size_t len);

/** Memory seen at another address, too. */
struct ram_view {
	uint64_t va, pa, size;
};

#define RAM_VIEWS_MAX 64

/** What goes into a core beside memory. */
struct ram_core {
	const struct gdb_core *cpu[SNAPSHOT_CPUS]; /* general registers */
	size_t cpus;
	struct ram_view view[RAM_VIEWS_MAX]; /* EL2's addresses */
	size_t views;
};

/**
 * Write all of it as an ELF core; pages that nobody has touched, and those of
 * zeros, become holes. Context: the machine is stopped.
 */
bool ram_write_core(const struct ram *ram, const struct ram_core *what,
                    const char *path);

#endif
