/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/wish_devices.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "rm/vms.h"

#define SPI_FIRST  32
#define CELL       ((int)sizeof(fdt32_t))
#define IRQ_CELLS  3
#define IRQ_SHARED 0

/* Of a queue, if the node does not say; the most are the hypervisor's. */
#define DEPTH_USUAL 8
#define DEPTH_MOST  256
#define SIZE_USUAL  RM_PACKET_MAX
#define SIZE_MOST   1024

struct reader {
	const void *fdt;
	const struct vm *vm;
	struct wish *wish;
	bool is_taken[OBJECTS_SPIS]; /* the VM's shared interrupts, from 32 */
};

static enum rm_error refuse(const struct reader *r, int node,
                            const char *property, const char *why)
{
	const char *name = fdt_get_name(r->fdt, node, NULL);

	printf("rm: vm %u %s: vdevices/%s: %s: %s\n", r->vm->vmid, r->vm->name,
	       wish_is_text(name) ? name : "?", property, why);
	return RM_ERR_ARGUMENT_INVALID;
}

/* An interrupt for one thing only. @return false: it has another use */
static bool claim(struct reader *r, uint32_t spi)
{
	bool is_free = !r->is_taken[spi];

	r->is_taken[spi] = true;
	return is_free;
}

/* As many interrupts as @count says, each free and a shared one. */
static enum rm_error read_irqs(struct reader *r, int node, unsigned count,
                               uint32_t *intid)
{
	static const char name[] = "interrupts";
	int len;
	const fdt32_t *cell = fdt_getprop(r->fdt, node, name, &len);

	if (cell == NULL || len != (int)count * IRQ_CELLS * CELL) {
		return refuse(r, node, name, "not three cells for each");
	}
	for (unsigned i = 0; i < count; i++, cell += IRQ_CELLS) {
		uint32_t spi = fdt32_to_cpu(cell[1]);

		if (fdt32_to_cpu(cell[0]) != IRQ_SHARED ||
		    spi >= OBJECTS_SPIS) {
			return refuse(r, node, name, "not an SPI below 256");
		}
		if (!claim(r, spi)) {
			refuse(r, node, name, "is in use");
			return RM_ERR_NORESOURCE;
		}
		intid[i] = spi + SPI_FIRST;
	}
	return RM_ERR_OK;
}

/* Where both sides find it. @return false: the node does not say */
static bool read_label(const struct reader *r, int node, uint32_t *label)
{
	int len;
	const fdt32_t *cell = fdt_getprop(r->fdt, node, "label", &len);

	if (cell == NULL) {
		cell = fdt_getprop(r->fdt, node, "qcom,label", &len);
	}
	if (cell == NULL || len != CELL) {
		return false;
	}
	*label = fdt32_to_cpu(*cell);
	return true;
}

/*
 * A doorbell that the VMM rings, an interrupt of the VM; or a source, which
 * the VM rings: its interrupt is one of the VMM's, and is chosen.
 */
static enum rm_error add_bell(struct reader *r, int node, bool is_source)
{
	struct wish *wish = r->wish;
	struct wish_bell bell = { .intid = 0 };
	enum rm_error error = RM_ERR_OK;

	if (wish->bell_count == OBJECTS_BELLS_MAX) {
		return refuse(r, node, "vdevice-type", "too many doorbells");
	}
	if (!is_source) {
		error = read_irqs(r, node, 1, &bell.intid);
	}
	if (error != RM_ERR_OK) {
		return error;
	}
	if (!read_label(r, node, &bell.label)) {
		bell.label = is_source ? 0 : bell.intid - SPI_FIRST;
	}
	for (unsigned i = 0; i < wish->bell_count; i++) {
		if (wish->bell[i].label == bell.label &&
		    (wish->bell[i].intid == 0) == is_source) {
			return refuse(r, node, "label", "another one has it");
		}
	}
	wish->bell[wish->bell_count++] = bell;
	return RM_ERR_OK;
}

static enum rm_error read_bell(struct reader *r, int node)
{
	return add_bell(r, node, false);
}

static enum rm_error read_source(struct reader *r, int node)
{
	return add_bell(r, node, true);
}

/* From 1 to @most; *value stays if the node does not say. */
static enum rm_error read_most(const struct reader *r, int node,
                               const char *name, uint32_t most, uint32_t *value)
{
	int len;
	const fdt32_t *cell = fdt_getprop(r->fdt, node, name, &len);

	if (cell == NULL) {
		return RM_ERR_OK;
	}
	if (len != CELL || fdt32_to_cpu(*cell) < 1 ||
	    fdt32_to_cpu(*cell) > most) {
		return refuse(r, node, name, "out of range");
	}
	*value = fdt32_to_cpu(*cell);
	return RM_ERR_OK;
}

static bool has(const struct reader *r, int node, const char *name)
{
	return fdt_getprop(r->fdt, node, name, NULL) != NULL;
}

/* Two that its owner could not tell apart. */
static bool is_double(const struct wish *wish, const struct wish_queue *q)
{
	for (unsigned i = 0; i < wish->queue_count; i++) {
		const struct wish_queue *other = &wish->queue[i];

		if (other->label == q->label &&
		    ((other->sends && q->sends) ||
		     (other->receives && q->receives))) {
			return true;
		}
	}
	return false;
}

