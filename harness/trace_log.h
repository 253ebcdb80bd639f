/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace rings (abi/trace.h) read, merged by time, and shown. */
#ifndef HARNESS_TRACE_LOG_H
#define HARNESS_TRACE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <abi/trace.h>

struct trace_log {
	struct trace_record *record; /* ascending by ticks */
	size_t count;
	uint64_t ticks_per_second;
	/* From these ticks on the log has what all CPUs have done: only there
	 * does it mean something that a record is missing. */
	uint64_t whole_since;
	/* Names for the timeline; NULL, or a NULL it returns: "VM N". */
	const char *(*vm_name)(const void *names, unsigned vmid);
	const void *names;
};

/**
 * Add the ring that begins @ring, of which @len bytes are there.
 *
 * A slot that the writer has overtaken while the copy was made cannot be told
 * from a good one, so the copy must be of a stopped machine.
 * @return false: wrong magic, version or size; nothing is added.
 */
bool trace_log_add(struct trace_log *log, const void *ring, size_t len);

/** Merge what was added into one ascending row. */
void trace_log_sort(struct trace_log *log);

void trace_log_free(struct trace_log *log);

/** Name of an id ("EXIT_SYNC"), or NULL. */
const char *trace_name(unsigned id);

/** One line for one record, without a newline; cut at @size. */
void trace_describe(const struct trace_log *log, const struct trace_record *r,
                    char *buf, size_t size);

/** The last @most records as lines. */
void trace_log_print(const struct trace_log *log, FILE *out, size_t most);

/** Records by id, most frequent first: one "name count" line each. */
void trace_log_counts(const struct trace_log *log, FILE *out);

/**
 * The Trace Event format that Perfetto and chrome://tracing read: one process
 * per VM with one thread per vCPU, one process for the physical CPUs; there
 * are exits, interrupts and messages, too.
 * @return false if @path cannot be written.
 */
bool trace_log_write_timeline(const struct trace_log *log, const char *path);

#endif
