/* SPDX-License-Identifier: BSD-2-Clause */
#include "qmp.h"

#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool say(int fd, const char *text)
{
	size_t len = strlen(text);

	/* A command is small and the socket empty: it fits, or QEMU is gone. */
	return write(fd, text, len) == (ssize_t)len;
}

static void on_event(struct qmp *qmp, const char *event, json_t *data)
{
	const char *reason = json_string_value(json_object_get(data, "reason"));

	if (strcmp(event, "SHUTDOWN") == 0) {
		qmp->is_shut = true;
		qmp->was_reset |=
			reason != NULL && strcmp(reason, "guest-reset") == 0;
	}
}

/* One that came too late, or to what nobody waits for, is no answer to this. */
static void on_answer(struct qmp *qmp, const json_t *id, const json_t *value)
{
	if (!json_is_integer(id) || json_integer_value(id) != qmp->asked) {
		return;
	}
	if (json_is_string(value)) {
		free(qmp->reply);
		qmp->reply = xstrdup(json_string_value(value));
	}
	qmp->answered = qmp->asked;
}

static void on_line(struct qmp *qmp, int fd, const char *line, size_t len)
{
	json_t *msg = json_loadb(line, len, 0, NULL);
	const char *event = json_string_value(json_object_get(msg, "event"));
	json_t *value = json_object_get(msg, "return");
	const char *status =
		json_string_value(json_object_get(value, "status"));

	if (json_object_get(msg, "QMP") != NULL) {
		/* Of what came before, the second answer tells. */
		say(fd, "{\"execute\":\"qmp_capabilities\"}\n"
		        "{\"execute\":\"query-status\"}\n");
	} else if (status != NULL) {
		qmp->is_shut |= strcmp(status, "shutdown") == 0;
	} else if (event != NULL) {
		on_event(qmp, event, json_object_get(msg, "data"));
	} else if (value != NULL || json_object_get(msg, "error") != NULL) {
		qmp->is_ready = true;
		on_answer(qmp, json_object_get(msg, "id"), value);
	}
	json_decref(msg);
}

bool qmp_read(struct qmp *qmp, int fd)
{
	char buf[16384];
	const uint8_t *newline;
	ssize_t n;
	bool is_open;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		bytes_add(&qmp->in, buf, (size_t)n);
	}
	/* Asked now: reading JSON changes errno. */
	is_open = n < 0 && (errno == EAGAIN || errno == EINTR);
	while (qmp->in.len > 0 &&
	       (newline = memchr(qmp->in.data, '\n', qmp->in.len)) != NULL) {
		size_t len = (size_t)(newline - qmp->in.data);

		on_line(qmp, fd, (const char *)qmp->in.data, len);
		bytes_drop(&qmp->in, len + 1);
	}
	/* A program that only pretends to speak QMP must not fill memory. */
	if (qmp->in.len > 1u << 22) {
		return false;
	}
	return is_open;
}

static bool wait_reply(struct qmp *qmp, int fd, int timeout_ms)
{
	int64_t until = now_ms() + timeout_ms;

	while (qmp->answered != qmp->asked) {
		struct pollfd pfd = { .fd = fd, .events = POLLIN };
		int64_t left = until - now_ms();

		if (left <= 0 || poll(&pfd, 1, (int)left) < 0 ||
		    !qmp_read(qmp, fd)) {
			return qmp->answered == qmp->asked;
		}
	}
	return true;
}

bool qmp_quit(const struct qmp *qmp, int fd)
{
	return qmp->is_ready && fd >= 0 && say(fd, "{\"execute\":\"quit\"}\n");
}

bool qmp_execute(struct qmp *qmp, int fd, const char *command, int timeout_ms)
{
	char *text = xasprintf("{\"execute\":\"%s\",\"id\":%u}\n", command,
	                       ++qmp->asked);
	bool ok = qmp->is_ready && say(fd, text) &&
	          wait_reply(qmp, fd, timeout_ms);

	free(text);
	return ok;
}

char *qmp_monitor(struct qmp *qmp, int fd, const char *command, int timeout_ms)
{
	return qmp_monitor_of(qmp, fd, 0, command, timeout_ms);
}

char *qmp_monitor_of(struct qmp *qmp, int fd, size_t cpu, const char *command,
                     int timeout_ms)
{
	char *text = xasprintf("{\"execute\":\"human-monitor-command\","
	                       "\"arguments\":{\"cpu-index\":%zu,"
	                       "\"command-line\":\"%s\"},\"id\":%u}\n",
	                       cpu, command, ++qmp->asked);
	char *reply = NULL;

	free(qmp->reply);
	qmp->reply = NULL;
	if (qmp->is_ready && say(fd, text) && wait_reply(qmp, fd, timeout_ms)) {
		reply = qmp->reply;
		qmp->reply = NULL;
	}
	free(text);
	return reply;
}

void qmp_fini(struct qmp *qmp)
{
	bytes_fini(&qmp->in);
	free(qmp->reply);
	*qmp = (struct qmp){ 0 };
}
