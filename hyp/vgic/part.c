/* SPDX-License-Identifier: BSD-2-Clause */
/* The vGIC as a part of every VM and vCPU. */
#include "vgic/state.h"
#include "vm/sched.h"
#include "vm/vcpu.h"

void vgic_kick(struct vgic_vcpu *c)
{
	vcpu_kick(c->vcpu);
}

void vgic_poke(uint32_t cpu)
{
	sched_poke(cpu);
}
