/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree is changed in a copy of our own, which is aligned and has room
 * enough, so that neither where a tree lies nor how large it is matters.
 */
#include "dtb.h"

#include <abi/rm.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPI_FIRST  32
#define IRQ_SPI    0
#define IRQ_EDGE   1
#define IRQ_HIGH   4
#define ROOM_BASE  4096 /* bytes that the facts need at most: fixed part, */
#define ROOM_RANGE 256  /* and for each range or doorbell */

struct pen {
	void *fdt;
	int err;
};

static int node_below(struct pen *pen, int parent, const char *name)
{
	int node;

	if (pen->err != 0) {
		return 0;
	}
	node = fdt_subnode_offset(pen->fdt, parent, name);
	if (node == -FDT_ERR_NOTFOUND) {
		node = fdt_add_subnode(pen->fdt, parent, name);
	}
	pen->err = node < 0 ? node : 0;
	return node;
}

static void put(struct pen *pen, int node, const char *name, const void *data,
                size_t len)
{
	if (pen->err == 0) {
		pen->err = fdt_setprop(pen->fdt, node, name, data, (int)len);
	}
}

#define PUT_TEXT(pen, node, name, text) put(pen, node, name, text, sizeof(text))

static void put_string(struct pen *pen, int node, const char *name,
                       const char *text)
{
	put(pen, node, name, text, strlen(text) + 1);
}

static void put_cells(struct pen *pen, int node, const char *name,
                      const uint32_t *cell, size_t count)
{
	fdt32_t raw[4 * DTB_RANGES_MAX];

	for (size_t i = 0; i < count; i++) {
		raw[i] = cpu_to_fdt32(cell[i]);
	}
	put(pen, node, name, raw, count * sizeof(raw[0]));
}

#define PUT_CELLS(pen, node, name, ...)                               \
	put_cells(pen, node, name, (const uint32_t[]){ __VA_ARGS__ }, \
	          sizeof((const uint32_t[]){ __VA_ARGS__ }) /         \
	                  sizeof(uint32_t))

#define HIGH(v) ((uint32_t)((v) >> 32))
#define LOW(v)  ((uint32_t)(v))

/* Interrupts of doorbells and queues are shared ones. */
static uint32_t spi_of(uint32_t intid)
{
	return intid - SPI_FIRST;
}

static void put_rm(struct pen *pen, int hypervisor,
                   const struct dtb_facts *facts)
{
	int node;

	if (facts->rm_rx_cap == 0) {
		return;
	}
	node = node_below(pen, hypervisor, "qcom,resource-manager-rpc");
	PUT_TEXT(pen, node, "compatible",
	         "qcom,resource-manager-1-0\0qcom,resource-manager\0"
	         "gunyah-resource-manager\0qcom,gunyah-message-queue\0"
	         "qcom,gunyah-capability");
	PUT_CELLS(pen, node, "reg", HIGH(facts->rm_tx_cap),
	          LOW(facts->rm_tx_cap), HIGH(facts->rm_rx_cap),
	          LOW(facts->rm_rx_cap));
	PUT_CELLS(pen, node, "interrupts", IRQ_SPI, spi_of(facts->rm_tx_intid),
	          IRQ_EDGE, IRQ_SPI, spi_of(facts->rm_rx_intid), IRQ_EDGE);
	put(pen, node, "qcom,is-full-duplex", NULL, 0);
	PUT_CELLS(pen, node, "qcom,free-irqs-start", 0);
	PUT_CELLS(pen, node, "qcom,tx-message-size", RM_PACKET_MAX);
	PUT_CELLS(pen, node, "qcom,rx-message-size", RM_PACKET_MAX);
	PUT_CELLS(pen, node, "qcom,tx-queue-depth", facts->rm_depth);
	PUT_CELLS(pen, node, "qcom,rx-queue-depth", facts->rm_depth);
}