/* What the node itself says of the interrupts: sender's first, or nothing. */
static enum rm_error read_queue_irqs(struct reader *r, int node,
                                     struct wish_queue *q)
{
	uint32_t intid[2];
	unsigned ends = (unsigned)q->sends + q->receives;
	enum rm_error error;

	if (!has(r, node, "interrupts")) {
		return RM_ERR_OK;
	}
	error = read_irqs(r, node, ends, intid);
	if (error == RM_ERR_OK) {
		q->tx_intid = q->sends ? intid[0] : 0;
		q->rx_intid = q->receives ? intid[ends - 1] : 0;
	}
	return error;
}

static enum rm_error add_queue(struct reader *r, int node, bool sends,
                               bool receives)
{
	struct wish *wish = r->wish;
	struct wish_queue q = { .sends = sends,
		                .receives = receives,
		                .depth = DEPTH_USUAL,
		                .message_size = SIZE_USUAL };
	unsigned ends = (unsigned)sends + receives;
	enum rm_error error;

	if (!read_label(r, node, &q.label)) {
		return refuse(r, node, "label", "it has none");
	}
	if (has(r, node, "peer")) {
		return refuse(r, node, "peer", "only the owner can be");
	}
	if (is_double(wish, &q)) {
		return refuse(r, node, "label", "another one has it");
	}
	if (wish->end_count + ends > OBJECTS_QUEUES_MAX) {
		return refuse(r, node, "vdevice-type", "too many queues");
	}
	error = read_most(r, node, "queue-depth", DEPTH_MOST, &q.depth);
	if (error == RM_ERR_OK) {
		error = read_most(r, node, "message-size", SIZE_MOST,
		                  &q.message_size);
	}
	if (error == RM_ERR_OK) {
		error = read_queue_irqs(r, node, &q);
	}
	if (error == RM_ERR_OK) {
		wish->queue[wish->queue_count++] = q;
		wish->end_count += ends;
	}
	return error;
}

/* Which end is the VM's. */
static enum rm_error read_queue(struct reader *r, int node)
{
	bool sends = has(r, node, "is-sender");

	if (sends == has(r, node, "is-receiver")) {
		return refuse(r, node, "is-sender", "this or is-receiver");
	}
	return add_queue(r, node, sends, !sends);
}

static enum rm_error read_pair(struct reader *r, int node)
{
	return add_queue(r, node, true, true);
}

static enum rm_error read_watchdog(struct reader *r, int node)
{
	(void)node;
	r->wish->has_watchdog = true;
	return RM_ERR_OK;
}

/* Every VM has it, asked for or not. */
static enum rm_error read_rpc(struct reader *r, int node)
{
	(void)r, (void)node;
	return RM_ERR_OK;
}

static const struct {
	const char *name;
	enum rm_error (*read)(struct reader *r, int node);
} types[] = {
	{ "doorbell", read_bell },       { "doorbell-source", read_source },
	{ "message-queue", read_queue }, { "message-queue-pair", read_pair },
	{ "rm-rpc", read_rpc },          { "watchdog", read_watchdog },
};

static enum rm_error read_device(struct reader *r, int node)
{
	static const char name[] = "vdevice-type";
	int len;
	const char *type = fdt_getprop(r->fdt, node, name, &len);

	if (type == NULL || len < 1 || type[len - 1] != '\0') {
		return refuse(r, node, name, "it has none");
	}
	for (unsigned i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i].name) == 0) {
			return types[i].read(r, node);
		}
	}
	refuse(r, node, name, "nobody makes these: passed over");
	return RM_ERR_OK;
}

/* The lowest that is free, behind those of the queues to us. 0: none */
static uint32_t choose(struct reader *r)
{
	for (uint32_t spi = OBJECTS_RX_INTID + 1 - SPI_FIRST;
	     spi < OBJECTS_SPIS; spi++) {
		if (claim(r, spi)) {
			return spi + SPI_FIRST;
		}
	}
	return 0;
}

/* Behind all that was said: nobody's choice takes what another one names. */
static enum rm_error choose_irqs(struct reader *r)
{
	for (unsigned i = 0; i < r->wish->queue_count; i++) {
		struct wish_queue *q = &r->wish->queue[i];

		if (q->sends && q->tx_intid == 0) {
			q->tx_intid = choose(r);
		}
		if (q->receives && q->rx_intid == 0) {
			q->rx_intid = choose(r);
		}
		if ((q->sends && q->tx_intid == 0) ||
		    (q->receives && q->rx_intid == 0)) {
			return RM_ERR_NORESOURCE;
		}
	}
	return RM_ERR_OK;
}

enum rm_error wish_devices(const void *fdt, int devices, const struct vm *vm,
                           struct wish *wish)
{
	struct reader r = { .fdt = fdt, .vm = vm, .wish = wish };
	int node;

	claim(&r, OBJECTS_TX_INTID - SPI_FIRST);
	claim(&r, OBJECTS_RX_INTID - SPI_FIRST);
	fdt_for_each_subnode(node, fdt, devices)
	{
		enum rm_error error = read_device(&r, node);

		if (error != RM_ERR_OK) {
			return error;
		}
	}
	return choose_irqs(&r);
}
