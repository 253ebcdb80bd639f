/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot.h"

#include <errno.h>
#include <math.h>
#include <regex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aftermath.h"
#include "ask.h"
#include "backtrace.h"
#include "coverage_run.h"
#include "triage.h"

/* QEMU connects within its first 30 ms; this is for a drowning host. */
#define CONNECT_MS 20000

/* After the process ended: how long until the sockets must be at their end. */
#define DRAIN_MS 500

/* At most this much of the wire in one go, so that others get their turn. */
#define READ_BATCH (1u << 20)

static void on_send(void *ctx, unsigned stream, const char *text)
{
	boot_send(ctx, stream, text, strlen(text));
}

static void on_frame(void *ctx, unsigned stream, const struct frame *frame)
{
	struct boot *boot = ctx;
	const char *name = judge_stream(&boot->judge, stream)->name;

	record_frame(&boot->record, name, frame, boot->now);
}

static void keep_head(struct boot *boot, const uint8_t *data, size_t len)
{
	size_t room = sizeof(boot->head) - boot->head_len;

	len = len < room ? len : room;
	memcpy(boot->head + boot->head_len, data, len);
	boot->head_len += len;
}

static void on_stream(void *ctx, unsigned id, const uint8_t *data, size_t len)
{
	struct boot *boot = ctx;
	const char *name = judge_stream(&boot->judge, id)->name;

	if (id == CONSOLE_STREAM_HYP) {
		keep_head(boot, data, len);
	}
	record_stream(&boot->record, id, name, data, len, boot->now);
	if (boot->watch != NULL) {
		boot->watch(boot->watch_ctx, id, name, data, len);
	}
	if (!boot->is_passive) {
		judge_bytes(&boot->judge, id, data, len, boot->fair_now);
	}
}

void boot_send(struct boot *boot, unsigned stream, const void *data, size_t len)
{
	console_encode(&boot->wire, stream, data, len, &boot->to_send);
}

static void start_machine(struct boot *boot)
{
	char *why = NULL;
	char *line;

	boot->machine.is_stopped = boot->opt->gdb;
	if (boot->inst->block_count != 0) {
		boot->blocks = record_path(&boot->record, COVERAGE_LOG);
		boot->machine.blocks = boot->blocks;
		boot->machine.block = boot->inst->blocks;
		boot->machine.block_count = boot->inst->block_count;
	}
	if (!qemu_start(&boot->qemu, &boot->machine, boot->record.qemu_fd,
	                &why)) {
		judge_infra(&boot->judge, "%s", why);
		free(why);
		return;
	}
	line = shell_quote(&boot->qemu.argv);
	record_file(&boot->record, "argv", line, strlen(line));
	free(line);
	ask_open(boot);
}

void boot_start(struct boot *boot, const struct instance *inst,
                const struct options *opt, const char *folder)
{
	struct judge_hooks hooks = { boot, on_send, on_frame };
	bool is_ref = inst->lane == LANE_REF;

	*boot = (struct boot){
		.inst = inst,
		.opt = opt,
		.began = now_seconds(),
		.now = now_ms(),
		.ask = -1,
		.qemu = { .con = -1,
		          .qmp = -1,
		          .con_listen = -1,
		          .qmp_listen = -1 },
	};
	boot->connect_by = boot->now + CONNECT_MS;
	patience_init(&boot->patience, boot->now);
	boot->fair_now = boot->now;
	judge_init(&boot->judge, inst->sc, inst->lane, &hooks, boot->now);
	if (inst->is_control) {
		boot->judge.wanted = VERDICT_PASS;
	}
	boot->judge.scale = opt->timeout_scale;
	boot->is_passive = opt->console;
	boot->judge.has_limits = !opt->gdb && !opt->console;
	boot->judge.greatest_text |= opt->greatest_text;
	console_init(&boot->wire, !is_ref,
	             is_ref ? FRAME_SRC_REF : CONSOLE_STREAM_HYP);
	if (!record_open(&boot->record, folder, boot->now)) {
		judge_infra(&boot->judge, "%s", boot->record.fault);
	} else if (!boot_prepare(boot)) {
		judge_infra(&boot->judge, "cannot make the images to boot");
	} else if (boot->record.fault == NULL) {
		start_machine(boot);
	}
}

size_t boot_polls(const struct boot *boot, struct pollfd *polls)
{
	const struct qemu *qemu = &boot->qemu;
	size_t count = 0;

	if (qemu->con >= 0) {
		polls[count].fd = qemu->con;
		polls[count++].events =
			POLLIN | (boot->to_send.len > 0 ? POLLOUT : 0);
	}
	if (qemu->qmp >= 0) {
		polls[count].fd = qemu->qmp;
		polls[count++].events = POLLIN;
	}
	if (qemu->con_listen >= 0) {
		polls[count].fd = qemu->con_listen;
		polls[count++].events = POLLIN;
	}
	if (qemu->qmp_listen >= 0) {
		polls[count].fd = qemu->qmp_listen;
		polls[count++].events = POLLIN;
	}
	if (boot->ask >= 0) {
		polls[count].fd = boot->ask;
		polls[count++].events = POLLIN;
	}
	return count;
}

