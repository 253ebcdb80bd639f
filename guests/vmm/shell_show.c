// SPDX-License-Identifier: BSD-2-Clause
/* Commands that show something. */
#include <abi/ledger.h>
#include <stdio.h>
#include <string.h>

#include "rm/life.h"
#include "vmm/rpc.h"
#include "vmm/shell.h"

#define MIB (1ull << 20)

void shell_ps(unsigned count, char **word)
{
	static const char *const last[] = {
		[LAST_NEVER] = "new",       [LAST_PREEMPTED] = "running",
		[LAST_ASLEEP] = "asleep",   [LAST_OFF] = "off",
		[LAST_BLOCKED] = "blocked", [LAST_READ] = "reads",
		[LAST_WRITE] = "writes",    [LAST_FAULT] = "fault",
		[LAST_RESET] = "reset",
	};

	(void)count, (void)word;
	while (machine_listen()) { /* the latest news first */
	}
	printf("vmid state     image      MiB  vcpu: state runs exits\n");
	for (unsigned i = 0; i < SHELL_SLOTS; i++) {
		const struct machine *m = &shell_vms[i];

		if (m->vmid == 0) {
			continue;
		}
		printf("%4u %-9s %-10s %3u", m->vmid,
		       life_name((enum rm_state)m->state), m->image,
		       (unsigned)(m->ram_size / MIB));
		for (unsigned k = 0; k < m->vcpu_count; k++) {
			printf("  %u: %s %llu %llu", k, last[m->vcpu[k].last],
			       (unsigned long long)m->vcpu[k].runs,
			       (unsigned long long)m->vcpu[k].exits);
		}
		printf("%s%s\n", m->has_exited ? "  ended: " : "",
		       m->has_exited ? machine_exit_name(m->exit) : "");
	}
}

void shell_mem(unsigned count, char **word)
{
	(void)count, (void)word;
	for (unsigned i = 0; i < SHELL_SLOTS; i++) {
		const struct machine *m = &shell_vms[i];

		if (m->ram != NULL) {
			printf("vm %u: %llu MiB at %p, %s\n", m->vmid,
			       (unsigned long long)(m->ram_size / MIB), m->ram,
			       m->handle != 0 ? "lent" : "mine");
		}
	}
}

void shell_ledger(unsigned count, char **word)
{
#define LEDGER_NAME(name, text) #name,
	static const char *const names[] = { LEDGER_ROWS(LEDGER_NAME) };
	static uint8_t answer[RM_MESSAGE_MAX];
	static uint64_t before[LEDGER_COUNT];
	size_t len;
	uint64_t now;

	(void)count, (void)word;
	if (rpc_call(RM_TS_LEDGER, NULL, 0, answer, &len) != RM_ERR_OK) {
		printf("the resource manager does not tell\n");
		return;
	}
	for (unsigned i = 0; i < LEDGER_COUNT && (i + 1) * 8 <= len; i++) {
		memcpy(&now, answer + i * sizeof(now), sizeof(now));
		printf("%-18s %10llu %+lld\n", names[i],
		       (unsigned long long)now, (long long)(now - before[i]));
		before[i] = now;
	}
}
