/* SPDX-License-Identifier: BSD-2-Clause */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void put_fd(int from, int to)
{
	if (from < 0) {
		from = open("/dev/null", O_RDWR);
	}
	/* dup2 of a descriptor onto itself would keep close-on-exec. */
	if (from == to) {
		fcntl(from, F_SETFD, 0);
	} else {
		dup2(from, to);
	}
}

/* In the child: everything up to exec. Only async-signal-safe calls. */
static _Noreturn void become(const struct spawn *what, pid_t parent, int tell)
{
	sigset_t none;
	int err;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(SPAWN_NO_PROGRAM); /* it died before the line above */
	}
	put_fd(what->in, STDIN_FILENO);
	put_fd(what->out, STDOUT_FILENO);
	put_fd(what->err, STDERR_FILENO);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (size_t i = 0; what->env != NULL && what->env[i] != NULL; i++) {
		putenv((char *)(uintptr_t)what->env[i]);
	}
	execvp(what->argv[0], (char *const *)(uintptr_t)what->argv);
	err = errno;
	(void)!write(tell, &err, sizeof(err));
	_exit(SPAWN_NO_PROGRAM);
}

pid_t spawn_start(const struct spawn *what)
{
	pid_t parent = getpid();
	int tell[2];
	int err = 0;
	pid_t pid;

	/* A pipe that exec closes: what comes out of it is why exec failed. */
	if (pipe2(tell, O_CLOEXEC) < 0) {
		return -1;
	}
	pid = fork();
	if (pid == 0) {
		become(what, parent, tell[1]);
	}
	close(tell[1]);
	if (pid > 0) {
		setpgid(pid, pid);
		if (read(tell[0], &err, sizeof(err)) == sizeof(err)) {
			waitpid(pid, NULL, 0);
			pid = -1;
		}
	} else {
		err = errno;
	}
	close(tell[0]);
	errno = err;
	return pid;
}

int spawn_end(pid_t pid)
{
	int status = 0;

	kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return status;
}

int spawn_and_hear(const char *const *argv, struct bytes *said)
{
	struct spawn what = { .argv = argv, .in = -1 };
	char buf[4096];
	int pipes[2];
	int status;
	ssize_t n;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0) {
		return SPAWN_NO_PROGRAM;
	}
	what.out = what.err = pipes[1];
	pid = spawn_start(&what);
	close(pipes[1]);
	if (pid < 0) {
		close(pipes[0]);
		return SPAWN_NO_PROGRAM;
	}
	while ((n = read(pipes[0], buf, sizeof(buf))) > 0) {
		bytes_add(said, buf, (size_t)n);
	}
	close(pipes[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
