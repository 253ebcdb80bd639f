/* SPDX-License-Identifier: BSD-2-Clause */
#include "dtb_put.h"

#include <abi/rm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPI_FIRST 32
#define IRQ_SPI   0
#define IRQ_EDGE  1
#define IRQ_LEVEL 4

#define HIGH(v) ((uint32_t)((v) >> 32))
#define LOW(v)  ((uint32_t)(v))

/* Names that are put more than once or looked for. */
static const char compatible[] = "compatible";
static const char address_cells[] = "#address-cells";
static const char size_cells[] = "#size-cells";
static const char ranges[] = "ranges";
static const char reg[] = "reg";
static const char interrupts[] = "interrupts";
static const char label[] = "qcom,label";
static const char plain_label[] = "label";
static const char is_sender[] = "is-sender";
static const char is_receiver[] = "is-receiver";
static const char one_size[] = "tx_message_size";
static const char one_depth[] = "tx_queue_depth";
static const char full_duplex[] = "qcom,is-full-duplex";
static const char tx_size[] = "qcom,tx-message-size";
static const char rx_size[] = "qcom,rx-message-size";
static const char tx_depth[] = "qcom,tx-queue-depth";
static const char rx_depth[] = "qcom,rx-queue-depth";
static const char device_type[] = "device_type";
static const char bootargs[] = "bootargs";
static const char kaslr_seed[] = "kaslr-seed";
static const char rng_seed[] = "rng-seed";

/* Interrupts of doorbells and queues are shared ones. */
static uint32_t spi_of(uint32_t intid)
{
	return intid - SPI_FIRST;
}

static void put_rm(struct pen *pen, const struct dtb_facts *facts)
{
	if (facts->rm_rx_cap == 0) {
		return;
	}
	pen_open(pen, "qcom,resource-manager-rpc");
	PEN_TEXT(pen, compatible,
	         "qcom,resource-manager-1-0\0qcom,resource-manager\0"
	         "gunyah-resource-manager\0qcom,gunyah-message-queue\0"
	         "qcom,gunyah-capability");
	PEN_CELLS(pen, reg, HIGH(facts->rm_tx_cap), LOW(facts->rm_tx_cap),
	          HIGH(facts->rm_rx_cap), LOW(facts->rm_rx_cap));
	PEN_CELLS(pen, interrupts, IRQ_SPI, spi_of(facts->rm_tx_intid),
	          IRQ_EDGE, IRQ_SPI, spi_of(facts->rm_rx_intid), IRQ_EDGE);
	pen_put(pen, full_duplex, NULL, 0);
	PEN_CELLS(pen, "qcom,free-irqs-start", 0);
	PEN_CELLS(pen, tx_size, RM_PACKET_MAX);
	PEN_CELLS(pen, rx_size, RM_PACKET_MAX);
	PEN_CELLS(pen, tx_depth, facts->rm_depth);
	PEN_CELLS(pen, rx_depth, facts->rm_depth);
	pen_close(pen);
}

static void put_bell(struct pen *pen, const struct dtb_bell *bell)
{
	bool sends = bell->intid == 0;
	char name[48];

	snprintf(name, sizeof(name), "%s-%lx", sends ? "bell-tx" : "bell-rx",
	         (unsigned long)bell->label);
	pen_open(pen, name);
	if (sends) {
		PEN_TEXT(pen, compatible,
		         "qcom,gunyah-doorbell-source\0qcom,gunyah-capability");
	} else {
		PEN_TEXT(pen, compatible,
		         "qcom,gunyah-doorbell\0qcom,gunyah-capability");
		PEN_CELLS(pen, interrupts, IRQ_SPI, spi_of(bell->intid),
		          IRQ_EDGE);
	}
	PEN_CELLS(pen, reg, HIGH(bell->cap), LOW(bell->cap));
	PEN_CELLS(pen, label, bell->label);
	pen_close(pen);
}

/* Both directions in one node, the VM's sending end first. */
static void put_pair(struct pen *pen, const struct dtb_queue *q)
{
	PEN_CELLS(pen, reg, HIGH(q->tx_cap), LOW(q->tx_cap), HIGH(q->rx_cap),
	          LOW(q->rx_cap));
	PEN_CELLS(pen, interrupts, IRQ_SPI, spi_of(q->tx_intid), IRQ_EDGE,
	          IRQ_SPI, spi_of(q->rx_intid), IRQ_EDGE);
	pen_put(pen, full_duplex, NULL, 0);
	PEN_CELLS(pen, tx_size, q->message_size);
	PEN_CELLS(pen, rx_size, q->message_size);
	PEN_CELLS(pen, tx_depth, q->depth);
	PEN_CELLS(pen, rx_depth, q->depth);
}

/* Size and depth are called tx_ at both ends, as Gunyah has it. */
static void put_one_way(struct pen *pen, const struct dtb_queue *q)
{
	bool sends = q->tx_cap != 0;
	uint64_t cap = sends ? q->tx_cap : q->rx_cap;

	PEN_CELLS(pen, reg, HIGH(cap), LOW(cap));
	PEN_CELLS(pen, interrupts, IRQ_SPI,
	          spi_of(sends ? q->tx_intid : q->rx_intid), IRQ_EDGE);
	pen_put(pen, sends ? is_sender : is_receiver, NULL, 0);
	PEN_CELLS(pen, one_size, q->message_size);
	PEN_CELLS(pen, one_depth, q->depth);
}

