/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MMIO bus.  See mmio.h for what a guest gets.
 *
 * A trapped register access is the commonest exit of a guest that uses its
 * interrupt controller, so the way from the syndrome to the model's function
 * is short: a walk over a handful of windows, one row, one call.
 */
#include "vdev/mmio.h"

#include <arm64/sysreg.h>

#include "lib/assert.h"
#include "lib/range.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define TRACE_AUX_WRITE 0x100u /* TRACE_MMIO: beside the size */

enum err mmio_attach_sized(struct mmio_bus *bus, ipa_t base, uint64_t size,
                           const struct mmio_model *model, void *dev)
{
	uint32_t at = 0;

	if (size == 0 || !is_page_aligned(base.v | size) ||
	    !range_is_good(base.v, size)) {
		return ERR_INVAL;
	}
	for (uint32_t i = 0; i < bus->count; i++) {
		const struct mmio_window *w = &bus->window[i];

		if (range_meets(base.v, size, w->base, w->size)) {
			return ERR_EXISTS;
		}
		if (w->base < base.v) {
			at = i + 1;
		}
	}
	if (bus->count == MMIO_WINDOWS_MAX) {
		return ERR_NOMEM;
	}

	for (uint32_t i = bus->count; i > at; i--) {
		bus->window[i] = bus->window[i - 1];
	}
	bus->window[at] = (struct mmio_window){ base.v, size, model, dev };
	bus->count++;
	return ERR_OK;
}

enum err mmio_attach(struct mmio_bus *bus, ipa_t base,
                     const struct mmio_model *model, void *dev)
{
	return mmio_attach_sized(bus, base, model->size, model, dev);
}

void mmio_detach(struct mmio_bus *bus, ipa_t base)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < bus->count; i++) {
		if (bus->window[i].base != base.v) {
			bus->window[kept++] = bus->window[i];
		}
	}
	bus->count = kept;
}

static const struct mmio_window *find_window(const struct mmio_bus *bus,
                                             uint64_t at)
{
	for (uint32_t i = 0; i < bus->count; i++) {
		if (at - bus->window[i].base < bus->window[i].size) {
			return &bus->window[i];
		}
	}
	return NULL;
}

/* The row that covers @offset, by bisection; NULL: there is none. */
static const struct mmio_reg *search_row(const struct mmio_model *model,
                                         uint32_t offset)
{
	size_t low = 0;
	size_t high = model->reg_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct mmio_reg *row = &model->regs[middle];

		if (offset < row->offset) {
			high = middle;
		} else if (offset - row->offset < row->len) {
			return row;
		} else {
			low = middle + 1;
		}
	}
	return NULL;
}

static inline const struct mmio_reg *find_row(const struct mmio_window *w,
                                              uint32_t offset)
{
	if (w->model->decode != NULL) {
		return w->model->decode(w->dev, offset);
	}
	return search_row(w->model, offset);
}

/* Bits of an access of @size bytes. */
static inline uint64_t width_mask(uint32_t size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

bool mmio_decode(uint64_t esr, struct mmio_op *op)
{
	if ((esr & (DABT_ISV | DABT_CM | DABT_S1PTW)) != DABT_ISV) {
		return false;
	}
	op->size = (uint8_t)(1u << field_get(DABT_SAS, esr));
	op->rt = (uint8_t)field_get(DABT_SRT, esr);
	op->is_write = (esr & DABT_WNR) != 0;
	op->is_signed = (esr & DABT_SSE) != 0;
	op->is_64 = (esr & DABT_SF) != 0;
	return true;
}

uint64_t mmio_extend(struct mmio_op op, uint64_t value)
{
	value &= width_mask(op.size);
	if (op.is_signed) {
		uint64_t sign = 1ull << (8 * op.size - 1);

		value = (value ^ sign) - sign;
	}
	/* A write to a W register clears the upper half of its X register. */
	return op.is_64 ? value : (uint32_t)value;
}

static uint64_t do_read(const struct mmio_window *w, struct vcpu *by,
                        struct mmio_access at)
{
	const struct mmio_reg *row = find_row(w, at.offset);

	if (row == NULL || !(row->widths & at.size) || row->read == NULL) {
		return 0;
	}
	return row->read(w->dev, by, at);
}

static void do_write(const struct mmio_window *w, struct vcpu *by,
                     struct mmio_access at, uint64_t value)
{
	const struct mmio_reg *row = find_row(w, at.offset);

	if (row != NULL && (row->widths & at.size) && row->write != NULL) {
		row->write(w->dev, by, at, value);
	}
}

/* A load or store that no device can answer. Out of line: it is rare. */
static __attribute__((noinline)) void refuse(struct vcpu *v, uint64_t esr,
                                             uint64_t far, ipa_t at)
{
	if (esr & DABT_CM) {
		vcpu_skip_instruction(v);
		return;
	}
	if (!(esr & DABT_ISV)) {
		trace_vcpu(TRACE_NO_SYNDROME, v, esr & DABT_DFSC, at.v,
		           v->regs.pc);
	}
	vcpu_inject_abort(v, esr, far); /* writes an ABORT record */
}

bool mmio_handle_abort(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at)
{
	const struct mmio_window *w = find_window(v->vm->bus, at.v);
	struct mmio_access access;
	struct mmio_op op;
	uint64_t value;

	if (w == NULL) {
		return false;
	}
	if (!mmio_decode(esr, &op) || (at.v & (op.size - 1u)) != 0) {
		refuse(v, esr, far, at);
		return true;
	}
	access.offset = (uint32_t)(at.v - w->base);
	access.size = op.size;

	if (op.is_write) {
		value = op.rt == 31 ? 0 : v->regs.x[op.rt];
		value &= width_mask(op.size);
		do_write(w, v, access, value);
		trace_vcpu(TRACE_MMIO, v, TRACE_AUX_WRITE | op.size, at.v,
		           value);
	} else {
		value = mmio_extend(op, do_read(w, v, access));
		if (op.rt != 31) {
			v->regs.x[op.rt] = value;
		}
		trace_vcpu(TRACE_MMIO, v, op.size, at.v, value);
	}
	vcpu_skip_instruction(v);
	return true;
}
