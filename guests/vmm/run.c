/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving CPU time to the vCPUs of a machine, and serving their accesses. */
#include <abi/vcpu_run.h>

#include "rt/hv.h"
#include "vmm/machine.h"
#include "vmm/runner.h"
#include "vmm/slots.h"

static unsigned running, most; /* CPUs inside vcpu_run; a figure for tests */

unsigned runner_most(void)
{
	unsigned was = most;

	most = 0;
	return was;
}

static bool is_device(uint64_t ipa)
{
	return ipa - MACHINE_DEVICE_IPA < MACHINE_DEVICE_SIZE;
}

static uint64_t read_at(const struct machine *m, uint64_t ipa, uint64_t size)
{
	if (slots_have(m, ipa)) {
		return slots_read(ipa, size);
	}
	return is_device(ipa) ? m->scratch : 0;
}

/* @return whether the vCPU can be run again at once */
static bool serve(struct machine *m, struct machine_vcpu *v,
                  const struct hv *exit)
{
	v->resume = 0;
	switch (exit->out[0]) {
	case VCPU_RUN_READY:
		v->last = LAST_PREEMPTED;
		return true;
	case VCPU_RUN_EXPECTS_WAKEUP:
		v->last = LAST_ASLEEP;
		return false;
	case VCPU_RUN_POWERED_OFF:
		v->last = LAST_OFF;
		return false;
	case VCPU_RUN_BLOCKED:
		v->last = LAST_BLOCKED;
		return true;
	case VCPU_RUN_VMMIO_READ:
		v->last = LAST_READ;
		v->exits++;
		v->resume = read_at(m, exit->out[1], exit->out[2]);
		return true;
	case VCPU_RUN_VMMIO_WRITE:
		v->last = LAST_WRITE;
		v->exits++;
		if (is_device(exit->out[1])) {
			m->scratch = exit->out[3];
		}
		return true;
	case VCPU_RUN_SYSTEM_RESET:
		v->last = LAST_RESET;
		return false;
	default:
		v->last = LAST_FAULT;
		return false;
	}
}

/* @v is taken. */
static bool run(struct machine *m, struct machine_vcpu *v)
{
	unsigned inside;
	struct hv exit;

	if (v->woken) {
		v->woken = 0; /* before it runs: a later one is not lost */
		v->may_run = true;
	}
	if (!v->may_run || v->cap == 0) {
		return false;
	}
	inside = __atomic_add_fetch(&running, 1, __ATOMIC_RELAXED);
	if (inside > most) {
		most = inside;
	}
	exit = HV(VCPU_RUN, v->cap, v->resume);
	__atomic_sub_fetch(&running, 1, __ATOMIC_RELAXED);
	if (exit.err != HV_OK) {
		v->may_run = false; /* killed; the RM sees to the rest */
		return false;
	}
	v->runs++;
	v->may_run = serve(m, v, &exit);
	return true;
}

bool machine_run(struct machine *m, unsigned index)
{
	struct machine_vcpu *v = &m->vcpu[index];
	bool ran;

	if (__atomic_exchange_n(&v->is_taken, true, __ATOMIC_ACQUIRE)) {
		return false;
	}
	ran = run(m, v);
	__atomic_store_n(&v->is_taken, false, __ATOMIC_RELEASE);
	return ran;
}

bool machine_turn(struct machine *m)
{
	bool any = machine_listen();

	return runner_turn(m) || any;
}
