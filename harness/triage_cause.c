/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one sentence.  Rules are tried in the order in which one fault hides
 * another: a CPU that died, then EL2 that does not come back, then a vCPU
 * that should run and does not, then guests that go round, and last the
 * guests that wait for what will not come.
 */
#include "triage_hyp.h"

#include <inttypes.h>
#include <string.h>

#define PSTATE_I (1u << 7)

struct scene {
	const struct snapshot *s;
	const struct snap_cpu *before;
	const struct tri_hyp *hyp;
	char *buf;
	size_t size;
};

/* "VM 255" for the reader. */
static const char *place_of(const struct scene *sc, unsigned el, uint16_t vmid,
                            uint64_t pc, char *buf, size_t size)
{
	return snapshot_place(snapshot_image(sc->s, el, vmid), pc, buf, size);
}

/* Inside EL2, the first frame that is not the waiting itself. */
static const char *caller_place(const struct scene *sc, size_t cpu, char *buf,
                                size_t size)
{
	uint64_t pc[8], distance;
	size_t n = snapshot_frames(sc->s, cpu, pc, 8);
	const char *name =
		inspect_symbol(sc->s->hyp, sc->s->cpu[cpu].pc, &distance);

	if (name != NULL && strncmp(name, "spin_", 5) != 0) {
		return place_of(sc, 2, 0, sc->s->cpu[cpu].pc, buf, size);
	}
	return place_of(sc, 2, 0, n > 0 ? pc[0] : sc->s->cpu[cpu].pc, buf,
	                size);
}

static bool is_at(const struct scene *sc, size_t cpu, const char *function)
{
	uint64_t distance;
	const char *name;

	if (sc->s->hyp == NULL || sc->s->cpu[cpu].el != 2) {
		return false;
	}
	name = inspect_symbol(sc->s->hyp, sc->s->cpu[cpu].pc, &distance);
	return name != NULL && strcmp(name, function) == 0;
}

/* The scheduler sleeps where no vCPU is the CPU's own. */
static bool is_idle(const struct scene *sc, size_t cpu)
{
	return sc->hyp != NULL && sc->hyp->cpu[cpu].vcpu == 0 &&
	       is_at(sc, cpu, "sched_next");
}

static bool rule_lock(const struct scene *sc)
{
	for (size_t i = 0; sc->hyp != NULL && i < sc->s->cpus; i++) {
		uint64_t lock = sc->hyp->cpu[i].waits_for, distance;
		int holder = triage_lock_holder(sc->s, lock);
		char mine[256], theirs[256];
		const char *name;

		if (lock == 0) {
			continue;
		}
		name = inspect_symbol(sc->s->hyp, lock, &distance);
		caller_place(sc, i, mine, sizeof(mine));
		if (holder < 0 || (size_t)holder >= sc->s->cpus) {
			snprintf(sc->buf, sc->size,
			         "cpu %zu waits at EL2 in %s for the lock %s, "
			         "which nobody holds",
			         i, mine, name == NULL ? "?" : name);
			return true;
		}
		if ((size_t)holder == i) {
			snprintf(sc->buf, sc->size,
			         "cpu %zu waits at EL2 in %s for the lock %s, "
			         "which it holds itself",
			         i, mine, name == NULL ? "?" : name);
			return true;
		}
		caller_place(sc, (size_t)holder, theirs, sizeof(theirs));
		snprintf(sc->buf, sc->size,
		         "cpu %zu waits at EL2 in %s for the lock %s, held by "
		         "cpu %d, which is %s %s%s",
		         i, mine, name == NULL ? "?" : name, holder,
		         sc->s->cpu[holder].el == 2 ? "in" : "in a guest after",
		         theirs,
		         sc->hyp->cpu[holder].waits_for != 0
		                 ? " and waits for a lock itself"
		                 : "");
		return true;
	}
	return false;
}

static bool rule_el2_stuck(const struct scene *sc)
{
	char place[256];

	for (size_t i = 0; sc->s->hyp != NULL && i < sc->s->cpus; i++) {
		const struct snap_cpu *c = &sc->s->cpu[i];

		if (c->el != 2 || sc->before[i].el != 2 || is_idle(sc, i)) {
			continue;
		}
		if (sc->hyp != NULL && !sc->hyp->cpu[i].is_online) {
			continue; /* never came up, or still in the firmware */
		}
		snprintf(sc->buf, sc->size,
		         "cpu %zu does not come back from EL2: it is in %s "
		         "with interrupts %s",
		         i, place_of(sc, 2, 0, c->pc, place, sizeof(place)),
		         c->irqs_masked ? "off" : "on");
		return true;
	}
	return false;
}

static bool is_state(const struct tri_vcpu *v, const char *state)
{
	return strcmp(v->state, state) == 0;
}

