/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmm/slots.h"

#include <abi/rm.h>

#include "rt/hv.h"
#include "rt/vmtree.h"

#define VMMIO_ADD 0

/* Registers that are not 0.  DeviceID 0: there is no device. */
#define MAGIC_VALUE 0x000
#define VERSION     0x004

#define MAGIC  0x74726976 /* "virt" */
#define MODERN 2          /* not "legacy" */

static uint64_t end_of(const struct machine *m)
{
	return VMTREE_VIRTIO_BASE + m->slots * VMTREE_VIRTIO_SIZE;
}

uint32_t slots_attach(const struct machine *m)
{
	if (m->slots == 0) {
		return RM_ERR_OK;
	}
	return HV(ADDRSPACE_CONFIGURE_VMMIO, m->addrspace, VMTREE_VIRTIO_BASE,
	          m->slots * VMTREE_VIRTIO_SIZE, VMMIO_ADD)
	                               .err == HV_OK
	               ? RM_ERR_OK
	               : RM_ERR_MAP_FAILED;
}

bool slots_have(const struct machine *m, uint64_t ipa)
{
	return ipa >= VMTREE_VIRTIO_BASE && ipa < end_of(m);
}

uint64_t slots_read(uint64_t ipa, uint64_t size)
{
	uint64_t offset = (ipa - VMTREE_VIRTIO_BASE) % VMTREE_VIRTIO_SIZE;

	if (size != sizeof(uint32_t)) {
		return 0; /* all of these registers are words */
	}
	switch (offset) {
	case MAGIC_VALUE:
		return MAGIC;
	case VERSION:
		return MODERN;
	default:
		return 0;
	}
}
