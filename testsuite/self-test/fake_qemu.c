/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QEMU that is none: see fake.h.  What is played is named by the environment
 * variable FAKE; the sockets are those of the command line.  Standard error
 * is used as QEMU uses it.
 */
#include "fake.h"

#include <abi/console.h>
#include <abi/crc32.h>
#include <abi/frame.h>
#include <err.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MARK_TO "\033_T%02x\033\\"

enum fake_qmp fake_qmp_manner;
const void *fake_memory;
size_t fake_memory_len;

static int wire = -1;
static int qmp = -1;
static bool stubborn;
static bool pauses; /* after a power-off */
static bool slow;
static unsigned next_seq[256];
static char input[4096]; /* from the wire, not yet taken */
static size_t input_len;

static int64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void put_bytes(const void *data, size_t len)
{
	const char *next = data;

	while (len > 0) {
		ssize_t done = write(wire, next, slow ? 1 : len);
		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done < 0) {
			exit(0); /* the harness hung up */
		}
		next += done;
		len -= (size_t)done;
		if (slow) {
			wait_ms(1);
		}
	}
}

void put(const char *text)
{
	put_bytes(text, strlen(text));
}

void put_slowly(void)
{
	slow = true;
}

void put_focus(unsigned vmid)
{
	char mark[16];
	snprintf(mark, sizeof(mark), MARK_TO, vmid);
	put(mark);
}

void put_raw_frame(unsigned vmid, unsigned seq, const char *kind,
                   const char *text, unsigned spoil)
{
	char line[FRAME_MAX];
	int len = snprintf(line, sizeof(line), FRAME_MARK "%02x %u %s %s", vmid,
	                   seq, kind, text);
	unsigned crc = abi_crc32(0, line, (size_t)len) ^ spoil;
	snprintf(line + len, sizeof(line) - (size_t)len, " ~%08x\n", crc);
	put(line);
}

void put_frame(unsigned vmid, const char *kind, const char *text)
{
	put_raw_frame(vmid, next_seq[vmid]++, kind, text, 0);
}

void put_report(unsigned vmid, unsigned count)
{
	char text[32];

	put_focus(vmid);
	put_frame(vmid, FRAME_SUITE, "fake");
	snprintf(text, sizeof(text), "%u", count);
	put_frame(vmid, FRAME_PLAN, text);
	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "test_%u", i);
		put_frame(vmid, FRAME_BEGIN, text);
		put_frame(vmid, FRAME_PASS, text);
	}
	snprintf(text, sizeof(text), "%u 0 0", count);
	put_frame(vmid, FRAME_END, text);
}

void put_begin(unsigned planned)
{
	char text[16];

	put_focus(FAKE_ROOT);
	put_frame(FAKE_ROOT, FRAME_SUITE, "fake");
	snprintf(text, sizeof(text), "%u", planned);
	put_frame(FAKE_ROOT, FRAME_PLAN, text);
	put_frame(FAKE_ROOT, FRAME_BEGIN, "test_0");
}

void put_failed_report(void)
{
	put_begin(1);
	put_frame(FAKE_ROOT, FRAME_FAIL, "test_0 fake.c:7 expected 1, got 2");
	put_frame(FAKE_ROOT, FRAME_END, "0 1 0");
}

static void qmp_send(json_t *message)
{
	char *text = json_dumps(message, JSON_COMPACT);
	if (qmp >= 0 && fake_qmp_manner != FAKE_QMP_MUTE) {
		/* The harness may be gone; that is not our business. */
		dprintf(qmp,
		        fake_qmp_manner == FAKE_QMP_RUBBISH ? "{\"%s\r\n"
		                                            : "%s\r\n",
		        text);
	}
	free(text);
	json_decref(message);
}

/* pmemsave ADDRESS SIZE "FILE" */
static void save_memory(const char *command)
{
	const char *from = strchr(command, '"');
	char path[512];
	FILE *file;

	if (from == NULL || sscanf(from, "\"%511[^\"]", path) != 1 ||
	    (file = fopen(path, "w")) == NULL) {
		return;
	}
	fwrite(fake_memory, 1, fake_memory_len, file);
	fclose(file);
}

/* The monitor answers in words, and has none when all went well. */
static json_t *monitor_answer(json_t *command)
{
	json_t *arguments = json_object_get(command, "arguments");
	const char *line =
		json_string_value(json_object_get(arguments, "command-line"));

	if (line == NULL || fake_memory == NULL) {
		return json_pack("{s:{}}", "return");
	}
	if (strncmp(line, "pmemsave ", 9) == 0) {
		save_memory(line);
	}
	return json_pack("{s:s}", "return", "");
}

static json_t *late; /* an answer that has yet to be sent */

/* Now, and long enough before the next that one may be taken for the other. */
static void send_late(void)
{
	if (late != NULL) {
		qmp_send(late);
		late = NULL;
	}
	wait_ms(100);
}

static void qmp_answer(const char *line)
{
	json_t *command = json_loads(line, 0, NULL);
	const char *verb =
		json_string_value(json_object_get(command, "execute"));
	json_t *id = json_object_get(command, "id");

	if (fake_qmp_manner == FAKE_QMP_LATE) {
		send_late();
	}
	json_t *answer = monitor_answer(command);
	if (id != NULL) {
		json_object_set(answer, "id", id);
	}
	if (fake_qmp_manner == FAKE_QMP_LATE && verb != NULL &&
	    strcmp(verb, "query-status") == 0) {
		late = answer;
	} else {
		qmp_send(answer);
	}
	if (verb != NULL && strcmp(verb, "quit") == 0 && !stubborn) {
		exit(0);
	}
	json_decref(command);
}

