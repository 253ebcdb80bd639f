/* SPDX-License-Identifier: BSD-2-Clause */
#include "triage.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "boot.h"
#include "paths.h"
#include "snapshot.h"
#include "triage_hyp.h"

#define ANSWER_MS 10000 /* of a host that is busy */
#define DUMP_MS   30000
#define RUN_US    8000 /* between two looks */
#define LOOKS     5

/* The stub is started only now: a run that needs none has none. */
static char *start_stub(struct boot *boot, const char *folder)
{
	char *socket, *command, *answer;

	socket = xasprintf("%s/gdb", folder);
	command = xasprintf("gdbserver unix:%s,server=on,wait=off", socket);
	answer = qmp_monitor(&boot->qmp, boot->qemu.qmp, command, ANSWER_MS);
	free(command);
	if (answer == NULL) {
		free(socket);
		return NULL;
	}
	free(answer);
	return socket;
}

static void stop_stub(char *socket)
{
	unlink(socket);
	free(socket);
}

/* As it was before: it runs, and nobody holds it. */
static void let_go(struct boot *boot, struct snapshot *s)
{
	if (s->gdb != NULL) {
		gdb_remote_detach(s->gdb);
	}
	free(qmp_monitor(&boot->qmp, boot->qemu.qmp, "gdbserver none",
	                 ANSWER_MS));
}

/* Looks with the machine running in between: what moves, moves. */
static bool look_again(struct snapshot *s, const char *socket)
{
	if (!gdb_remote_continue(s->gdb)) {
		return false;
	}
	usleep(RUN_US);
	return gdb_remote_stop(s->gdb) && snapshot_registers(s, socket);
}

/* @is_off: what has ended moves no more, and one look is all there is. */
static bool look_often(struct snapshot *s, const char *socket, bool is_off,
                       struct tri_before *before)
{
	if (!snapshot_registers(s, socket)) {
		return false;
	}
	memcpy(before->cpu, s->cpu, sizeof(s->cpu));
	triage_read_heads(s, before->head);
	for (unsigned look = 1; !is_off && look < LOOKS; look++) {
		if (!look_again(s, socket)) {
			return false;
		}
		for (size_t i = 0; i < s->cpus; i++) {
			if (s->cpu[i].el != before->cpu[i].el) {
				before->cpu[i].el = TRIAGE_EL_VARIES;
			}
		}
	}
	return true;
}

/* QEMU's own memory, when the host lets us see it. */
static void open_ram(struct boot *boot, struct snapshot *s)
{
	char *text = qmp_monitor(&boot->qmp, boot->qemu.qmp, "info mtree -f",
	                         ANSWER_MS);
	uint64_t pa, size, host;
	const char *is_at;
	char *command;

	if (text == NULL || !ram_find(text, &pa, &size)) {
		free(text);
		return;
	}
	free(text);
	command = xasprintf("gpa2hva %#" PRIx64, pa);
	text = qmp_monitor(&boot->qmp, boot->qemu.qmp, command, ANSWER_MS);
	free(command);
	is_at = text == NULL ? NULL : strstr(text, " is 0x");
	if (is_at != NULL) {
		host = strtoull(is_at + strlen(" is "), NULL, 16);
		if (ram_open(&s->ram, boot->qemu.pid, pa, size, host)) {
			snapshot_live(s);
		}
	}
	free(text);
}

/* A run of EL2's addresses that is one in memory, too, grows. */
static void add_view(void *ctx, uint64_t va, const struct walk_leaf *leaf)
{
	struct ram_core *what = ctx;
	struct ram_view *last = &what->view[what->views - 1];

	if (what->views > 0 && last->va + last->size == va &&
	    last->pa + last->size == leaf->pa) {
		last->size += leaf->size;
	} else if (what->views < RAM_VIEWS_MAX) {
		what->view[what->views++] =
			(struct ram_view){ va, leaf->pa, leaf->size };
	}
}

