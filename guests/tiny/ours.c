/* SPDX-License-Identifier: BSD-2-Clause */
#include "ours.h"

struct hv_root root;

uint64_t create(unsigned number)
{
	const uint64_t arg[8] = { root.partition, root.cspace };

	return hv_call(number, arg).out[0];
}

int64_t drop(uint64_t cap)
{
	return HV(CSPACE_DELETE_CAP_FROM, root.cspace, cap).err;
}

int64_t activate(uint64_t cap)
{
	return HV(OBJECT_ACTIVATE, cap).err;
}
