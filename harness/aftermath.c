/* SPDX-License-Identifier: BSD-2-Clause */
#include "aftermath.h"

#include <abi/console.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_log.h"

#define ANSWER_MS  10000      /* of a host that is busy */
#define IMAGE_SIZE (2u << 20) /* the image, at most: hyp/boot/hyp.ld.S */
#define MEMORY     "hyp.mem"  /* in the evidence folder, for a moment */
#define TIMELINE   "timeline.json"
#define RING_ALIGN 64

/* The firmware has said where it put the hypervisor. */
static bool find_hyp(const struct boot *boot, uint64_t *base)
{
	char head[BOOT_HEAD_MAX + 1];
	const char *at;

	memcpy(head, boot->head, boot->head_len);
	head[boot->head_len] = '\0';
	at = strstr(head, CONSOLE_HYP_PLACE);
	return at != NULL &&
	       sscanf(at + strlen(CONSOLE_HYP_PLACE), "0x%" SCNx64, base) == 1;
}

static bool read_memory(struct boot *boot, uint64_t base, struct bytes *mem)
{
	char *path = record_path(&boot->record, MEMORY);
	char *absolute, *command, *answer;
	bool ok;

	record_file(&boot->record, MEMORY, "", 0);
	absolute = realpath(path, NULL);
	/* Unquoted, the name's first '/' would divide the size. */
	command = xasprintf("pmemsave %#" PRIx64 " %#x \\\"%s\\\"", base,
	                    IMAGE_SIZE, absolute == NULL ? path : absolute);
	answer = qmp_monitor(&boot->qmp, boot->qemu.qmp, command, ANSWER_MS);
	ok = answer != NULL && file_read(path, mem) == 0;
	unlink(path);
	free(answer);
	free(command);
	free(absolute);
	free(path);
	return ok;
}

static void read_rings(struct trace_log *log, const struct bytes *mem)
{
	for (size_t at = 0; at + RING_ALIGN <= mem->len; at += RING_ALIGN) {
		trace_log_add(log, mem->data + at, mem->len - at);
	}
	trace_log_sort(log);
}

/* The counter is 0 at reset. */
static double last_time(const struct trace_log *log)
{
	return log->count == 0 || log->ticks_per_second == 0
	               ? 0
	               : (double)log->record[log->count - 1].ticks /
	                         (double)log->ticks_per_second;
}

static const char *name_of(const void *names, unsigned vmid)
{
	const struct scenario *sc = names;
	const struct vm *vm = scenario_vm(sc, vmid);

	return vm != NULL ? vm->name : vmid == VMID_ROOT ? ROOT_VM_NAME : NULL;
}

static void name_vms(const struct boot *boot, struct exit_counts *counts)
{
	for (size_t i = 0; i < counts->count; i++) {
		struct exit_count *it = &counts->vm[i];
		const char *name = name_of(boot->inst->sc, it->vmid);

		if (name != NULL) {
			result_set(&it->vm, name);
		}
	}
}

static void write_timeline(struct boot *boot, const struct trace_log *log)
{
	char *path = record_path(&boot->record, TIMELINE);

	/* The triage has done so already, with the rings at the hang. */
	if (log->count > 0 && access(path, F_OK) != 0) {
		record_file(&boot->record, TIMELINE, "", 0);
		if (!trace_log_write_timeline(log, path)) {
			complain("%s: cannot write", path);
		}
	}
	free(path);
}

void aftermath_judge(struct boot *boot)
{
	const struct scenario *sc = boot->inst->sc;
	struct judge *judge = &boot->judge;

	for (size_t i = 0; i < sc->budget_count; i++) {
		char *why;

		if (judge->verdict != VERDICT_PASS) {
			return; /* something worse has happened */
		}
		why = boot->exits.count > 0
		              ? exits_judge(&boot->exits, &sc->budgets[i])
		              : xstrdup("nobody has counted the exits, so that "
		                        "no budget can be judged");
		if (why != NULL) {
			judge->state = JUDGE_RUNNING;
			judge_decide(judge, VERDICT_FAIL, "%s", why);
		}
		free(why);
	}
}

static bool can_be_read(const struct boot *boot)
{
	return boot->inst->lane == LANE_TOUCHSTONE && !boot->is_passive &&
	       !boot->is_looked_into && boot->qemu.qmp >= 0 &&
	       !boot->qemu.has_exited && boot->judge.verdict != VERDICT_INFRA;
}

void aftermath_read(struct boot *boot)
{
	struct trace_log log = { .vm_name = name_of, .names = boot->inst->sc };
	struct bytes mem = { 0 };
	uint64_t base;

	if (can_be_read(boot) && find_hyp(boot, &base) &&
	    qmp_execute(&boot->qmp, boot->qemu.qmp, "stop", ANSWER_MS) &&
	    read_memory(boot, base, &mem)) {
		boot->is_looked_into = true;
		exits_read(&boot->exits, mem.data, mem.len);
		read_rings(&log, &mem);
		boot->exits.virtual_seconds = last_time(&log);
		name_vms(boot, &boot->exits);
		if (boot->opt->timeline) {
			write_timeline(boot, &log);
		}
	}
	trace_log_free(&log);
	bytes_fini(&mem);
}
