/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of the triage that see what a vCPU does again and again: storms of
 * interrupts, calls that always get the same answer; and who does nothing of
 * the kind, with interrupts masked.
 */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <inttypes.h>
#include <string.h>

#include "triage_hyp.h"

#define PSTATE_I   (1u << 7)
#define PATTERN    48 /* records that must repeat */
#define PERIOD_MAX 6

/* What the last records of a vCPU repeat; see find_pattern. */
struct pattern {
	const struct trace_record *seen[PATTERN]; /* latest first */
	size_t period;                            /* 0: they do not */
};

static bool is_alike(const struct trace_record *a, const struct trace_record *b)
{
	if (a->id != b->id || a->aux != b->aux) {
		return false;
	}
	return a->id == TRACE_EXIT_IRQ || a->a == b->a;
}

/* Once in nearly every period, and not a stray one in the latest. */
static bool comes_always(const struct pattern *p, const struct trace_record *r)
{
	size_t times = 0;

	for (size_t i = 0; i < PATTERN; i++) {
		times += is_alike(p->seen[i], r);
	}
	return times * p->period * 4 >= (size_t)PATTERN * 3;
}

static const struct trace_record *in_pattern(const struct pattern *p,
                                             unsigned id)
{
	for (size_t i = 0; p->period != 0 && i < PATTERN; i++) {
		if (p->seen[i]->id == id && comes_always(p, p->seen[i])) {
			return p->seen[i];
		}
	}
	return NULL;
}

static void find_pattern(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                         struct pattern *p)
{
	size_t count = 0;

	p->period = 0;
	for (size_t n = hyp->log.count; n > 0 && count < PATTERN; n--) {
		const struct trace_record *r = &hyp->log.record[n - 1];

		/* Its own doings; time slices come in between. */
		if (r->vmid == v->vmid && r->vcpu == v->index &&
		    r->id != TRACE_SWITCH && r->id != TRACE_ENTER) {
			p->seen[count++] = r;
		}
	}
	for (size_t period = 1; count == PATTERN && period <= PERIOD_MAX;
	     period++) {
		size_t same = 0;

		for (size_t i = 0; i + period < count; i++) {
			same += is_alike(p->seen[i], p->seen[i + period]);
		}
		/* A stray interrupt in between must not hide it. */
		if (same * 10 >= (count - period) * 8) {
			p->period = period;
			return;
		}
	}
}

/* It takes interrupts all the time: masked only while it handles one. */
static bool takes_interrupts(const struct tri_hyp *hyp,
                             const struct tri_vcpu *v)
{
	struct pattern p;

	find_pattern(hyp, v, &p);
	return in_pattern(&p, TRACE_VIRQ_DONE) != NULL;
}

/* EL2 has been entered from it again and again: it isn't stuck there. */
static bool comes_back(const struct tri_hyp *hyp, const struct tri_vcpu *v)
{
	struct pattern p;

	find_pattern(hyp, v, &p);
	return in_pattern(&p, TRACE_EXIT_IRQ) != NULL;
}

static bool is_masked(const struct tri_hyp *hyp, const struct tri_vcpu *v)
{
	const struct tri_cpu *c;

	if (v->loaded_on < 0 || (size_t)v->loaded_on >= hyp->cpus ||
	    v->pending == 0 || !triage_is_state(v, "VCPU_RUNNING")) {
		return false;
	}
	c = &hyp->cpu[v->loaded_on];
	return (c->was_el != 2 || comes_back(hyp, v)) &&
	       (c->el < 2 ? c->irqs_masked : (v->pstate & PSTATE_I) != 0) &&
	       !takes_interrupts(hyp, v);
}

bool triage_masked(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (!is_masked(hyp, v)) {
			continue;
		}
		snprintf(buf, size,
		         "vm %u vcpu %u goes round in %s with interrupts "
		         "masked: its interrupt %d is pending and cannot be "
		         "taken",
		         v->vmid, v->index, v->place,
		         __builtin_ctz(v->pending));
		return true;
	}
	return false;
}

/* Times that @v was made to exit by interrupt @intid, in the rings. */
static size_t count_irqs(const struct tri_hyp *hyp, unsigned intid)
{
	size_t count = 0;

	for (size_t i = 0; i < hyp->log.count; i++) {
		const struct trace_record *r = &hyp->log.record[i];

		count += r->id == TRACE_EXIT_IRQ && r->aux == intid;
	}
	return count;
}

/* A level that stays high, and a vCPU that is busy with it for ever. */
static bool level_storm(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vms; i++) {
		const struct tri_vm *vm = &hyp->vm[i];

		for (size_t n = 0; n < vm->spis; n++) {
			const struct tri_spi *spi = &vm->spi[n];
			const struct tri_vcpu *v = NULL;
			struct pattern p;

			for (size_t k = 0; k < hyp->vcpus; k++) {
				if (hyp->vcpu[k].vmid == vm->vmid &&
				    hyp->vcpu[k].index == spi->to) {
					v = &hyp->vcpu[k];
				}
			}
			if (v == NULL || !spi->is_high) {
				continue;
			}
			find_pattern(hyp, v, &p);
			if (p.period == 0) {
				continue;
			}
			snprintf(buf, size,
			         "interrupt %u of vm %u storms: its level "
			         "stays high, and vcpu %u takes it again and "
			         "again, now in %s",
			         spi->intid, vm->vmid, v->index, v->place);
			return true;
		}
	}
	return false;
}