static void put_bell(struct pen *pen, int hypervisor,
                     const struct dtb_bell *bell)
{
	bool sends = bell->intid == 0;
	char name[48];
	int node;

	snprintf(name, sizeof(name), "%s-%lx", sends ? "bell-tx" : "bell-rx",
	         (unsigned long)bell->label);
	node = node_below(pen, hypervisor, name);
	if (sends) {
		PUT_TEXT(pen, node, "compatible",
		         "qcom,gunyah-doorbell-source\0qcom,gunyah-capability");
	} else {
		PUT_TEXT(pen, node, "compatible",
		         "qcom,gunyah-doorbell\0qcom,gunyah-capability");
		PUT_CELLS(pen, node, "interrupts", IRQ_SPI, spi_of(bell->intid),
		          IRQ_EDGE);
	}
	PUT_CELLS(pen, node, "reg", HIGH(bell->cap), LOW(bell->cap));
	PUT_CELLS(pen, node, "qcom,label", bell->label);
}

static void put_hypervisor(struct pen *pen, const struct dtb_facts *facts)
{
	int node = node_below(pen, 0, "hypervisor");
	int vm;

	PUT_TEXT(pen, node, "compatible",
	         "qcom,gunyah-hypervisor-1.0\0qcom,gunyah-hypervisor\0"
	         "gunyah-hypervisor\0simple-bus");
	PUT_CELLS(pen, node, "#address-cells", 2);
	PUT_CELLS(pen, node, "#size-cells", 0);
	/* The RM's node first: a new node shifts the offsets behind it only. */
	for (unsigned i = facts->bell_count; i-- > 0;) {
		put_bell(pen, node, &facts->bell[i]);
	}
	put_rm(pen, node, facts);
	vm = node_below(pen, node, "qcom,gunyah-vm");
	PUT_TEXT(pen, vm, "compatible",
	         "qcom,gunyah-vm-id-1.0\0qcom,gunyah-vm-id");
	PUT_CELLS(pen, vm, "qcom,vmid", facts->vmid);
	PUT_CELLS(pen, vm, "qcom,owner-vmid", facts->owner);
	PUT_TEXT(pen, vm, "qcom,vendor", "Touchstone");
	put_string(pen, vm, "qcom,image-name", facts->name);
}

/* All ranges in one /memory node, neighbours merged. */
static void put_memory(struct pen *pen, const struct dtb_facts *facts)
{
	uint32_t cell[4 * DTB_RANGES_MAX];
	size_t count = 0;
	uint64_t base = 0, size = 0;
	char name[32];
	int node;

	if (facts->memory_count == 0 || pen->err != 0) {
		return;
	}
	for (;;) {
		node = fdt_node_offset_by_prop_value(pen->fdt, -1,
		                                     "device_type", "memory",
		                                     sizeof("memory"));
		if (node < 0) {
			break;
		}
		pen->err = fdt_del_node(pen->fdt, node);
	}
	for (unsigned i = 0; i <= facts->memory_count; i++) {
		const struct dtb_range *r = &facts->memory[i];

		if (i < facts->memory_count && r->base == base + size &&
		    size != 0) {
			size += r->size;
			continue;
		}
		if (size != 0) {
			cell[count++] = HIGH(base);
			cell[count++] = LOW(base);
			cell[count++] = HIGH(size);
			cell[count++] = LOW(size);
		}
		if (i < facts->memory_count) {
			base = r->base;
			size = r->size;
		}
	}
	snprintf(name, sizeof(name), "memory@%lx",
	         (unsigned long)facts->memory[0].base);
	node = node_below(pen, 0, name);
	PUT_TEXT(pen, node, "device_type", "memory");
	put_cells(pen, node, "reg", cell, count);
}

