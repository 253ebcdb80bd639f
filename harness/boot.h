/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One boot of one instance: images, machine, wire, judge and evidence brought
 * together.  It never blocks; the pool tells it when to look.
 */
#ifndef BOOT_H
#define BOOT_H

#include <poll.h>
#include <stdbool.h>

#include "console.h"
#include "exits.h"
#include "judge.h"
#include "patience.h"
#include "plan.h"
#include "qemu.h"
#include "qmp.h"
#include "record.h"

#define BOOT_POLLS    5    /* descriptors of one boot */
#define BOOT_HEAD_MAX 4096 /* bytes that are kept of stream 0 */

struct boot {
	const struct instance *inst;
	const struct options *opt;
	struct judge judge;
	struct qemu qemu;
	struct qmp qmp;
	struct console wire;
	struct record record;
	struct bytes to_send;
	struct machine machine;
	char *kernel, *initrd, *append, *blocks;
	double triage_seconds;    /* of CPU time; 0: there was none */
	char *cause;              /* what the triage said; NULL: nothing */
	char head[BOOT_HEAD_MAX]; /* the first words of stream 0 */
	size_t head_len;
	bool is_looked_into;      /* by aftermath.c, which fills: */
	struct exit_counts exits; /* as far as it can be */
	double began; /* now_seconds(); wall time of the scenario starts */
	int64_t connect_by, drain_until;
	int64_t now;
	struct patience patience;
	int64_t fair_now; /* the judge's clock */
	bool is_over;
	int ask;         /* listens for --triage; -1: does not */
	bool has_quit;   /* QEMU was told to */
	bool is_passive; /* --console: a person judges */
	/* Sees every byte of a stream beside judge and record; may be NULL. */
	void (*watch)(void *ctx, unsigned stream, const char *name,
	              const uint8_t *data, size_t len);
	void *watch_ctx;
};

/** Begin.  Failures become the verdict (INFRA); boot_is_over() then. */
void boot_start(struct boot *boot, const struct instance *inst,
                const struct options *opt, const char *folder);

/** What to wait for. @return number of entries filled, at most BOOT_POLLS */
size_t boot_polls(const struct boot *boot, struct pollfd *polls);

/** When boot_service() is due even if nothing happens. */
int64_t boot_deadline(const struct boot *boot);

/** Read, write, judge: everything that can be done now. */
void boot_service(struct boot *boot);

/** End the machine and write down what came of it. */
void boot_finish(struct boot *boot, struct run_result *run);

/** Abandon (Ctrl-C): end the machine, write nothing. */
void boot_abandon(struct boot *boot);

/** Type @text into a stream. */
void boot_send(struct boot *boot, unsigned stream, const void *data,
               size_t len);

/** Everything about the machine but its image files. */
void boot_machine(const struct instance *inst, struct machine *machine);

/** What -append gets; NULL: nothing.  The caller frees. */
char *boot_append(const struct instance *inst);

/* boot_files.c: put the images into the evidence folder. */
bool boot_prepare(struct boot *boot);

#endif
