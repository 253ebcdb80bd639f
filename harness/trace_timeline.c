/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace records as a timeline: Trace Event format, written with jansson. */
#include <jansson.h>

#include "trace_log.h"

#define CPU_PROCESS 100000 /* beyond any VMID */

static double microseconds(const struct trace_log *log, uint64_t ticks)
{
	return (double)ticks * 1e6 /
	       (double)(log->ticks_per_second ? log->ticks_per_second : 1);
}

static void name_process(json_t *events, int pid, const char *name)
{
	json_array_append_new(events,
	                      json_pack("{s:s, s:s, s:i, s:{s:s}}", "name",
	                                "process_name", "ph", "M", "pid", pid,
	                                "args", "name", name));
}

static bool enters(const struct trace_record *r)
{
	return r->id == TRACE_ENTER;
}

static bool leaves(const struct trace_record *r)
{
	return r->id == TRACE_EXIT_SYNC || r->id == TRACE_EXIT_IRQ ||
	       r->id == TRACE_EXIT_SERROR;
}

/* A stretch in the guest ends with the next exit on the same CPU. */
static void add_stretch(json_t *events, const struct trace_log *log, size_t i)
{
	const struct trace_record *from = &log->record[i];

	for (size_t j = i + 1; j < log->count; j++) {
		const struct trace_record *to = &log->record[j];
		double start = microseconds(log, from->ticks);

		if (to->cpu != from->cpu || !leaves(to)) {
			continue;
		}
		json_array_append_new(
			events,
			json_pack("{s:s, s:s, s:f, s:f, s:i, s:i, s:{s:s}}",
		                  "name", "guest", "ph", "X", "ts", start,
		                  "dur", microseconds(log, to->ticks) - start,
		                  "pid", (int)from->vmid, "tid",
		                  (int)from->vcpu, "args", "left by",
		                  trace_name(to->id)));
		return;
	}
}

static void add_instant(json_t *events, const struct trace_log *log,
                        const struct trace_record *r)
{
	char text[160];
	const char *name = trace_name(r->id);

	trace_describe(log, r, text, sizeof(text));
	json_array_append_new(
		events,
		json_pack("{s:s, s:s, s:s, s:f, s:i, s:i, s:{s:s}}", "name",
	                  name == NULL ? "?" : name, "ph", "i", "s", "t", "ts",
	                  microseconds(log, r->ticks), "pid", CPU_PROCESS,
	                  "tid", (int)r->cpu, "args", "record", text));
}

bool trace_log_write_timeline(const struct trace_log *log, const char *path)
{
	json_t *events = json_array();
	json_t *root = json_pack("{s:o, s:s}", "traceEvents", events,
	                         "displayTimeUnit", "ns");
	bool named[65536] = { false };
	bool ok;

	name_process(events, CPU_PROCESS, "physical CPUs");
	for (size_t i = 0; i < log->count; i++) {
		const struct trace_record *r = &log->record[i];

		if (r->vmid != 0 && !named[r->vmid]) {
			char name[24];

			snprintf(name, sizeof(name), "VM %u", r->vmid);
			name_process(events, r->vmid, name);
			named[r->vmid] = true;
		}
		if (enters(r)) {
			add_stretch(events, log, i);
		}
		add_instant(events, log, r);
	}
	ok = root != NULL && json_dump_file(root, path, JSON_COMPACT) == 0;
	json_decref(root);
	return ok;
}