static void qmp_read(void)
{
	static char line[65536];
	static size_t len;
	ssize_t got = read(qmp, line + len, sizeof(line) - 1 - len);

	if (got <= 0) {
		close(qmp);
		qmp = -1;
		return;
	}
	len += (size_t)got;
	line[len] = '\0';
	for (char *end; (end = strchr(line, '\n')) != NULL;) {
		*end = '\0';
		qmp_answer(line);
		len -= (size_t)(end + 1 - line);
		memmove(line, end + 1, len + 1);
	}
}

static void wire_read(void)
{
	ssize_t got =
		read(wire, input + input_len, sizeof(input) - 1 - input_len);
	if (got <= 0 && !stubborn) {
		exit(0);
	}
	if (got > 0) {
		input_len += (size_t)got;
	}
}

void wait_ms(unsigned ms)
{
	int64_t end = clock_ms() + ms;

	for (int64_t left = ms; left >= 0; left = end - clock_ms()) {
		struct pollfd fds[] = {
			{ .fd = wire, .events = POLLIN },
			{ .fd = qmp, .events = POLLIN },
		};
		if (poll(fds, 2, (int)left) <= 0) {
			continue;
		}
		if (fds[1].revents != 0) {
			qmp_read();
		}
		if (fds[0].revents != 0) {
			wire_read();
		}
	}
}

/* Takes the marks out of what came in; there is one VM to talk to. */
static void drop_marks(void)
{
	char *mark;
	while ((mark = memchr(input, CONSOLE_ESC, input_len)) != NULL) {
		char *end = memchr(mark, CONSOLE_ST,
		                   (size_t)(input + input_len - mark));
		if (end == NULL) {
			return;
		}
		memmove(mark, end + 1, (size_t)(input + input_len - end - 1));
		input_len -= (size_t)(end + 1 - mark);
	}
}

const char *take_line(void)
{
	static char line[sizeof(input)];
	char *end;

	for (;;) {
		drop_marks();
		end = memchr(input, '\n', input_len);
		if (end != NULL) {
			break;
		}
		wait_ms(5);
	}
	size_t len = (size_t)(end - input);
	memcpy(line, input, len);
	line[len] = '\0';
	input_len -= len + 1;
	memmove(input, end + 1, input_len);
	return line;
}

void end_with(const char *event, const char *reason)
{
	qmp_send(json_pack("{s:s, s:{s:b, s:s}, s:{s:i, s:i}}", "event", event,
	                   "data", "guest", 1, "reason", reason, "timestamp",
	                   "seconds", 1, "microseconds", 0));
	/* QEMU stays, stopped, when it was started so: until "quit". */
	while (pauses && (fake_qmp_manner == FAKE_QMP_GOOD ||
	                  fake_qmp_manner == FAKE_QMP_LATE)) {
		wait_ms(1000);
	}
	exit(0);
}

void power_off(void)
{
	end_with("SHUTDOWN", "guest-shutdown");
}

void be_stubborn(void)
{
	stubborn = true;
	signal(SIGTERM, SIG_IGN);
}

unsigned earlier_starts(void)
{
	const char *path = getenv("FAKE_STATE");
	FILE *state = fopen(path ? path : "", "a+");
	unsigned count = 0;

	if (state == NULL) {
		errx(1, "FAKE_STATE names no file to write");
	}
	while (fgetc(state) != EOF) {
		count++;
	}
	fseek(state, 0, SEEK_END);
	fputc('+', state);
	fclose(state);
	return count;
}

/* Connects to the socket that follows @key in one of QEMU's option lists. */
static int connect_to(int argc, char **argv, const char *option,
                      const char *key)
{
	for (int i = 1; i + 1 < argc; i++) {
		const char *path = strstr(argv[i + 1], key);
		if (strcmp(argv[i], option) != 0 || path == NULL) {
			continue;
		}
		path += strlen(key);
		struct sockaddr_un address = { .sun_family = AF_UNIX };
		snprintf(address.sun_path, sizeof(address.sun_path), "%.*s",
		         (int)strcspn(path, ","), path);
		int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) !=
		    0) {
			err(1, "%s", address.sun_path);
		}
		return fd;
	}
	return -1;
}

static const struct play *find_play(const char *name)
{
	const struct play *const tables[] = { report_plays, machine_plays };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		for (const struct play *p = tables[i]; p->name != NULL; p++) {
			if (name != NULL && strcmp(p->name, name) == 0) {
				return p;
			}
		}
	}
	errx(1, "FAKE names no play: \"%s\"", name ? name : "");
}

static bool has_word(char **argv, const char *word)
{
	for (; *argv != NULL; argv++) {
		if (strstr(*argv, word) != NULL) {
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	const struct play *play = find_play(getenv("FAKE"));

	pauses = has_word(argv, "shutdown=pause");
	signal(SIGPIPE, SIG_IGN);
	if (play->before != NULL) {
		play->before();
	}
	wire = connect_to(argc, argv, "-chardev", "id=con0,path=");
	qmp = connect_to(argc, argv, "-qmp", "unix:");
	if (qmp < 0) {
		qmp = connect_to(argc, argv, "-chardev", "id=qmp0,path=");
	}
	if (wire < 0) {
		errx(1, "no \"-chardev socket,id=con0,path=\"");
	}
	qmp_send(json_pack("{s:{s:{s:{s:i, s:i, s:i}, s:s}, s:[]}}", "QMP",
	                   "version", "qemu", "major", 7, "minor", 2, "micro",
	                   0, "package", "fake", "capabilities"));
	wait_ms(1);
	play->run();
	for (;;) {
		wait_ms(1000);
	}
}
