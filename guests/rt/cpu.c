// SPDX-License-Identifier: BSD-2-Clause
/* Starting, using and stopping the other CPUs. */
#include "rt/cpu.h"

#include <abi/psci.h>
#include <libfdt.h>
#include <string.h>

#include "rt/call.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/irq.h"
#include "rt/sysreg.h"

struct cpu cpus[CPU_MAX];
unsigned cpu_count;

/* start.S jumps here. */
_Noreturn void secondary_main(struct cpu *self, const uint64_t *args,
                              const uint64_t *state);

void cpu_init(void)
{
	uint64_t self = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	int parent = fdt_path_offset(dt(), "/cpus");
	int node;

	cpus[0].mpidr = self;
	cpu_count = 1;
	fdt_for_each_subnode(node, dt(), parent)
	{
		const char *type = fdt_getprop(dt(), node, "device_type", NULL);
		uint64_t mpidr;

		if (type == NULL || strcmp(type, "cpu") != 0) {
			continue;
		}
		mpidr = dt_reg(node, 0).base;
		if (mpidr != self && cpu_count < CPU_MAX) {
			cpus[cpu_count].index = cpu_count;
			cpus[cpu_count].mpidr = mpidr;
			cpu_count++;
		}
	}
	cpus[0].is_online = true;
}

void secondary_main(struct cpu *self, const uint64_t *args,
                    const uint64_t *state)
{
	memcpy(self->entry.x, args, 4 * sizeof(args[0]));
	self->entry.cntpct = state[0];
	self->entry.cntvct = state[1];
	self->entry.current_el = state[2];
	self->entry.daif = state[3];
	self->entry.spsel = state[4];
	self->entry.sctlr = state[5];
	irq_init_cpu();
	/* All of the above is seen before is_online is. */
	dmb_ish();
	self->is_online = true;
	sev();

	for (;;) {
		while (self->work == NULL) {
			irq_sleep_until_kick();
		}
		dmb_ish(); /* work_arg was written before work */
		self->work(self->work_arg);
		irq_mask();
		dmb_ish(); /* what the work wrote is seen before it is done */
		self->work = NULL;
		sev();
	}
}

int64_t cpu_start(unsigned index)
{
	struct cpu *cpu = &cpus[index];
	int64_t result;

	cpu->work = NULL;
	cpu->is_online = false;
	dsb_ish(); /* written before the other CPU can run */
	result = psci(PSCI_CPU_ON, cpu->mpidr,
	              (uint64_t)(uintptr_t)secondary_entry,
	              (uint64_t)(uintptr_t)cpu);
	if (result != PSCI_SUCCESS) {
		return result;
	}
	while (!cpu->is_online) {
		wfe();
	}
	dmb_ish(); /* its entry state is read after is_online */
	return PSCI_SUCCESS;
}

unsigned cpu_start_all(void)
{
	unsigned online = 1;

	for (unsigned i = 1; i < cpu_count; i++) {
		if (cpus[i].is_online || cpu_start(i) == PSCI_SUCCESS) {
			online++;
		}
	}
	return online;
}

void cpu_call(unsigned index, void (*work)(void *arg), void *arg)
{
	cpus[index].work_arg = arg;
	dmb_ish(); /* the argument is seen before the work */
	cpus[index].work = work;
	dsb_ish(); /* and that before the kick wakes the CPU */
	irq_kick(index);
}

void cpu_join(unsigned index)
{
	while (cpus[index].work != NULL) {
		wfe();
	}
	dmb_ish(); /* results are read after the work is known to be done */
}

static void leave(void *arg)
{
	(void)arg;
	cpu_self()->is_online = false;
	dsb_sy(); /* written before this CPU is gone */
	psci(PSCI_CPU_OFF, 0, 0, 0);
	fatal("CPU_OFF returned");
}

void cpu_stop(unsigned index)
{
	cpu_call(index, leave, NULL);
	while (psci(PSCI_AFFINITY_INFO, cpus[index].mpidr, 0, 0) !=
	       PSCI_AFFINITY_OFF) {
		cpu_relax();
	}
	cpus[index].work = NULL;
}
