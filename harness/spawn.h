/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Child processes that never outlive us: each dies when this program dies
 * (PR_SET_PDEATHSIG), and leads a process group, so that its own children can
 * be ended with it and a Ctrl-C at the terminal reaches only us.
 */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

#include "util.h"

#define SPAWN_NO_PROGRAM 127

struct spawn {
	const char *const *argv; /* argv[0] is looked up in PATH */
	int in, out, err;        /* descriptors to use, or -1: /dev/null */
	const char *const *env;  /* NAME=VALUE to add; may be NULL */
};

/**
 * Start a program.
 * @return its process id, or -1 with errno set when it could not be started;
 *         an unknown program is reported so, not by a dead child
 */
pid_t spawn_start(const struct spawn *what);

/** End @pid's whole group at once and collect it. @return its wait status. */
int spawn_end(pid_t pid);

/** Run to the end and collect standard output and error in @said.
 * @return exit status, 128 + signal, or SPAWN_NO_PROGRAM */
int spawn_and_hear(const char *const *argv, struct bytes *said);

#endif
