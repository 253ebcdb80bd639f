/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the triage about VMs: who waits for what, and who goes round. */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <inttypes.h>
#include <string.h>

#include "triage_hyp.h"

#define VMID_ROOT 255
#define PSTATE_I  (1u << 7)

#define ICC_SGI1R  0xc65du /* as the trace has it */
#define SGI_ALL    (1ull << 40)
#define PATTERN    48 /* records that must repeat */
#define PERIOD_MAX 6

const struct tri_vm *triage_vm(const struct tri_hyp *hyp, uint16_t vmid)
{
	for (size_t i = 0; i < hyp->vms; i++) {
		if (hyp->vm[i].vmid == vmid) {
			return &hyp->vm[i];
		}
	}
	return NULL;
}

bool triage_is_state(const struct tri_vcpu *v, const char *state)
{
	return strcmp(v->state, state) == 0;
}

/* Said to be sleeping and yet: what is pending for certain. A bit that is in
 * a list register may long have been taken, unless a request came since. */
static uint32_t surely_pending(const struct tri_vcpu *v)
{
	return v->request != 0 ? v->pending : v->pending & ~v->listed;
}

/* Who has to do with the end of another VM: the root VM. */
static const struct tri_vcpu *find_manager(const struct tri_hyp *hyp,
                                           uint16_t not_vmid)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		if (hyp->vcpu[i].vmid == VMID_ROOT && not_vmid != VMID_ROOT) {
			return &hyp->vcpu[i];
		}
	}
	return NULL;
}

static bool outlives(const struct tri_hyp *hyp, const struct tri_vcpu *v)
{
	const struct tri_vm *vm = triage_vm(hyp, v->vmid);

	return vm != NULL && vm->end != NULL &&
	       (!triage_is_state(v, "VCPU_OFF") || v->is_on);
}

/* The most telling one: who runs says more than who sleeps. */
static const struct tri_vcpu *find_outliving(const struct tri_hyp *hyp)
{
	const struct tri_vcpu *found = NULL;

	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (outlives(hyp, v) &&
		    (found == NULL || triage_is_state(v, "VCPU_RUNNING"))) {
			found = v;
		}
	}
	return found;
}

bool triage_vcpu_outlives(const struct tri_hyp *hyp, char *buf, size_t size)
{
	const struct tri_vcpu *v = find_outliving(hyp);
	const struct tri_vcpu *who;
	const char *end;
	int n;

	if (v == NULL) {
		return false;
	}
	end = triage_vm(hyp, v->vmid)->end;
	n = snprintf(buf, size,
	             "vm %u has ended (%s), but its vcpu %u %s in %s: it was "
	             "not stopped",
	             v->vmid, end, v->index,
	             triage_is_state(v, "VCPU_OFF")       ? "still counts as on"
	             : triage_is_state(v, "VCPU_BLOCKED") ? "still sleeps"
	                                                  : "still runs",
	             v->place);
	who = find_manager(hyp, v->vmid);
	if (who != NULL && n > 0 && (size_t)n < size) {
		snprintf(buf + n, size - (size_t)n,
		         "; vm %u vcpu %u, in %s, waits for an end that "
		         "cannot come",
		         who->vmid, who->index, who->place);
	}
	return true;
}

bool triage_lost_wake(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];
		uint32_t pending = surely_pending(v);

		if (pending == 0 || !triage_is_state(v, "VCPU_BLOCKED")) {
			continue;
		}
		snprintf(buf, size,
		         "vm %u vcpu %u sleeps in %s although its interrupt "
		         "%d is pending and enabled: a wake-up was lost",
		         v->vmid, v->index, v->place, __builtin_ctz(pending));
		return true;
	}
	return false;
}

/* A vCPU that could run, and a CPU that has nothing to do. */
bool triage_not_run(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (triage_is_state(v, "VCPU_READY") && v->cpu < hyp->cpus &&
		    hyp->cpu[v->cpu].is_idle && !hyp->cpu[v->cpu].has_moved) {
			snprintf(buf, size,
			         "vm %u vcpu %u is ready, but cpu %u, whose "
			         "queue it is in, idles: a kick was lost",
			         v->vmid, v->index, v->cpu);
			return true;
		}
	}
	return false;
}

bool triage_timer(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (triage_is_state(v, "VCPU_BLOCKED") && v->is_armed &&
		    !v->is_watched) {
			snprintf(buf, size,
			         "vm %u vcpu %u sleeps in %s until its virtual "
			         "timer fires, but nobody watches that timer: "
			         "it was not set again",
			         v->vmid, v->index, v->place);
			return true;
		}
	}
	return false;
}

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

