/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our own hypervisor knows of its VMs, read out of its memory by the
 * names in its debug information.
 *
 * All that the cause is found from is plain data in here: who reads it is in
 * triage_hyp.c and triage_vm.c, who thinks about it in triage_cause.c,
 * triage_guest.c, triage_pattern.c and triage_sleep.c, and a test can make it
 * up.
 */
#ifndef TRIAGE_HYP_H
#define TRIAGE_HYP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "snapshot.h"
#include "trace_log.h"

#define TRIAGE_VCPUS     64
#define TRIAGE_VMS       64
#define TRIAGE_SPIS      8
#define TRIAGE_QUEUES    32
#define TRIAGE_PLACE     200
#define TRIAGE_EL_VARIES 9 /* of the looks at a CPU, not all were alike */

#define TRIAGE_NEVER UINT64_MAX /* of a timer: not while the counter lasts */

/* A timer of a vCPU. */
struct tri_timer {
	bool is_enabled, is_masked;
	bool has_fired; /* its condition is met, and its line was raised */
	bool is_deaf;   /* the guest has its interrupt disabled */
	uint64_t due;   /* CNTPCT, or TRIAGE_NEVER */
};

enum { TRIAGE_VIRTUAL, TRIAGE_PHYSICAL, TRIAGE_TIMERS };

/* One vCPU that exists. */
struct tri_vcpu {
	uint16_t vmid;
	unsigned index;
	const char *state; /* "VCPU_BLOCKED" */
	bool is_on;        /* for PSCI */
	int loaded_on;     /* CPU, or -1 */
	unsigned cpu;      /* whose queue it belongs to */
	uint64_t pc, pstate;
	char place[TRIAGE_PLACE]; /* where it was at its last exit */
	uint64_t request;
	uint32_t pending; /* SGIs and PPIs: pending and enabled */
	uint32_t listed;  /* of them, in a list register: perhaps taken */
	uint32_t active;  /* SGIs and PPIs */
	bool is_proxied;  /* runs only when another one calls vcpu_run */
	bool has_runner;  /* and that one does, just now */
	bool has_timer;   /* a timer of its own is known */
	bool is_watched;  /* hardware or EL2's soft timer will see it */
	struct tri_timer timer[TRIAGE_TIMERS];
	uint32_t sleep_type; /* BLOCKED: 0 WFI, else PSCI's power_state */
	uint64_t blocked;    /* ticks, of the last time; 0: not in the trace */
	uint64_t picked;     /* ticks when it was last given a CPU */
	uint64_t since;      /* ticks of its last trace record, 0: none */
	char last[160];      /* that record, described */
};

/* A shared interrupt that is not at rest. */
struct tri_spi {
	unsigned intid;
	unsigned to; /* vCPU that it is routed to */
	bool is_pending, is_active, is_high;
};

struct tri_vm {
	uint16_t vmid;
	char name[32];
	const char *end; /* "OFF"; NULL: it runs */
	struct tri_spi spi[TRIAGE_SPIS];
	size_t spis;
};

/* A message queue that some VM can name. */
struct tri_queue {
	uint64_t address;
	unsigned messages;
	bool is_bound; /* the receiver's interrupt is: */
	uint16_t vmid; /* whose */
	unsigned intid;
	unsigned to; /* vCPU that it is routed to */
};

/* One CPU's view of itself. */
struct tri_cpu {
	unsigned el, was_el; /* now; at all looks, or TRIAGE_EL_VARIES */
	bool irqs_masked;
	uint16_t vmid;
	char function[64];         /* "" unknown */
	char place[TRIAGE_PLACE];  /* of its PC */
	char caller[TRIAGE_PLACE]; /* the first frame that does not just wait */
	bool is_online, is_idle;
	bool has_moved;      /* its trace went on between the looks */
	bool waits;          /* for a spinlock: */
	char lock[64];       /* its name */
	int holder;          /* CPU that has it, or -1 */
	struct tri_vcpu *of; /* what it runs, or NULL */
};

/* What EL2 left behind when it died of a fault of its own. */
struct tri_panic {
	bool is_there;
	unsigned cpu;
	char what[200]; /* the text, with ESR and FAR of an exception */
	char place[TRIAGE_PLACE];
	char callers[256]; /* "b, which a has called"; "": unknown */
	uint16_t vmid;     /* whose exit it was busy with; 0: nobody's */
	unsigned vcpu;
};

struct tri_hyp {
	bool is_ours; /* else only the CPUs are known */
	struct tri_panic panic;
	struct tri_vcpu vcpu[TRIAGE_VCPUS];
	size_t vcpus;
	struct tri_vm vm[TRIAGE_VMS];
	size_t vms;
	struct tri_queue queue[TRIAGE_QUEUES];
	size_t queues;
	struct tri_cpu cpu[SNAPSHOT_CPUS];
	size_t cpus;
	struct trace_log log;
};

/* What is remembered of the looks before. */
struct tri_before {
	struct snap_cpu cpu[SNAPSHOT_CPUS];
	uint64_t head[SNAPSHOT_CPUS]; /* records written; UINT64_MAX unknown */
};

/** Heads of the trace rings, as far as the stopped machine shows them. */
void triage_read_heads(const struct snapshot *s, uint64_t *head);

/**
 * Read it all.  Without a hypervisor of ours only the CPUs are filled in.
 * @return false: no image, no memory, or not our hypervisor
 */
bool triage_hyp_read(const struct snapshot *s, const struct tri_before *before,
                     struct tri_hyp *hyp);
void triage_hyp_fini(struct tri_hyp *hyp);

/** Write what was read, for people. */
void triage_hyp_print(const struct tri_hyp *hyp, FILE *out);

/** The way to where EL2 died, if it did. */
void triage_panic_print(const struct snapshot *s, const struct tri_hyp *hyp,
                        FILE *out);

/** The stage-2 map of every VM. */
void triage_maps_print(const struct snapshot *s, FILE *out);

/** Every counter of the ledger (abi/ledger.h). */
void triage_ledger_print(const struct snapshot *s, FILE *out);

/**
 * One sentence that names the cause.
 * @return false: no rule fits; @buf then says so
 */
bool triage_cause(const struct tri_hyp *hyp, char *buf, size_t size);

/* Between the parts. */
typedef bool tri_rule(const struct tri_hyp *hyp, char *buf, size_t size);
tri_rule triage_vcpu_outlives, triage_lost_wake, triage_not_run, triage_timer,
	triage_masked, triage_storm, triage_polls, triage_lost_sgi,
	triage_lost_message, triage_guest_loop, triage_waits;
void triage_read_panic(const struct snapshot *s, struct tri_hyp *hyp);
void triage_read_vcpus(const struct snapshot *s, struct tri_hyp *hyp);
void triage_read_last(struct tri_hyp *hyp);
void triage_read_vms(const struct snapshot *s, struct tri_hyp *hyp);
const struct tri_vm *triage_vm(const struct tri_hyp *hyp, uint16_t vmid);
bool triage_is_state(const struct tri_vcpu *v, const char *state);
bool triage_naps(const struct tri_hyp *hyp, const struct tri_vcpu *v);
double triage_seconds(const struct tri_hyp *hyp, uint64_t ticks);

#endif
