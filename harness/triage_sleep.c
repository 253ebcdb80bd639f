/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules of the triage about vCPUs that sleep: until a timer of theirs fires,
 * or until somebody sends an interrupt.
 *
 * A timer wakes when it is enabled, not masked, its interrupt is enabled, and
 * its time comes.  Who sleeps so, for a millisecond or for an hour, waits for
 * nobody, and is only named behind who does.
 */
#include <stdarg.h>
#include <string.h>

#include "triage_hyp.h"

#define PSTATE_I   (1u << 7)
#define NAPS_LEAST 3  /* "again and again" */
#define NAPS_IN    64 /* of the last records of a vCPU */

static const struct {
	const char *name;
	unsigned intid;
} timers[TRIAGE_TIMERS] = {
	[TRIAGE_VIRTUAL] = { "virtual", 27 },
	[TRIAGE_PHYSICAL] = { "physical", 30 },
};

double triage_seconds(const struct tri_hyp *hyp, uint64_t ticks)
{
	uint64_t hz = hyp->log.ticks_per_second;

	return hz == 0 ? 0.0 : (double)ticks / (double)hz;
}

static bool wakes(const struct tri_timer *t, bool has_fired)
{
	return t->is_enabled && !t->is_masked && !t->is_deaf &&
	       t->has_fired == has_fired && t->due != TRIAGE_NEVER;
}

/* The first timer of @v that can wake it, and is not due yet, or is;
 * TRIAGE_TIMERS: none. */
static unsigned first_timer(const struct tri_vcpu *v, bool has_fired)
{
	unsigned found = TRIAGE_TIMERS;

	for (unsigned i = 0; i < TRIAGE_TIMERS; i++) {
		if (wakes(&v->timer[i], has_fired) &&
		    (found == TRIAGE_TIMERS ||
		     v->timer[i].due < v->timer[found].due)) {
			found = i;
		}
	}
	return found;
}

/* The timer that will wake @v. */
static unsigned alarm_of(const struct tri_vcpu *v)
{
	return first_timer(v, false);
}

/* When the last record was made: close to now, which nobody can read. */
static uint64_t trace_end(const struct tri_hyp *hyp)
{
	return hyp->log.count > 0 ? hyp->log.record[hyp->log.count - 1].ticks
	                          : 0;
}

/*
 * Who sleeps again and again is stopped with the machine at any moment, and so,
 * too, when a timer is due and its interrupt is on the way.
 */
static bool is_waking(const struct tri_hyp *hyp, const struct tri_vcpu *v)
{
	unsigned due = first_timer(v, true);

	return due != TRIAGE_TIMERS && v->timer[due].due >= trace_end(hyp) &&
	       triage_naps(hyp, v);
}

bool triage_timer(const struct tri_hyp *hyp, char *buf, size_t size)
{
	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];
		unsigned alarm = alarm_of(v);

		if (triage_is_state(v, "VCPU_BLOCKED") && !v->is_watched &&
		    alarm != TRIAGE_TIMERS) {
			snprintf(buf, size,
			         "vm %u vcpu %u sleeps in %s until its %s "
			         "timer fires, but nobody watches that timer: "
			         "it was not set again",
			         v->vmid, v->index, v->place,
			         timers[alarm].name);
			return true;
		}
	}
	return false;
}

/* Times that @v has fallen asleep where it last did, as far as the last of its
 * records tell. */
static size_t count_naps(const struct tri_hyp *hyp, const struct tri_vcpu *v)
{
	const struct trace_record *last = NULL;
	size_t seen = 0, naps = 0;

	for (size_t n = hyp->log.count; n > 0 && seen < NAPS_IN; n--) {
		const struct trace_record *r = &hyp->log.record[n - 1];

		if (r->vmid != v->vmid || r->vcpu != v->index) {
			continue;
		}
		seen++;
		if (r->id == TRACE_VCPU_BLOCK) {
			last = last == NULL ? r : last;
			naps += r->a == last->a;
		}
	}
	return naps;
}

bool triage_naps(const struct tri_hyp *hyp, const struct tri_vcpu *v)
{
	return !triage_is_state(v, "VCPU_OFF") &&
	       count_naps(hyp, v) >= NAPS_LEAST;
}

/* snprintf() behind what is there; what does not fit is left out. */
static void add(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void add(char *buf, size_t size, const char *fmt, ...)
{
	size_t len = strlen(buf);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + len, size - len, fmt, args);
	va_end(args);
}

