/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one sentence: the order of the rules, and those about EL2 itself.
 *
 * Rules are tried in the order in which one fault hides another: a CPU that
 * died, then EL2 that does not come back, then a vCPU that should run and
 * does not, then guests that go round, and last the guests that wait for what
 * will not come.
 */
#include <string.h>

#include "triage_hyp.h"

static bool rule_panic(const struct tri_hyp *hyp, char *buf, size_t size)
{
	const struct tri_panic *p = &hyp->panic;
	int n;

	if (!p->is_there) {
		return false;
	}
	n = snprintf(buf, size, "cpu %u has panicked in %s: %s", p->cpu,
	             p->place, p->what);
	if (p->callers[0] != '\0' && n > 0 && (size_t)n < size) {
		n += snprintf(buf + n, size - (size_t)n, "; called by %s",
		              p->callers);
	}
	if (p->vmid != 0 && n > 0 && (size_t)n < size) {
		snprintf(buf + n, size - (size_t)n, "; it served vm %u vcpu %u",
		         p->vmid, p->vcpu);
	}
	return true;
}

/* @i waits for what @j holds, and @j for what @i holds. */
static bool rule_deadlock(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->cpus; i++) {
		const struct tri_cpu *a = &hyp->cpu[i];
		const struct tri_cpu *b;
		size_t first = i;

		if (!a->waits || a->holder < 0 ||
		    (size_t)a->holder >= hyp->cpus || (size_t)a->holder == i) {
			continue;
		}
		b = &hyp->cpu[a->holder];
		if (!b->waits || b->holder != (int)i) {
			continue;
		}
		/* Both ways round are true: say it the same way each time. */
		if (strcmp(a->lock, b->lock) > 0) {
			const struct tri_cpu *other = a;

			a = b;
			b = other;
			first = (size_t)b->holder;
		}
		snprintf(buf, size,
		         "deadlock of two locks at EL2: cpu %zu in %s waits "
		         "for %s, which cpu %d holds, and cpu %d in %s waits "
		         "for %s, which cpu %zu holds",
		         first, a->caller, a->lock, a->holder, a->holder,
		         b->caller, b->lock, first);
		return true;
	}
	return false;
}

static void describe_holder(const struct tri_hyp *hyp, size_t cpu, char *buf,
                            size_t size)
{
	const struct tri_cpu *c = &hyp->cpu[cpu];

	if (c->el == 2) {
		snprintf(buf, size, "which is %s%s%s",
		         c->is_idle ? "idle" : "in ",
		         c->is_idle ? "" : c->caller,
		         c->waits ? " and waits for a lock itself" : "");
	} else {
		snprintf(buf, size,
		         "which left EL2 with it and is in vm %u, in %s",
		         c->vmid, c->caller);
	}
}

static bool rule_lock(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->cpus; i++) {
		const struct tri_cpu *c = &hyp->cpu[i];
		char holder[TRIAGE_PLACE + 64];

		if (!c->waits) {
			continue;
		}
		if (c->holder < 0 || (size_t)c->holder >= hyp->cpus) {
			snprintf(buf, size,
			         "cpu %zu waits at EL2 in %s for %s, which "
			         "nobody holds",
			         i, c->caller, c->lock);
		} else if ((size_t)c->holder == i) {
			snprintf(buf, size,
			         "cpu %zu waits at EL2 in %s for %s, which it "
			         "holds itself",
			         i, c->caller, c->lock);
		} else {
			describe_holder(hyp, (size_t)c->holder, holder,
			                sizeof(holder));
			snprintf(buf, size,
			         "cpu %zu waits at EL2 in %s for %s, held by "
			         "cpu %d, %s",
			         i, c->caller, c->lock, c->holder, holder);
		}
		return true;
	}
	return false;
}

static bool rule_el2_stuck(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->cpus; i++) {
		const struct tri_cpu *c = &hyp->cpu[i];

		if (!c->is_online || c->el != 2 || c->was_el != 2 ||
		    c->is_idle || c->has_moved || c->function[0] == '\0') {
			continue;
		}
		snprintf(buf, size,
		         "cpu %zu does not come back from EL2: it is in %s "
		         "with interrupts %s",
		         i, c->place, c->irqs_masked ? "off" : "on");
		return true;
	}
	return false;
}

/* A hypervisor without symbols of ours, or none. */
static bool rule_foreign(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; !hyp->is_ours && i < hyp->cpus; i++) {
		const struct tri_cpu *c = &hyp->cpu[i];

		if (c->el == 2 && c->was_el == 2) {
			snprintf(buf, size,
			         "cpu %zu stays at EL2, at %s, with interrupts "
			         "%s; it is not our hypervisor, so this is "
			         "all that is known",
			         i, c->place, c->irqs_masked ? "off" : "on");
			return true;
		}
	}
	return false;
}

/* Nothing fits: where everybody is. */
static void say_where(const struct tri_hyp *hyp, char *buf, size_t size)
{
	size_t at = (size_t)snprintf(buf, size, "no rule fits");

	for (size_t i = 0; i < hyp->cpus && at < size; i++) {
		at += (size_t)snprintf(buf + at, size - at,
		                       "%s cpu %zu is at EL%u in %s",
		                       i == 0 ? ":" : ",", i, hyp->cpu[i].el,
		                       hyp->cpu[i].place);
	}
}

bool triage_cause(const struct tri_hyp *hyp, char *buf, size_t size)
{
	static tri_rule *const rules[] = {
		rule_panic,          rule_deadlock,    rule_lock,
		rule_el2_stuck,      rule_foreign,     triage_vcpu_outlives,
		triage_masked,       triage_lost_wake, triage_not_run,
		triage_timer,        triage_storm,     triage_lost_sgi,
		triage_lost_message, triage_polls,     triage_guest_loop,
		triage_waits,
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i](hyp, buf, size)) {
			return true;
		}
	}
	say_where(hyp, buf, size);
	return false;
}
