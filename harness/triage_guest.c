/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the triage about VMs: who waits for what, and who goes round. */
#include <abi/hypercall.h>
#include <abi/psci.h>
#include <inttypes.h>
#include <string.h>

#include "triage_hyp.h"

#define VMID_ROOT 255

#define ICC_SGI1R 0xc65du /* as the trace has it */
#define SGI_ALL   (1ull << 40)

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

static bool has_stopped(const struct tri_hyp *hyp, size_t cpu)
{
	return cpu < hyp->cpus && hyp->cpu[cpu].is_idle &&
	       !hyp->cpu[cpu].has_moved;
}

/* Nobody does anything, so nobody will call vcpu_run. */
static bool all_have_stopped(const struct tri_hyp *hyp)
{
	for (size_t i = 0; i < hyp->cpus; i++) {
		if (hyp->cpu[i].is_online && !has_stopped(hyp, i)) {
			return false;
		}
	}
	return true;
}

/* A vCPU that could run, and a CPU that has nothing to do.  One that is run by
 * another one is in no queue. */
bool triage_not_run(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (!triage_is_state(v, "VCPU_READY")) {
			continue;
		}
		if (v->is_proxied && !v->has_runner && all_have_stopped(hyp)) {
			snprintf(buf, size,
			         "vm %u vcpu %u is ready, but nobody calls "
			         "vcpu_run for it",
			         v->vmid, v->index);
			return true;
		}
		if (!v->is_proxied && has_stopped(hyp, v->cpu)) {
			snprintf(buf, size,
			         "vm %u vcpu %u is ready, but cpu %u, whose "
			         "queue it is in, idles: a kick was lost",
			         v->vmid, v->index, v->cpu);
			return true;
		}
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

/* What came of it would be in the log, on whatever CPU. */
static bool is_followed(const struct tri_hyp *hyp, const struct trace_record *r)
{
	return r->ticks >= hyp->log.whole_since;
}

/* Sent after the vCPU's last sign of life, and not there. */
bool triage_lost_sgi(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t n = hyp->log.count; n > 0; n--) {
		const struct trace_record *r = &hyp->log.record[n - 1];

		if (!is_followed(hyp, r)) {
			break;
		}
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
			return r->aux == 0 || !is_followed(hyp, r) ? NULL : r;
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

/* Awake at this look, not at all of them, and it sleeps now and then. */
static bool is_up_for_a_moment(const struct tri_hyp *hyp, size_t cpu)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (v->loaded_on == (int)cpu &&
		    triage_is_state(v, "VCPU_RUNNING")) {
			return hyp->cpu[cpu].was_el == TRIAGE_EL_VARIES &&
			       triage_naps(hyp, v);
		}
	}
	return false;
}

bool triage_guest_loop(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->cpus; i++) {
		const struct tri_cpu *c = &hyp->cpu[i];

		if (c->el >= 2 || c->function[0] == '\0' ||
		    is_up_for_a_moment(hyp, i)) {
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
