/* SPDX-License-Identifier: BSD-2-Clause */
/* The hooks of the floors below, and what the model asks of vCPUs and CPUs. */
#include "vgic/part.h"

#include "drv/gic.h"
#include "drv/irq.h"
#include "vgic/state.h"
#include "vgic/vgic.h"
#include "vgic/vtimer.h"
#include "vm/sched.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

void vgic_kick(struct vgic_vcpu *c)
{
	vcpu_kick(c->vcpu);
}

void vgic_poke(uint32_t cpu)
{
	sched_poke(cpu);
}

void vgic_relax(void)
{
	__asm__ volatile("yield");
}

bool vgic_masks_irqs(const struct vgic_vcpu *c)
{
	return (c->vcpu->regs.pstate & PSTATE_I) != 0;
}

bool vgic_is_on(const struct vgic_vcpu *c)
{
	return vcpu_is_on(c->vcpu);
}

static bool maintenance_fired(uint32_t intid, void *arg)
{
	(void)intid;
	(void)arg;
	vgic_maintenance();
	return true;
}

static bool poked(uint32_t intid, void *arg)
{
	(void)intid;
	(void)arg;
	vgic_answer();
	return true;
}

void vgic_start_cpu(const struct vgic_ppis *ppis)
{
	vgic_init_cpu();
	irq_handle(ppis->maintenance, maintenance_fired, NULL);
	irq_handle(SGI_POKE, poked, NULL);
	vtimer_init_cpu(ppis->virt_timer, ppis->phys_timer);
	gic_enable(ppis->maintenance);
}

static enum err vm_init(struct vm *vm)
{
	return vgic_vm_init(vm, VGIC_SPI_DEFAULT);
}

static enum err vcpu_init(struct vcpu *v)
{
	enum err err;

	TRY(vgic_vcpu_init(v));
	err = vtimer_create(v);
	if (err != ERR_OK) {
		vgic_vcpu_fini(v);
	}
	return err;
}

static void vcpu_fini(struct vcpu *v)
{
	vtimer_destroy(v);
	vgic_vcpu_fini(v);
}

static void vcpu_reset(struct vcpu *v)
{
	vtimer_reset(v);
	vgic_reset_cpu(v->vgic);
}

static void sync(struct vcpu *v)
{
	vgic_sync(v->vgic);
}

static bool has_work(struct vcpu *v)
{
	return vgic_has_work(v->vgic);
}

const struct vm_part vgic_part = {
	.name = "vgic",
	.vm_init = vm_init,
	.vm_fini = vgic_vm_fini,
	.vcpu_init = vcpu_init,
	.vcpu_fini = vcpu_fini,
	.vcpu_show = vgic_vcpu_show,
	.vcpu_hide = vgic_vcpu_hide,
	.vcpu_reset = vcpu_reset,
	.vcpu_load = vtimer_load,
	.vcpu_save = vtimer_save,
	.vcpu_sync = sync,
	.vcpu_has_work = has_work,
};
