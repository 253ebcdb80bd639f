/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets and registers of the GDB remote protocol.  The register numbers
 * come from the stub's own target description: core registers first, then
 * each included file in its order, counted through.
 */
#include "gdb_remote.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PACKET_MAX (64u * 1024)
#define WAIT_MS    10000
#define CPUS_MAX   64

struct reg {
	char name[40];
	unsigned number, bits;
};

struct gdb_remote {
	int fd;
	char in[8192]; /* came in one read, and is not looked at yet */
	size_t in_at, in_len;
	char packet[PACKET_MAX + 1]; /* the last answer, NUL-ended */
	size_t len;
	struct reg *reg;
	size_t reg_count;
	unsigned next_number;
	char thread[CPUS_MAX][16];
	size_t cpus;
};

/* Many bytes in one go: an answer a byte at a time takes longer than all the
 * rest of a triage. */
static bool get_byte(struct gdb_remote *gdb, char *c)
{
	if (gdb->in_at == gdb->in_len) {
		struct pollfd p = { .fd = gdb->fd, .events = POLLIN };
		ssize_t n = poll(&p, 1, WAIT_MS) == 1
		                    ? read(gdb->fd, gdb->in, sizeof(gdb->in))
		                    : -1;

		if (n <= 0) {
			return false;
		}
		gdb->in_at = 0;
		gdb->in_len = (size_t)n;
	}
	*c = gdb->in[gdb->in_at++];
	return true;
}

/* "$text#cc"; '}' escapes one byte, '*' repeats the one before. */
static bool receive(struct gdb_remote *gdb)
{
	char c;

	do {
		if (!get_byte(gdb, &c)) {
			return false;
		}
	} while (c != '$');
	gdb->len = 0;
	for (;;) {
		unsigned repeat = 1;

		if (!get_byte(gdb, &c)) {
			return false;
		}
		if (c == '#') {
			break;
		}
		if (c == '}') {
			if (!get_byte(gdb, &c)) {
				return false;
			}
			c ^= 0x20;
		} else if (c == '*' && gdb->len > 0) {
			if (!get_byte(gdb, &c)) {
				return false;
			}
			repeat = (unsigned)(unsigned char)c - 29;
			c = gdb->packet[gdb->len - 1];
		}
		while (repeat-- > 0 && gdb->len < PACKET_MAX) {
			gdb->packet[gdb->len++] = c;
		}
	}
	gdb->packet[gdb->len] = '\0';
	/* A unix socket loses nothing: the sum is read, not compared. */
	return get_byte(gdb, &c) && get_byte(gdb, &c) &&
	       write(gdb->fd, "+", 1) == 1;
}

/* Append "$text#sum" at @at of @out. @return where the next one goes */
static size_t pack(char *out, size_t size, size_t at, const char *text)
{
	unsigned char sum = 0;
	int n;

	for (const char *c = text; *c != '\0'; c++) {
		sum = (unsigned char)(sum + (unsigned char)*c);
	}
	n = snprintf(out + at, size - at, "$%s#%02x", text, sum);
	return n > 0 && (size_t)n < size - at ? at + (size_t)n : at;
}

/* The next answer. The stop that connecting causes is told whenever it
 * happens. */
static bool get_answer(struct gdb_remote *gdb)
{
	do {
		if (!receive(gdb)) {
			return false;
		}
	} while (gdb->packet[0] == 'T');
	return true;
}

static bool ask(struct gdb_remote *gdb, const char *text)
{
	char out[256];
	size_t len = pack(out, sizeof(out), 0, text);

	return write(gdb->fd, out, len) == (ssize_t)len && get_answer(gdb);
}

static char *read_feature(struct gdb_remote *gdb, const char *annex)
{
	char *text = NULL;
	size_t len = 0;

	for (;;) {
		char request[128];
		char *grown;

		snprintf(request, sizeof(request),
		         "qXfer:features:read:%s:%zx,7ff0", annex, len);
		if (!ask(gdb, request) ||
		    (gdb->packet[0] != 'm' && gdb->packet[0] != 'l')) {
			free(text);
			return NULL;
		}
		grown = realloc(text, len + gdb->len);
		if (grown == NULL) {
			free(text);
			return NULL;
		}
		text = grown;
		memcpy(text + len, gdb->packet + 1, gdb->len - 1);
		len += gdb->len - 1;
		text[len] = '\0';
		if (gdb->packet[0] == 'l') {
			return text;
		}
	}
}

