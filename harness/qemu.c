/* SPDX-License-Identifier: BSD-2-Clause */
#include "qemu.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn.h"

static const char *const sockets[] = { QEMU_CON, QEMU_QMP, QEMU_GDB, QEMU_ASK };

static void add_accelerator(const struct machine *machine, struct strv *argv)
{
	strv_add(argv, "-accel");
	if (machine->mode == MODE_MTTCG) {
		strv_add(argv, "tcg,thread=multi,tb-size=64");
		return;
	}
	/* icount schedules all CPUs on one thread; sleep=off makes idle time
	 * pass at once, and the whole run reproducible. */
	strv_add(argv, "tcg,thread=single,tb-size=64");
	strv_add(argv, "-icount");
	strv_addf(argv, "shift=%d,sleep=off", machine->mode);
}

static void add_block_log(const struct machine *machine, struct strv *argv)
{
	char *filter = xstrdup("");

	if (machine->blocks == NULL) {
		free(filter);
		return;
	}
	for (size_t i = 0; i < machine->block_count; i++) {
		const struct block_range *it = &machine->block[i];
		char *longer =
			xasprintf("%s%s0x%" PRIx64 "..0x%" PRIx64, filter,
		                  i > 0 ? "," : "", it->lo, it->hi - 1);

		free(filter);
		filter = longer;
	}
	strv_add(argv, "-d");
	strv_add(argv, "in_asm");
	strv_add(argv, "-D");
	strv_add(argv, machine->blocks);
	strv_add(argv, "-dfilter");
	strv_add(argv, filter);
	free(filter);
}

/*
 * Without -nic none Debian's QEMU asks for another package's ROM.  A machine
 * that is off stays to be looked into until the harness says "quit".
 */
static void add_constants(struct strv *argv)
{
	static const char *const args[] = {
		"-nic",        "none",     "-display",
		"none",        "-monitor", "none",
		"-nodefaults", "-action",  "reboot=shutdown,shutdown=pause",
	};

	for (size_t i = 0; i < ARRAY_COUNT(args); i++) {
		strv_add(argv, args[i]);
	}
}

void qemu_argv(const struct machine *machine, const char *folder,
               struct strv *argv)
{
	const struct board_lane *lane = &machine->board->lanes[machine->lane];

	strv_add(argv, machine->board->program);
	for (size_t i = 0; i < lane->args.count; i++) {
		strv_add(argv, lane->args.v[i]);
	}
	strv_add(argv, "-cpu");
	strv_add(argv, machine->cpu_model);
	strv_add(argv, "-smp");
	strv_addf(argv, "%u", machine->cpus);
	strv_add(argv, "-m");
	strv_addf(argv, "%uM", machine->memory_mib);
	add_accelerator(machine, argv);
	add_constants(argv);
	add_block_log(machine, argv);
	strv_add(argv, "-kernel");
	strv_add(argv, machine->kernel);
	if (machine->initrd != NULL) {
		strv_add(argv, "-initrd");
		strv_add(argv, machine->initrd);
	}
	if (machine->append != NULL && *machine->append != '\0') {
		strv_add(argv, "-append");
		strv_add(argv, machine->append);
	}
	strv_add(argv, "-chardev");
	strv_addf(argv, "socket,id=con0,path=%s/" QEMU_CON, folder);
	strv_add(argv, "-serial");
	strv_add(argv, "chardev:con0");
	strv_add(argv, "-chardev");
	strv_addf(argv, "socket,id=qmp0,path=%s/" QEMU_QMP, folder);
	strv_add(argv, "-mon");
	strv_add(argv, "chardev=qmp0,mode=control");
	if (machine->is_stopped) {
		strv_add(argv, "-S");
		strv_add(argv, "-chardev");
		strv_addf(argv,
		          "socket,id=gdb0,path=%s/" QEMU_GDB
		          ",server=on,wait=off",
		          folder);
		strv_add(argv, "-gdb");
		strv_add(argv, "chardev:gdb0");
	}
}