int64_t boot_deadline(const struct boot *boot)
{
	int64_t due =
		boot->is_passive ? INT64_MAX : judge_deadline(&boot->judge);
	int64_t next = patience_wake(&boot->patience, due,
	                             patience_host_rate(boot->now));

	if (boot->is_over || boot->judge.state == JUDGE_OVER) {
		return 0;
	}
	if (boot->qemu.con_listen >= 0 && boot->connect_by < next) {
		next = boot->connect_by;
	}
	if (boot->drain_until != 0 && boot->drain_until < next) {
		next = boot->drain_until;
	}
	return next;
}

/* @return  bytes that were read; READ_BATCH or more: perhaps not all */
static size_t read_wire(struct boot *boot)
{
	uint8_t buf[65536];
	size_t total = 0;
	ssize_t n = 0;

	while (boot->qemu.con >= 0 && total < READ_BATCH &&
	       (n = read(boot->qemu.con, buf, sizeof(buf))) > 0) {
		record_raw(&boot->record, buf, (size_t)n);
		console_feed(&boot->wire, buf, (size_t)n, on_stream, boot);
		total += (size_t)n;
	}
	if (boot->qemu.con >= 0 && total < READ_BATCH &&
	    (n == 0 || (errno != EAGAIN && errno != EINTR))) {
		close(boot->qemu.con);
		boot->qemu.con = -1;
	}
	return total;
}

static void write_wire(struct boot *boot)
{
	ssize_t n;

	if (boot->qemu.con < 0 || boot->to_send.len == 0) {
		return;
	}
	n = send(boot->qemu.con, boot->to_send.data, boot->to_send.len,
	         MSG_NOSIGNAL);
	if (n > 0) {
		bytes_drop(&boot->to_send, (size_t)n);
	}
}

static void read_qmp(struct boot *boot)
{
	if (boot->qemu.qmp >= 0 && !qmp_read(&boot->qmp, boot->qemu.qmp)) {
		close(boot->qemu.qmp);
		boot->qemu.qmp = -1;
	}
}

/* The last line QEMU printed: the reason, when it could not start. */
static char *last_words(struct boot *boot)
{
	char *path = record_path(&boot->record, "qemu.log");
	struct bytes log = { 0 };
	char *line = NULL;
	char *newline;

	if (file_read(path, &log) == 0 && log.len > 0) {
		if (log.data[log.len - 1] == '\n') {
			log.len--;
		}
		bytes_add(&log, "", 1);
		newline = strrchr((char *)log.data, '\n');
		line = xstrdup(newline != NULL ? newline + 1
		                               : (char *)log.data);
	}
	free(path);
	bytes_fini(&log);
	return line != NULL ? line : xstrdup("");
}

static void tell_exit(struct boot *boot)
{
	int status = boot->qemu.has_exited ? boot->qemu.status : 0;
	char *said = last_words(boot);

	console_flush(&boot->wire, on_stream, boot);
	if (WIFSIGNALED(status)) {
		judge_exit(&boot->judge, EXIT_SIGNAL, WTERMSIG(status), said);
	} else if (WEXITSTATUS(status) != 0) {
		judge_exit(&boot->judge, EXIT_STATUS, WEXITSTATUS(status),
		           said);
	} else {
		judge_exit(&boot->judge,
		           boot->qmp.was_reset ? EXIT_RESET : EXIT_OFF, 0,
		           said);
	}
	free(said);
}

/*
 * The machine is off, and QEMU stays, stopped.  All that the machine has sent
 * is in the socket, for it was sent before.  One that has died is kept for the
 * triage.
 */
static void look_at_shutdown(struct boot *boot)
{
	if (!boot->qmp.is_shut || boot->has_quit || boot->qemu.has_exited) {
		return;
	}
	read_wire(boot);
	if (boot->judge.state == JUDGE_DYING) {
		tell_exit(boot);
	} else {
		aftermath_read(boot);
		boot->has_quit = qmp_quit(&boot->qmp, boot->qemu.qmp);
	}
}

/* It ended; but what it sent last may still wait in the sockets. */
static void look_at_exit(struct boot *boot)
{
	if (!qemu_poll_exit(&boot->qemu)) {
		return;
	}
	if (boot->drain_until == 0) {
		boot->drain_until = boot->now + DRAIN_MS;
		qemu_accept(&boot->qemu);
		read_wire(boot);
		read_qmp(boot);
	}
	if (boot->qemu.con < 0 || boot->now >= boot->drain_until) {
		read_qmp(boot);
		tell_exit(boot);
		boot->is_over = true;
	}
}

