/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of an object, whatever its type; see the header. */
#include "obj/object.h"

#include "arch/spinlock.h"
#include "lib/assert.h"
#include "lib/mutant.h"
#include "obj/partition.h"

/* Objects destroyed before others may have a turn: a long chain, each the last
 * to hold the next one, dies one by one. */
#define DEATHS_PIECE 64

static struct spinlock config;

/* The condemned, by culprit. Guarded by dead_lock. */
static struct spinlock dead_lock;
static struct object *dead[CULPRITS_MAX];
static uint64_t dead_lists[CULPRITS_MAX / 64]; /* a bit: that is not empty */
static unsigned dead_turn;                     /* whose come next */
uint32_t object_is_due;

/* Per culprit, and of all: the dead, and what may come to be. Atomic. */
static uint32_t debts[CULPRITS_MAX];
static uint32_t all_debts;

/*
 * Who lets go: set by who holds the configuration lock.  Others read it, too,
 * and put something down to the wrong one: that costs him a little time.
 */
static uint32_t blamed; /* atomic */

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

void object_blame(unsigned culprit)
{
	__atomic_store_n(&blamed, culprit, __ATOMIC_RELAXED);
}

unsigned object_culprit(void)
{
	return __atomic_load_n(&blamed, __ATOMIC_RELAXED);
}

void object_owe(unsigned culprit, int change)
{
	(void)__atomic_fetch_add(&debts[culprit], (uint32_t)change,
	                         __ATOMIC_RELAXED);
	(void)__atomic_fetch_add(&all_debts, (uint32_t)change,
	                         __ATOMIC_SEQ_CST);
}

bool object_owes(unsigned culprit)
{
	return __atomic_load_n(&debts[culprit], __ATOMIC_RELAXED) != 0;
}

/* Into the list of its culprit. */
static void lay_out(struct object *obj)
{
	unsigned who = obj->culprit;

	spin_lock(&dead_lock);
	obj->next_dead = dead[who];
	dead[who] = obj;
	dead_lists[who / 64] |= UINT64_C(1) << (who % 64);
	spin_unlock(&dead_lock);
}

static void condemn(struct object *obj)
{
	if (obj->culprit == 0) {
		obj->culprit = (uint16_t)object_culprit();
	}
	object_owe(obj->culprit, 1);
	lay_out(obj);
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
	uint64_t any = 0;

	spin_lock(&dead_lock);
	for (unsigned i = 0; i < CULPRITS_MAX / 64; i++) {
		any |= dead_lists[i];
	}
	spin_unlock(&dead_lock);
	return any != 0;
}

uint32_t object_dead_count(void)
{
	uint32_t count = 0;

	spin_lock(&dead_lock);
	for (unsigned who = 0; who < CULPRITS_MAX; who++) {
		for (const struct object *obj = dead[who]; obj != NULL;
		     obj = obj->next_dead) {
			count++;
		}
	}
	spin_unlock(&dead_lock);
	return count;
}

/* The next list that is not empty, from dead_turn on; dead_lock held. */
static unsigned next_list(void)
{
	for (unsigned i = 0; i <= CULPRITS_MAX / 64; i++) {
		unsigned word = (dead_turn / 64 + i) % (CULPRITS_MAX / 64);
		uint64_t lists = dead_lists[word];

		if (i == 0) {
			lists &= UINT64_MAX << (dead_turn % 64);
		}
		if (lists != 0) {
			return word * 64 + (unsigned)__builtin_ctzll(lists);
		}
	}
	return 0;
}

/* One of @culprit's; with 0, anybody's: of one after the other. */
static struct object *take_dead(unsigned culprit)
{
	struct object *obj;
	unsigned who;

	spin_lock(&dead_lock);
	who = culprit != 0 ? culprit : next_list();
	obj = dead[who];
	if (obj != NULL) {
		dead[who] = obj->next_dead;
		if (dead[who] == NULL) {
			dead_lists[who / 64] &= ~(UINT64_C(1) << (who % 64));
		}
	}
	if (culprit == 0) {
		dead_turn = (who + 1) % CULPRITS_MAX;
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
static struct object *next_dead(unsigned culprit, enum obj_reap *left)
{
	const struct obj_ops *spaces = obj_types[OBJ_CSPACE];
	struct object *obj = take_dead(culprit);

	if (obj == NULL && spaces != NULL) {
		enum obj_swept swept = spaces->sweep(culprit);

		if (swept == SWEPT_MORE) {
			*left = REAP_MORE;
		} else if (swept == SWEPT_SOME) {
			obj = take_dead(culprit);
		}
	}
	return obj;
}

/* What comes of it is put down to the same. @return  it is gone, or not yet */
static enum obj_end end_of(struct object *obj)
{
	const struct obj_ops *ops = obj_types[obj->type];
	unsigned culprit = obj->culprit;
	enum obj_end end = OBJ_QUIET;

	object_blame(culprit);
	if (ops->is_quiet != NULL) {
		end = ops->is_quiet(obj);
	}
	if (end == OBJ_QUIET) {
		destroy(obj);
		object_owe(culprit, -1);
	}
	object_blame(0);
	return end;
}

/* One after the other; those that have to wait go back to the list. */
static enum obj_reap reap_locked(unsigned culprit)
{
	enum obj_reap left = REAP_DONE;
	struct object *waiting = NULL;
	struct object *obj;
	unsigned deaths = 0;

	if (culprit == 0) {
		__atomic_store_n(&object_is_due, 0, __ATOMIC_SEQ_CST);
	}
	while (left != REAP_MORE && (obj = next_dead(culprit, &left)) != NULL) {
		enum obj_end end = end_of(obj);

		if (end == OBJ_QUIET) {
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
		lay_out(obj);
	}
	if (culprit != 0 &&
	    __atomic_load_n(&all_debts, __ATOMIC_SEQ_CST) == 0) {
		/* Who condemns has a debt first: he is seen here, or is later. */
		__atomic_store_n(&object_is_due, 0, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&all_debts, __ATOMIC_SEQ_CST) != 0) {
			object_reap_again();
		}
	}
	if (mutant(reap_never_ends)) {
		left = REAP_SOON;
	}
	if (left != REAP_DONE) {
		object_reap_again();
	}
	return left;
}

enum obj_reap object_reap_piece(unsigned culprit)
{
	enum obj_reap left;

	spin_lock(&config);
	left = reap_locked(culprit);
	spin_unlock(&config);
	return left;
}

enum obj_reap object_reap_try(void)
{
	enum obj_reap left;

	if (!spin_trylock(&config)) {
		return REAP_SOON;
	}
	left = reap_locked(0);
	spin_unlock(&config);
	return left;
}

void object_reap(void)
{
	while (object_reap_piece(0) != REAP_DONE) {
	}
}

uint32_t object_count(enum obj_type type)
{
	return object_counts[type];
}