char *qemu_make_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char *folder;

	/* A long TMPDIR would not leave room for a socket's name. */
	if (tmp == NULL || *tmp != '/' || strlen(tmp) > 64) {
		tmp = "/tmp";
	}
	folder = xasprintf("%s/touchstone-XXXXXX", tmp);
	if (mkdtemp(folder) == NULL) {
		free(folder);
		return NULL;
	}
	return folder;
}

int qemu_listen(const char *folder, const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	char *path = xasprintf("%s/%s", folder, name);

	memcpy(addr.sun_path, path, strlen(path) + 1);
	free(path);
	if (fd >= 0 &&
	    (bind(fd, (void *)&addr, sizeof(addr)) < 0 || listen(fd, 1) < 0)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static void close_fd(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
		*fd = -1;
	}
}

static void remove_folder(struct qemu *qemu)
{
	if (qemu->folder == NULL) {
		return;
	}
	for (size_t i = 0; i < ARRAY_COUNT(sockets); i++) {
		char *path = xasprintf("%s/%s", qemu->folder, sockets[i]);

		unlink(path);
		free(path);
	}
	rmdir(qemu->folder);
	free(qemu->folder);
	qemu->folder = NULL;
}

bool qemu_start(struct qemu *qemu, const struct machine *machine, int log_fd,
                char **why)
{
	struct spawn what = { .in = -1, .out = log_fd, .err = log_fd };
	static const char *const env[] = { "QEMU_AUDIO_DRV=none", NULL };

	*qemu = (struct qemu){ .con = -1, .qmp = -1 };
	qemu->con_listen = qemu->qmp_listen = -1;
	qemu->folder = qemu_make_folder();
	if (qemu->folder == NULL) {
		*why = xasprintf("cannot make a folder for sockets: %s",
		                 strerror(errno));
		return false;
	}
	qemu->con_listen = qemu_listen(qemu->folder, QEMU_CON);
	qemu->qmp_listen = qemu_listen(qemu->folder, QEMU_QMP);
	qemu_argv(machine, qemu->folder, &qemu->argv);
	what.argv = (const char *const *)qemu->argv.v;
	what.env = env;
	qemu->started = now_seconds();
	qemu->pid = spawn_start(&what);
	if (qemu->pid < 0 || qemu->con_listen < 0 || qemu->qmp_listen < 0) {
		*why = xasprintf("cannot start %s: %s", qemu->argv.v[0],
		                 strerror(errno));
		qemu->pid = qemu->pid < 0 ? 0 : qemu->pid;
		qemu_stop(qemu);
		return false;
	}
	return true;
}

static void accept_one(int *listener, int *fd)
{
	int got;

	if (*listener < 0) {
		return;
	}
	got = accept4(*listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (got >= 0) {
		*fd = got;
		close_fd(listener);
	}
}

void qemu_accept(struct qemu *qemu)
{
	accept_one(&qemu->con_listen, &qemu->con);
	accept_one(&qemu->qmp_listen, &qemu->qmp);
}

bool qemu_poll_exit(struct qemu *qemu)
{
	if (!qemu->has_exited && qemu->pid > 0 &&
	    waitpid(qemu->pid, &qemu->status, WNOHANG) == qemu->pid) {
		qemu->has_exited = true;
		qemu->ended = now_seconds();
		/* Children of its own must not outlive it. */
		kill(-qemu->pid, SIGKILL);
		qemu->pid = 0;
	}
	return qemu->has_exited;
}

void qemu_stop(struct qemu *qemu)
{
	if (qemu->pid > 0) {
		qemu->status = spawn_end(qemu->pid);
		qemu->ended = now_seconds();
		qemu->pid = 0;
	}
	close_fd(&qemu->con);
	close_fd(&qemu->qmp);
	close_fd(&qemu->con_listen);
	close_fd(&qemu->qmp_listen);
	remove_folder(qemu);
}

void qemu_fini(struct qemu *qemu)
{
	qemu_stop(qemu);
	strv_fini(&qemu->argv);
}