/* A vCPU that could run, and a CPU that has nothing to do. */
static bool rule_not_run(const struct scene *sc)
{
	for (size_t i = 0; sc->hyp != NULL && i < sc->hyp->vcpus; i++) {
		const struct tri_vcpu *v = &sc->hyp->vcpu[i];
		char place[256];

		if (v->pending != 0 && is_state(v, "VCPU_BLOCKED")) {
			snprintf(sc->buf, sc->size,
			         "vm %u vcpu %u sleeps in %s although its "
			         "interrupt %d is pending and enabled: a "
			         "wake-up was lost",
			         v->vmid, v->index,
			         place_of(sc, 1, v->vmid, v->pc, place,
			                  sizeof(place)),
			         __builtin_ctz(v->pending));
			return true;
		}
		if (is_state(v, "VCPU_READY") && v->cpu < sc->s->cpus &&
		    is_idle(sc, v->cpu)) {
			snprintf(sc->buf, sc->size,
			         "vm %u vcpu %u is ready, but cpu %u, whose "
			         "queue it is in, idles: a kick was lost",
			         v->vmid, v->index, v->cpu);
			return true;
		}
	}
	return false;
}

static bool rule_timer(const struct scene *sc)
{
	uint64_t now;

	if (sc->hyp == NULL || sc->hyp->log.count == 0) {
		return false;
	}
	now = sc->hyp->log.record[sc->hyp->log.count - 1].ticks;
	for (size_t i = 0; i < sc->hyp->vcpus; i++) {
		const struct tri_vcpu *v = &sc->hyp->vcpu[i];
		char place[256];

		if (!is_state(v, "VCPU_BLOCKED") || !v->is_armed ||
		    v->deadline > now) {
			continue;
		}
		snprintf(
			sc->buf, sc->size,
			"vm %u vcpu %u sleeps in %s although its virtual timer "
			"is due: the timer was not set again",
			v->vmid, v->index,
			place_of(sc, 1, v->vmid, v->pc, place, sizeof(place)));
		return true;
	}
	return false;
}

/* The same exit, again and again, in what the rings still hold. */
static bool rule_storm(const struct scene *sc)
{
	const struct trace_log *log = sc->hyp == NULL ? NULL : &sc->hyp->log;
	size_t same = 0, irqs = 0;
	uint64_t last = UINT64_MAX;

	if (log == NULL || log->count < 64) {
		return false;
	}
	for (size_t i = 0; i < log->count; i++) {
		const struct trace_record *r = &log->record[i];

		if (r->id != TRACE_EXIT_IRQ) {
			continue;
		}
		irqs++;
		same += r->aux == last;
		last = r->aux;
	}
	if (irqs * 3 < log->count || same * 10 < irqs * 9) {
		return false;
	}
	snprintf(sc->buf, sc->size,
	         "interrupt %" PRIu64 " storms: %zu of the last %zu records "
	         "are its exits",
	         last, irqs, log->count);
	return true;
}

static bool rule_guest_loop(const struct scene *sc)
{
	for (size_t i = 0; i < sc->s->cpus; i++) {
		const struct snap_cpu *c = &sc->s->cpu[i];
		struct inspect *in = snapshot_image(sc->s, c->el, c->vmid);
		uint64_t distance;
		const char *was, *is;
		char place[256];

		if (c->el >= 2 || sc->before[i].el >= 2 || in == NULL) {
			continue;
		}
		was = inspect_symbol(in, sc->before[i].pc, &distance);
		is = inspect_symbol(in, c->pc, &distance);
		if (was == NULL || is == NULL) {
			continue;
		}
		snprintf(sc->buf, sc->size,
		         "cpu %zu: vm %u goes round at EL%u in %s, with "
		         "interrupts %s",
		         i, c->vmid, c->el,
		         place_of(sc, c->el, c->vmid, c->pc, place,
		                  sizeof(place)),
		         c->irqs_masked ? "off" : "on");
		return true;
	}
	return false;
}

static bool rule_waits_for_ever(const struct scene *sc)
{
	for (size_t i = 0; sc->hyp != NULL && i < sc->hyp->vcpus; i++) {
		const struct tri_vcpu *v = &sc->hyp->vcpu[i];
		char place[256];

		if (!is_state(v, "VCPU_BLOCKED")) {
			continue;
		}
		snprintf(sc->buf, sc->size,
		         "vm %u vcpu %u waits in %s for an interrupt that "
		         "nobody will send: none is pending, %s%s",
		         v->vmid, v->index,
		         place_of(sc, 1, v->vmid, v->pc, place, sizeof(place)),
		         v->is_armed ? "its timer is still to come"
		                     : "no timer is armed",
		         v->pstate & PSTATE_I ? ", and it masks interrupts"
		                              : "");
		return true;
	}
	return false;
}

void triage_cause(const struct snapshot *s, const struct snap_cpu *before,
                  const struct tri_hyp *hyp, char *buf, size_t size)
{
	static bool (*const rules[])(const struct scene *) = {
		rule_lock,  rule_el2_stuck,  rule_not_run,        rule_timer,
		rule_storm, rule_guest_loop, rule_waits_for_ever,
	};
	const struct scene scene = { s, before, hyp, buf, size };

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i](&scene)) {
			return;
		}
	}
	snprintf(buf, size, "no rule fits; %s has what was seen", "triage.txt");
}
