/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One running QEMU: its process and the two unix sockets it connects to.
 *
 * The harness listens and QEMU connects, so that no byte can be sent before
 * somebody reads, and a program that never connects is noticed.  The sockets
 * lie in a folder of their own under TMPDIR, because a socket's name must be
 * shorter than 108 bytes.
 */
#ifndef QEMU_H
#define QEMU_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "board.h"
#include "util.h"

/** Addresses of one image's text, [lo, hi). */
struct block_range {
	uint64_t lo, hi;
};

#define BLOCK_RANGES 2 /* the hypervisor and the resource manager */

/** What to start. */
struct machine {
	const struct board *board;
	enum lane lane;
	int mode; /* MODE_MTTCG or N of icount=N */
	const char *cpu_model;
	unsigned cpus;
	unsigned memory_mib;
	const char *kernel;
	const char *initrd;              /* NULL: none */
	const char *append;              /* NULL: none */
	bool is_stopped;                 /* -S, and a gdbstub on a socket */
	const char *blocks;              /* file of the block log; NULL: none */
	const struct block_range *block; /* addresses that it is about */
	size_t block_count;
};

struct qemu {
	pid_t pid;                  /* 0: not running */
	char *folder;               /* of the sockets; NULL when removed */
	int con_listen, qmp_listen; /* -1 once connected */
	int con, qmp;               /* -1 while not connected */
	struct strv argv;
	double started, ended; /* now_seconds() */
	bool has_exited;
	int status; /* of waitpid(), once has_exited */
};

/** The sockets' names below qemu->folder. */
#define QEMU_CON "con"
#define QEMU_QMP "qmp"
#define QEMU_GDB "gdb"
#define QEMU_ASK "ask" /* for --triage; QEMU knows nothing of it */

/** The arguments that start @machine with sockets in @folder. */
void qemu_argv(const struct machine *machine, const char *folder,
               struct strv *argv);

/**
 * Start @machine; its standard output and error go to @log_fd.
 * @return false with *@why set (the caller frees) when it could not be
 *         started; nothing is left behind then
 */
bool qemu_start(struct qemu *qemu, const struct machine *machine, int log_fd,
                char **why);

/** A private folder with a short name, for sockets, in TMPDIR.
 * @return NULL: none, see errno. The caller removes and frees it. */
char *qemu_make_folder(void);

/** A listening unix socket in @folder. @return -1: none */
int qemu_listen(const char *folder, const char *name);

/** Take what waits on the listening sockets. */
void qemu_accept(struct qemu *qemu);

/** Has it ended by itself?  Never blocks. */
bool qemu_poll_exit(struct qemu *qemu);

/** End it if it runs, close and remove everything.  argv stays. */
void qemu_stop(struct qemu *qemu);

void qemu_fini(struct qemu *qemu);

#endif
