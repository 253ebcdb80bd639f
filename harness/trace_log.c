/* SPDX-License-Identifier: BSD-2-Clause */
/* Trace rings: checking, merging, and text. */
#include "trace_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What aux, a and b of an id hold, straight from the table of the ABI. */
struct meaning {
	unsigned id;
	const char *name, *aux, *a, *b;
};

#define MEANING(num, name, aux, a, b) { num, #name, aux, a, b },
static const struct meaning meanings[] = { TRACE_IDS(MEANING) };
#define MEANING_COUNT (sizeof(meanings) / sizeof(meanings[0]))

static const struct meaning *meaning_of(unsigned id)
{
	for (size_t i = 0; i < MEANING_COUNT; i++) {
		if (meanings[i].id == id) {
			return &meanings[i];
		}
	}
	return NULL;
}

const char *trace_name(unsigned id)
{
	const struct meaning *m = meaning_of(id);

	return m == NULL ? NULL : m->name;
}

bool trace_log_add(struct trace_log *log, const void *mem, size_t len)
{
	struct trace_ring ring;
	struct trace_record *grown;
	size_t have;

	if (len < sizeof(ring)) {
		return false;
	}
	memcpy(&ring, mem, sizeof(ring));
	if (ring.magic != TRACE_MAGIC || ring.version != TRACE_VERSION ||
	    ring.record_size != sizeof(struct trace_record) ||
	    ring.count == 0 || (ring.count & (ring.count - 1)) != 0 ||
	    (len - sizeof(ring)) / sizeof(struct trace_record) < ring.count) {
		return false;
	}
	have = ring.head < ring.count ? (size_t)ring.head : ring.count;
	grown = realloc(log->record,
	                (log->count + have + 1) * sizeof(*log->record));
	if (grown == NULL) {
		return false;
	}
	log->record = grown;
	for (uint64_t n = ring.head - have; n < ring.head; n++) {
		size_t slot = (size_t)(n & (ring.count - 1));

		memcpy(&grown[log->count++],
		       (const char *)mem + sizeof(ring) +
		               slot * sizeof(struct trace_record),
		       sizeof(struct trace_record));
	}
	log->ticks_per_second = ring.ticks_per_second;
	/* A ring that has gone round has lost what is older. */
	if (ring.head > have && have > 0 &&
	    grown[log->count - have].ticks > log->whole_since) {
		log->whole_since = grown[log->count - have].ticks;
	}
	return true;
}

static int by_time(const void *va, const void *vb)
{
	const struct trace_record *a = va, *b = vb;

	if (a->ticks != b->ticks) {
		return a->ticks < b->ticks ? -1 : 1;
	}
	return a->cpu < b->cpu ? -1 : a->cpu > b->cpu;
}

/* Insertion from the left keeps the order of one CPU's equal ticks, which
 * qsort would not promise; rings come nearly sorted. */
void trace_log_sort(struct trace_log *log)
{
	for (size_t i = 1; i < log->count; i++) {
		struct trace_record r = log->record[i];
		size_t lo = 0, hi = i;

		if (by_time(&log->record[i - 1], &r) <= 0) {
			continue;
		}
		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (by_time(&log->record[mid], &r) <= 0) {
				lo = mid + 1;
			} else {
				hi = mid;
			}
		}
		memmove(&log->record[lo + 1], &log->record[lo],
		        (i - lo) * sizeof(r));
		log->record[lo] = r;
	}
}

void trace_log_free(struct trace_log *log)
{
	free(log->record);
	memset(log, 0, sizeof(*log));
}

static size_t append(char *buf, size_t size, size_t at, const char *label,
                     uint64_t value)
{
	int n;

	if (strcmp(label, "-") == 0 || at >= size) {
		return at;
	}
	n = snprintf(buf + at, size - at, "  %s %#" PRIx64, label, value);
	return n < 0 ? at : at + (size_t)n;
}

void trace_describe(const struct trace_log *log, const struct trace_record *r,
                    char *buf, size_t size)
{
	static const struct meaning unknown = { 0, NULL, "aux", "a", "b" };
	const struct meaning *m = meaning_of(r->id);
	double hz = log->ticks_per_second != 0 ? (double)log->ticks_per_second
	                                       : 1.0;
	char who[24] = "-", id[24];
	size_t at;

	if (r->vmid != 0) {
		snprintf(who, sizeof(who), "vm %u.%u", r->vmid, r->vcpu);
	}
	snprintf(id, sizeof(id), "id %#x", r->id);
	at = (size_t)snprintf(buf, size, "%12.6f  cpu %u  %-9s  %-11s",
	                      (double)r->ticks / hz, r->cpu, who,
	                      m == NULL ? id : m->name);
	m = m == NULL ? &unknown : m;
	at = append(buf, size, at, m->aux, r->aux);
	at = append(buf, size, at, m->a, r->a);
	append(buf, size, at, m->b, r->b);
}

void trace_log_print(const struct trace_log *log, FILE *out, size_t most)
{
	size_t from = log->count > most ? log->count - most : 0;

	for (size_t i = from; i < log->count; i++) {
		char line[160];

		trace_describe(log, &log->record[i], line, sizeof(line));
		fprintf(out, "%s\n", line);
	}
}

void trace_log_counts(const struct trace_log *log, FILE *out)
{
	size_t count[MEANING_COUNT] = { 0 };

	for (size_t i = 0; i < log->count; i++) {
		const struct meaning *m = meaning_of(log->record[i].id);

		if (m != NULL) {
			count[m - meanings]++;
		}
	}
	for (;;) {
		size_t best = 0;

		for (size_t i = 1; i < MEANING_COUNT; i++) {
			best = count[i] > count[best] ? i : best;
		}
		if (count[best] == 0) {
			return;
		}
		fprintf(out, "%-12s %zu\n", meanings[best].name, count[best]);
		count[best] = 0;
	}
}