static void put_queue(struct pen *pen, const struct dtb_queue *q)
{
	bool is_pair = q->tx_cap != 0 && q->rx_cap != 0;
	char name[64];

	snprintf(name, sizeof(name), "qcom,message-queue%s@%llx",
	         is_pair ? "-pair" : "",
	         (unsigned long long)(q->tx_cap != 0 ? q->tx_cap : q->rx_cap));
	pen_open(pen, name);
	PEN_TEXT(pen, compatible,
	         "qcom,gunyah-message-queue\0qcom,gunyah-capability");
	if (is_pair) {
		put_pair(pen, q);
	} else {
		put_one_way(pen, q);
	}
	PEN_CELLS(pen, label, q->label);
	PEN_CELLS(pen, plain_label, q->label);
	pen_close(pen);
}

void dtb_put_hypervisor(struct pen *pen, const struct dtb_facts *facts)
{
	pen_open(pen, "hypervisor");
	PEN_TEXT(pen, compatible,
	         "qcom,gunyah-hypervisor-1.0\0qcom,gunyah-hypervisor\0"
	         "gunyah-hypervisor\0simple-bus");
	PEN_CELLS(pen, address_cells, 2);
	PEN_CELLS(pen, size_cells, 0);
	put_rm(pen, facts);
	for (unsigned i = 0; i < facts->bell_count; i++) {
		put_bell(pen, &facts->bell[i]);
	}
	for (unsigned i = 0; i < facts->queue_count; i++) {
		put_queue(pen, &facts->queue[i]);
	}
	pen_open(pen, "qcom,gunyah-vm");
	PEN_TEXT(pen, compatible, "qcom,gunyah-vm-id-1.0\0qcom,gunyah-vm-id");
	PEN_CELLS(pen, "qcom,vmid", facts->vmid);
	PEN_CELLS(pen, "qcom,owner-vmid", facts->owner);
	PEN_TEXT(pen, "qcom,vendor", "Touchstone");
	pen_string(pen, "qcom,image-name", facts->name);
	pen_close(pen);
	pen_close(pen);
}

/* All ranges in one /memory node, neighbours merged. */
void dtb_put_memory(struct pen *pen, const struct dtb_facts *facts)
{
	uint32_t cell[4 * DTB_RANGES_MAX];
	uint64_t base = 0, size = 0;
	size_t count = 0;
	char name[32];

	if (facts->memory_count == 0) {
		return;
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
	pen_open(pen, name);
	PEN_TEXT(pen, device_type, "memory");
	pen_cells(pen, reg, cell, count);
	pen_close(pen);
}

/* What the device is, who reads this knows: the scenario named its SPI. */
void dtb_put_devices(struct pen *pen, const struct dtb_facts *facts)
{
	for (unsigned i = 0; i < facts->device_count; i++) {
		const struct dtb_device *d = &facts->device[i];
		char name[32];

		snprintf(name, sizeof(name), "device@%lx",
		         (unsigned long)d->base);
		pen_open(pen, name);
		PEN_TEXT(pen, compatible, "touchstone,device");
		PEN_CELLS(pen, reg, HIGH(d->base), LOW(d->base), HIGH(d->size),
		          LOW(d->size));
		PEN_CELLS(pen, interrupts, IRQ_SPI, spi_of(d->intid),
		          d->is_edge ? IRQ_EDGE : IRQ_LEVEL);
		PEN_CELLS(pen, "touchstone,intid", d->physical);
		pen_close(pen);
	}
}

static void name_buffer(char name[32], const struct dtb_range *r)
{
	snprintf(name, 32, "%s@%lx", r->is_firmware ? "firmware" : "buffer",
	         (unsigned long)r->base);
}

void dtb_put_reserved(struct pen *pen)
{
	PEN_CELLS(pen, address_cells, 2);
	PEN_CELLS(pen, size_cells, 2);
	pen_put(pen, ranges, NULL, 0);
}

void dtb_put_buffers(struct pen *pen, const struct dtb_facts *facts)
{
	for (unsigned i = 0; i < facts->reserved_count; i++) {
		const struct dtb_range *r = &facts->reserved[i];
		char name[32];

		name_buffer(name, r);
		pen_open(pen, name);
		pen_put(pen, "no-map", NULL, 0);
		PEN_CELLS(pen, reg, HIGH(r->base), LOW(r->base), HIGH(r->size),
		          LOW(r->size));
		PEN_CELLS(pen, "qcom,rm-mem-handle", r->handle);
		if (!r->is_firmware) {
			PEN_CELLS(pen, label, r->label);
			PEN_CELLS(pen, "peers", r->peer);
		}
		pen_close(pen);
	}
}

bool dtb_has_seed(const struct dtb_facts *facts)
{
	return (facts->seed[0] | facts->seed[1] | facts->seed[2]) != 0;
}

/* @old  the arguments that are there; NULL: none */
void dtb_put_chosen(struct pen *pen, const struct dtb_facts *facts,
                    const char *old)
{
	const char *more = facts->more_bootargs;
	char *args;

	if (more != NULL) {
		old = old != NULL ? old : "";
		args = malloc(strlen(old) + strlen(more) + 2);
		if (args == NULL) {
			pen->is_full = true;
			return;
		}
		sprintf(args, "%s%s%s", old, *old != '\0' ? " " : "", more);
		pen_string(pen, bootargs, args);
		free(args);
	}
	if (dtb_has_seed(facts)) {
		pen_put(pen, kaslr_seed, &facts->seed[0], 8);
		pen_put(pen, rng_seed, &facts->seed[1], 16);
	}
}

bool dtb_is_buffer(const struct dtb_facts *facts, const char *name)
{
	char ours[32];

	for (unsigned i = 0; i < facts->reserved_count; i++) {
		name_buffer(ours, &facts->reserved[i]);
		if (strcmp(name, ours) == 0) {
			return true;
		}
	}
	return false;
}