/* Only RAM is in the file; EL2 sees devices, too. */
static void keep_ram(struct ram_core *what, const struct ram *ram)
{
	size_t kept = 0;

	for (size_t i = 0; i < what->views; i++) {
		struct ram_view v = what->view[i];

		if (v.pa >= ram->pa && v.pa - ram->pa < ram->size &&
		    v.size <= ram->size - (v.pa - ram->pa)) {
			what->view[kept++] = v;
		}
	}
	what->views = kept;
}

static bool write_core(const struct snapshot *s, const char *path)
{
	struct ram_core what = { .cpus = s->cpus };

	if (s->ram.mem < 0) {
		return false;
	}
	for (size_t i = 0; i < s->cpus; i++) {
		const struct snap_cpu *c = &s->cpu[i];

		what.cpu[i] = &c->core;
		if (what.views == 0 && c->ttbr0_el2 != 0) {
			struct walk el2 = walk_el2(c->ttbr0_el2, c->tcr_el2);

			walk_all(s->core, &el2, add_view, &what);
		}
	}
	keep_ram(&what, &s->ram);
	return ram_write_core(&s->ram, &what, path);
}

/* All of it through QEMU, the zeros too. */
static bool dump_core(struct boot *boot, const char *path)
{
	char *absolute = realpath(path, NULL);
	char *command = xasprintf("dump-guest-memory %s",
	                          absolute == NULL ? path : absolute);
	char *answer =
		qmp_monitor(&boot->qmp, boot->qemu.qmp, command, DUMP_MS);
	bool ok = answer != NULL;

	free(answer);
	free(command);
	free(absolute);
	if (ok) {
		core_file_dig(path);
	}
	return ok;
}

static void dump_memory(struct boot *boot, struct snapshot *s)
{
	char *path = record_path(&boot->record, "core.elf");

	record_file(&boot->record, "core.elf", "", 0);
	if (write_core(s, path) || dump_core(boot, path)) {
		snapshot_memory(s, path);
	}
	free(path);
}

static void open_guest(struct snapshot *s, const char *board, const char *image,
                       uint32_t vmid)
{
	char *rest = xasprintf("guests/%s.elf", image);
	char *elf = path_of_image(board, rest);

	if (access(elf, R_OK) == 0) {
		snapshot_guest(s, (uint16_t)vmid, elf);
	}
	free(elf);
	free(rest);
}

static void open_images(struct boot *boot, struct snapshot *s)
{
	const struct instance *inst = boot->inst;
	const struct scenario *sc = inst->sc;
	const char *board = inst->board->name;

	if (inst->lane == LANE_TOUCHSTONE) {
		char *elf = path_of_image(board, inst->is_test_build
		                                         ? "hyp/hyp-test.elf"
		                                         : "hyp/hyp.elf");

		if (access(elf, R_OK) == 0) {
			snapshot_hyp(s, elf);
		}
		free(elf);
	}
	if (inst->lane == LANE_TOUCHSTONE && scenario_root(sc) == NULL) {
		open_guest(s, board, ROOT_VM_NAME, VMID_ROOT);
	}
	for (size_t i = 0; i < sc->vm_count; i++) {
		uint32_t vmid = inst->lane == LANE_REF ? 0 : sc->vms[i].vmid;

		open_guest(s, board, sc->vms[i].image, vmid);
	}
}

static void print_cpus(const struct snapshot *s, FILE *out)
{
	for (size_t i = 0; i < s->cpus; i++) {
		const struct snap_cpu *c = &s->cpu[i];

		fprintf(out, "cpu %zu: EL%u, interrupts %s", i, c->el,
		        c->irqs_masked ? "masked" : "open");
		if (c->el < 2 && c->vmid != 0) {
			fprintf(out, ", vm %u", c->vmid);
		}
		fprintf(out,
		        "\n    pc %#" PRIx64 " sp %#" PRIx64 " pstate %#" PRIx64
		        "\n    EL2: esr %#" PRIx64 " far %#" PRIx64
		        " elr %#" PRIx64 " hpfar %#" PRIx64 " hcr %#" PRIx64
		        " vttbr %#" PRIx64 "\n    EL1: esr %#" PRIx64
		        " far %#" PRIx64 " elr %#" PRIx64 " sctlr %#" PRIx64
		        "\n",
		        c->pc, c->sp, c->pstate, c->esr_el2, c->far_el2,
		        c->elr_el2, c->hpfar_el2, c->hcr_el2, c->vttbr_el2,
		        c->esr_el1, c->far_el1, c->elr_el1, c->sctlr_el1);
		snapshot_backtrace(s, i, out);
	}
}

