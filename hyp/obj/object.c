/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of an object, whatever its type; see the header. */
#include "obj/object.h"

#include "arch/spinlock.h"
#include "lib/assert.h"
#include "obj/partition.h"

/* Objects destroyed before others may have a turn: a long chain, each the last
 * to hold the next one, dies one by one. */
#define DEATHS_PIECE 64

static struct spinlock config;

/* The condemned. Guarded by dead_lock; looked at without it, see below. */
static struct spinlock dead_lock;
static struct object *dead;
uint32_t object_is_due;

static uint32_t object_counts[OBJ_TYPE_COUNT]; /* configuration lock */

void object_config_lock(void)
{
	spin_lock(&config);
}

void object_config_unlock(void)
{
	spin_unlock(&config);
}

void object_get(struct object *obj)
{
	uint32_t before = __atomic_fetch_add(&obj->refs, 1, __ATOMIC_RELAXED);

	ASSERT(before != 0 && before != UINT32_MAX);
}

bool object_try_get(struct object *obj)
{
	uint32_t refs = __atomic_load_n(&obj->refs, __ATOMIC_RELAXED);

	while (refs != 0) {
		if (__atomic_compare_exchange_n(&obj->refs, &refs, refs + 1,
		                                false, __ATOMIC_RELAXED,
		                                __ATOMIC_RELAXED)) {
			return true;
		}
	}
	return false;
}

static void condemn(struct object *obj)
{
	spin_lock(&dead_lock);
	obj->next_dead = dead;
	__atomic_store_n(&dead, obj, __ATOMIC_RELAXED);
	spin_unlock(&dead_lock);
}

void object_reap_again(void)
{
	/* Release: who sees it sees why. */
	__atomic_store_n(&object_is_due, 1, __ATOMIC_RELEASE);
}

void object_put(struct object *obj)
{
	/*
	 * Release: what this holder did is visible to whoever destroys;
	 * acquire: the destroyer sees what every holder did.
	 */
	uint32_t before = __atomic_fetch_sub(&obj->refs, 1, __ATOMIC_ACQ_REL);

	ASSERT(before != 0);
	if (before == 1) {
		condemn(obj);
		object_reap_again();
	}
}

bool object_is_active(const struct object *obj)
{
	return __atomic_load_n(&obj->state, __ATOMIC_ACQUIRE) == OBJ_ACTIVE;
}

enum err object_create(enum obj_type type, struct partition *p,
                       struct object **out)
{
	const struct obj_ops *ops = obj_types[type];
	struct object *obj = partition_alloc(p, ops->size);

	if (obj == NULL) {
		return ERR_NOMEM;
	}
	obj->type = (uint8_t)type;
	obj->state = OBJ_INIT;
	obj->refs = 1;
	obj->partition = p;
	if (ops->init != NULL) {
		enum err refused = ops->init(obj);

		if (refused != ERR_OK) {
			partition_free(p, obj, ops->size);
			return refused;
		}
	}
	object_get(&p->obj);
	object_counts[type]++;
	*out = obj;
	return ERR_OK;
}

enum err object_activate(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];

	if (object_is_active(obj)) {
		return ERR_STATE;
	}
	if (ops->activate != NULL) {
		TRY(ops->activate(obj));
	}
	/* Release: who sees ACTIVE sees all that activation prepared. */
	__atomic_store_n(&obj->state, OBJ_ACTIVE, __ATOMIC_RELEASE);
	return ERR_OK;
}

bool object_has_dead(void)
{
	/* A stale answer is harmless: the next hypercall asks again. */
	return __atomic_load_n(&dead, __ATOMIC_RELAXED) != NULL;
}

uint32_t object_dead_count(void)
{
	uint32_t count = 0;

	spin_lock(&dead_lock);
	for (const struct object *obj = dead; obj != NULL;
	     obj = obj->next_dead) {
		count++;
	}
	spin_unlock(&dead_lock);
	return count;
}

static struct object *take_dead(void)
{
	struct object *obj;

	spin_lock(&dead_lock);
	obj = dead;
	if (obj != NULL) {
		__atomic_store_n(&dead, obj->next_dead, __ATOMIC_RELAXED);
	}
	spin_unlock(&dead_lock);
	return obj;
}

static void destroy(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];
	struct partition *p = obj->partition;

	ASSERT(obj->caps == NULL && obj->cap_count == 0);
	if (ops->destroy != NULL) {
		ops->destroy(obj); /* may condemn others */
	}
	object_counts[obj->type]--;
	partition_free(p, obj, ops->size);
	object_put(&p->obj);
}

/* When none is left: those that only keep each other. */
static struct object *next_dead(enum obj_reap *left)
{
	const struct obj_ops *spaces = obj_types[OBJ_CSPACE];
	struct object *obj = take_dead();

	if (obj == NULL && spaces != NULL) {
		enum obj_swept swept = spaces->sweep();

		if (swept == SWEPT_MORE) {
			*left = REAP_MORE;
		} else if (swept == SWEPT_SOME) {
			obj = take_dead();
		}
	}
	return obj;
}

/* One after the other; those that have to wait go back to the list. */
static enum obj_reap reap_locked(void)
{
	enum obj_reap left = REAP_DONE;
	struct object *waiting = NULL;
	struct object *obj;
	unsigned deaths = 0;

	__atomic_store_n(&object_is_due, 0, __ATOMIC_SEQ_CST);
	while (left != REAP_MORE && (obj = next_dead(&left)) != NULL) {
		const struct obj_ops *ops = obj_types[obj->type];
		enum obj_end end =
			ops->is_quiet != NULL ? ops->is_quiet(obj) : OBJ_QUIET;

		if (end == OBJ_QUIET) {
			destroy(obj);
			if (++deaths == DEATHS_PIECE) {
				left = REAP_MORE;
			}
			continue;
		}
		if (end != OBJ_RUNS) {
			left = end == OBJ_MORE ? REAP_MORE : REAP_SOON;
		}
		obj->next_dead = waiting;
		waiting = obj;
	}
	while ((obj = waiting) != NULL) {
		waiting = obj->next_dead;
		condemn(obj);
	}
	if (left != REAP_DONE) {
		object_reap_again();
	}
	return left;
}

enum obj_reap object_reap_piece(void)
{
	enum obj_reap left;

	spin_lock(&config);
	left = reap_locked();
	spin_unlock(&config);
	return left;
}

enum obj_reap object_reap_try(void)
{
	enum obj_reap left;

	if (!spin_trylock(&config)) {
		return REAP_SOON;
	}
	left = reap_locked();
	spin_unlock(&config);
	return left;
}

void object_reap(void)
{
	while (object_reap_piece() != REAP_DONE) {
	}
}

uint32_t object_count(enum obj_type type)
{
	return object_counts[type];
}
