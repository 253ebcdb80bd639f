/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MMIO bus: from a stage-2 data abort to the function of one register.
 *
 * Every VM has one bus, an ascending array of windows that do not overlap.
 * The bus checks the syndrome, alignment, bounds and width, extends values,
 * writes the trace record and moves the PC on; a device model only states
 * facts: which registers it has, how wide each may be accessed, and what a
 * read or a write means.
 *
 * What a guest gets:
 *
 *   register, width allowed        the model's function
 *   register, width not allowed    reads as zero, write ignored
 *   no register at that offset     reads as zero, write ignored
 *   unaligned, or over the end     synchronous external abort
 *   no valid syndrome (ISV = 0)    synchronous external abort, and a
 *                                  NO_SYNDROME record in the trace
 *   cache maintenance              nothing: a device is never cached
 *   no window at that address      not ours: the caller decides
 */
#ifndef VDEV_MMIO_H
#define VDEV_MMIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <arm64/sysreg.h>

#include "arch/sysreg.h"
#include "lib/err.h"
#include "mem/phys.h"

struct vcpu;

/* Widths of an access: the number of bytes is the bit. */
#define W8  1u
#define W16 2u
#define W32 4u
#define W64 8u

/* One access, aligned and inside its window. Fits one register. */
struct mmio_access {
	uint32_t offset; /* bytes from the window's base */
	uint32_t size;   /* bytes: 1, 2, 4 or 8 */
};

/**
 * Read or write a register.
 *
 * @dev  what mmio_attach was given
 * @by   the vCPU that executes the load or store
 * @at   aligned to its size, its size in the row's widths
 * @return  the value, zero-extended; bits beyond at.size are ignored
 *
 * The value of a write comes cut to at.size.  A byte access to a row that
 * covers many bytes arrives with the byte's own offset, so a model that allows
 * it must pick the lane itself.
 * Context: the exit of @by, IRQs masked, no lock held.
 */
typedef uint64_t mmio_read_fn(void *dev, struct vcpu *by,
                              struct mmio_access at);
typedef void mmio_write_fn(void *dev, struct vcpu *by, struct mmio_access at,
                           uint64_t value);

/* One row per register (or run of equal registers), ascending by offset. */
struct mmio_reg {
	uint32_t offset;
	uint32_t len;         /* bytes covered */
	uint32_t widths;      /* sum of W*; others read 0, write nothing */
	mmio_read_fn *read;   /* NULL: reads as zero */
	mmio_write_fn *write; /* NULL: write ignored */
	const char *name;
};

/*
 * A model finds the row of an offset in one of two ways.  Few registers: list
 * them in `regs`, the bus searches.  Many registers, or a cost that counts:
 * `decode` returns the row itself (or NULL: no register there) by arithmetic
 * of its own, and `regs` is used by nobody but the tests.
 */
struct mmio_model {
	const char *name;
	uint32_t size; /* bytes of guest-physical space, whole pages */
	const struct mmio_reg *regs;
	size_t reg_count;
	const struct mmio_reg *(*decode)(void *dev, uint32_t offset);
};

/* One place on a bus. */
struct mmio_window {
	uint64_t base; /* IPA */
	uint64_t size; /* bytes */
	const struct mmio_model *model;
	void *dev;
};

#define MMIO_WINDOWS_MAX 16

/* Zeroed memory is an empty bus: a window of no size ends the array. */
struct mmio_bus {
	uint32_t count;
	struct mmio_window window[MMIO_WINDOWS_MAX + 1]; /* ascending */
};

/**
 * Attach @dev at @base; it is found from then on.
 *
 * @base    page aligned
 * @size    bytes; 0: the model's own. A model whose frames repeat (GICR) may
 *          be given room for all of them.
 * @return  ERR_EXISTS  the range meets a window that is already there
 *          ERR_INVAL   not page aligned, empty, or wraps
 *          ERR_NOMEM   MMIO_WINDOWS_MAX windows are there already
 * Context: no vCPU of the VM runs yet; there is no lock.
 */
MUST_USE enum err mmio_attach_sized(struct mmio_bus *bus, ipa_t base,
                                    uint64_t size,
                                    const struct mmio_model *model, void *dev);