/* Why no timer of @v will wake it, of each that is enabled. */
static void say_timers(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                       char *buf, size_t size)
{
	bool any = false;

	for (unsigned i = 0; i < TRIAGE_TIMERS; i++) {
		const struct tri_timer *t = &v->timer[i];

		if (!t->is_enabled) {
			continue;
		}
		any = true;
		add(buf, size, ", its %s timer ", timers[i].name);
		if (t->is_masked) {
			add(buf, size, "is armed, but masked");
		} else if (t->is_deaf) {
			add(buf, size, "is armed, but interrupt %u is disabled",
			    timers[i].intid);
		} else if (t->due == TRIAGE_NEVER) {
			add(buf, size, "is armed for a time that never comes");
		} else {
			add(buf, size,
			    "was due at %.6f s, but no interrupt came of it",
			    triage_seconds(hyp, t->due));
		}
	}
	if (!any) {
		add(buf, size, ", no timer is armed");
	}
}

static void say_waits(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                      char *buf, size_t size)
{
	add(buf, size,
	    "vm %u vcpu %u waits in %s for an interrupt that nobody will send: "
	    "none is pending",
	    v->vmid, v->index, v->place);
	say_timers(hyp, v, buf, size);
	if (v->pstate & PSTATE_I) {
		add(buf, size, ", and it masks interrupts");
	}
}

static void say_sleeps(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                       char *buf, size_t size)
{
	bool is_due = alarm_of(v) == TRIAGE_TIMERS;
	size_t naps = count_naps(hyp, v);

	if (triage_is_state(v, "VCPU_BLOCKED")) {
		unsigned alarm = first_timer(v, is_due);

		add(buf, size,
		    "vm %u vcpu %u sleeps in %s until its %s timer fires, %s "
		    "at %.6f s",
		    v->vmid, v->index, v->place, timers[alarm].name,
		    is_due ? "which was due" : "due",
		    triage_seconds(hyp, v->timer[alarm].due));
		if (hyp->log.count > 0) {
			add(buf, size, " (the trace ends at %.6f s)",
			    triage_seconds(hyp, trace_end(hyp)));
		}
	} else {
		add(buf, size, "vm %u vcpu %u, awake just now in %s, sleeps",
		    v->vmid, v->index, v->place);
	}
	if (naps >= NAPS_LEAST) {
		add(buf, size,
		    ", again and again: %zu times in its last records", naps);
	}
}

static bool later(const struct tri_vcpu *a, const struct tri_vcpu *b)
{
	return b == NULL || a->since > b->since;
}

/*
 * Who waits for nobody knows whom: the one that fell asleep last, as the
 * others may well wait for it.  Then who sleeps until a timer fires: it may
 * look, each time, whether the former has done something.
 */
bool triage_waits(const struct tri_hyp *hyp, char *buf, size_t size)
{
	const struct tri_vcpu *waits = NULL, *sleeps = NULL, *naps = NULL;
	size_t others = 0;

	for (size_t i = 0; i < hyp->vcpus; i++) {
		const struct tri_vcpu *v = &hyp->vcpu[i];

		if (!triage_is_state(v, "VCPU_BLOCKED")) {
			if (triage_naps(hyp, v) && later(v, naps)) {
				naps = v;
			}
			continue;
		}
		others++;
		if (alarm_of(v) == TRIAGE_TIMERS && !is_waking(hyp, v)) {
			waits = later(v, waits) ? v : waits;
		} else {
			sleeps = later(v, sleeps) ? v : sleeps;
		}
	}
	if (naps != NULL && later(naps, sleeps)) {
		sleeps = naps; /* it does more than one that sleeps for long */
	}
	others -= (waits != NULL) +
	          (sleeps != NULL && triage_is_state(sleeps, "VCPU_BLOCKED"));
	if (waits == NULL && sleeps == NULL) {
		return false;
	}
	buf[0] = '\0';
	if (waits != NULL) {
		say_waits(hyp, waits, buf, size);
	}
	if (sleeps != NULL) {
		add(buf, size, "%s", waits != NULL ? "; " : "");
		say_sleeps(hyp, sleeps, buf, size);
	}
	if (others > 0) {
		add(buf, size, " (%zu more wait, too)", others);
	}
	return true;
}