static void keep_monitor(struct boot *boot, size_t cpu, const char *command,
                         FILE *out)
{
	char *text = qmp_monitor_of(&boot->qmp, boot->qemu.qmp, cpu, command,
	                            ANSWER_MS);

	if (text != NULL) {
		fprintf(out, "\n%s (cpu %zu)\n%s\n", command, cpu, text);
	}
	free(text);
}

static void write_timeline(struct boot *boot, const struct trace_log *log)
{
	char *path = record_path(&boot->record, "timeline.json");

	record_file(&boot->record, "timeline.json", "", 0);
	if (!trace_log_write_timeline(log, path)) {
		complain("%s: cannot write", path);
	}
	free(path);
}

static void print_inside(struct boot *boot, const struct snapshot *s,
                         const struct tri_hyp *hyp, FILE *out)
{
	triage_panic_print(s, hyp, out);
	fputc('\n', out);
	triage_hyp_print(hyp, out);
	triage_maps_print(s, out);
	triage_ledger_print(s, out);
	write_timeline(boot, &hyp->log);
}

static char *write_report(struct boot *boot, const struct snapshot *s,
                          const struct tri_before *before, double began)
{
	static struct tri_hyp hyp;
	bool has_hyp = triage_hyp_read(s, before, &hyp);
	char sentence[1024];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	triage_cause(&hyp, sentence, sizeof(sentence));
	fprintf(out, "%s\n\n", sentence);
	print_cpus(s, out);
	if (has_hyp) {
		print_inside(boot, s, &hyp, out);
		triage_hyp_fini(&hyp);
	} else {
		/* A foreign image: at least what it executes. */
		for (size_t i = 0; i < s->cpus; i++) {
			char *command =
				xasprintf("x/12i %#" PRIx64, s->cpu[i].pc);

			keep_monitor(boot, i, command, out);
			free(command);
		}
	}
	keep_monitor(boot, 0, "info registers -a", out);
	fprintf(out, "\ntriage took %.3f s\n", now_seconds() - began);
	fclose(out);
	record_file(&boot->record, "triage.txt", text, len);
	free(text);
	/* A guest that died has said so itself. */
	if (boot->judge.verdict == VERDICT_CRASH && !hyp.panic.is_there) {
		return NULL;
	}
	return xstrdup(sentence);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

char *triage(struct boot *boot, bool goes_on)
{
	double began = now_seconds(), cpu_began = cpu_seconds();
	char *folder;
	struct tri_before before;
	struct snapshot *s;
	char *sentence = NULL;
	char *socket;

	if (boot->qemu.qmp < 0) {
		return NULL;
	}
	folder = qemu_make_folder();
	socket = folder != NULL ? start_stub(boot, folder) : NULL;
	if (socket == NULL) {
		goto out;
	}
	s = xcalloc(1, sizeof(*s));
	snapshot_init(s);
	open_images(boot, s);
	open_ram(boot, s);
	if (look_often(s, socket, boot->qmp.is_shut, &before)) {
		dump_memory(boot, s);
		sentence = write_report(boot, s, &before, began);
	}
	if (goes_on) {
		let_go(boot, s);
	}
	snapshot_fini(s);
	free(s);
	boot->triage_seconds = cpu_seconds() - cpu_began;
	stop_stub(socket);
out:
	if (folder != NULL) {
		rmdir(folder);
	}
	free(folder);
	return sentence;
}
