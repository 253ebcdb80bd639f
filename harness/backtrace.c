/* SPDX-License-Identifier: BSD-2-Clause */
#include "backtrace.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "inspect.h"

#define BACKTRACE_MAX 64 /* lines; a longer one repeats itself */

/* Where addresses stand: after these words of a line, up to its end. */
static const char *const openings[] = { "elr 0x", "backtrace 0x", "hyp:  #" };

/* No memory to read: symbols and lines are all that is wanted. */
static bool read_nothing(void *ctx, uint64_t va, void *buf, size_t len)
{
	(void)ctx, (void)va, (void)buf, (void)len;
	return false;
}

/* The ELF file beside the binary that the stream's image was; or NULL. */
static char *elf_of(const struct boot *boot, const struct stream *stream)
{
	const struct instance *inst = boot->inst;
	const struct vm *vm = scenario_vm(inst->sc, stream->id);
	struct boot_files files;
	const char *bin = NULL;
	char *elf = NULL;

	boot_files_of(inst, &files);
	if (inst->lane == LANE_REF) {
		bin = files.kernel;
	} else if (stream->id == CONSOLE_STREAM_HYP) {
		bin = files.hyp;
	}
	for (size_t i = 0; bin == NULL && i < files.payloads.count; i++) {
		const char *want = vm != NULL ? vm->image : ROOT_VM_NAME;

		if ((vm != NULL || stream->id == VMID_ROOT) &&
		    strcmp(files.payloads.v[i], want) == 0) {
			bin = files.paths.v[i];
		}
	}
	if (bin != NULL && strlen(bin) > 4) {
		elf = xasprintf("%.*s.elf", (int)strlen(bin) - 4, bin);
	}
	boot_files_fini(&files);
	return elf;
}

static void put_address(struct inspect *in, const char *who, uint64_t pc,
                        bool is_return, struct bytes *out)
{
	/* A return address belongs to the line of the call before it. */
	uint64_t at = is_return ? pc - 4 : pc;
	uint64_t offset = 0;
	int row = 0;
	const char *name = inspect_symbol(in, at, &offset);
	const char *file = inspect_line(in, at, &row);
	char *line;

	if (name == NULL) {
		return;
	}
	line = file != NULL ? xasprintf("%s: 0x%llx %s+0x%llx (%s:%d)\n", who,
	                                (unsigned long long)pc, name,
	                                (unsigned long long)offset, file, row)
	                    : xasprintf("%s: 0x%llx %s+0x%llx\n", who,
	                                (unsigned long long)pc, name,
	                                (unsigned long long)offset);
	bytes_add(out, line, strlen(line));
	free(line);
}

static void put_line(struct inspect *in, const char *who, const char *line,
                     struct bytes *out)
{
	for (size_t i = 0; i < ARRAY_COUNT(openings); i++) {
		const char *at = strstr(line, openings[i]);
		bool is_guest = strncmp(openings[i], "backtrace", 9) == 0;
		bool is_list = strncmp(openings[i], "elr", 3) != 0;

		while (at != NULL && (at = strstr(at, "0x")) != NULL) {
			put_address(in, who, strtoull(at, NULL, 16), is_guest,
			            out);
			at = is_list ? at + 2 : NULL;
		}
	}
}

static void put_stream(struct boot *boot, const struct stream *stream,
                       struct bytes *out)
{
	char *name = record_log_name(stream->name);
	char *path = record_path(&boot->record, name);
	char *elf = elf_of(boot, stream);
	struct bytes log = { 0 };
	struct inspect *in = NULL;
	char *rest, *line;
	unsigned lines = 0;

	if (elf != NULL && access(elf, R_OK) == 0 &&
	    file_read(path, &log) == 0) {
		in = inspect_open(elf, read_nothing, NULL);
	}
	bytes_add(&log, "", 1);
	rest = (char *)log.data;
	while (in != NULL && lines < BACKTRACE_MAX &&
	       (line = strsep(&rest, "\n")) != NULL) {
		size_t before = out->len;

		put_line(in, stream->name, line, out);
		lines += out->len > before;
	}
	if (in != NULL) {
		inspect_close(in);
	}
	bytes_fini(&log);
	free(elf);
	free(path);
	free(name);
}

void backtrace_write(struct boot *boot)
{
	struct bytes out = { 0 };

	for (size_t i = 0; i < boot->judge.stream_count; i++) {
		put_stream(boot, boot->judge.streams[i], &out);
	}
	if (out.len > 0) {
		record_file(&boot->record, "backtrace.txt", out.data, out.len);
	}
	bytes_fini(&out);
}
