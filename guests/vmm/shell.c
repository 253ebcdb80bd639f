// SPDX-License-Identifier: BSD-2-Clause
/* Commands on the console, so that a person can do what scenarios do. */
#include <abi/ledger.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rm/life.h"
#include "rt/console.h"
#include "rt/sysreg.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define SLOTS       4
#define LINE_MAX    128
#define WORDS_MAX   8
#define HISTORY_MAX 16
#define MIB         (1ull << 20)

static struct machine machines[SLOTS];
static char args[SLOTS][LINE_MAX];
static char images[SLOTS][32];
static char history[HISTORY_MAX][LINE_MAX];
static unsigned history_count;
static bool is_told[SLOTS]; /* that it has ended */

static struct machine *find(const char *word)
{
	unsigned long vmid = word != NULL ? strtoul(word, NULL, 0) : 0;

	for (unsigned i = 0; i < SLOTS; i++) {
		if (machines[i].vmid != 0 &&
		    (word == NULL || machines[i].vmid == vmid)) {
			return &machines[i];
		}
	}
	printf("no such VM%s%s; \"ps\" lists them\n", word != NULL ? ": " : "",
	       word != NULL ? word : "");
	return NULL;
}

static void tell(const struct machine *m, uint32_t error)
{
	if (error != RM_ERR_OK) {
		printf("vm %u: %s: %s\n", m->vmid, m->step,
		       rpc_error_name(error));
	}
}

/* launch IMAGE [MIB [VCPUS [ARGS...]]] */
static void do_launch(unsigned count, char **word)
{
	struct machine *m = NULL;
	unsigned i;
	uint32_t error;

	if (count < 2) {
		printf("launch IMAGE [MIB [VCPUS [BOOTARGS]]]\n");
		return;
	}
	for (i = 0; i < SLOTS && m == NULL; i++) {
		m = machines[i].vmid == 0 ? &machines[i] : NULL;
	}
	if (m == NULL) {
		printf("%d VMs at a time; \"reset\" one first\n", SLOTS);
		return;
	}
	i--;
	machine_free(m);
	snprintf(images[i], sizeof(images[i]), "%s", word[1]);
	args[i][0] = '\0';
	for (unsigned k = 4; k < count; k++) {
		snprintf(args[i] + strlen(args[i]),
		         sizeof(args[i]) - strlen(args[i]), "%s%s",
		         k > 4 ? " " : "", word[k]);
	}
	*m = (struct machine){
		.image = images[i],
		.args = args[i],
		.ram_size = (count > 2 ? strtoul(word[2], NULL, 0) : 4) * MIB,
		.vcpu_count =
			count > 3 ? (unsigned)strtoul(word[3], NULL, 0) : 1,
	};
	if (m->ram_size < 2 * MIB || m->vcpu_count < 1 ||
	    m->vcpu_count > MACHINE_VCPUS_MAX) {
		printf("at least 2 MiB, and 1 to %d vCPUs\n",
		       MACHINE_VCPUS_MAX);
		return;
	}
	error = machine_launch(m);
	tell(m, error);
	if (error == RM_ERR_OK) {
		printf("vm %u runs \"%s\"\n", m->vmid, m->image);
	} else {
		machine_dispose(m);
	}
}

static void do_stop(unsigned count, char **word)
{
	struct machine *m = find(count > 1 ? word[1] : NULL);

	if (m != NULL) {
		tell(m, machine_stop(m));
	}
}

static void do_reset(unsigned count, char **word)
{
	struct machine *m = find(count > 1 ? word[1] : NULL);
	uint32_t error;

	if (m == NULL) {
		return;
	}
	error = machine_dispose(m);
	tell(m, error);
	if (error == RM_ERR_OK) {
		printf("nothing of it is left\n");
		machine_free(m);
	}
}

/* Stop it, take it down, and start the same again. */
static void do_relaunch(unsigned count, char **word)
{
	struct machine *m = find(count > 1 ? word[1] : NULL);
	uint32_t error = RM_ERR_OK;

	if (m == NULL) {
		return;
	}
	if (!m->has_exited) {
		error = machine_stop(m);
	}
	if (error == RM_ERR_OK && !machine_wait(m, 2000000)) {
		printf("vm %u does not end\n", m->vmid);
		return;
	}
	error = error == RM_ERR_OK ? machine_dispose(m) : error;
	error = error == RM_ERR_OK ? machine_launch(m) : error;
	tell(m, error);
	if (error == RM_ERR_OK) {
		printf("vm %u runs \"%s\", launch %u\n", m->vmid, m->image,
		       (unsigned)m->launches);
	}
}

static void do_ps(unsigned count, char **word)
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
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct machine *m = &machines[i];

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

