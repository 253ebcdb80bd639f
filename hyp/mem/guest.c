/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copying from and to guests, page by page.
 *
 * The lock of the table is held over each page's copy: whoever takes a page
 * away from the VM waits until the copy is over, and afterwards the lookup
 * fails.
 */
#include "mem/guest.h"

#include "arch/sysreg.h"
#include "lib/mutant.h"
#include "lib/string.h"

#define PAR_F  BIT(0)
#define PAR_PA FIELD(47, 12)

enum direction { FROM_GUEST = S2_R, TO_GUEST = S2_W };

/* At most to the end of the guest's page. */
static size_t piece_of(uint64_t at, size_t len)
{
	size_t room = PAGE_SIZE - (at & (PAGE_SIZE - 1));

	return len < room ? len : room;
}

static enum err copy_piece_locked(struct stage2 *s2, void *here, ipa_t there,
                                  size_t len, enum direction dir)
{
	struct stage2_entry entry;

	if (!stage2_lookup_locked(s2, there, &entry) ||
	    ((entry.attr & dir) == 0 && !mutant(copy_ignores_rights)) ||
	    (entry.attr & S2_MEM_MASK) < S2_MEM(4) ||
	    !phys_is_ram(entry.pa, len)) {
		return ERR_ADDR;
	}
	if (dir == FROM_GUEST) {
		memcpy(here, phys_to_virt(entry.pa), len);
	} else {
		memcpy(phys_to_virt(entry.pa), here, len);
	}
	return ERR_OK;
}

static enum err copy(struct stage2 *s2, char *here, ipa_t there, size_t len,
                     enum direction dir)
{
	while (len > 0) {
		size_t piece = piece_of(there.v, len);
		enum err err;

		spin_lock(&s2->lock);
		err = copy_piece_locked(s2, here, there, piece, dir);
		spin_unlock(&s2->lock);
		TRY(err);
		here += piece;
		there = ipa_add(there, piece);
		len -= piece;
	}
	return ERR_OK;
}

enum err guest_copy_from(struct stage2 *s2, void *to, ipa_t from, size_t len)
{
	return copy(s2, to, from, len, FROM_GUEST);
}

enum err guest_copy_to(struct stage2 *s2, ipa_t to, const void *from,
                       size_t len)
{
	/* copy() reads @here in this direction. */
	return copy(s2, (char *)(uint64_t)from, to, len, TO_GUEST);
}

/*
 * Stage 1 of the loaded vCPU, as EL1. The guest's own PAR_EL1 is kept.
 * Spec: Arm ARM, "Address translation instructions".
 */
static bool walk_stage1(uint64_t va, enum direction dir, ipa_t *found)
{
	uint64_t guest_par = sysreg_read(PAR_EL1);
	uint64_t par;

	if (dir == FROM_GUEST) {
		__asm__ volatile("at s1e1r, %0" : : "r"(va) : "memory");
	} else {
		__asm__ volatile("at s1e1w, %0" : : "r"(va) : "memory");
	}
	isb(); /* PAR_EL1 has the result */
	par = sysreg_read(PAR_EL1);
	sysreg_write(PAR_EL1, guest_par);
	*found = ipa((par & PAR_PA) | (va & (PAGE_SIZE - 1)));
	return (par & PAR_F) == 0;
}

static enum err copy_va(struct stage2 *s2, char *here, uint64_t there,
                        size_t len, enum direction dir)
{
	while (len > 0) {
		size_t piece = piece_of(there, len);
		enum err err = ERR_ADDR;
		ipa_t at;

		spin_lock(&s2->lock);
		if (walk_stage1(there, dir, &at)) {
			err = copy_piece_locked(s2, here, at, piece, dir);
		}
		spin_unlock(&s2->lock);
		TRY(err);
		here += piece;
		there += piece;
		len -= piece;
	}
	return ERR_OK;
}

enum err guest_copy_from_va(struct stage2 *s2, void *to, uint64_t from_va,
                            size_t len)
{
	return copy_va(s2, to, from_va, len, FROM_GUEST);
}

enum err guest_copy_to_va(struct stage2 *s2, uint64_t to_va, const void *from,
                          size_t len)
{
	return copy_va(s2, (char *)(uint64_t)from, to_va, len, TO_GUEST);
}
