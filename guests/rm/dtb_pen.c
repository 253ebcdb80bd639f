/* SPDX-License-Identifier: BSD-2-Clause */
#include "dtb_pen.h"

#include <libfdt.h>
#include <string.h>

#define CELL      sizeof(fdt32_t)
#define ALIGN(at) (((at) + CELL - 1) & ~(CELL - 1))

static uint32_t cell_at(const uint8_t *at)
{
	return fdt32_to_cpu(*(const fdt32_t *)(const void *)at);
}

struct dtb_token dtb_read(const void *fdt, const uint8_t *at)
{
	struct dtb_token t = { .tag = cell_at(at),
		               .at = at,
		               .next = at + CELL };

	if (t.tag == FDT_BEGIN_NODE) {
		t.name = (const char *)at + CELL;
		t.next += ALIGN(strlen(t.name) + 1);
	} else if (t.tag == FDT_PROP) {
		t.len = cell_at(at + CELL);
		t.name = (const char *)fdt + fdt_off_dt_strings(fdt) +
		         cell_at(at + 2 * CELL);
		t.data = at + 3 * CELL;
		t.next = t.data + ALIGN(t.len);
	}
	return t;
}

const uint8_t *dtb_behind(const void *fdt, const uint8_t *at)
{
	unsigned depth = 0;

	do {
		struct dtb_token t = dtb_read(fdt, at);

		depth += t.tag == FDT_BEGIN_NODE;
		depth -= t.tag == FDT_END_NODE;
		at = t.next;
	} while (depth != 0);
	return at;
}

struct dtb_token dtb_property(const void *fdt, const uint8_t *at,
                              const char *name)
{
	struct dtb_token t = dtb_read(fdt, at);

	do {
		t = dtb_read(fdt, t.next);
		if (t.tag == FDT_PROP && strcmp(t.name, name) == 0) {
			return t;
		}
	} while (t.tag == FDT_PROP || t.tag == FDT_NOP);
	return (struct dtb_token){ 0 };
}

void pen_copy(struct pen *pen, const void *from, size_t len)
{
	pen->is_full |= len > (size_t)(pen->end - pen->at);
	if (!pen->is_full && len != 0) {
		memcpy(pen->at, from, len);
		pen->at += len;
	}
}

static void put_cell(struct pen *pen, uint32_t value)
{
	const fdt32_t raw = cpu_to_fdt32(value);

	pen_copy(pen, &raw, sizeof(raw));
}

/* Bytes, and zeros up to the next cell. */
static void put_padded(struct pen *pen, const void *from, size_t len)
{
	static const uint8_t zeros[CELL];

	pen_copy(pen, from, len);
	pen_copy(pen, zeros, ALIGN(len) - len);
}

void pen_open(struct pen *pen, const char *name)
{
	put_cell(pen, FDT_BEGIN_NODE);
	put_padded(pen, name, strlen(name) + 1);
}

void pen_close(struct pen *pen)
{
	put_cell(pen, FDT_END_NODE);
}

static uint32_t offset_of(struct pen *pen, const char *name)
{
	unsigned i = 0;

	while (i < pen->name_count && pen->name[i] != name) {
		i++;
	}
	if (i == PEN_NAMES) {
		pen->is_full = true;
		return 0;
	}
	if (i == pen->name_count) {
		pen->name[i] = name;
		pen->offset[i] = pen->first_name + pen->names_len;
		pen->names_len += (uint32_t)strlen(name) + 1;
		pen->name_count++;
	}
	return pen->offset[i];
}

void pen_put(struct pen *pen, const char *name, const void *data, size_t len)
{
	put_cell(pen, FDT_PROP);
	put_cell(pen, (uint32_t)len);
	put_cell(pen, offset_of(pen, name));
	put_padded(pen, data, len);
}

void pen_cells(struct pen *pen, const char *name, const uint32_t *cell,
               size_t count)
{
	put_cell(pen, FDT_PROP);
	put_cell(pen, (uint32_t)(count * CELL));
	put_cell(pen, offset_of(pen, name));
	for (size_t i = 0; i < count; i++) {
		put_cell(pen, cell[i]);
	}
}

void pen_string(struct pen *pen, const char *name, const char *text)
{
	pen_put(pen, name, text, strlen(text) + 1);
}

void pen_names(struct pen *pen)
{
	for (unsigned i = 0; i < pen->name_count; i++) {
		pen_copy(pen, pen->name[i], strlen(pen->name[i]) + 1);
	}
}
