/* SPDX-License-Identifier: BSD-2-Clause */
/* See vgic_rig.h. */
#include "vgic_rig.h"

#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "vgic/state.h"

struct rig rig;

void vgic_kick(struct vgic_vcpu *c)
{
	if (c->is_loaded) {
		fake_ich[c->cpu].poked |= 2;
	} else {
		rig.woken[c->index] = true;
	}
}

void vgic_poke(uint32_t cpu)
{
	fake_ich[cpu].poked |= 1;
}

/* While this CPU waits, the others go on. */
void vgic_relax(void)
{
	unsigned self = fake_cpu;

	for (fake_cpu = 0; fake_cpu < FAKE_CPUS; fake_cpu++) {
		if (fake_cpu != self) {
			vgic_answer();
		}
	}
	fake_cpu = self;
}

bool vgic_masks_irqs(const struct vgic_vcpu *c)
{
	(void)c;
	return rig.masks_irqs;
}

bool vgic_is_on(const struct vgic_vcpu *c)
{
	return !rig.is_off[c->index];
}

uint32_t vgic_inputs(const struct vgic_vcpu *c)
{
	(void)c;
	return rig.inputs;
}

uint32_t vgic_linked_ppis(void)
{
	return rig.linked;
}

void rig_on(unsigned cpu)
{
	fake_cpu = cpu;
}

void rig_load(unsigned vcpu, unsigned cpu)
{
	fake_cpu = cpu;
	percpu_table[cpu].vcpu = &rig.vcpu[vcpu];
	vgic_load(rig.vcpu[vcpu].vgic);
	rig_run();
}

void rig_save(unsigned vcpu)
{
	fake_cpu = rig.vcpu[vcpu].vgic->cpu;
	vgic_save(rig.vcpu[vcpu].vgic);
	percpu_table[fake_cpu].vcpu = NULL;
}

void rig_off(unsigned vcpu, bool off)
{
	if (off) {
		rig_save(vcpu);
		rig.is_off[vcpu] = true;
	} else {
		rig.is_off[vcpu] = false;
		vgic_reset_cpu(rig.vcpu[vcpu].vgic);
		rig_load(vcpu, vcpu);
		ich_write_vmcr(ICH_VMCR_VENG0 | ICH_VMCR_VENG1 |
		               field_put(ICH_VMCR_VPMR, 0xf8));
	}
	rig_run();
}

static void run_cpu(void)
{
	for (unsigned n = 0; n < 64; n++) {
		struct vgic_vcpu *c = vgic_here[fake_cpu];
		uint64_t why = fake_ich[fake_cpu].poked;

		fake_ich[fake_cpu].poked = 0;
		if (why != 0) {
			vgic_answer();
		}
		if ((why & 2) && c != NULL) {
			vgic_sync(c);
		}
		if (!fake_maintenance()) {
			return;
		}
		rig.maintenances++;
		vgic_maintenance();
		if (fake_maintenance()) {
			rig.storms++;
			return;
		}
	}
}

void rig_run(void)
{
	unsigned self = fake_cpu;

	for (unsigned again = 0; again < 4; again++) {
		for (fake_cpu = 0; fake_cpu < FAKE_CPUS; fake_cpu++) {
			run_cpu();
		}
	}
	fake_cpu = self;
}

uint32_t rig_ack(void)
{
	uint32_t intid = guest_iar(1);

	rig_run();
	return intid;
}

void rig_eoi(uint32_t intid)
{
	guest_eoir(1, intid);
	rig_run();
}

uint32_t rig_read(unsigned v, enum vgic_word reg, uint32_t bank)
{
	uint32_t value =
		vgic_read_word(rig.vm.vgic, rig.vcpu[v].vgic, reg, bank);

	rig_run();
	return value;
}

void rig_write(unsigned v, enum vgic_word reg, uint32_t bank, uint32_t value)
{
	vgic_write_word(rig.vm.vgic, rig.vcpu[v].vgic, reg, bank, value);
	rig_run();
}

void rig_priority(unsigned v, uint32_t intid, uint32_t value)
{
	vgic_write_priority(rig.vm.vgic, rig.vcpu[v].vgic, intid, 1, value);
	rig_run();
}

void rig_edge(unsigned v, uint32_t intid, bool edge)
{
	struct vgic_vcpu *c = rig.vcpu[v].vgic;
	uint32_t value = vgic_read_config(rig.vm.vgic, c, intid / 16);
	uint32_t bit = 2u << (intid % 16 * 2);

	vgic_write_config(rig.vm.vgic, c, intid / 16,
	                  edge ? value | bit : value & ~bit);
	rig_run();
}

void rig_enable(unsigned v, uint32_t intid, bool edge, uint32_t priority)
{
	rig_edge(v, intid, edge);
	rig_priority(v, intid, priority);
	rig_write(v, VGIC_ISENABLER, intid / 32, 1u << (intid % 32));
}

void rig_start(unsigned vcpus, unsigned spis, unsigned lrs)
{
	uint32_t linked = rig.linked;

	memset(&rig, 0, sizeof(rig));
	rig.linked = linked;
	rig.vcpu_count = vcpus;
	fake_reset();
	fake_gic_reset(lrs);
	for (fake_cpu = 0; fake_cpu < vcpus; fake_cpu++) {
		vgic_init_cpu();
	}
	fake_cpu = 0;
	if (vgic_vm_init(&rig.vm, spis) != ERR_OK) {
		abort();
	}
	for (unsigned i = 0; i < vcpus; i++) {
		rig.vcpu[i].vm = &rig.vm;
		rig.vcpu[i].index = i;
		rig.vcpu[i].vmpidr = 0x80000000u | i;
		if (vgic_vcpu_init(&rig.vcpu[i]) != ERR_OK) {
			abort();
		}
		vgic_vcpu_show(&rig.vcpu[i]);
		vgic_reset_cpu(rig.vcpu[i].vgic);
		vgic_write_waker(rig.vcpu[i].vgic, 0);
		rig_load(i, i);
		ich_write_vmcr(ICH_VMCR_VENG0 | ICH_VMCR_VENG1 |
		               field_put(ICH_VMCR_VPMR, 0xf8));
		rig_write(i, VGIC_IGROUPR, 0, ~0u);
	}
	for (unsigned n = 1; n <= spis / 32; n++) {
		rig_write(0, VGIC_IGROUPR, n, ~0u);
	}
	vgic_write_ctlr(rig.vm.vgic, 3);
	rig_on(0);
}

void rig_end(void)
{
	for (unsigned i = 0; i < rig.vcpu_count; i++) {
		if (rig.vcpu[i].vgic->is_loaded) {
			rig_save(i);
		}
	}
	for (unsigned i = rig.vcpu_count; i > 0; i--) {
		vgic_vcpu_hide(&rig.vcpu[i - 1]);
		vgic_vcpu_fini(&rig.vcpu[i - 1]);
	}
	vgic_vm_fini(&rig.vm);
}
