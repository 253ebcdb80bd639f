/* SPDX-License-Identifier: BSD-2-Clause */
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "result.h"

static void *must_have(void *p)
{
	if (p == NULL) {
		fputs("touchstone: out of memory\n", stderr);
		_exit(EXIT_INFRA);
	}
	return p;
}

void *xmalloc(size_t size)
{
	return must_have(malloc(size != 0 ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return must_have(calloc(count != 0 ? count : 1, size != 0 ? size : 1));
}

void *xrealloc(void *old, size_t size)
{
	return must_have(realloc(old, size != 0 ? size : 1));
}

char *xstrdup(const char *s)
{
	return must_have(strdup(s));
}

char *xvasprintf(const char *fmt, va_list args)
{
	char *out = NULL;

	if (vasprintf(&out, fmt, args) < 0) {
		out = NULL;
	}
	return must_have(out);
}

char *xasprintf(const char *fmt, ...)
{
	va_list args;
	char *out;

	va_start(args, fmt);
	out = xvasprintf(fmt, args);
	va_end(args);
	return out;
}

static void adopt(struct strv *list, char *s)
{
	list->v = xrealloc(list->v, (list->count + 2) * sizeof(*list->v));
	list->v[list->count++] = s;
	list->v[list->count] = NULL;
}

void strv_add(struct strv *list, const char *s)
{
	adopt(list, xstrdup(s));
}

void strv_addf(struct strv *list, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	adopt(list, xvasprintf(fmt, args));
	va_end(args);
}

int strv_has(const struct strv *list, const char *s)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->v[i], s) == 0) {
			return 1;
		}
	}
	return 0;
}

void strv_fini(struct strv *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->v[i]);
	}
	free(list->v);
	*list = (struct strv){ 0 };
}

void bytes_add(struct bytes *b, const void *data, size_t len)
{
	if (len == 0) {
		return;
	}
	if (b->room - b->len < len) {
		b->room = (b->len + len) * 2;
		b->data = xrealloc(b->data, b->room);
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void bytes_drop(struct bytes *b, size_t len)
{
	if (len == 0) {
		return;
	}
	memmove(b->data, b->data + len, b->len - len);
	b->len -= len;
}

void bytes_fini(struct bytes *b)
{
	free(b->data);
	*b = (struct bytes){ 0 };
}

int file_read(const char *path, struct bytes *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t buf[65536];
	ssize_t n;
	int err;

	*out = (struct bytes){ 0 };
	if (fd < 0) {
		return -1;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		bytes_add(out, buf, (size_t)n);
	}
	err = errno;
	close(fd);
	if (n < 0) {
		bytes_fini(out);
		errno = err;
		return -1;
	}
	return 0;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0) {
			return -1;
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_write(const char *path, const void *data, size_t len)
{
	char *temp = xasprintf("%s.new", path);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	int err = 0;

	if (fd < 0) {
		free(temp);
		return -1;
	}
	if (write_all(fd, data, len) < 0) {
		err = errno;
	}
	if (close(fd) < 0 && err == 0) {
		err = errno;
	}
	if (err == 0 && rename(temp, path) < 0) {
		err = errno;
	}
	if (err != 0) {
		unlink(temp);
	}
	free(temp);
	errno = err;
	return err == 0 ? 0 : -1;
}

int make_dirs(const char *path)
{
	char *copy = xstrdup(path);
	int rc = 0;

	for (char *p = copy + 1; rc == 0 && *p != '\0'; p++) {
		if (*p == '/') {
			*p = '\0';
			if (mkdir(copy, 0777) < 0 && errno != EEXIST) {
				rc = -1;
			}
			*p = '/';
		}
	}
	if (rc == 0 && mkdir(copy, 0777) < 0 && errno != EEXIST) {
		rc = -1;
	}
	free(copy);
	return rc;
}

int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

double now_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void complain(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	fflush(stdout);
	fprintf(stderr, "touchstone: %s\n", text);
	free(text);
}