void boot_service(struct boot *boot)
{
	if (boot->is_over) {
		return;
	}
	boot->now = now_ms();
	boot->fair_now = patience_advance(&boot->patience, boot->now,
	                                  patience_host_rate(boot->now));
	if (boot->judge.state != JUDGE_OVER) {
		qemu_accept(&boot->qemu);
		read_wire(boot);
		read_qmp(boot);
		ask_serve(boot);
		if (!boot->is_passive) {
			judge_tick(&boot->judge, boot->fair_now);
		}
		write_wire(boot);
		look_at_shutdown(boot);
		look_at_exit(boot);
	}
	if (boot->qemu.con_listen >= 0 && boot->now >= boot->connect_by) {
		judge_infra(&boot->judge,
		            "%s did not open its serial line in %d s",
		            boot->inst->board->program, CONNECT_MS / 1000);
	}
	if (boot->record.fault != NULL) {
		judge_infra(&boot->judge, "%s", boot->record.fault);
	}
	if (boot->judge.state == JUDGE_OVER) {
		boot->is_over = true;
	}
}

static void fini(struct boot *boot)
{
	ask_close(boot);
	free(boot->kernel);
	free(boot->initrd);
	free(boot->append);
	free(boot->blocks);
	free(boot->cause);
	exits_fini(&boot->exits);
	bytes_fini(&boot->to_send);
	qmp_fini(&boot->qmp);
	qemu_fini(&boot->qemu);
	record_fini(&boot->record);
	judge_fini(&boot->judge);
}

/* The judge says what was seen; the triage, why. */
static void add_cause(struct boot *boot)
{
	char *both;

	if (boot->cause == NULL) {
		return;
	}
	both = xasprintf("%s\ncause: %s", boot->judge.message, boot->cause);
	free(boot->judge.message);
	boot->judge.message = both;
}

/* A verdict as wanted for another reason than the scenario says is none. */
static void check_cause(const struct boot *boot, struct run_result *run)
{
	const char *wanted = boot->inst->sc->cause;
	regex_t regex;
	char *message;

	if (wanted == NULL || boot->inst->is_control ||
	    run->verdict != VERDICT_PASS ||
	    regcomp(&regex, wanted, REG_EXTENDED | REG_NOSUB) != 0) {
		return;
	}
	if (boot->cause == NULL ||
	    regexec(&regex, boot->cause, 0, NULL, 0) != 0) {
		run->verdict = VERDICT_FAIL;
		message = xasprintf("the triage says \"%s\", must say \"%s\"",
		                    boot->cause == NULL ? "" : boot->cause,
		                    wanted);
		result_set(&run->message, message);
		free(message);
	}
	regfree(&regex);
}

void boot_finish(struct boot *boot, struct run_result *run)
{
	const struct instance *inst = boot->inst;
	char *mode = mode_format(inst->mode);

	if (boot->judge.verdict == VERDICT_HANG ||
	    boot->judge.verdict == VERDICT_TIMEOUT ||
	    boot->judge.verdict == VERDICT_CRASH || boot->judge.is_stuck) {
		boot->cause = triage(boot, false);
		add_cause(boot);
	}
	aftermath_read(boot);
	aftermath_judge(boot);
	qemu_stop(&boot->qemu);
	record_close(&boot->record);
	if (boot->judge.verdict == VERDICT_CRASH) {
		backtrace_write(boot);
	}
	if (boot->record.fault != NULL) {
		/* Even a pass proves nothing when its evidence is lost. */
		boot->judge.state = JUDGE_RUNNING;
		judge_infra(&boot->judge, "%s", boot->record.fault);
	}
	result_set(&run->part, "scenario");
	result_set(&run->name, inst->sc->name);
	result_set(&run->lane, lane_name(inst->lane));
	result_set(&run->board, inst->board->name);
	result_set(&run->mode, mode);
	result_set(&run->proves, inst->sc->proves);
	result_set(&run->folder, boot->record.folder);
	judge_conclude(&boot->judge, run);
	run->exits = boot->exits;
	boot->exits = (struct exit_counts){ 0 };
	check_cause(boot, run);
	if (boot->triage_seconds > 0) {
		run_add_figure(run, "triage-seconds",
		               round(boot->triage_seconds * 1000) / 1000, "s");
	}
	run->seconds = now_seconds() - boot->began;
	if (boot->qemu.started > 0) {
		run->own_seconds =
			run->seconds - (boot->qemu.ended - boot->qemu.started);
	}
	free(mode);
	fini(boot);
}

void boot_abandon(struct boot *boot)
{
	fini(boot);
}
