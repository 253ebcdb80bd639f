/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ctrl-C and dying children, seen only while waiting in signals_poll(), so
 * that no other call is ever interrupted.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

void signals_init(void);

/** Like poll(); also returns when a child died or somebody wants an end. */
void signals_poll(struct pollfd *polls, size_t count, int timeout_ms);

/** SIGINT, SIGTERM or SIGHUP has come. */
bool signals_interrupted(void);

#endif
