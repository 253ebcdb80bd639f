// SPDX-License-Identifier: BSD-2-Clause
#include "vmm/lives.h"

#include <stdio.h>
#include <string.h>

#include "rt/hv_root.h"
#include "rt/sysreg.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"

#define MIB    (1ull << 20)
#define END_US 5000000

bool lives_ledger(uint64_t value[LEDGER_COUNT])
{
	static uint8_t answer[RM_MESSAGE_MAX];
	size_t len;

	if (rpc_call(RM_TS_LEDGER, NULL, 0, answer, &len) != RM_ERR_OK ||
	    len != LEDGER_COUNT * sizeof(value[0])) {
		return false;
	}
	memcpy(value, answer, len);
	return true;
}

/* @return NULL, or what went wrong */
static const char *one_life(struct machine *m)
{
	if (machine_launch(m) != RM_ERR_OK) {
		return m->step;
	}
	if (!machine_wait(m, END_US) || m->exit != RM_EXIT_SYSTEM_OFF) {
		return "it does not go off";
	}
	return machine_dispose(m) == RM_ERR_OK ? NULL : m->step;
}

const char *lives_timed(unsigned lives, struct lives_time *time)
{
	struct machine m = { .image = "victim",
		             .args = "do=off",
		             .ram_size = 2 * MIB,
		             .vcpu_count = 1 };
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];
	const char *wrong = one_life(&m); /* what is made once and kept */
	static char text[96];

	*time = (struct lives_time){ 0 };
	for (unsigned i = 0; wrong == NULL && i < lives; i++) {
		uint64_t start = cntvct(), took;

		if (i == 0 && !lives_ledger(before)) {
			return "there is no ledger";
		}
		wrong = one_life(&m);
		took = cntvct() - start;
		time->first += i < lives / 10 ? took : 0;
		time->last += i >= lives - lives / 10 ? took : 0;
		lives_ledger(after);
		if (wrong == NULL) {
			wrong = hv_ledger_difference(before, after);
		}
		if (wrong != NULL) {
			snprintf(text, sizeof(text), "life %u: %s", i + 1,
			         wrong);
			wrong = text;
		}
	}
	machine_free(&m);
	return wrong;
}

unsigned lives_drift(const struct lives_time *time)
{
	uint64_t more = time->last > time->first ? time->last - time->first
	                                         : time->first - time->last;

	return (unsigned)((100 * more + time->first - 1) / time->first);
}
