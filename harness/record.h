/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The evidence of one boot, in a folder of its own:
 *
 *     argv          how QEMU was started, as one shell command
 *     qemu.log      what QEMU itself said
 *     raw.log       every byte of the serial line
 *     vm-NAME.log   the stream of one VM (hyp.log: stream 0), each line after
 *                   "[seconds] " since the start
 *     frames.jsonl  every frame that was accepted, one JSON object a line
 *     result.json   as --json writes it, for this run alone
 *     repro.sh      the same boot again, with the images kept here
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>
#include <stdio.h>

#include "frame.h"
#include "util.h"

/** A retry's evidence lies below the first attempt's, in retry-N. */
#define RECORD_RETRY "retry-"

struct record_log {
	unsigned stream;
	FILE *file;
	bool in_line;
};

struct record {
	char *folder;
	int64_t start;
	int qemu_fd;
	FILE *raw, *frames;
	struct record_log *logs;
	size_t log_count;
	char *fault; /* first failure to write; NULL: none */
};

/** Make @folder, empty it of an earlier boot's evidence, open the logs.
 * @return false with record->fault set. */
bool record_open(struct record *rec, const char *folder, int64_t start);

void record_raw(struct record *rec, const void *data, size_t len);

/** @name  of the stream; used when it is seen for the first time */
void record_stream(struct record *rec, unsigned stream, const char *name,
                   const uint8_t *data, size_t len, int64_t now);

void record_frame(struct record *rec, const char *name,
                  const struct frame *frame, int64_t now);

/** Write a small file of the folder at once. */
void record_file(struct record *rec, const char *name, const void *data,
                 size_t len);

/** Close the logs: from here on they are complete on disk, or fault is set. */
void record_close(struct record *rec);
void record_fini(struct record *rec);

/** Quote @argv for a shell, as one line.  The caller frees. */
char *shell_quote(const struct strv *argv);

/** Path of a file in the folder.  The caller frees. */
char *record_path(const struct record *rec, const char *name);

/** Name of the log of a stream called @name.  The caller frees. */
char *record_log_name(const char *name);

#endif
