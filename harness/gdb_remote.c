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
	char packet[PACKET_MAX + 1]; /* the last answer, NUL-ended */
	size_t len;
	struct reg *reg;
	size_t reg_count;
	unsigned next_number;
	char thread[CPUS_MAX][16];
	size_t cpus;
};

static bool get_byte(struct gdb_remote *gdb, char *c)
{
	struct pollfd p = { .fd = gdb->fd, .events = POLLIN };

	return poll(&p, 1, WAIT_MS) == 1 && read(gdb->fd, c, 1) == 1;
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

static bool ask(struct gdb_remote *gdb, const char *text)
{
	size_t len = strlen(text);
	char *out = malloc(len + 5);
	unsigned char sum = 0;
	bool ok;

	if (out == NULL) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		sum = (unsigned char)(sum + (unsigned char)text[i]);
	}
	snprintf(out, len + 5, "$%s#%02x", text, sum);
	ok = write(gdb->fd, out, len + 4) == (ssize_t)(len + 4);
	free(out);
	/* The stop that connecting causes is told whenever it happens. */
	do {
		ok = ok && receive(gdb);
	} while (ok && gdb->packet[0] == 'T');
	return ok;
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

static bool from_hex(const char *hex, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1) {
			return false;
		}
		out[i] = (uint8_t)byte;
	}
	return true;
}

bool gdb_remote_reg(struct gdb_remote *gdb, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < gdb->reg_count; i++) {
		const struct reg *r = &gdb->reg[i];
		char request[32];

		if (strcasecmp(r->name, name) != 0 || r->bits > 64) {
			continue;
		}
		snprintf(request, sizeof(request), "p%x", r->number);
		*value = 0;
		return ask(gdb, request) && gdb->packet[0] != 'E' &&
		       gdb->len == r->bits / 4 &&
		       from_hex(gdb->packet, (uint8_t *)value, r->bits / 8);
	}
	return false;
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

bool gdb_remote_stop(struct gdb_remote *gdb)
{
	return write(gdb->fd, "\x03", 1) == 1 && receive(gdb);
}
