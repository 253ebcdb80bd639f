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
	bool is_ready;            /* capabilities were negotiated */
	bool is_shut;             /* the machine is off, or was reset */
	bool was_reset;           /* the latter */
	char *reply;              /* text of the answer, if it was a string */
	unsigned asked, answered; /* ids of commands: the last of each */
};

/** Read what @fd has. @return false at its end. */
bool qmp_read(struct qmp *qmp, int fd);

/**
 * Run a monitor command and wait for its answer, at most @timeout_ms.
 * @return the text (the caller frees), or NULL
 */
char *qmp_monitor(struct qmp *qmp, int fd, const char *command, int timeout_ms);

/** The same, as CPU @cpu sees it. */
char *qmp_monitor_of(struct qmp *qmp, int fd, size_t cpu, const char *command,
                     int timeout_ms);

/** Ask QEMU to end, and do not wait for that. @return false: not yet ready
 * to be asked */
bool qmp_quit(const struct qmp *qmp, int fd);

/** Run a command without arguments and wait for it. */
bool qmp_execute(struct qmp *qmp, int fd, const char *command, int timeout_ms);

void qmp_fini(struct qmp *qmp);

#endif
