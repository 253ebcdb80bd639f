/* SPDX-License-Identifier: BSD-2-Clause */
/* --gdb and --console. The coloured view of demo: live_view.c. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "boot.h"
#include "live_view.h"
#include "paths.h"
#include "progress.h"
#include "signals.h"

#define KEY_LEAVE 0x1d /* Ctrl-] as in telnet */

struct session {
	struct boot boot;
	bool has_input; /* standard input goes to a VM */
	unsigned stream;
	bool has_left;
};

static void begin(struct session *s, const struct instance *inst,
                  const struct options *opt)
{
	char *folder = xasprintf("%s/%s", opt->output, inst->id);

	boot_start(&s->boot, inst, opt, folder);
	free(folder);
}

static void take_input(struct session *s)
{
	uint8_t buf[256];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));
	uint8_t *leave;

	if (n <= 0) {
		s->has_input = false; /* a pipe came to its end */
		return;
	}
	leave = memchr(buf, KEY_LEAVE, (size_t)n);
	if (leave != NULL) {
		s->has_left = true;
		n = leave - buf;
	}
	boot_send(&s->boot, s->stream, buf, (size_t)n);
}

static void turn(struct session *s)
{
	struct pollfd polls[BOOT_POLLS + 1];
	size_t count = boot_polls(&s->boot, polls);
	int64_t due = boot_deadline(&s->boot) - now_ms();
	bool has_input = s->has_input;

	if (has_input) {
		polls[count++] =
			(struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	}
	signals_poll(polls, count,
	             due < 0      ? 0
	             : due > 1000 ? 1000
	                          : (int)due + 1);
	if (has_input && polls[count - 1].revents != 0) {
		take_input(s);
	}
	boot_service(&s->boot);
}

/* @return exit status; the verdict, unless somebody ended it. */
static int end(struct session *s, const struct options *opt)
{
	struct run_list list = { 0 };
	struct summary sum;
	int status = EXIT_INTERRUPTED;

	if (signals_interrupted() || s->has_left) {
		status = s->has_left ? EXIT_PASSED : EXIT_INTERRUPTED;
		boot_abandon(&s->boot);
		return status;
	}
	boot_finish(&s->boot, run_list_add(&list));
	progress_done(&list.runs[0]);
	sum = summarize(&list);
	status = (int)summary_exit_status(&sum, opt->fail_on_flaky);
	run_list_fini(&list);
	return status;
}

/* Absolute, so that the line can be pasted anywhere. */
static void add_symbols(struct bytes *line, const char *bin)
{
	char *elf = xasprintf("%.*s.elf", (int)strlen(bin) - 4, bin);
	char *full = realpath(elf, NULL);
	char *arg;

	if (full != NULL) {
		arg = xasprintf(" -ex 'add-symbol-file %s'", full);
		bytes_add(line, arg, strlen(arg));
		free(arg);
	} else {
		complain("%s: not there, so without its symbols", elf);
	}
	free(full);
	free(elf);
}

static void print_gdb_line(const struct boot *boot)
{
	struct boot_files files;
	struct bytes line = { 0 };
	char *script = realpath(PATH_GDB, NULL);

	boot_files_of(boot->inst, &files);
	add_symbols(&line, files.kernel);
	if (files.hyp != NULL) {
		add_symbols(&line, files.hyp);
	}
	for (size_t i = 0; i < files.paths.count; i++) {
		add_symbols(&line, files.paths.v[i]);
	}
	bytes_add(&line, "", 1);
	printf("gdb-multiarch -q -ex 'set confirm off' "
	       "-ex 'set architecture aarch64'%s "
	       "-x '%s' -ex 'target remote %s/" QEMU_GDB "'\n",
	       (char *)line.data, script == NULL ? PATH_GDB : script,
	       boot->qemu.folder);
	fflush(stdout);
	free(script);
	bytes_fini(&line);
	boot_files_fini(&files);
}

static int watch(const struct instance *inst, const struct options *opt,
                 bool with_gdb)
{
	struct session s = { 0 };
	struct live_view view;

	live_view_init(&view, opt);
	begin(&s, inst, opt);
	s.boot.watch = live_view_bytes;
	s.boot.watch_ctx = &view;
	if (with_gdb && s.boot.qemu.folder != NULL) {
		print_gdb_line(&s.boot);
	}
	while (!s.boot.is_over && !signals_interrupted()) {
		turn(&s);
	}
	live_view_fini(&view);
	return end(&s, opt);
}

int live_gdb(const struct instance *inst, const struct options *opt)
{
	return watch(inst, opt, true);
}

static void show_stream(void *ctx, unsigned stream, const char *name,
                        const uint8_t *data, size_t len)
{
	const struct session *s = ctx;

	(void)name;
	if (stream == s->stream) {
		(void)!write(STDOUT_FILENO, data, len);
	}
}

static bool choose_stream(struct session *s, const struct instance *inst,
                          const char *name)
{
	const struct scenario *sc = inst->sc;

	if (inst->lane == LANE_REF) {
		s->stream = FRAME_SRC_REF;
		return name == NULL || strcmp(name, sc->vms[0].name) == 0;
	}
	if (name == NULL && sc->vm_count > 0) {
		s->stream = sc->vms[0].vmid;
		return true;
	}
	if (name == NULL || strcmp(name, HYP_STREAM) == 0) {
		s->stream = CONSOLE_STREAM_HYP;
		return true;
	}
	for (size_t i = 0; i < sc->vm_count; i++) {
		if (strcmp(sc->vms[i].name, name) == 0) {
			s->stream = sc->vms[i].vmid;
			return true;
		}
	}
	s->stream = VMID_ROOT;
	return strcmp(name, ROOT_VM_NAME) == 0 && scenario_root(sc) == NULL;
}

int live_console(const struct instance *inst, const struct options *opt)
{
	struct session s = { .has_input = true };
	struct termios before, raw;
	bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;

	if (!choose_stream(&s, inst, opt->console_vm)) {
		complain("--console: %s: no VM is called \"%s\"",
		         inst->sc->tree.file, opt->console_vm);
		return EXIT_CONFIG;
	}
	fprintf(stderr, "%s: Ctrl-] leaves\r\n", inst->id);
	if (is_terminal) {
		raw = before;
		cfmakeraw(&raw);
		raw.c_oflag |= OPOST | ONLCR; /* guests end lines with \n */
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	begin(&s, inst, opt);
	s.boot.watch = show_stream;
	s.boot.watch_ctx = &s;
	while (!s.boot.is_over && !s.has_left && !signals_interrupted()) {
		turn(&s);
	}
	if (is_terminal) {
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	}
	/* Nobody judged: the machine's end is the end of the session. */
	s.has_left = true;
	return end(&s, opt);
}

int live_demo(const struct instance *inst, const struct options *opt)
{
	return watch(inst, opt, false);
}
