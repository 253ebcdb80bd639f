/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace records as a timeline: Trace Event format, written with jansson.
 *
 * Each physical CPU is a thread of one process: who runs there as slices,
 * every record as an instant, messages as arrows.  Each VM is a process, its
 * vCPUs are threads, with a slice for each stretch on a CPU.  Entries of
 * guests are not traced, so that time in EL2 counts as its guest's.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "trace_log.h"

#define CPU_PROCESS 100000 /* beyond any VMID */
#define CPUS        256

/* What one physical CPU does while its records go by. */
struct lane {
	bool is_seen, is_open;
	const struct trace_record *who; /* runs, when open */
	uint64_t since;                 /* ticks */
};

struct writer {
	const struct trace_log *log;
	json_t *events;
	struct lane lane[CPUS];
	const struct trace_record **sent; /* messages that nobody has yet */
	size_t sent_count;
	int flows;
	bool has_vm[65536];
};

static double microseconds(const struct trace_log *log, uint64_t ticks)
{
	return (double)ticks * 1e6 /
	       (double)(log->ticks_per_second ? log->ticks_per_second : 1);
}

static const char *vm_name(const struct trace_log *log, unsigned vmid,
                           char *buf, size_t size)
{
	const char *name =
		log->vm_name == NULL ? NULL : log->vm_name(log->names, vmid);

	if (name != NULL) {
		return name;
	}
	snprintf(buf, size, "VM %u", vmid);
	return buf;
}

static void add(struct writer *w, json_t *event)
{
	json_array_append_new(w->events, event);
}

static void add_name(struct writer *w, const char *what, int pid, int tid,
                     const char *name)
{
	add(w, json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", what, "ph",
	                 "M", "pid", pid, "tid", tid, "args", "name", name));
}

static void name_vm(struct writer *w, const struct trace_record *r)
{
	char buf[24];

	if (r->vmid != 0 && !w->has_vm[r->vmid]) {
		add_name(w, "process_name", r->vmid, 0,
		         vm_name(w->log, r->vmid, buf, sizeof(buf)));
		w->has_vm[r->vmid] = true;
	}
}

static void name_cpu(struct writer *w, unsigned cpu)
{
	char name[16];

	if (!w->lane[cpu].is_seen) {
		w->lane[cpu].is_seen = true;
		snprintf(name, sizeof(name), "cpu %u", cpu);
		add_name(w, "thread_name", CPU_PROCESS, (int)cpu, name);
	}
}

static void add_slice(struct writer *w, const char *name, int pid, int tid,
                      uint64_t from, uint64_t to)
{
	double start = microseconds(w->log, from);

	add(w, json_pack("{s:s, s:s, s:s, s:f, s:f, s:i, s:i}", "name", name,
	                 "cat", "run", "ph", "X", "ts", start, "dur",
	                 microseconds(w->log, to) - start, "pid", pid, "tid",
	                 tid));
}

/* One stretch, seen from the CPU and from the vCPU. */
static void end_run(struct writer *w, unsigned cpu, uint64_t now)
{
	struct lane *lane = &w->lane[cpu];
	char buf[24], name[80];

	if (!lane->is_open) {
		return;
	}
	lane->is_open = false;
	snprintf(name, sizeof(name), "%s.%u",
	         vm_name(w->log, lane->who->vmid, buf, sizeof(buf)),
	         lane->who->vcpu);
	add_slice(w, name, CPU_PROCESS, (int)cpu, lane->since, now);
	snprintf(name, sizeof(name), "on cpu %u", cpu);
	add_slice(w, name, lane->who->vmid, lane->who->vcpu, lane->since, now);
}

static void begin_run(struct writer *w, const struct trace_record *r,
                      uint64_t since)
{
	struct lane *lane = &w->lane[r->cpu];

	lane->is_open = true;
	lane->who = r;
	lane->since = since;
}

static bool is_exit(unsigned id)
{
	return (id >= TRACE_EXIT_SYNC && id <= TRACE_EXIT_SERROR) ||
	       (id >= TRACE_HYPERCALL && id <= TRACE_MMIO);
}

static bool is_same(const struct trace_record *a, const struct trace_record *b)
{
	return a->vmid == b->vmid && a->vcpu == b->vcpu;
}

