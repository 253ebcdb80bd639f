/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario.h"

char *record_path(const struct record *rec, const char *name)
{
	return xasprintf("%s/%s", rec->folder, name);
}

char *record_log_name(const char *name)
{
	return strcmp(name, HYP_STREAM) == 0 ? xstrdup("hyp.log")
	                                     : xasprintf("vm-%s.log", name);
}

/* Only the first: a full disk fails every write from then on. */
static void set_fault(struct record *rec, const char *name)
{
	if (rec->fault == NULL) {
		rec->fault = xasprintf("cannot write %s/%s: %s", rec->folder,
		                       name, strerror(errno));
	}
}

/* An earlier boot's files, and those of its retries, but nothing else: the
 * folder may be one that somebody named by --output. */
static void empty_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *path = xasprintf("%s/%s", folder, entry->d_name);

		if (strncmp(entry->d_name, RECORD_RETRY,
		            strlen(RECORD_RETRY)) == 0) {
			empty_folder(path);
			rmdir(path);
		} else if (entry->d_name[0] != '.') {
			unlink(path);
		}
		free(path);
	}
	if (dir != NULL) {
		closedir(dir);
	}
}

static FILE *open_log(struct record *rec, const char *name)
{
	char *path = record_path(rec, name);
	FILE *file = fopen(path, "we");

	if (file == NULL) {
		set_fault(rec, name);
	}
	free(path);
	return file;
}

bool record_open(struct record *rec, const char *folder, int64_t start)
{
	char *path;

	*rec = (struct record){ .folder = xstrdup(folder), .start = start };
	rec->qemu_fd = -1;
	if (make_dirs(folder) < 0) {
		rec->fault = xasprintf("cannot make %s: %s", folder,
		                       strerror(errno));
		return false;
	}
	empty_folder(folder);
	rec->raw = open_log(rec, "raw.log");
	rec->frames = open_log(rec, "frames.jsonl");
	path = record_path(rec, "qemu.log");
	rec->qemu_fd =
		open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (rec->qemu_fd < 0) {
		set_fault(rec, "qemu.log");
	}
	free(path);
	return rec->fault == NULL;
}

static void put(struct record *rec, FILE *file, const void *data, size_t len,
                const char *name)
{
	if (file != NULL && fwrite(data, 1, len, file) != len) {
		set_fault(rec, name);
	}
}

void record_raw(struct record *rec, const void *data, size_t len)
{
	put(rec, rec->raw, data, len, "raw.log");
}

static struct record_log *find_log(struct record *rec, unsigned stream,
                                   const char *name)
{
	struct record_log *log;
	char *file;

	for (size_t i = 0; i < rec->log_count; i++) {
		if (rec->logs[i].stream == stream) {
			return &rec->logs[i];
		}
	}
	rec->logs =
		xrealloc(rec->logs, (rec->log_count + 1) * sizeof(*rec->logs));
	log = &rec->logs[rec->log_count++];
	file = record_log_name(name);
	*log = (struct record_log){
		.stream = stream,
		.file = open_log(rec, file),
	};
	free(file);
	return log;
}

void record_stream(struct record *rec, unsigned stream, const char *name,
                   const uint8_t *data, size_t len, int64_t now)
{
	struct record_log *log = find_log(rec, stream, name);
	int64_t at = now - rec->start;

	while (len > 0) {
		const uint8_t *newline = memchr(data, '\n', len);
		size_t part =
			newline != NULL ? (size_t)(newline - data) + 1 : len;

		if (!log->in_line && log->file != NULL &&
		    fprintf(log->file, "[%4lld.%03lld] ",
		            (long long)(at / 1000),
		            (long long)(at % 1000)) < 0) {
			set_fault(rec, name);
		}
		put(rec, log->file, data, part, name);
		log->in_line = newline == NULL;
		data += part;
		len -= part;
	}
}

void record_frame(struct record *rec, const char *name,
                  const struct frame *frame, int64_t now)
{
	json_t *obj = json_pack(
		"{s:f, s:s, s:i, s:I, s:s, s:s}", "at",
		(double)(now - rec->start) / 1000.0, "stream", name, "src",
		(int)frame->src, "seq", (json_int_t)frame->seq, "kind",
		frame_kind_name(frame->kind), "text", frame->text);
	char *line = json_dumps(obj, JSON_COMPACT | JSON_REAL_PRECISION(9));

	put(rec, rec->frames, line, strlen(line), "frames.jsonl");
	put(rec, rec->frames, "\n", 1, "frames.jsonl");
	free(line);
	json_decref(obj);
}

void record_file(struct record *rec, const char *name, const void *data,
                 size_t len)
{
	char *path = record_path(rec, name);

	if (file_write(path, data, len) < 0) {
		set_fault(rec, name);
	}
	free(path);
}

static void close_log(struct record *rec, FILE **file, const char *name)
{
	if (*file != NULL && fclose(*file) != 0) {
		set_fault(rec, name);
	}
	*file = NULL;
}

void record_close(struct record *rec)
{
	for (size_t i = 0; i < rec->log_count; i++) {
		close_log(rec, &rec->logs[i].file, "a VM's log");
	}
	close_log(rec, &rec->raw, "raw.log");
	close_log(rec, &rec->frames, "frames.jsonl");
	if (rec->qemu_fd >= 0) {
		close(rec->qemu_fd);
		rec->qemu_fd = -1;
	}
}

void record_fini(struct record *rec)
{
	record_close(rec);
	free(rec->logs);
	free(rec->folder);
	free(rec->fault);
	*rec = (struct record){ .qemu_fd = -1 };
}

static bool is_plain(const char *s)
{
	if (*s == '\0') {
		return false;
	}
	for (; *s != '\0'; s++) {
		if (!isalnum((unsigned char)*s) &&
		    strchr("-_=,./:+@%", *s) == NULL) {
			return false;
		}
	}
	return true;
}

char *shell_quote(const struct strv *argv)
{
	struct bytes out = { 0 };

	for (size_t i = 0; i < argv->count; i++) {
		const char *arg = argv->v[i];

		if (i > 0) {
			bytes_add(&out, " ", 1);
		}
		if (is_plain(arg)) {
			bytes_add(&out, arg, strlen(arg));
			continue;
		}
		bytes_add(&out, "'", 1);
		for (; *arg != '\0'; arg++) {
			if (*arg == '\'') {
				bytes_add(&out, "'\\''", 4);
			} else {
				bytes_add(&out, arg, 1);
			}
		}
		bytes_add(&out, "'", 1);
	}
	bytes_add(&out, "", 1);
	return (char *)out.data;
}
