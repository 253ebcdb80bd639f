/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls on hardware interrupts.
 * What each takes and returns: docs/abi.md.
 */
#include "call/caller.h"
#include "call/hvc_table.h"
#include "vgic/hwirq.h"

enum err hvc_hwirq_bind_virq(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	OBJECT_REF(hw);
	OBJECT_REF(vic);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_HWIRQ, HWIRQ_MAY_BIND, &hw));
	TRY(caller_get(v, arg[1], OBJ_VIC, VIC_MAY_BIND_SOURCE, &vic));
	return hwirq_bind((struct hwirq *)hw, (struct vic *)vic, arg[2]);
}

enum err hvc_hwirq_unbind_virq(struct vcpu *v, const uint64_t *arg,
                               uint64_t *out)
{
	OBJECT_REF(hw);

	(void)out;
	TRY(caller_get(v, arg[0], OBJ_HWIRQ, HWIRQ_MAY_BIND, &hw));
	hwirq_unbind((struct hwirq *)hw);
	return ERR_OK;
}
