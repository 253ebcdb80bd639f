/* SPDX-License-Identifier: BSD-2-Clause */
#include "rt/hv_root.h"

#include <string.h>

#include <abi/root_env.h>

#include "rt/hv.h"

static void take(struct hv_root *root, const struct hv *row)
{
	uint64_t cap = row->out[1];
	struct hv_extent extent = { cap, row->out[2], row->out[3] };

	switch ((enum root_env_kind)row->out[0]) {
	case ROOT_ENV_PARTITION:
		root->partition = cap;
		root->partition_limit = row->out[2];
		break;
	case ROOT_ENV_CSPACE:
		root->cspace = cap;
		break;
	case ROOT_ENV_ADDRSPACE:
		root->addrspace = cap;
		break;
	case ROOT_ENV_VIC:
		root->vic = cap;
		break;
	case ROOT_ENV_THREAD:
		if (root->thread_count < 8) {
			root->thread[root->thread_count++] = cap;
		}
		break;
	case ROOT_ENV_OWN_RAM:
		root->own = extent;
		break;
	case ROOT_ENV_BUNDLE:
		root->bundle = extent;
		break;
	case ROOT_ENV_FREE_RAM:
		if (root->ram_count < HV_RAM_MAX) {
			root->ram[root->ram_count++] = extent;
		}
		break;
	case ROOT_ENV_DEVICE:
		if (root->device_count < HV_DEVICES_MAX) {
			root->device[root->device_count++].extent = extent;
		}
		break;
	case ROOT_ENV_HWIRQ:
		if (root->device_count != 0) {
			root->device[root->device_count - 1].hwirq = cap;
			root->device[root->device_count - 1].intid =
				(unsigned)row->out[2];
		}
		break;
	case ROOT_ENV_MACHINE:
		break;
	}
}

bool hv_root_env(struct hv_root *root)
{
	memset(root, 0, sizeof(*root));
	for (uint64_t i = 0;; i++) {
		struct hv row = HV(TS_ROOT_ENV, i);

		if (row.err != HV_OK) {
			return row.err == HV_ARGUMENT_INVALID && i > 0;
		}
		take(root, &row);
	}
}

bool hv_ledger(uint64_t value[LEDGER_COUNT])
{
	for (unsigned i = 0; i < LEDGER_COUNT; i++) {
		struct hv row = HV(TS_LEDGER, i);

		if (row.err != HV_OK) {
			return false;
		}
		value[i] = row.out[0];
	}
	return true;
}

#define LEDGER_NAME(name, text) #name,

const char *hv_ledger_difference(const uint64_t before[LEDGER_COUNT],
                                 const uint64_t after[LEDGER_COUNT])
{
	static const char *const names[] = { LEDGER_ROWS(LEDGER_NAME) };

	for (unsigned i = 0; i < LEDGER_COUNT; i++) {
		/* Timers come and go with whoever sleeps or shares a CPU. */
		if (i != LEDGER_TIMERS && i < LEDGER_TRACE_RECORDS &&
		    before[i] != after[i]) {
			return names[i];
		}
	}
	return NULL;
}
