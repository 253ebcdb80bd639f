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
#include "lib/mutant.h"
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
	for (uint32_t i = kept; i < bus->count; i++) {
		bus->window[i] = (struct mmio_window){ 0 };
	}
	bus->count = kept;
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

static inline uint32_t access_size(uint64_t esr)
{
	return 1u << field_get(DABT_SAS, esr);
}

static inline uint64_t cut(uint64_t value, uint32_t size)
{
	unsigned shift = (0 - 8 * size) & 63; /* 56, 48, 32 or 0 */

	return value << shift >> shift;
}

/* Cut to the access's size, its bytes in the order that the other side has. */
static uint64_t reorder(uint64_t esr, uint64_t value)
{
	uint32_t size = access_size(esr);

	if ((esr & MMIO_SWAPPED) && !mutant(mmio_order_lost)) {
		return __builtin_bswap64(value) >> (64 - 8 * size);
	}
	return cut(value, size);
}

uint64_t mmio_extend(uint64_t esr, uint64_t value)
{
	uint64_t sign;

	value = reorder(esr, value);
	if ((esr & DABT_SSE) == 0 || mutant(mmio_sign_lost)) {
		return value;
	}
	sign = 1ull << (8 * access_size(esr) - 1);
	value = (value ^ sign) - sign;
	/* A write to a W register clears the upper half of its X register. */
	return esr & DABT_SF ? value : (uint32_t)value;
}

bool mmio_decode(uint64_t esr, struct mmio_op *op)
{
	if (!(esr & DABT_ISV) || (esr & (DABT_CM | DABT_S1PTW))) {
		return false;
	}
	op->size = (uint8_t)access_size(esr);
	op->rt = (uint8_t)field_get(DABT_SRT, esr);
	op->is_write = (esr & DABT_WNR) != 0;
	return true;
}

static inline bool is_aligned(ipa_t at, uint32_t size)
{
	return (at.v & (size - 1)) == 0;
}

void mmio_refuse(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at)
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

/* In one register, as it is passed on; member by member it would go through
 * the stack. */
static inline struct mmio_access access_at(uint32_t offset, uint32_t size)
{
	union {
		uint64_t word;
		struct mmio_access access;
	} both = { offset | (uint64_t)size << 32 };

	return both.access;
}

static inline __attribute__((always_inline)) void
load(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
     const struct mmio_window *w, uint32_t size)
{
	uint32_t offset = (uint32_t)(at.v - w->base);
	unsigned rt = (unsigned)field_get(DABT_SRT, esr);
	const struct mmio_reg *row;
	uint64_t value = 0;

	if (!is_aligned(at, size)) {
		mmio_refuse(v, esr, far, at);
		return;
	}
	row = find_row(w, offset);
	if (row != NULL && (row->widths & size) && row->read != NULL) {
		value = row->read(w->dev, v, access_at(offset, size));
	}
	value = __builtin_constant_p(size) ? (uint32_t)value
	                                   : mmio_extend(esr, value);
	if (rt != 31) {
		v->regs.x[rt] = value;
	}
	trace_vcpu(TRACE_MMIO, v, size, at.v, value);
	vcpu_skip_instruction(v);
}

static inline uint64_t register_value(const struct vcpu *v, unsigned rt)
{
	if (mutant(mmio_xzr_garbage) && rt == 31) {
		return v->regs.x[30];
	}
	return rt == 31 ? 0 : v->regs.x[rt];
}

uint64_t mmio_store_value(const struct vcpu *v, uint64_t esr)
{
	return reorder(esr,
	               register_value(v, (unsigned)field_get(DABT_SRT, esr)));
}

static inline __attribute__((always_inline)) void
store(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
      const struct mmio_window *w, uint32_t size)
{
	uint32_t offset = (uint32_t)(at.v - w->base);
	unsigned rt = (unsigned)field_get(DABT_SRT, esr);
	uint64_t value = __builtin_constant_p(size)
	                         ? (uint32_t)register_value(v, rt)
	                         : mmio_store_value(v, esr);
	const struct mmio_reg *row;

	if (!is_aligned(at, size)) {
		mmio_refuse(v, esr, far, at);
		return;
	}
	trace_vcpu(TRACE_MMIO, v, TRACE_AUX_WRITE | size, at.v, value);
	vcpu_skip_instruction(v);
	row = find_row(w, offset);
	if (row != NULL && (row->widths & size) && row->write != NULL) {
		row->write(w->dev, v, access_at(offset, size), value);
	}
}

void mmio_load_word(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
                    const struct mmio_window *w)
{
	load(v, esr, far, at, w, sizeof(uint32_t));
}

void mmio_load(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
               const struct mmio_window *w)
{
	load(v, esr, far, at, w, access_size(esr));
}

void mmio_store_word(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
                     const struct mmio_window *w)
{
	store(v, esr, far, at, w, sizeof(uint32_t));
}

void mmio_store(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
                const struct mmio_window *w)
{
	store(v, esr, far, at, w, access_size(esr));
}

bool mmio_handle_abort(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at)
{
	const struct mmio_window *w = mmio_find(v->vm->bus, at);

	if (w == NULL) {
		return false;
	}
	if (!(esr & DABT_ISV)) {
		mmio_refuse(v, esr, far, at);
	} else if (esr & DABT_WNR) {
		mmio_store(v, esr, far, at, w);
	} else {
		mmio_load(v, esr, far, at, w);
	}
	return true;
}