bool triage_masked(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];
		const struct tri_cpu *c;

		if (v->loaded_on < 0 || (size_t)v->loaded_on >= hyp->cpus ||
		    v->pending == 0 || !triage_is_state(v, "VCPU_RUNNING")) {
			continue;
		}
		c = &hyp->cpu[v->loaded_on];
		if (c->was_el == 2 ||
		    !(c->el < 2 ? c->irqs_masked
		                : (v->pstate & PSTATE_I) != 0)) {
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
		if (irq == NULL) {
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

		if (triage_is_state(v, "VCPU_BLOCKED") ||
		    triage_is_state(v, "VCPU_OFF")) {
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

static bool is_target(const struct trace_record *r, const struct tri_vcpu *v)
{
	uint64_t base = (r->b >> 16 & 0xff) * 16;

	if (r->vmid != v->vmid) {
		return false;
	}
	if (r->b & SGI_ALL) {
		return r->vcpu != v->index;
	}
	return v->index >= base && v->index < base + 16 &&
	       (r->b >> (v->index - base) & 1) != 0;
}

/* Sent after the vCPU's last sign of life, and not there. */
bool triage_lost_sgi(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t n = hyp->log.count; n > 0; n--) {
		const struct trace_record *r = &hyp->log.record[n - 1];

		if (r->id != TRACE_SYSREG || r->aux != 1 || r->a != ICC_SGI1R) {
			continue;
		}
		for (size_t i = 0; i < hyp->vcpus; i++) {
			const struct tri_vcpu *v = &hyp->vcpu[i];
			unsigned intid = (unsigned)(r->b >> 24 & 15);

			if (!is_target(r, v) || v->since > r->ticks ||
			    (v->pending >> intid & 1) != 0 ||
			    !triage_is_state(v, "VCPU_BLOCKED")) {
				continue;
			}
			snprintf(buf, size,
			         "vm %u vcpu %u waits in %s for its interrupt "
			         "%u, which vcpu %u has sent but which never "
			         "became pending: it was lost",
			         v->vmid, v->index, v->place, intid, r->vcpu);
			return true;
		}
	}
	return false;
}

/* Sent, and nobody has received since. NULL: not so */
static const struct trace_record *find_unreceived(const struct tri_hyp *hyp)
{
	for (size_t n = hyp->log.count; n > 0; n--) {
		const struct trace_record *r = &hyp->log.record[n - 1];

		if (r->id == TRACE_MSGQUEUE) {
			return r->aux == 0 ? NULL : r;
		}
	}
	return NULL;
}

/* A queue's interrupt is to wake @v. */
static bool is_receiver(const struct tri_hyp *hyp, const struct tri_vcpu *v)
{
	for (size_t i = 0; i < hyp->queues; i++) {
		const struct tri_queue *q = &hyp->queue[i];

		if (q->is_bound && q->vmid == v->vmid && q->to == v->index) {
			return true;
		}
	}
	return false;
}

/*
 * Who sleeps and should have been told of a message that is nowhere.  When it
 * fell asleep does not matter, the message would have kept it awake.  Where
 * no interrupt is bound: who has slept since before it was sent.
 */
static const struct tri_vcpu *find_receiver(const struct tri_hyp *hyp,
                                            const struct trace_record *sent)
{
	const struct tri_vcpu *waits = NULL;

	for (size_t i = 0; i < hyp->queues; i++) {
		if (hyp->queue[i].messages != 0) {
			return NULL; /* it may be this one */
		}
	}
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (!triage_is_state(v, "VCPU_BLOCKED")) {
			continue;
		}
		if (is_receiver(hyp, v)) {
			return v;
		}
		waits = v->since < sent->ticks ? v : waits;
	}
	return waits;
}

bool triage_lost_message(const struct tri_hyp *hyp, char *buf, size_t size)
{
	const struct trace_record *sent = find_unreceived(hyp);
	const struct tri_vcpu *waits =
		sent == NULL ? NULL : find_receiver(hyp, sent);

	if (waits == NULL) {
		return false;
	}
	snprintf(buf, size,
	         "vm %u vcpu %u waits in %s for a message: vm %u vcpu %u has "
	         "sent one of %" PRIu64 " bytes, but it is in no queue, and "
	         "nobody has received it: it was dropped",
	         waits->vmid, waits->index, waits->place, sent->vmid,
	         sent->vcpu, sent->a);
	return true;
}

bool triage_guest_loop(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->cpus; i++) {
		const struct tri_cpu *c = &hyp->cpu[i];

		if (c->el >= 2 || c->function[0] == '\0') {
			continue;
		}
		snprintf(buf, size,
		         "cpu %zu: vm %u goes round at EL%u in %s, with "
		         "interrupts %s",
		         i, c->vmid, c->el, c->place,
		         c->irqs_masked ? "off" : "on");
		return true;
	}
	return false;
}

/* The one that fell asleep last: the others may well wait for it. */
bool triage_waits(const struct tri_hyp *hyp, char *buf, size_t size)
{
	const struct tri_vcpu *v = NULL;
	size_t others = 0;
	int n;

	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *at = &hyp->vcpu[i];

		if (triage_is_state(at, "VCPU_BLOCKED")) {
			others++;
			v = v == NULL || at->since > v->since ? at : v;
		}
	}
	if (v == NULL) {
		return false;
	}
	n = snprintf(buf, size,
	             "vm %u vcpu %u waits in %s for an interrupt that nobody "
	             "will send: none is pending, %s%s",
	             v->vmid, v->index, v->place,
	             v->is_armed ? "its timer is still to come"
	                         : "no timer is armed",
	             v->pstate & PSTATE_I ? ", and it masks interrupts" : "");
	if (others > 1 && n > 0 && (size_t)n < size) {
		snprintf(buf + n, size - (size_t)n, " (%zu more wait, too)",
		         others - 1);
	}
	return true;
}