/* What does this record say about who runs on its CPU? */
static void follow(struct writer *w, const struct trace_record *r)
{
	struct lane *lane = &w->lane[r->cpu];

	if (r->id == TRACE_SWITCH) {
		end_run(w, r->cpu, r->ticks);
		begin_run(w, r, r->ticks);
	} else if (r->id == TRACE_VCPU_BLOCK || r->id == TRACE_VCPU_OFF) {
		end_run(w, r->cpu, r->ticks);
		lane->since = r->ticks;
	} else if (r->id == TRACE_EXIT_IRQ && r->vmid == 0) {
		end_run(w, r->cpu, r->ticks);
		lane->since = r->ticks; /* idle until now */
	} else if (is_exit(r->id) && r->vmid != 0) {
		if (lane->is_open && !is_same(lane->who, r)) {
			end_run(w, r->cpu, r->ticks);
			lane->since = r->ticks;
		}
		if (!lane->is_open) {
			begin_run(w, r,
			          lane->since != 0 ? lane->since : r->ticks);
		}
	}
}

static const char *category(unsigned id)
{
	if (id == TRACE_EXIT_IRQ ||
	    (id >= TRACE_VIRQ_RAISE && id <= TRACE_IPI)) {
		return "interrupt";
	}
	if (id == TRACE_DOORBELL || id == TRACE_MSGQUEUE) {
		return "message";
	}
	return is_exit(id) ? "exit" : "event";
}

static void add_instant(struct writer *w, const struct trace_record *r)
{
	const char *name = trace_name(r->id);
	char text[160];

	trace_describe(w->log, r, text, sizeof(text));
	add(w,
	    json_pack("{s:s, s:s, s:s, s:s, s:f, s:i, s:i, s:{s:s, s:i}}",
	              "name", name == NULL ? "?" : name, "cat", category(r->id),
	              "ph", "i", "s", "t", "ts", microseconds(w->log, r->ticks),
	              "pid", CPU_PROCESS, "tid", (int)r->cpu, "args", "record",
	              text, "vmid", (int)r->vmid));
}

static void add_end(struct writer *w, const char *phase,
                    const struct trace_record *r)
{
	add(w, json_pack("{s:s, s:s, s:s, s:s, s:i, s:f, s:i, s:i}", "name",
	                 "message", "cat", "message", "ph", phase, "bp", "e",
	                 "id", w->flows, "ts", microseconds(w->log, r->ticks),
	                 "pid", CPU_PROCESS, "tid", (int)r->cpu));
}

/* A record does not name its queue: the first of that size that another VM
 * has sent is taken for the one that is received. */
static void add_message(struct writer *w, const struct trace_record *r)
{
	if (r->id != TRACE_MSGQUEUE) {
		return;
	}
	if (r->aux == 1) {
		w->sent[w->sent_count++] = r;
		return;
	}
	for (size_t i = 0; i < w->sent_count; i++) {
		const struct trace_record *from = w->sent[i];

		if (from != NULL && from->a == r->a && from->vmid != r->vmid) {
			w->flows++;
			add_end(w, "s", from);
			add_end(w, "f", r);
			w->sent[i] = NULL;
			return;
		}
	}
}

bool trace_log_write_timeline(const struct trace_log *log, const char *path)
{
	struct writer *w = calloc(1, sizeof(*w));
	json_t *root;
	bool ok;

	if (w == NULL) {
		return false;
	}
	w->log = log;
	w->events = json_array();
	w->sent = calloc(log->count + 1, sizeof(struct trace_record *));
	root = json_pack("{s:o, s:s}", "traceEvents", w->events,
	                 "displayTimeUnit", "ns");
	add_name(w, "process_name", CPU_PROCESS, 0, "physical CPUs");
	for (size_t i = 0; w->sent != NULL && i < log->count; i++) {
		const struct trace_record *r = &log->record[i];

		name_vm(w, r);
		name_cpu(w, r->cpu);
		follow(w, r);
		add_instant(w, r);
		add_message(w, r);
	}
	for (unsigned cpu = 0; log->count > 0 && cpu < CPUS; cpu++) {
		end_run(w, cpu, log->record[log->count - 1].ticks);
	}
	ok = w->sent != NULL && root != NULL &&
	     json_dump_file(root, path, JSON_COMPACT) == 0;
	json_decref(root);
	free(w->sent);
	free(w);
	return ok;
}
