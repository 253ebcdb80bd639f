/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the writers of reports share.  See report.h.
 */
#include "report.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_BOARD "qemu-virt"

static FILE *reserved; /* what standard output was; NULL: it still is */

void report_reserve_stdout(void)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);

	reserved = fd < 0 ? NULL : fdopen(fd, "w");
	if (reserved == NULL || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		err(EXIT_INFRA, "standard output");
	}
}

/* A device or a pipe is written to; a rename would put a file in its place. */
static bool is_special(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

int report_open(struct report_file *file, const char *path)
{
	*file = (struct report_file){ .out = stdout };
	if (strcmp(path, "-") == 0) {
		file->out = reserved != NULL ? reserved : stdout;
		return 0;
	}
	if (is_special(path)) {
		file->out = fopen(path, "w");
		return file->out == NULL ? -1 : 0;
	}
	file->path = strdup(path);
	if (file->path == NULL ||
	    asprintf(&file->temporary, "%s.XXXXXX", path) < 0) {
		err(EXIT_INFRA, "%s", path);
	}
	int fd = mkstemp(file->temporary);
	file->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (file->out == NULL) {
		free(file->path);
		free(file->temporary);
		return -1;
	}
	/* mkstemp() lets nobody else read it; a report is for everybody. */
	mode_t mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	return 0;
}

int report_close(struct report_file *file, bool written)
{
	int error = written ? 0 : EIO;

	errno = EIO; /* ferror() alone does not say why */
	if (fflush(file->out) != 0 || ferror(file->out)) {
		error = errno;
	}
	if (file->out != stdout && file->out != reserved &&
	    fclose(file->out) != 0 && error == 0) {
		error = errno;
	}
	if (file->path != NULL) {
		if (error == 0 && rename(file->temporary, file->path) != 0) {
			error = errno;
		}
		if (error != 0) {
			unlink(file->temporary);
		}
	}
	free(file->path);
	free(file->temporary);
	errno = error;
	return error == 0 ? 0 : -1;
}

/*
 * Length of the UTF-8 sequence at @s, 0 when there is none.  Overlong forms,
 * surrogates, what lies above U+10FFFF, and the two non-characters that XML
 * forbids are none.
 */
static size_t utf8_length(const unsigned char *s)
{
	static const struct {
		unsigned char mask, lead;
		unsigned long first;
	} forms[] = {
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((s[0] & forms[i].mask) != forms[i].lead) {
			continue;
		}
		unsigned long code = s[0] & ~forms[i].mask;
		for (size_t k = 1; k <= i + 1; k++) {
			/* A string's end is no continuation, so stops this. */
			if ((s[k] & 0xc0) != 0x80) {
				return 0;
			}
			code = code << 6 | (s[k] & 0x3f);
		}
		bool bad = code < forms[i].first || code > 0x10ffff ||
		           (code >= 0xd800 && code <= 0xdfff) ||
		           code == 0xfffe || code == 0xffff;
		return bad ? 0 : i + 2;
	}
	return 0;
}

char *report_text(const char *text)
{
	const unsigned char *in = (const unsigned char *)(text ? text : "");
	char *clean = malloc(strlen((const char *)in) * 4 + 1);
	char *out = clean;

	if (clean == NULL) {
		err(EXIT_INFRA, "report");
	}
	while (*in != '\0') {
		size_t length = 0;
		if (*in >= 0x80) {
			length = utf8_length(in);
		} else if ((*in >= 0x20 && *in != 0x7f) || *in == '\n' ||
		           *in == '\t') {
			length = 1;
		}
		if (length == 0) {
			out += sprintf(out, "\\x%02x", *in++);
		}
		while (length-- > 0) {
			*out++ = (char)*in++;
		}
	}
	*out = '\0';
	return clean;
}

char *report_run_title(const struct run_result *run)
{
	char *title;
	int length;

	if (strcmp(run->part, "scenario") != 0) {
		length = asprintf(&title, "%s: %s", run->part, run->name);
	} else {
		bool plain = strcmp(run->board, DEFAULT_BOARD) == 0;
		length = asprintf(&title, "%s [%s%s%s%s%s]", run->name,
		                  run->lane, *run->mode ? " " : "", run->mode,
		                  plain ? "" : " ", plain ? "" : run->board);
	}
	if (length < 0) {
		err(EXIT_INFRA, "report");
	}
	char *clean = report_text(title);
	free(title);
	return clean;
}

bool report_is_expected(const struct run_result *run,
                        const struct case_result *result)
{
	return verdict_is_failure(result->verdict) &&
	       !verdict_is_failure(run->verdict);
}
