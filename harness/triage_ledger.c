/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger, as a guest would read it by TS_LEDGER, out of EL2's memory. */
#include <abi/ledger.h>
#include <inttypes.h>
#include <string.h>

#include "triage_hyp.h"

/* Where each counter lies; NULL: it is counted, below. */
static const struct row {
	const char *name, *at;
} rows[] = {
	[LEDGER_HEAP_FREE] = { "HEAP_FREE", "heap.free_pages" },
	[LEDGER_HEAP_STAGE1] = { "HEAP_STAGE1", "heap.used[0]" },
	[LEDGER_HEAP_STAGE2] = { "HEAP_STAGE2", "heap.used[1]" },
	[LEDGER_HEAP_STACK] = { "HEAP_STACK", "heap.used[2]" },
	[LEDGER_HEAP_SLAB] = { "HEAP_SLAB", "heap.used[3]" },
	[LEDGER_HEAP_VCPU] = { "HEAP_VCPU", "heap.used[4]" },
	[LEDGER_HEAP_VGIC] = { "HEAP_VGIC", "heap.used[5]" },
	[LEDGER_HEAP_OBJECT] = { "HEAP_OBJECT", "heap.used[6]" },
	[LEDGER_HEAP_OWNER] = { "HEAP_OWNER", "heap.used[7]" },
	[LEDGER_SLAB_OBJECTS] = { "SLAB_OBJECTS", "slab_objects" },
	[LEDGER_RAM_HYP] = { "RAM_HYP", "owner_counts[1]" },
	[LEDGER_RAM_FREE] = { "RAM_FREE", "owner_counts[2]" },
	[LEDGER_RAM_OWNED] = { "RAM_OWNED", "owner_counts[3]" },
	[LEDGER_RAM_SHARED] = { "RAM_SHARED", "owner_counts[4]" },
	[LEDGER_RAM_LENT] = { "RAM_LENT", "owner_counts[5]" },
	[LEDGER_RAM_LENT_SHARED] = { "RAM_LENT_SHARED", "owner_counts[6]" },
	[LEDGER_PARTITION_LIMIT] = { "PARTITION_LIMIT",
	                             "root_partition.limit" },
	[LEDGER_PARTITION_USED] = { "PARTITION_USED", "root_partition.used" },
	[LEDGER_VMIDS] = { "VMIDS", NULL },
	[LEDGER_OBJ_PARTITION] = { "OBJ_PARTITION", "object_counts[0]" },
	[LEDGER_OBJ_CSPACE] = { "OBJ_CSPACE", "object_counts[1]" },
	[LEDGER_OBJ_ADDRSPACE] = { "OBJ_ADDRSPACE", "object_counts[2]" },
	[LEDGER_OBJ_MEMEXTENT] = { "OBJ_MEMEXTENT", "object_counts[3]" },
	[LEDGER_OBJ_THREAD] = { "OBJ_THREAD", "object_counts[4]" },
	[LEDGER_OBJ_DOORBELL] = { "OBJ_DOORBELL", "object_counts[5]" },
	[LEDGER_OBJ_MSGQUEUE] = { "OBJ_MSGQUEUE", "object_counts[6]" },
	[LEDGER_OBJ_WATCHDOG] = { "OBJ_WATCHDOG", "object_counts[7]" },
	[LEDGER_OBJ_VIC] = { "OBJ_VIC", "object_counts[8]" },
	[LEDGER_OBJ_VPM_GROUP] = { "OBJ_VPM_GROUP", "object_counts[9]" },
	[LEDGER_OBJ_HWIRQ] = { "OBJ_HWIRQ", "object_counts[10]" },
	[LEDGER_CAPS] = { "CAPS", "caps_total" },
	[LEDGER_VIRQS_BOUND] = { "VIRQS_BOUND", "virqs_bound" },
	[LEDGER_TIMERS] = { "TIMERS", NULL },
	[LEDGER_TRACE_RECORDS] = { "TRACE_RECORDS", NULL },
	[LEDGER_TLB_FLUSHES] = { "TLB_FLUSHES", "tlb_flushes" },
	[LEDGER_CACHE_BYTES] = { "CACHE_BYTES", "cache_bytes" },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == LEDGER_COUNT,
               "the triage has every row of the ledger");

static const char *const meanings[] = {
#define MEANING(name, text) text,
	LEDGER_ROWS(MEANING)
#undef MEANING
};

static uint64_t count_vms(const struct snapshot *s)
{
	struct ival vms;
	uint64_t count = 0;
	char path[32];

	for (size_t i = 0;
	     inspect_find(s->hyp, "vms", &vms) && i < ival_count(vms); i++) {
		snprintf(path, sizeof(path), "[%zu]", i);
		count += ival_get(vms, path, 0) != 0;
	}
	return count;
}

/* Members of a circular list, as far as it can be followed. */
static uint64_t count_list(struct ival head)
{
	uint64_t next = ival_get(head, ".next", 0), count = 0;
	struct ival at;

	while (next != 0 && next != head.addr && count < 1000 &&
	       inspect_cast(head.in, "struct list", next, &at)) {
		next = ival_get(at, ".next", 0);
		count++;
	}
	return count;
}

static uint64_t count_timers(const struct snapshot *s)
{
	struct ival wheels, armed;
	uint64_t count = 0;
	char path[32];

	for (size_t i = 0;
	     inspect_find(s->hyp, "wheels", &wheels) && i < s->cpus; i++) {
		snprintf(path, sizeof(path), "[%zu].armed", i);
		if (ival_step(wheels, path, &armed)) {
			count += count_list(armed);
		}
	}
	return count;
}

static uint64_t count_records(const struct snapshot *s)
{
	uint64_t head[SNAPSHOT_CPUS], count = 0;

	triage_read_heads(s, head);
	for (size_t i = 0; i < SNAPSHOT_CPUS; i++) {
		count += head[i] == UINT64_MAX ? 0 : head[i];
	}
	return count;
}

static bool read_row(const struct snapshot *s, enum ledger_counter which,
                     uint64_t *value)
{
	struct ival at;

	if (which == LEDGER_VMIDS) {
		*value = count_vms(s);
	} else if (which == LEDGER_TIMERS) {
		*value = count_timers(s);
	} else if (which == LEDGER_TRACE_RECORDS) {
		*value = count_records(s);
	} else {
		return inspect_find(s->hyp, rows[which].at, &at) &&
		       ival_u64(at, value);
	}
	return true;
}

void triage_ledger_print(const struct snapshot *s, FILE *out)
{
	fprintf(out, "\nledger\n");
	for (unsigned i = 0; i < LEDGER_COUNT; i++) {
		uint64_t value;

		fprintf(out, "  %-16s ", rows[i].name);
		if (read_row(s, (enum ledger_counter)i, &value)) {
			fprintf(out, "%10" PRIu64, value);
		} else {
			fprintf(out, "%10s", "?");
		}
		fprintf(out, "  %s\n", meanings[i]);
	}
}
