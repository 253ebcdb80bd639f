/* SPDX-License-Identifier: BSD-2-Clause */
#include "ipc/doorbell.h"

#include "lib/mutant.h"

/*
 * Bring the interrupt in line with the flags. Asserting it clears what the ack
 * mask covers: that must not lower it again, the receiver has yet to see it.
 */
static void update_locked(struct doorbell *db, bool is_event)
{
	bool is_high = (db->flags & db->enabled) != 0;

	if (is_high && !mutant(doorbell_no_virq)) {
		virq_set(&db->virq, true, is_event);
		if (db->ack != 0) {
			db->flags &= ~db->ack;
			if ((db->flags & db->enabled) == 0) {
				/* Its one event has been latched. */
				virq_set(&db->virq, false, false);
				virq_pulse(&db->virq);
			}
		}
	} else {
		virq_set(&db->virq, false, is_event);
	}
}

static inline uint64_t look(const struct doorbell *db)
{
	return *(const volatile uint64_t *)&db->flags;
}

uint64_t doorbell_send(struct doorbell *db, uint64_t flags)
{
	uint64_t before = mutant(doorbell_races) ? look(db) : 0;

	spin_lock(&db->lock);
	if (!mutant(doorbell_races)) {
		before = db->flags;
	}
	db->flags = before | flags;
	update_locked(db, true);
	spin_unlock(&db->lock);
	return before;
}

uint64_t doorbell_receive(struct doorbell *db, uint64_t flags)
{
	uint64_t before;

	spin_lock(&db->lock);
	before = db->flags;
	db->flags &= mutant(doorbell_never_clears) ? ~UINT64_C(0) : ~flags;
	if ((db->flags & db->enabled) == 0 || mutant(doorbell_lowers_early)) {
		virq_set(&db->virq, false, false);
	}
	spin_unlock(&db->lock);
	return before;
}

static void clear_locked(struct doorbell *db)
{
	db->flags = 0;
	db->enabled = ~UINT64_C(0);
	db->ack = 0;
	virq_set(&db->virq, false, false);
}

void doorbell_reset(struct doorbell *db)
{
	spin_lock(&db->lock);
	clear_locked(db);
	spin_unlock(&db->lock);
}

void doorbell_mask(struct doorbell *db, uint64_t enabled, uint64_t ack)
{
	bool was_high;

	spin_lock(&db->lock);
	was_high = (db->flags & db->enabled) != 0;
	db->enabled = enabled;
	db->ack = ack;
	update_locked(db, !was_high && (db->flags & enabled) != 0);
	spin_unlock(&db->lock);
}

static uint64_t flags_left; /* of one that is gone: for a seeded fault */

static enum err init_doorbell(struct object *obj)
{
	struct doorbell *db = (struct doorbell *)obj;

	virq_source_init(&db->virq, &db->lock);
	db->enabled = ~UINT64_C(0);
	db->flags = mutant(doorbell_kept) ? flags_left : 0;
	return ERR_OK;
}

static void destroy_doorbell(struct object *obj)
{
	struct doorbell *db = (struct doorbell *)obj;

	if (mutant(doorbell_kept)) {
		flags_left = db->flags;
	}
	vic_unbind(&db->virq);
}

const struct obj_ops doorbell_ops = {
	.name = "doorbell",
	.size = sizeof(struct doorbell),
	.rights = DOORBELL_MAY_SEND | DOORBELL_MAY_RECEIVE | DOORBELL_MAY_BIND |
	          OBJ_MAY_ACTIVATE,
	.init = init_doorbell,
	.destroy = destroy_doorbell,
};