/** As mmio_attach_sized, with the size of the model. */
MUST_USE enum err mmio_attach(struct mmio_bus *bus, ipa_t base,
                              const struct mmio_model *model, void *dev);

/** Take away what mmio_attach put at @base. Context: as mmio_attach. */
void mmio_detach(struct mmio_bus *bus, ipa_t base);

/*
 * What the trap handler adds to a syndrome, where the hardware has nothing: the
 * guest's data are big-endian at the moment. A device's registers are
 * little-endian, so the bytes of a value change places on the way.
 */
#define MMIO_SWAPPED BIT(63)

/* What a syndrome says about a load or store. */
struct mmio_op {
	uint8_t size; /* bytes: 1, 2, 4 or 8 */
	uint8_t rt;   /* 31: the zero register */
	bool is_write;
};

/**
 * Decode the syndrome of a data abort from a lower EL.
 *
 * @esr     ESR_EL2
 * @return  false when it does not describe one load or store of one general
 *          register: ISV = 0, cache maintenance, a stage-1 walk.
 * Spec: Arm ARM, "ISS encoding for an exception from a Data Abort".
 */
bool mmio_decode(uint64_t esr, struct mmio_op *op);

/** What the load with syndrome @esr leaves when the device gave @value. */
uint64_t mmio_extend(uint64_t esr, uint64_t value);

/** What the store with syndrome @esr writes, cut to its size. */
uint64_t mmio_store_value(const struct vcpu *v, uint64_t esr);

/** The window that holds @at, or NULL. */
static inline const struct mmio_window *mmio_find(const struct mmio_bus *bus,
                                                  ipa_t at)
{
	const struct mmio_window *w = bus->window;

	while (at.v - w->base >= w->size) {
		if (w->size == 0) {
			return NULL;
		}
		w++;
	}
	return w;
}

/*
 * The load or store that @v's stage-2 data abort stands for; or no such thing,
 * because the syndrome says nothing.  Words have functions of their own: nearly
 * all registers are, and with a constant size there is little left to compute.
 *
 * @esr  ESR_EL2, perhaps with MMIO_SWAPPED; not of a stage-1 walk
 * @far  FAR_EL2
 * @at   the faulting IPA, with the offset inside the page
 * @w    what mmio_find found there
 * Each is done, or an abort was injected: resume @v as it is.
 * Context: the exit of @v, IRQs masked, no lock held.
 */
void mmio_load_word(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
                    const struct mmio_window *w);
void mmio_load(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
               const struct mmio_window *w);
void mmio_store_word(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
                     const struct mmio_window *w);
void mmio_store(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at,
                const struct mmio_window *w);
void mmio_refuse(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at);

/*
 * What ESR_EL2 has under MMIO_WORD_MASK for a load or store of a word that one
 * of the two above carries out.
 */
#define MMIO_WORD_MASK (DABT_ISV | DABT_SAS | DABT_SSE | DABT_S1PTW | FSC_TYPE)
#define MMIO_WORD      (DABT_ISV | field_put(DABT_SAS, 2) | FSC_TRANSLATION)

/* Is EL0 or EL1 big-endian? Which of them the guest is at, the long way asks. */
static inline bool mmio_may_be_swapped(void)
{
	return (sysreg_read(SCTLR_EL1) & (SCTLR_EL1_EE | SCTLR_EL1_E0E)) != 0;
}

/**
 * The short way: a word, with its syndrome, at @at.
 * @return false: it is something else, or there is no window; nothing happened.
 */
static inline bool mmio_handle_word(struct vcpu *v, const struct mmio_bus *bus,
                                    uint64_t esr, uint64_t far, ipa_t at)
{
	const struct mmio_window *w;

	if ((esr & MMIO_WORD_MASK) != MMIO_WORD || mmio_may_be_swapped()) {
		return false;
	}
	w = mmio_find(bus, at);
	if (w == NULL) {
		return false;
	}
	if (esr & DABT_WNR) {
		mmio_store_word(v, esr, far, at, w);
	} else {
		mmio_load_word(v, esr, far, at, w);
	}
	return true;
}

/**
 * Find the window and carry out, or refuse, whatever @esr says.
 * @return false: no window there; nothing happened.
 */
bool mmio_handle_abort(struct vcpu *v, uint64_t esr, uint64_t far, ipa_t at);

#endif
