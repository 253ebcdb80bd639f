// SPDX-License-Identifier: BSD-2-Clause
/* Commands on the console, so that a person can do what scenarios do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt/console.h"
#include "rt/sysreg.h"
#include "vmm/line.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/shell.h"
#include "vmm/tests.h"

#define WORDS_MAX   16
#define HISTORY_MAX 16
#define MIB         (1ull << 20)
#define MIB_MAX     (1ul << 20) /* of a VM that anybody could mean */

struct machine shell_vms[SHELL_SLOTS];
static char args[SHELL_SLOTS][LINE_MAX];
static char images[SHELL_SLOTS][32];
static char history[HISTORY_MAX][LINE_MAX];
static unsigned history_count;
static bool is_told[SHELL_SLOTS]; /* that it has ended */

/* The whole word is a number. @return 0: it is none, or not from 1 to @max */
static unsigned long read_number(const char *word, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(word, &end, 0);

	return *end == '\0' && n <= max ? n : 0;
}

static struct machine *find(const char *word)
{
	unsigned long vmid = word != NULL ? read_number(word, UINT16_MAX) : 0;

	for (unsigned i = 0; i < SHELL_SLOTS; i++) {
		if (shell_vms[i].vmid != 0 &&
		    (word == NULL || shell_vms[i].vmid == vmid)) {
			return &shell_vms[i];
		}
	}
	printf("no such VM%s%s; \"ps\" lists them\n", word != NULL ? ": " : "",
	       word != NULL ? word : "");
	return NULL;
}

static void tell(const struct machine *m, uint32_t error)
{
	if (error != RM_ERR_OK && m->vmid == 0) {
		printf("no VM was made: %s: %s\n", m->step,
		       rpc_error_name(error));
	} else if (error != RM_ERR_OK) {
		printf("vm %u: %s: %s\n", m->vmid, m->step,
		       rpc_error_name(error));
	}
}

/* What the line says of RAM and vCPUs. @return false: and it is told */
static bool read_size(unsigned count, char **word, struct machine *m)
{
	m->ram_size = (count > 2 ? read_number(word[2], MIB_MAX) : 4) * MIB;
	m->vcpu_count =
		count > 3 ? (unsigned)read_number(word[3], MACHINE_VCPUS_MAX)
			  : 1;
	if (m->ram_size < 2 * MIB || m->vcpu_count < 1) {
		printf("2 to %lu MiB, and 1 to %d vCPUs\n", MIB_MAX,
		       MACHINE_VCPUS_MAX);
		return false;
	}
	return true;
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
	if (machine_image_size(word[1]) == 0) {
		printf("the bundle has no image \"%s\"\n", word[1]);
		return;
	}
	for (i = 0; i < SHELL_SLOTS && m == NULL; i++) {
		m = shell_vms[i].vmid == 0 ? &shell_vms[i] : NULL;
	}
	if (m == NULL) {
		printf("%d VMs at a time; \"reset\" one first\n", SHELL_SLOTS);
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
	};
	if (!read_size(count, word, m)) {
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

/* One request about the VM that the line names. */
static void do_one(unsigned count, char **word,
                   uint32_t (*request)(struct machine *m))
{
	struct machine *m = find(count > 1 ? word[1] : NULL);

	if (m != NULL) {
		tell(m, request(m));
	}
}

static void do_stop(unsigned count, char **word)
{
	do_one(count, word, machine_ask_stop);
}

static void do_kill(unsigned count, char **word)
{
	do_one(count, word, machine_stop);
}

static void do_pause(unsigned count, char **word)
{
	do_one(count, word, machine_pause);
}

static void do_resume(unsigned count, char **word)
{
	do_one(count, word, machine_resume);
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

static void tell_launch(const struct machine *m, uint32_t error)
{
	tell(m, error);
	if (error == RM_ERR_OK) {
		printf("vm %u runs \"%s\", launch %u\n", m->vmid, m->image,
		       (unsigned)m->launches);
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
	error = error == RM_ERR_OK ? machine_relaunch(m) : error;
	tell_launch(m, error);
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
	unsigned most; /* words, with the name */
	void (*run)(unsigned count, char **word);
	const char *help;
} commands[] = {
	{ "launch",   WORDS_MAX, do_launch, "IMAGE [MIB [VCPUS [BOOTARGS]]]" },
	{ "ps",       1, shell_ps,     "what VMs there are" },
	{ "stop",     2, do_stop,      "[VMID]  ask it to end; it may not listen" },
	{ "kill",     2, do_kill,      "[VMID]  end it by force" },
	{ "pause",    2, do_pause,     "[VMID]  let it stand still" },
	{ "resume",   2, do_resume,    "[VMID]  let it go on" },
	{ "reset",    2, do_reset,     "[VMID]  take down what has ended" },
	{ "relaunch", 2, do_relaunch,  "[VMID]  kill, reset, launch" },
	{ "mem",      1, shell_mem,    "what memory VMs have" },
	{ "ledger",   1, shell_ledger, "the hypervisor's counters, and what changed" },
	{ "history",  1, do_history,   "the last lines; !N repeats one, !! the last" },
	{ "help",     1, do_help,      "this" },
	{ "off",      1, do_off,       "end this VM, and all it has made" },
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

static void run_words(unsigned count, char **word)
{
	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(word[0], commands[i].name) != 0) {
			continue;
		}
		if (count > commands[i].most) {
			printf("%s: too many words, at most %u\n", word[0],
			       commands[i].most);
			return;
		}
		commands[i].run(count, word);
		return;
	}
	printf("no such command: %s; \"help\" lists them\n", word[0]);
}

static void run_line(char *line)
{
	char *word[WORDS_MAX + 1], *next = NULL; /* one more: too many */
	unsigned count = 0;

	expand(line);
	if (line[0] == '\0') {
		return;
	}
	memcpy(history[history_count++ % HISTORY_MAX], line, LINE_MAX);
	for (char *w = strtok_r(line, " \t", &next);
	     w != NULL && count <= WORDS_MAX;
	     w = strtok_r(NULL, " \t", &next)) {
		word[count++] = w;
	}
	if (count > 0) {
		run_words(count, word);
	}
}

/* Who asked for a reset gets it: the same VMID, memory and image again. */
static bool has_reset(struct machine *m)
{
	bool is = m->exit == RM_EXIT_SYSTEM_RESET ||
	          m->exit == RM_EXIT_SYSTEM_RESET2;

	m->resets += is;
	return is;
}

static bool run_machines(void)
{
	bool any = false;

	for (unsigned i = 0; i < SHELL_SLOTS; i++) {
		struct machine *m = &shell_vms[i];

		if (m->vmid == 0) {
			continue;
		}
		any |= machine_turn(m);
		if (m->has_exited && !is_told[i]) {
			printf("\nvm %u ended: %s\nvmm> ", m->vmid,
			       machine_exit_name(m->exit));
			if (has_reset(m)) {
				tell_launch(m, machine_relaunch(m));
			}
			fflush(stdout);
		}
		is_told[i] = m->has_exited;
	}
	return any;
}

void shell_run(void)
{
	struct line line = { 0 };
	enum line_event event;

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
		event = line_take(&line, (uint8_t)byte);
		if (event == LINE_MORE) {
			continue;
		}
		if (event == LINE_TOO_LONG) {
			printf("a line has %d characters at most\n",
			       LINE_MAX - 1);
		} else {
			run_line(line.text);
		}
		printf(is_over ? "" : "vmm> ");
		fflush(stdout);
	}
}
