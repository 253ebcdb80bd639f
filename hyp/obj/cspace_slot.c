/* SPDX-License-Identifier: BSD-2-Clause */
/* The slots of a capability space: found, taken, given up; see cspace.h. */
#include "obj/cspace_slot.h"

#include "lib/mutant.h"
#include "lib/random.h"
#include "obj/partition.h"

#define SLOT_BITS 16
#define SLOT_MASK 0xffffu
#define TAG_MASK  (~(uint64_t)SLOT_MASK)

static uint64_t caps_total; /* configuration lock */

uint64_t cspace_caps_total(void)
{
	return caps_total;
}

/*
 * Within one space the scrambled number is unique per slot, and the tag hides
 * the order in which slots were handed out.
 */
uint64_t cap_id(const struct cspace *cs, const struct cap *cap)
{
	uint64_t mix = (cap->tag >> SLOT_BITS) ^ cs->scramble;

	return cap->tag | ((cap->slot ^ mix) & SLOT_MASK);
}

/* The slot that @id names, in whatever state, or NULL. */
struct cap *cap_find_locked(struct cspace *cs, uint64_t id)
{
	uint64_t mix = (id >> SLOT_BITS) ^ cs->scramble;
	uint32_t slot = (uint32_t)(id ^ mix) & SLOT_MASK;
	struct cap *cap;

	if (slot >= CSPACE_CAPS_MAX ||
	    cs->pages[slot / CSPACE_SLOTS_PER_PAGE].slots == NULL) {
		return NULL;
	}
	cap = &cs->pages[slot / CSPACE_SLOTS_PER_PAGE]
	               .slots[slot % CSPACE_SLOTS_PER_PAGE];
	if (cap->state == CAP_FREE ||
	    (cap->tag != (id & TAG_MASK) && !mutant(stale_cap_good))) {
		return NULL;
	}
	return cap;
}

/* 48 random bits; no id may be 0 or -1, which callers use for "none". */
static uint64_t fresh_tag(struct cspace *cs)
{
	uint64_t tag;

	do {
		tag = random_next(&cs->random) & TAG_MASK;
	} while (tag == 0 || tag == TAG_MASK);
	return tag;
}

/* A page with room, the lowest; there is one, as CSPACE_CAPS_MAX says. */
static uint32_t page_with_room(const struct cspace *cs)
{
	uint32_t word = 0;

	while (cs->full[word] == UINT64_MAX) {
		word++;
	}
	return word * 64 + (uint32_t)__builtin_ctzll(~cs->full[word]);
}

enum err cap_take_locked(struct cspace *cs, struct cap **out)
{
	struct cap_page *page;
	struct cap *cap;
	uint32_t nr;
	uint32_t in;

	if (cs->caps_used >= cs->caps_max) {
		return ERR_CSPACE_FULL;
	}
	nr = page_with_room(cs);
	page = &cs->pages[nr];
	if (page->slots == NULL) {
		page->slots = partition_alloc(cs->obj.partition, PAGE_SIZE);
		if (page->slots == NULL) {
			return ERR_NOMEM;
		}
	}
	in = (uint32_t)__builtin_ctzll(~page->used);
	page->used |= UINT64_C(1) << in;
	if (page->used == UINT64_MAX) {
		cs->full[nr / 64] |= UINT64_C(1) << (nr % 64);
	}
	cs->caps_used++;
	caps_total++;
	cap = &page->slots[in];
	cap->home = cs;
	cap->slot = nr * CSPACE_SLOTS_PER_PAGE + in;
	cap->tag = fresh_tag(cs);
	*out = cap;
	return ERR_OK;
}

void cap_free_locked(struct cspace *cs, struct cap *cap)
{
	uint32_t nr = cap->slot / CSPACE_SLOTS_PER_PAGE;
	uint32_t in = cap->slot % CSPACE_SLOTS_PER_PAGE;
	struct cap_page *page = &cs->pages[nr];

	cap->state = CAP_FREE;
	cap->obj = NULL;
	cs->caps_used--;
	caps_total--;
	cs->full[nr / 64] &= ~(UINT64_C(1) << (nr % 64));
	page->used &= ~(UINT64_C(1) << in);
	if (page->used == 0) {
		partition_free(cs->obj.partition, page->slots, PAGE_SIZE);
		page->slots = NULL;
	}
}

/* Behind the first one: that is whose search for the keeper of an object ends
 * soonest (cspace_reach.c), and nobody can push it back. */
void cap_link(struct object *obj, struct cap *cap)
{
	struct cap *first = obj->caps;

	cap->prev = first;
	cap->next = first != NULL ? first->next : NULL;
	if (first == NULL) {
		obj->caps = cap;
	} else {
		first->next = cap;
	}
	if (cap->next != NULL) {
		cap->next->prev = cap;
	}
	obj->cap_count++;
	cspace_linked(obj, cap);
}

void cap_unlink(struct cap *cap)
{
	struct object *obj = cap->obj;

	cspace_unlinking(cap);
	if (cap->prev != NULL) {
		cap->prev->next = cap->next;
	} else {
		obj->caps = cap->next;
	}
	if (cap->next != NULL) {
		cap->next->prev = cap->prev;
	}
	obj->cap_count--;
}

void cap_forget_page(struct cspace *cs, struct cap_page *page)
{
	for (uint32_t i = 0; i < CSPACE_SLOTS_PER_PAGE; i++) {
		caps_total -= page->slots[i].state != CAP_FREE;
	}
	partition_free(cs->obj.partition, page->slots, PAGE_SIZE);
	page->slots = NULL;
}
