/* SPDX-License-Identifier: BSD-2-Clause */
#include "ask.h"

#include <dirent.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "boot.h"
#include "options.h"
#include "paths.h"
#include "result.h"
#include "triage.h"

#define NOTE      "running"
#define ANSWER_MS 60000 /* other boots of that harness may have their turn */

int ask_open(struct boot *boot)
{
	char *path;

	if (boot->qemu.folder == NULL) {
		return -1;
	}
	boot->ask = qemu_listen(boot->qemu.folder, QEMU_ASK);
	if (boot->ask >= 0) {
		path = xasprintf("%s/" QEMU_ASK "\n", boot->qemu.folder);
		record_file(&boot->record, NOTE, path, strlen(path));
		free(path);
	}
	return boot->ask;
}

void ask_close(struct boot *boot)
{
	char *path;

	if (boot->ask < 0) {
		return;
	}
	close(boot->ask);
	boot->ask = -1;
	path = record_path(&boot->record, NOTE);
	unlink(path);
	free(path);
}

static char *answer(struct boot *boot)
{
	char *sentence, *path, *text;
	int64_t began = now_ms();

	if (boot->opt->gdb) {
		return xstrdup("gdb has the machine\n");
	}
	sentence = triage(boot, true);
	judge_pause(&boot->judge, now_ms() - began);
	if (sentence == NULL) {
		return xstrdup("the machine does not answer\n");
	}
	path = record_path(&boot->record, "triage.txt");
	text = xasprintf("%s\n%s\n", sentence, path);
	free(path);
	free(sentence);
	return text;
}

void ask_serve(struct boot *boot)
{
	int fd = boot->ask < 0 ? -1
	                       : accept4(boot->ask, NULL, NULL, SOCK_CLOEXEC);
	char *text;

	if (fd < 0) {
		return;
	}
	text = answer(boot);
	/* Who does not wait for the answer has none. */
	(void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
	free(text);
	close(fd);
}

/* All that the run says; NULL: it is over. */
static char *ask_socket(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct bytes in = { 0 };
	char buf[4096];
	ssize_t n;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (void *)&to, sizeof(to)) != 0) {
		if (fd >= 0) {
			close(fd);
		}
		return NULL;
	}
	while (poll(&p, 1, ANSWER_MS) == 1 &&
	       (n = read(fd, buf, sizeof(buf))) > 0) {
		bytes_add(&in, buf, (size_t)n);
	}
	close(fd);
	bytes_add(&in, "", 1);
	return (char *)in.data;
}

/* @return whether there was a run, and it answered */
static bool ask_folder(const char *folder)
{
	char *note = xasprintf("%s/" NOTE, folder);
	struct bytes path = { 0 };
	char *said = NULL;

	if (file_read(note, &path) == 0 && path.len > 1) {
		path.data[path.len - 1] = '\0';
		said = ask_socket((char *)path.data);
	}
	if (said != NULL && *said != '\0') {
		printf("%s: %s", folder, said);
	}
	bytes_fini(&path);
	free(note);
	free(said);
	return said != NULL;
}

static bool is_chosen(const struct options *opt, const char *name)
{
	for (size_t i = 0; i < opt->patterns.count; i++) {
		const char *pattern = opt->patterns.v[i];
		char *longer = xasprintf("%s.*", pattern);
		bool fits = fnmatch(pattern, name, 0) == 0 ||
		            fnmatch(longer, name, 0) == 0;

		free(longer);
		if (fits) {
			return true;
		}
	}
	return opt->patterns.count == 0;
}

int ask_run(const struct options *opt)
{
	DIR *dir = opendir(opt->output);
	const struct dirent *entry;
	size_t answers = 0;

	/* A folder may be named as it is. */
	for (size_t i = 0; i < opt->patterns.count; i++) {
		char *folder = path_of_user(opt->patterns.v[i]);

		answers += strchr(opt->patterns.v[i], '/') != NULL &&
		           ask_folder(folder);
		free(folder);
	}
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *folder = xasprintf("%s/%s", opt->output, entry->d_name);

		answers += entry->d_name[0] != '.' &&
		           is_chosen(opt, entry->d_name) && ask_folder(folder);
		free(folder);
	}
	if (dir != NULL) {
		closedir(dir);
	}
	if (answers == 0) {
		complain("%s: no such run is under way", opt->output);
	}
	return answers == 0 ? EXIT_NOTHING : EXIT_PASSED;
}
