/* SPDX-License-Identifier: BSD-2-Clause */
#include "signals.h"

#include <signal.h>
#include <string.h>
#include <time.h>

#include "util.h"

static volatile sig_atomic_t interrupted;
static sigset_t waiting_mask; /* what is let in while waiting */

static void on_end(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void on_child(int sig)
{
	(void)sig; /* its arrival wakes signals_poll(): that is all */
}

void signals_init(void)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act;
	sigset_t blocked;

	memset(&act, 0, sizeof(act));
	sigemptyset(&blocked);
	act.sa_handler = on_end;
	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		sigaction(ends[i], &act, NULL);
		sigaddset(&blocked, ends[i]);
	}
	act.sa_handler = on_child;
	sigaction(SIGCHLD, &act, NULL);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &waiting_mask);
	/* A parent may have left them blocked. */
	for (size_t i = 0; i < ARRAY_COUNT(ends); i++) {
		sigdelset(&waiting_mask, ends[i]);
	}
	sigdelset(&waiting_mask, SIGCHLD);
	/* A full disk or a lost reader is an error to report, not to die of. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

void signals_poll(struct pollfd *polls, size_t count, int timeout_ms)
{
	struct timespec wait = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = (timeout_ms % 1000) * 1000000l,
	};

	if (ppoll(polls, count, timeout_ms < 0 ? NULL : &wait, &waiting_mask) <
	    0) {
		for (size_t i = 0; i < count; i++) {
			polls[i].revents = 0;
		}
	}
}

bool signals_interrupted(void)
{
	return interrupted != 0;
}
