/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What our own hypervisor knows of its VMs, read out of its memory by the
 * names in its debug information.
 */
#ifndef TRIAGE_HYP_H
#define TRIAGE_HYP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "snapshot.h"
#include "trace_log.h"

#define TRIAGE_VCPUS 64

/* One vCPU that exists. */
struct tri_vcpu {
	uint16_t vmid;
	unsigned index;
	const char *state; /* "VCPU_BLOCKED" */
	int loaded_on;     /* CPU, or -1 */
	unsigned cpu;      /* whose queue it belongs to */
	uint64_t pc, pstate;
	uint64_t request;
	uint32_t pending;  /* SGIs and PPIs: pending and enabled */
	uint32_t active;   /* SGIs and PPIs */
	bool has_timer;    /* a timer of its own is known */
	bool is_armed;     /* enabled and not masked */
	uint64_t deadline; /* CNTVCT ticks plus its offset: CNTPCT */
	uint64_t since;    /* ticks of its last trace record, 0: none */
	char last[160];    /* that record, described */
};

/* One CPU's view of itself. */
struct tri_cpu {
	bool is_online, is_panicking;
	uint64_t vcpu;      /* address; 0: idle */
	uint64_t waits_for; /* address of a spinlock, 0: none */
};

struct tri_hyp {
	struct tri_vcpu vcpu[TRIAGE_VCPUS];
	size_t vcpus;
	struct tri_cpu cpu[SNAPSHOT_CPUS];
	struct trace_log log;
};

/** Read it all. @return false: no image, no memory, or not our hypervisor */
bool triage_hyp_read(const struct snapshot *s, struct tri_hyp *hyp);
void triage_hyp_fini(struct tri_hyp *hyp);

/** Write what was read, for people. */
void triage_hyp_print(const struct snapshot *s, const struct tri_hyp *hyp,
                      FILE *out);

/** CPU that holds the lock at @address, or -1. */
int triage_lock_holder(const struct snapshot *s, uint64_t address);

/**
 * One sentence that names the cause.
 *
 * @before  registers a moment earlier, with the machine running in between;
 *          what stands still shows by comparing
 * @hyp     NULL when there is no hypervisor of ours
 */
void triage_cause(const struct snapshot *s, const struct snap_cpu *before,
                  const struct tri_hyp *hyp, char *buf, size_t size);

#endif