static void put_reserved(struct pen *pen, const struct dtb_facts *facts)
{
	int parent;

	if (facts->reserved_count == 0) {
		return;
	}
	parent = node_below(pen, 0, "reserved-memory");
	PUT_CELLS(pen, parent, "#address-cells", 2);
	PUT_CELLS(pen, parent, "#size-cells", 2);
	put(pen, parent, "ranges", NULL, 0);
	for (unsigned i = facts->reserved_count; i-- > 0;) {
		const struct dtb_range *r = &facts->reserved[i];
		char name[32];
		int node;

		snprintf(name, sizeof(name), "buffer@%lx",
		         (unsigned long)r->base);
		node = node_below(pen, parent, name);
		put(pen, node, "no-map", NULL, 0);
		PUT_CELLS(pen, node, "reg", HIGH(r->base), LOW(r->base),
		          HIGH(r->size), LOW(r->size));
		PUT_CELLS(pen, node, "qcom,rm-mem-handle", r->handle);
		PUT_CELLS(pen, node, "qcom,label", r->label);
		PUT_CELLS(pen, node, "peers", r->peer);
	}
}

static void put_chosen(struct pen *pen, const struct dtb_facts *facts)
{
	int node = node_below(pen, 0, "chosen");
	const char *old;
	char *args;
	int len;

	if (pen->err == 0 && facts->more_bootargs != NULL) {
		old = fdt_getprop(pen->fdt, node, "bootargs", &len);
		old = old != NULL ? old : "";
		args = malloc(strlen(old) + strlen(facts->more_bootargs) + 2);
		if (args == NULL) {
			pen->err = -FDT_ERR_NOSPACE;
			return;
		}
		sprintf(args, "%s%s%s", old, *old != '\0' ? " " : "",
		        facts->more_bootargs);
		put_string(pen, node, "bootargs", args);
		free(args);
	}
	if ((facts->seed[0] | facts->seed[1] | facts->seed[2]) != 0) {
		put(pen, node, "kaslr-seed", &facts->seed[0], 8);
		put(pen, node, "rng-seed", &facts->seed[1], 16);
	}
}

static size_t room_for(const struct dtb_facts *facts, size_t len)
{
	size_t more =
		facts->more_bootargs != NULL ? strlen(facts->more_bootargs) : 0;

	return len + ROOM_BASE + 2 * more +
	       ROOM_RANGE * (facts->memory_count + facts->reserved_count +
	                     facts->bell_count);
}

static const char *patch_copy(void *fdt, const struct dtb_facts *facts)
{
	struct pen pen = { fdt, 0 };

	if (fdt_path_offset(fdt, "/hypervisor") >= 0) {
		return "there is a /hypervisor node already";
	}
	put_chosen(&pen, facts);
	put_memory(&pen, facts);
	put_reserved(&pen, facts);
	put_hypervisor(&pen, facts);
	if (pen.err == 0) {
		pen.err = fdt_pack(fdt);
	}
	return pen.err != 0 ? fdt_strerror(pen.err) : NULL;
}

const char *dtb_patch(const void *from, size_t len, void *to, size_t room,
                      const struct dtb_facts *facts, size_t *size)
{
	size_t copy_room = room_for(facts, len);
	const char *wrong = NULL;
	struct fdt_header header;
	void *in, *copy;

	if (len < sizeof(header)) {
		return "the device tree is cut off";
	}
	memcpy(&header, from, sizeof(header));
	if (fdt_check_header(&header) != 0 || fdt_totalsize(&header) > len) {
		return "this is no device tree, or more of it than there is";
	}
	in = malloc(len); /* aligned, and nobody changes it any more */
	copy = malloc(copy_room);
	if (in == NULL || copy == NULL) {
		wrong = "no memory to work in";
	} else {
		memcpy(in, from, len);
		if (fdt_check_full(in, len) != 0 ||
		    fdt_open_into(in, copy, (int)copy_room) != 0) {
			wrong = "the device tree is damaged";
		}
	}
	if (wrong == NULL) {
		wrong = patch_copy(copy, facts);
	}
	if (wrong == NULL && fdt_totalsize(copy) > room) {
		wrong = "the device tree's place is too small for what the "
			"resource manager adds";
	}
	if (wrong == NULL) {
		*size = fdt_totalsize(copy);
		memcpy(to, copy, *size);
	}
	free(copy);
	free(in);
	return wrong;
}