static void add_reg(struct gdb_remote *gdb, xmlNode *node)
{
	xmlChar *name = xmlGetProp(node, BAD_CAST "name");
	xmlChar *bits = xmlGetProp(node, BAD_CAST "bitsize");
	xmlChar *number = xmlGetProp(node, BAD_CAST "regnum");
	struct reg *grown;

	if (number != NULL) {
		gdb->next_number = (unsigned)strtoul((char *)number, NULL, 0);
	}
	grown = realloc(gdb->reg, (gdb->reg_count + 1) * sizeof(*grown));
	if (grown != NULL && name != NULL && bits != NULL) {
		struct reg *r = &grown[gdb->reg_count++];

		snprintf(r->name, sizeof(r->name), "%s", (char *)name);
		r->number = gdb->next_number;
		r->bits = (unsigned)strtoul((char *)bits, NULL, 0);
	}
	if (grown != NULL) {
		gdb->reg = grown;
	}
	gdb->next_number++;
	xmlFree(name);
	xmlFree(bits);
	xmlFree(number);
}

/* QEMU writes the prefix without declaring its name space. */
static bool is_include(const xmlNode *n)
{
	const char *name = (const char *)n->name;

	return strcmp(name, "xi:include") == 0 || strcmp(name, "include") == 0;
}

static bool read_registers(struct gdb_remote *gdb, const char *annex)
{
	char *text = read_feature(gdb, annex);
	xmlDoc *doc;

	if (text == NULL) {
		return false;
	}
	doc = xmlReadMemory(text, (int)strlen(text), annex, NULL,
	                    XML_PARSE_NONET | XML_PARSE_NOERROR |
	                            XML_PARSE_NOWARNING);
	free(text);
	if (doc == NULL) {
		return false;
	}
	for (xmlNode *n = xmlDocGetRootElement(doc)->children; n != NULL;
	     n = n->next) {
		if (n->type != XML_ELEMENT_NODE) {
			continue;
		}
		if (strcmp((const char *)n->name, "reg") == 0) {
			add_reg(gdb, n);
		} else if (is_include(n)) {
			xmlChar *href = xmlGetProp(n, BAD_CAST "href");

			if (href != NULL) {
				read_registers(gdb, (const char *)href);
			}
			xmlFree(href);
		}
	}
	xmlFreeDoc(doc);
	return gdb->reg_count > 0;
}

static bool read_threads(struct gdb_remote *gdb)
{
	const char *request = "qfThreadInfo";

	for (;;) {
		char *save, *id;

		if (!ask(gdb, request)) {
			return false;
		}
		if (gdb->packet[0] != 'm') {
			return gdb->cpus > 0;
		}
		for (id = strtok_r(gdb->packet + 1, ",", &save);
		     id != NULL && gdb->cpus < CPUS_MAX;
		     id = strtok_r(NULL, ",", &save)) {
			snprintf(gdb->thread[gdb->cpus], sizeof(gdb->thread[0]),
			         "%s", id);
			gdb->cpus++;
		}
		request = "qsThreadInfo";
	}
}

struct gdb_remote *gdb_remote_open(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct gdb_remote *gdb = calloc(1, sizeof(*gdb));

	if (gdb == NULL) {
		return NULL;
	}
	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	gdb->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (gdb->fd < 0 ||
	    connect(gdb->fd, (struct sockaddr *)&to, sizeof(to)) != 0 ||
	    !ask(gdb, "qSupported:qXfer:features:read+") ||
	    !read_registers(gdb, "target.xml") || !read_threads(gdb)) {
		gdb_remote_close(gdb);
		return NULL;
	}
	return gdb;
}

void gdb_remote_close(struct gdb_remote *gdb)
{
	if (gdb == NULL) {
		return;
	}
	if (gdb->fd >= 0) {
		close(gdb->fd);
	}
	free(gdb->reg);
	free(gdb);
}

size_t gdb_remote_cpus(const struct gdb_remote *gdb)
{
	return gdb->cpus;
}

