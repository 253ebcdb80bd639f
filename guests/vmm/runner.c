// SPDX-License-Identifier: BSD-2-Clause
#include "vmm/runner.h"

#include "rt/cpu.h"
#include "rt/irq.h"
#include "rt/sysreg.h"
#include "vmm/life.h"

static unsigned cpus_used = 1;

unsigned runner_of(unsigned index)
{
	return index % cpus_used;
}

unsigned runner_count(void)
{
	return cpus_used;
}

static bool is_mine(const struct machine *m, unsigned index)
{
	return runner_of(index) == cpu_self()->index && m->vcpu[index].cap != 0;
}

static bool may_be_run(const struct machine *m)
{
	return m->vmid != 0 && !m->has_exited && !m->is_paused;
}

bool runner_turn(struct machine *m)
{
	bool any = false;

	for (unsigned i = 0; i < m->vcpu_count && may_be_run(m); i++) {
		if (is_mine(m, i)) {
			any |= machine_run(m, i);
		}
	}
	return any;
}

/* Context: IRQs masked, so that a wake-up from here on ends the WFI. */
static bool has_work(void)
{
	const struct machine *m;

	for (unsigned k = 0; (m = machine_known(k)) != NULL; k++) {
		for (unsigned i = 0; i < m->vcpu_count && may_be_run(m); i++) {
			const struct machine_vcpu *v = &m->vcpu[i];

			if (is_mine(m, i) && (v->woken || v->may_run)) {
				return true;
			}
		}
	}
	return false;
}

static void work(void *arg)
{
	(void)arg;
	irq_enable(IRQ_KICK_SGI);
	irq_unmask();
	for (;;) {
		struct machine *m;
		bool any = false;

		for (unsigned k = 0; (m = machine_known(k)) != NULL; k++) {
			any |= runner_turn(m);
		}
		if (!any) {
			irq_mask();
			if (!has_work()) {
				wfi();
			}
			irq_unmask();
		}
	}
}

void runner_start(void)
{
	cpus_used = cpu_start_all();
	for (unsigned i = 1; i < cpus_used; i++) {
		cpu_call(i, work, NULL);
	}
}

void runner_kick(void)
{
	for (unsigned i = 1; i < cpus_used; i++) {
		irq_kick(i);
	}
}

void runner_release(struct machine_vcpu *v)
{
	v->cap = 0;
	dmb_ish(); /* who takes it from here on sees that it is gone */
	while (__atomic_load_n(&v->is_taken, __ATOMIC_ACQUIRE)) {
		cpu_relax();
	}
}

void runner_wait(const struct machine *m)
{
	dmb_ish(); /* that it is paused is seen before we look who runs it */
	for (unsigned i = 0; i < m->vcpu_count; i++) {
		while (__atomic_load_n(&m->vcpu[i].is_taken,
		                       __ATOMIC_ACQUIRE)) {
			cpu_relax();
		}
	}
}
