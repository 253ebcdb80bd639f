/* SPDX-License-Identifier: BSD-2-Clause */
/* See icc.h. */
#include "trap/icc.h"

#include <arm64/sysreg.h>

#include "vgic/vgic.h"
#include "vm/vcpu.h"

void icc_write_sgi1r(struct vcpu *v, uint64_t value)
{
	vgic_send_sgi(v->vgic, value, true);
}

/* With one security state both mean: SGIs that are in group 0. */
void icc_write_sgi0r(struct vcpu *v, uint64_t value)
{
	vgic_send_sgi(v->vgic, value, false);
}

void icc_write_asgi1r(struct vcpu *v, uint64_t value)
{
	vgic_send_sgi(v->vgic, value, false);
}

void icc_write_dir(struct vcpu *v, uint64_t value)
{
	vgic_write_dir(v->vgic, value);
}

bool icc_retry(struct vcpu *v, uint64_t esr)
{
	uint64_t crm = field_get(MSR_CRM, esr);

	/* CRm 8: group 0 and its AP0R; 9: AP1R; 12: group 1, both IGRPENs */
	if (field_get(MSR_OP0, esr) != 3 || field_get(MSR_OP1, esr) != 0 ||
	    field_get(MSR_CRN, esr) != 12 ||
	    (crm != 8 && crm != 9 && crm != 12)) {
		return false;
	}
	vgic_look_again(v->vgic);
	return true;
}