/*
 * Do they come faster than anybody has asked for?  EL2's own timer ends a slice
 * every few milliseconds, and who naps has asked for each of them.
 */
static bool is_rapid(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                     const struct pattern *p, const struct trace_record *irq)
{
	uint64_t hz = hyp->log.ticks_per_second;
	uint64_t least = triage_naps(hyp, v) ? 10000 : 500; /* a second */
	uint64_t first = UINT64_MAX, last = 0;
	size_t times = 0;

	for (size_t i = 0; i < PATTERN; i++) {
		const struct trace_record *r = p->seen[i];

		if (is_alike(r, irq)) {
			first = r->ticks < first ? r->ticks : first;
			last = r->ticks > last ? r->ticks : last;
			times++;
		}
	}
	return times > 1 && (last - first) * least <= hz * (times - 1);
}

bool triage_storm(const struct tri_hyp *hyp, char *buf, size_t size)
{
	if (level_storm(hyp, buf, size)) {
		return true;
	}
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];
		const struct trace_record *irq;
		struct pattern p;

		find_pattern(hyp, v, &p);
		irq = in_pattern(&p, TRACE_EXIT_IRQ);
		if (irq == NULL || !is_rapid(hyp, v, &p, irq)) {
			continue;
		}
		snprintf(buf, size,
		         "interrupt %u storms: %zu of the last %zu trace "
		         "records are its exits, out of vm %u vcpu %u in %s",
		         irq->aux, count_irqs(hyp, irq->aux), hyp->log.count,
		         v->vmid, v->index, v->place);
		return true;
	}
	return false;
}

static const char *call_name(const struct trace_record *r)
{
	static const struct {
		unsigned id;
		uint64_t number;
		const char *name;
	} names[] = {
		{ TRACE_SMCCC, PSCI_AFFINITY_INFO, "PSCI AFFINITY_INFO" },
		{ TRACE_SMCCC, PSCI_AFFINITY_INFO_32, "PSCI AFFINITY_INFO" },
		{ TRACE_SMCCC, PSCI_CPU_ON, "PSCI CPU_ON" },
		{ TRACE_SMCCC, PSCI_FEATURES, "PSCI FEATURES" },
		{ TRACE_SMCCC, PSCI_CPU_SUSPEND, "PSCI CPU_SUSPEND" },
		{ TRACE_HYPERCALL, HVC_MSGQUEUE_SEND, "msgqueue_send" },
		{ TRACE_HYPERCALL, HVC_MSGQUEUE_RECEIVE, "msgqueue_receive" },
		{ TRACE_HYPERCALL, HVC_DOORBELL_SEND, "doorbell_send" },
		{ TRACE_HYPERCALL, HVC_DOORBELL_RECEIVE, "doorbell_receive" },
	};
	uint64_t number = r->id == TRACE_SMCCC ? r->a : r->aux;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].id == r->id && names[i].number == number) {
			return names[i].name;
		}
	}
	return NULL;
}

static void describe_call(const struct trace_record *r, char *buf, size_t size)
{
	const char *name = call_name(r);

	if (name != NULL) {
		snprintf(buf, size, "calls %s, and always gets %" PRId64, name,
		         (int64_t)r->b);
	} else if (r->id == TRACE_SMCCC) {
		snprintf(buf, size,
		         "calls %#" PRIx64 ", and always gets %" PRId64, r->a,
		         (int64_t)r->b);
	} else if (r->id == TRACE_HYPERCALL) {
		snprintf(buf, size,
		         "makes hypercall %#x, and always gets %" PRId64,
		         r->aux, (int64_t)r->b);
	} else if (r->id == TRACE_MMIO) {
		snprintf(buf, size, "accesses the device at %#" PRIx64, r->a);
	} else {
		snprintf(buf, size, "exits with class %#x at %#" PRIx64, r->aux,
		         r->a);
	}
}

bool triage_polls(const struct tri_hyp *hyp, char *buf, size_t size)
{
	static const unsigned kinds[] = { TRACE_HYPERCALL, TRACE_SMCCC,
		                          TRACE_MMIO, TRACE_EXIT_SYNC };

	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];
		const struct trace_record *r = NULL;
		struct pattern p;
		char what[128];

		/* Who sleeps in between does not go round. */
		if (triage_is_state(v, "VCPU_BLOCKED") ||
		    triage_is_state(v, "VCPU_OFF") || triage_naps(hyp, v)) {
			continue;
		}
		find_pattern(hyp, v, &p);
		for (size_t k = 0; k < 4 && r == NULL; k++) {
			r = in_pattern(&p, kinds[k]);
		}
		if (r == NULL) {
			continue;
		}
		describe_call(r, what, sizeof(what));
		snprintf(buf, size, "vm %u vcpu %u goes round in %s: it %s",
		         v->vmid, v->index, v->place, what);
		return true;
	}
	return false;
}