static void do_mem(unsigned count, char **word)
{
	(void)count, (void)word;
	for (unsigned i = 0; i < SLOTS; i++) {
		const struct machine *m = &machines[i];

		if (m->ram != NULL) {
			printf("vm %u: %llu MiB at %p, %s\n", m->vmid,
			       (unsigned long long)(m->ram_size / MIB), m->ram,
			       m->handle != 0 ? "lent" : "mine");
		}
	}
}

static void do_ledger(unsigned count, char **word)
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

static void do_history(unsigned count, char **word)
{
	unsigned first =
		history_count > HISTORY_MAX ? history_count - HISTORY_MAX : 0;

	(void)count, (void)word;
	for (unsigned i = first; i < history_count; i++) {
		printf("%3u  %s\n", i + 1, history[i % HISTORY_MAX]);
	}
}

static void do_help(unsigned count, char **word);

static bool is_over;

static void do_off(unsigned count, char **word)
{
	(void)count, (void)word;
	is_over = true;
}

/* clang-format off */
static const struct {
	const char *name;
	void (*run)(unsigned count, char **word);
	const char *help;
} commands[] = {
	{ "launch",   do_launch,   "IMAGE [MIB [VCPUS [BOOTARGS]]]" },
	{ "ps",       do_ps,       "what VMs there are" },
	{ "stop",     do_stop,     "[VMID]  end it by force" },
	{ "kill",     do_stop,     "[VMID]  the same" },
	{ "reset",    do_reset,    "[VMID]  take down what has ended" },
	{ "relaunch", do_relaunch, "[VMID]  stop, reset, launch" },
	{ "mem",      do_mem,      "what memory VMs have" },
	{ "ledger",   do_ledger,   "the hypervisor's counters, and what changed" },
	{ "history",  do_history,  "the last lines; !N repeats one, !! the last" },
	{ "help",     do_help,     "this" },
	{ "off",      do_off,      "end this VM, and all it has made" },
};
/* clang-format on */

static void do_help(unsigned count, char **word)
{
	(void)count, (void)word;
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		printf("%-9s %s\n", commands[i].name, commands[i].help);
	}
}

/* !! and !N stand for an earlier line. */
static void expand(char *line)
{
	unsigned long n = history_count;

	if (line[0] != '!') {
		return;
	}
	if (line[1] != '!') {
		n = strtoul(line + 1, NULL, 10);
	}
	if (n < 1 || n > history_count || n + HISTORY_MAX <= history_count) {
		printf("no such line: %s\n", line);
		line[0] = '\0';
		return;
	}
	memcpy(line, history[(n - 1) % HISTORY_MAX], LINE_MAX);
	printf("%s\n", line);
}

static void run_line(char *line)
{
	char *word[WORDS_MAX], *next = NULL;
	unsigned count = 0;

	expand(line);
	if (line[0] == '\0') {
		return;
	}
	memcpy(history[history_count++ % HISTORY_MAX], line, LINE_MAX);
	for (char *w = strtok_r(line, " \t", &next);
	     w != NULL && count < WORDS_MAX; w = strtok_r(NULL, " \t", &next)) {
		word[count++] = w;
	}
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (count > 0 && strcmp(word[0], commands[i].name) == 0) {
			commands[i].run(count, word);
			return;
		}
	}
	if (count > 0) {
		printf("no such command: %s; \"help\" lists them\n", word[0]);
	}
}

static bool run_machines(void)
{
	bool any = false;

	for (unsigned i = 0; i < SLOTS; i++) {
		struct machine *m = &machines[i];

		if (m->vmid == 0) {
			continue;
		}
		any |= machine_turn(m);
		if (m->has_exited && !is_told[i]) {
			printf("\nvm %u ended: %s\nvmm> ", m->vmid,
			       machine_exit_name(m->exit));
			fflush(stdout);
		}
		is_told[i] = m->has_exited;
	}
	return any;
}

void shell_run(void)
{
	char line[LINE_MAX];
	size_t len = 0;

	printf("\"help\" lists the commands\nvmm> ");
	fflush(stdout);
	while (!is_over) {
		int byte = console_try_read();

		if (byte < 0) {
			if (!run_machines()) {
				rpc_sleep();
			}
			continue;
		}
		if (byte == 0x7f || byte == '\b') {
			len -= len > 0;
		} else if (byte != '\r' && byte != '\n') {
			line[len] = (char)byte;
			len += len + 1 < sizeof(line);
		} else {
			line[len] = '\0';
			len = 0;
			run_line(line);
			printf(is_over ? "" : "vmm> ");
			fflush(stdout);
		}
	}
}
