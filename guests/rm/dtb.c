/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the tree: what stays is copied in as few pieces as there are
 * places that change.  The result is made in memory of our own, so that
 * neither where a tree lies nor how large it is matters.
 */
#include "dtb.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "dtb_put.h"

#define ROOM_BASE  4096 /* bytes that the facts need at most: fixed part, */
#define ROOM_RANGE 256  /* and for each range, doorbell or device, */
#define ROOM_QUEUE 512  /* and for each queue */

#define NAME_MAX_LEN 255 /* of a property; the specification allows 31 */

/* A merge on its way: all before @from is in the new tree already. */
struct merge {
	const void *fdt;
	const struct dtb_facts *facts;
	struct pen *pen;
	const uint8_t *from;
	bool has_chosen, has_reserved;
};

/* What stays, up to @at; what follows begins at @next. */
static void keep_until(struct merge *m, const uint8_t *at, const uint8_t *next)
{
	pen_copy(m->pen, m->from, (size_t)(at - m->from));
	m->from = next;
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list != NULL; list++) {
		if (strcmp(name, *list) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * Leave out those properties of the node at @at that are put anew.
 * @return where they end
 */
static const uint8_t *drop_properties(struct merge *m, const uint8_t *at,
                                      const char *const *list)
{
	struct dtb_token t = dtb_read(m->fdt, at);

	for (;;) {
		t = dtb_read(m->fdt, t.next);
		if (t.tag == FDT_PROP && is_one_of(t.name, list)) {
			keep_until(m, t.at, t.next);
		} else if (t.tag != FDT_PROP && t.tag != FDT_NOP) {
			return t.at;
		}
	}
}

/* @return behind the node */
static const uint8_t *merge_chosen(struct merge *m, struct dtb_token node)
{
	const char *gone[4] = { NULL };
	struct dtb_token old = dtb_property(m->fdt, node.at, "bootargs");
	unsigned n = 0;

	if (m->facts->more_bootargs != NULL) {
		gone[n++] = "bootargs";
	}
	if (dtb_has_seed(m->facts)) {
		gone[n++] = "kaslr-seed";
		gone[n++] = "rng-seed";
	}
	if (old.len == 0 || old.data[old.len - 1] != '\0') {
		old.data = NULL; /* this is no text */
	}
	keep_until(m, node.next, node.next);
	dtb_put_chosen(m->pen, m->facts, (const char *)old.data);
	drop_properties(m, node.at, gone);
	m->has_chosen = true;
	return dtb_behind(m->fdt, node.at);
}

static const uint8_t *merge_reserved(struct merge *m, struct dtb_token node)
{
	static const char *const gone[] = { "#address-cells", "#size-cells",
		                            "ranges", NULL };
	struct dtb_token t;

	if (m->facts->reserved_count == 0) {
		return dtb_behind(m->fdt, node.at);
	}
	keep_until(m, node.next, node.next);
	dtb_put_reserved(m->pen);
	t.next = drop_properties(m, node.at, gone);
	for (;;) {
		t = dtb_read(m->fdt, t.next);
		if (t.tag == FDT_END_NODE) {
			break;
		}
		if (t.tag == FDT_BEGIN_NODE) {
			t.next = dtb_behind(m->fdt, t.at);
			if (dtb_is_buffer(m->facts, t.name)) {
				keep_until(m, t.at, t.next);
			}
		}
	}
	keep_until(m, t.at, t.at);
	dtb_put_buffers(m->pen, m->facts);
	m->has_reserved = true;
	return t.next;
}

static bool is_memory(const void *fdt, const uint8_t *at)
{
	struct dtb_token type = dtb_property(fdt, at, "device_type");

	return type.len == sizeof("memory") &&
	       memcmp(type.data, "memory", sizeof("memory")) == 0;
}

/* A node below the root. @return behind it; NULL: it may not be there */
static const uint8_t *merge_node(struct merge *m, struct dtb_token node)
{
	static const char hypervisor[] = "hypervisor";
	size_t len = sizeof(hypervisor) - 1;

	if (strncmp(node.name, hypervisor, len) == 0 &&
	    (node.name[len] == '\0' || node.name[len] == '@')) {
		return NULL;
	}
	if (strcmp(node.name, "chosen") == 0 && !m->has_chosen) {
		return merge_chosen(m, node);
	}
	if (strcmp(node.name, "reserved-memory") == 0 && !m->has_reserved) {
		return merge_reserved(m, node);
	}
	node.next = dtb_behind(m->fdt, node.at);
	if (m->facts->memory_count != 0 && is_memory(m->fdt, node.at)) {
		keep_until(m, node.at, node.next);
	}
	return node.next;
}

/* What no node was there for. */
static void put_missing(struct merge *m)
{
	if (!m->has_chosen) {
		pen_open(m->pen, "chosen");
		dtb_put_chosen(m->pen, m->facts, NULL);
		pen_close(m->pen);
	}
	if (!m->has_reserved && m->facts->reserved_count != 0) {
		pen_open(m->pen, "reserved-memory");
		dtb_put_reserved(m->pen);
		dtb_put_buffers(m->pen, m->facts);
		pen_close(m->pen);
	}
	dtb_put_memory(m->pen, m->facts);
	dtb_put_devices(m->pen, m->facts);
	dtb_put_hypervisor(m->pen, m->facts);
}

static const char *merge_structure(struct pen *pen, const void *fdt,
                                   const struct dtb_facts *facts)
{
	const uint8_t *start = (const uint8_t *)fdt + fdt_off_dt_struct(fdt);
	struct merge m = { fdt, facts, pen, start, false, false };
	struct dtb_token t = { .next = start };
	bool in_root = false;
	fdt32_t end = cpu_to_fdt32(FDT_END);

	for (;;) {
		t = dtb_read(fdt, t.next);
		if (t.tag == FDT_END_NODE) {
			break; /* the root's */
		}
		if (t.tag == FDT_BEGIN_NODE && !in_root) {
			in_root = true;
		} else if (t.tag == FDT_BEGIN_NODE) {
			t.next = merge_node(&m, t);
			if (t.next == NULL) {
				return "there is a /hypervisor node already";
			}
		}
	}
	keep_until(&m, t.at, t.at);
	put_missing(&m);
	keep_until(&m, t.next, t.next);
	pen_copy(pen, &end, sizeof(end));
	return NULL;
}

static size_t room_for(const struct dtb_facts *facts, const void *fdt)
{
	size_t more =
		facts->more_bootargs != NULL ? strlen(facts->more_bootargs) : 0;

	return fdt_totalsize(fdt) + ROOM_BASE + 2 * more +
	       ROOM_RANGE * (facts->memory_count + facts->reserved_count +
	                     facts->bell_count + facts->device_count) +
	       ROOM_QUEUE * facts->queue_count;
}

/* Header, reservations, structure, strings, in this order. */
static const char *write_tree(const void *fdt, const struct dtb_facts *facts,
                              uint8_t *out, size_t room)
{
	struct fdt_header *header = (struct fdt_header *)(void *)out;
	uint32_t strings = fdt_size_dt_strings(fdt);
	struct pen pen = { .at = out + sizeof(*header),
		           .end = out + room,
		           .first_name = strings };
	size_t reserved = ((size_t)fdt_num_mem_rsv(fdt) + 1) *
	                  sizeof(struct fdt_reserve_entry);
	const char *wrong;
	uint8_t *place;

	memcpy(header, fdt, sizeof(*header));
	fdt_set_off_mem_rsvmap(out, sizeof(*header));
	pen_copy(&pen, (const uint8_t *)fdt + fdt_off_mem_rsvmap(fdt),
	         reserved);
	place = pen.at;
	wrong = merge_structure(&pen, fdt, facts);
	fdt_set_off_dt_struct(out, (uint32_t)(place - out));
	fdt_set_size_dt_struct(out, (uint32_t)(pen.at - place));
	place = pen.at;
	pen_copy(&pen, (const uint8_t *)fdt + fdt_off_dt_strings(fdt), strings);
	pen_names(&pen);
	fdt_set_off_dt_strings(out, (uint32_t)(place - out));
	fdt_set_size_dt_strings(out, (uint32_t)(pen.at - place));
	fdt_set_totalsize(out, (uint32_t)(pen.at - out));
	if (wrong == NULL && pen.is_full) {
		wrong = dtb_no_memory;
	}
	return wrong;
}

/*
 * libfdt looks for the end of a property's name each time it meets the
 * property: with names as long as the tree that would take for ever.
 */
static bool has_long_names(const void *fdt)
{
	const char *at = (const char *)fdt + fdt_off_dt_strings(fdt);
	const char *end = fdt_version(fdt) < 3
	                          ? (const char *)fdt + fdt_totalsize(fdt)
	                          : at + fdt_size_dt_strings(fdt);
	unsigned len = 0;

	for (; at < end && len <= NAME_MAX_LEN; at++) {
		len = *at != '\0' ? len + 1 : 0;
	}
	return len > NAME_MAX_LEN;
}

const char dtb_no_memory[] = "no memory to work in";

const char *dtb_copy(const void *from, size_t len, void **copy)
{
	struct fdt_header header;
	size_t size, room;
	void *in;

	*copy = NULL;
	if (len < sizeof(header)) {
		return "the device tree is cut off";
	}
	memcpy(&header, from, sizeof(header));
	size = fdt_totalsize(&header);
	if (fdt_check_header(&header) != 0 || size > len) {
		return "this is no device tree, or more of it than there is";
	}
	room = size + sizeof(header) + 64; /* an old version grows a little */
	in = malloc(room); /* aligned, and nobody changes it any more */
	if (in == NULL) {
		return dtb_no_memory;
	}
	memcpy(in, from, size);
	/* Nothing that has changed since may be believed. */
	if (fdt_totalsize(in) != size || fdt_check_header(in) != 0 ||
	    has_long_names(in) || fdt_check_full(in, size) != 0 ||
	    (fdt_version(in) < FDT_LAST_SUPPORTED_VERSION &&
	     fdt_open_into(in, in, (int)room) != 0)) {
		free(in);
		return "the device tree is damaged";
	}
	*copy = in;
	return NULL;
}

const char *dtb_merge(const void *fdt, void *to, size_t room,
                      const struct dtb_facts *facts, size_t *size)
{
	size_t copy_room = room_for(facts, fdt);
	uint8_t *copy = malloc(copy_room);
	const char *wrong = copy != NULL
	                            ? write_tree(fdt, facts, copy, copy_room)
	                            : dtb_no_memory;

	if (wrong == NULL && fdt_totalsize(copy) > room) {
		wrong = "the device tree's place is too small for what the "
			"resource manager adds";
	}
	if (wrong == NULL) {
		*size = fdt_totalsize(copy);
		memcpy(to, copy, *size);
	}
	free(copy);
	return wrong;
}

const char *dtb_patch(const void *from, size_t len, void *to, size_t room,
                      const struct dtb_facts *facts, size_t *size)
{
	void *in;
	const char *wrong = dtb_copy(from, len, &in);

	if (wrong == NULL) {
		wrong = dtb_merge(in, to, room, facts, size);
	}
	free(in);
	return wrong;
}
