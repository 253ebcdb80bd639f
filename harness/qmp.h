/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * As much of QMP as the harness needs: why the machine stopped, and one
 * command at a time when something hangs.
 */
#ifndef QMP_H
#define QMP_H

#include <stdbool.h>

#include "util.h"

struct qmp {
	struct bytes in;
	bool is_ready;  /* capabilities were negotiated */
	bool was_reset; /* SHUTDOWN for a reset */
	char *reply;    /* text of the last "return" that was a string */
	unsigned reply_count;
};

/** Read what @fd has. @return false at its end. */
bool qmp_read(struct qmp *qmp, int fd);

/**
 * Run a monitor command and wait for its answer, at most @timeout_ms.
 * @return the text (the caller frees), or NULL
 */
char *qmp_monitor(struct qmp *qmp, int fd, const char *command, int timeout_ms);

/** Run a command without arguments and wait for it. */
bool qmp_execute(struct qmp *qmp, int fd, const char *command, int timeout_ms);

void qmp_fini(struct qmp *qmp);

#endif
