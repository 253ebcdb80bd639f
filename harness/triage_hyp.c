/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs, locks and trace rings, out of the snapshot. */
#include "triage_hyp.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FRAMES 8

/* What everybody has: registers and names. */
static void read_plain_cpus(const struct snapshot *s,
                            const struct tri_before *before,
                            struct tri_hyp *hyp)
{
	hyp->cpus = s->cpus;
	for (size_t i = 0; i < s->cpus; i++) {
		const struct snap_cpu *from = &s->cpu[i];
		struct tri_cpu *c = &hyp->cpu[i];
		struct inspect *in = snapshot_image(s, from->el, from->vmid);
		uint64_t frame[FRAMES], distance;
		size_t n = snapshot_frames(s, i, frame, FRAMES), up = 0;
		const char *name =
			in == NULL ? NULL
				   : inspect_symbol(in, from->pc, &distance);

		c->el = from->el;
		c->was_el = before->cpu[i].el;
		c->irqs_masked = from->irqs_masked;
		c->vmid = from->vmid;
		c->holder = -1;
		snprintf(c->function, sizeof(c->function), "%s",
		         name == NULL ? "" : name);
		snapshot_place(in, from->pc, c->place, sizeof(c->place));
		snprintf(c->caller, sizeof(c->caller), "%s", c->place);
		while (name != NULL && up < n &&
		       (strncmp(name, "spin_", 5) == 0 ||
		        strncmp(name, "panic", 5) == 0 ||
		        strncmp(name, "hyp_fault", 9) == 0)) {
			snapshot_place(in, frame[up], c->caller,
			               sizeof(c->caller));
			name = inspect_symbol(in, frame[up++], &distance);
		}
	}
}

/* The locks that everybody meets, by the VM they belong to. */
static void name_lock(const struct snapshot *s, uint64_t lock, char *buf,
                      size_t size)
{
	static const struct {
		const char *path, *name;
	} known[] = { { "->lock", "the lock" },
		      { "->s2.lock", "the stage-2 lock" },
		      { "->vgic->lock", "the GIC lock" } };
	const char *name;
	uint64_t distance = 0;
	struct ival vms, at;

	for (size_t i = 0;
	     inspect_find(s->hyp, "vms", &vms) && i < ival_count(vms); i++) {
		for (size_t k = 0; k < 3; k++) {
			char path[48];

			snprintf(path, sizeof(path), "[%zu]%s", i,
			         known[k].path);
			if (ival_step(vms, path, &at) && at.addr == lock) {
				snprintf(buf, size, "%s of vm %zu",
				         known[k].name, i);
				return;
			}
		}
	}
	name = inspect_symbol(s->hyp, lock, &distance);
	if (name == NULL || distance > 1u << 16) {
		snprintf(buf, size, "the lock at %#" PRIx64, lock);
	} else {
		snprintf(buf, size, "the lock %s+%#" PRIx64, name, distance);
	}
}

static int holder_of(const struct snapshot *s, uint64_t address)
{
	struct ival lock;
	uint64_t holder;

	if (!inspect_cast(s->hyp, "struct spinlock", address, &lock)) {
		return -1;
	}
	holder = ival_get(lock, ".holder", 0);
	return holder == 0 ? -1 : (int)holder - 1;
}

static void read_cpus(const struct snapshot *s, struct tri_hyp *hyp)
{
	struct ival table;

	if (!inspect_find(s->hyp, "percpu_table", &table)) {
		return;
	}
	for (size_t i = 0; i < s->cpus; i++) {
		struct tri_cpu *c = &hyp->cpu[i];
		uint64_t lock;
		struct ival at;
		char index[32];

		snprintf(index, sizeof(index), "[%zu]", i);
		if (!ival_step(table, index, &at)) {
			continue;
		}
		c->is_online = ival_get(at, ".is_online", 0) != 0;
		c->is_idle = c->el == 2 && ival_get(at, ".vcpu", 0) == 0 &&
		             strcmp(c->function, "sched_next") == 0;
		lock = ival_get(at, ".waits_for", 0);
		if (lock != 0) {
			c->waits = true;
			c->holder = holder_of(s, lock);
			name_lock(s, lock, c->lock, sizeof(c->lock));
		}
	}
}

/* Head of ring @i and where it lies. @return false: not readable now */
static bool read_ring(const struct snapshot *s, size_t i, uint64_t *va,
                      struct trace_ring *head)
{
	struct ival rings, ring;
	char index[32];

	snprintf(index, sizeof(index), "[%zu]", i);
	if (s->hyp == NULL ||
	    !inspect_find(s->hyp, TRACE_TABLE_SYMBOL, &rings) ||
	    !ival_step(rings, index, &ring) || !ival_u64(ring, va) ||
	    *va == 0) {
		return false;
	}
	for (size_t cpu = 0; cpu < s->cpus; cpu++) {
		if (snapshot_read(s, cpu, 2, *va, head, sizeof(*head))) {
			return head->magic == TRACE_MAGIC &&
			       head->count <= 1u << 20;
		}
	}
	return false;
}

void triage_read_heads(const struct snapshot *s, uint64_t *head)
{
	for (size_t i = 0; i < SNAPSHOT_CPUS; i++) {
		struct trace_ring ring;
		uint64_t va;

		head[i] = i < s->cpus && read_ring(s, i, &va, &ring)
		                  ? ring.head
		                  : UINT64_MAX;
	}
}

static void read_rings(const struct snapshot *s,
                       const struct tri_before *before, struct tri_hyp *hyp)
{
	for (size_t i = 0; i < s->cpus; i++) {
		struct trace_ring head;
		uint64_t va;
		void *copy;
		size_t len;

		if (!read_ring(s, i, &va, &head)) {
			continue;
		}
		hyp->cpu[i].has_moved = before->head[i] != UINT64_MAX &&
		                        before->head[i] != head.head;
		len = sizeof(head) +
		      (size_t)head.count * sizeof(struct trace_record);
		copy = malloc(len);
		for (size_t cpu = 0; copy != NULL && cpu < s->cpus; cpu++) {
			if (snapshot_read(s, cpu, 2, va, copy, len)) {
				trace_log_add(&hyp->log, copy, len);
				break;
			}
		}
		free(copy);
	}
	trace_log_sort(&hyp->log);
}

bool triage_hyp_read(const struct snapshot *s, const struct tri_before *before,
                     struct tri_hyp *hyp)
{
	struct ival probe;

	memset(hyp, 0, sizeof(*hyp));
	read_plain_cpus(s, before, hyp);
	if (s->hyp == NULL || s->core == NULL ||
	    !inspect_find(s->hyp, "percpu_table", &probe)) {
		return false;
	}
	hyp->is_ours = true;
	triage_read_panic(s, hyp);
	read_cpus(s, hyp);
	triage_read_vcpus(s, hyp);
	triage_read_vms(s, hyp);
	read_rings(s, before, hyp);
	triage_read_last(hyp);
	return true;
}

void triage_hyp_fini(struct tri_hyp *hyp)
{
	trace_log_free(&hyp->log);
}
