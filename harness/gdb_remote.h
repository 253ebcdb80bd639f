/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small client of the GDB remote serial protocol, for reading a stopped
 * machine: registers by name, system registers too, for each CPU.
 *
 * Connecting stops the machine.  Every call waits at most ten seconds.
 */
#ifndef HARNESS_GDB_REMOTE_H
#define HARNESS_GDB_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gdb_remote;

/** Connect to the stub at the unix socket @path and read what registers it
 * has. @return NULL: no stub there, or it does not answer. */
struct gdb_remote *gdb_remote_open(const char *path);
void gdb_remote_close(struct gdb_remote *gdb);

/** CPUs of the machine. */
size_t gdb_remote_cpus(const struct gdb_remote *gdb);

/** Later reads are of CPU @cpu, 0 based. */
bool gdb_remote_select(struct gdb_remote *gdb, size_t cpu);

/** General registers of one CPU. */
struct gdb_core {
	uint64_t x[31], sp, pc, pstate;
};

#define GDB_REGS_MAX 32

/**
 * Select CPU @cpu, and read its general registers and @count more by name
 * ("ESR_EL2"), all in one turn; one that the stub does not have reads as 0.
 * @return false: the stub does not answer
 */
bool gdb_remote_cpu(struct gdb_remote *gdb, size_t cpu, struct gdb_core *core,
                    const char *const *names, uint64_t *values, size_t count);

/** Read @len bytes at the selected CPU's present virtual address @va. */
bool gdb_remote_memory(struct gdb_remote *gdb, uint64_t va, void *buf,
                       size_t len);

/** Let the machine run on. */
bool gdb_remote_continue(struct gdb_remote *gdb);

/** Let it run on for good: nothing more is asked. */
bool gdb_remote_detach(struct gdb_remote *gdb);

/** Stop it again. */
bool gdb_remote_stop(struct gdb_remote *gdb);

#endif