bool gdb_remote_select(struct gdb_remote *gdb, size_t cpu)
{
	char request[32];

	if (cpu >= gdb->cpus) {
		return false;
	}
	snprintf(request, sizeof(request), "Hg%s", gdb->thread[cpu]);
	return ask(gdb, request) && strcmp(gdb->packet, "OK") == 0;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

static bool from_hex(const char *hex, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = digit(hex[2 * i]);
		int low = high < 0 ? -1 : digit(hex[2 * i + 1]);

		if (low < 0) {
			return false;
		}
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static const struct reg *find_reg(const struct gdb_remote *gdb,
                                  const char *name)
{
	for (size_t i = 0; i < gdb->reg_count; i++) {
		const struct reg *r = &gdb->reg[i];

		if (strcasecmp(r->name, name) == 0 && r->bits <= 64) {
			return r;
		}
	}
	return NULL;
}

/* What the answer to "g" begins with on AArch64. */
static bool read_core(const struct gdb_remote *gdb, struct gdb_core *core)
{
	size_t wide = sizeof(core->x) + 8 + 8; /* and CPSR, of 4 */

	return gdb->len >= 2 * (wide + 4) &&
	       from_hex(gdb->packet, (uint8_t *)core->x, sizeof(core->x)) &&
	       from_hex(gdb->packet + 2 * sizeof(core->x), (uint8_t *)&core->sp,
	                8) &&
	       from_hex(gdb->packet + 2 * sizeof(core->x) + 16,
	                (uint8_t *)&core->pc, 8) &&
	       from_hex(gdb->packet + 2 * wide, (uint8_t *)&core->pstate, 4);
}

bool gdb_remote_cpu(struct gdb_remote *gdb, size_t cpu, struct gdb_core *core,
                    const char *const *names, uint64_t *values, size_t count)
{
	const struct reg *reg[GDB_REGS_MAX] = { NULL };
	char out[GDB_REGS_MAX * 12 + 64], text[32];
	size_t len;

	if (cpu >= gdb->cpus || count > GDB_REGS_MAX) {
		return false;
	}
	*core = (struct gdb_core){ 0 };
	snprintf(text, sizeof(text), "Hg%s", gdb->thread[cpu]);
	len = pack(out, sizeof(out), 0, text);
	len = pack(out, sizeof(out), len, "g");
	for (size_t i = 0; i < count; i++) {
		values[i] = 0;
		reg[i] = find_reg(gdb, names[i]);
		if (reg[i] != NULL) {
			snprintf(text, sizeof(text), "p%x", reg[i]->number);
			len = pack(out, sizeof(out), len, text);
		}
	}
	/* All at once: on a busy host each turn waits for its time slice. */
	if (write(gdb->fd, out, len) != (ssize_t)len || !get_answer(gdb) ||
	    !get_answer(gdb) || !read_core(gdb, core)) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (reg[i] == NULL) {
			continue;
		}
		if (!get_answer(gdb)) {
			return false;
		}
		if (gdb->packet[0] != 'E' && gdb->len == reg[i]->bits / 4) {
			from_hex(gdb->packet, (uint8_t *)&values[i],
			         reg[i]->bits / 8);
		}
	}
	return true;
}

bool gdb_remote_memory(struct gdb_remote *gdb, uint64_t va, void *buf,
                       size_t len)
{
	uint8_t *to = buf;

	while (len > 0) {
		size_t part = len < 1024 ? len : 1024;
		char request[48];

		snprintf(request, sizeof(request), "m%llx,%zx",
		         (unsigned long long)va, part);
		if (!ask(gdb, request) || gdb->len != 2 * part ||
		    !from_hex(gdb->packet, to, part)) {
			return false;
		}
		va += part;
		to += part;
		len -= part;
	}
	return true;
}

bool gdb_remote_continue(struct gdb_remote *gdb)
{
	return write(gdb->fd, "$c#63", 5) == 5;
}

bool gdb_remote_detach(struct gdb_remote *gdb)
{
	return ask(gdb, "D");
}

bool gdb_remote_stop(struct gdb_remote *gdb)
{
	return write(gdb->fd, "\x03", 1) == 1 && receive(gdb);
}
