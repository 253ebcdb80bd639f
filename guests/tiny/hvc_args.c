/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every hypercall with arguments that it must refuse (docs/abi.md).
 *
 * abi_rows.awk makes a row of each call that is documented: what each argument
 * is, the right it needs, and the errors that may come.  For each argument in
 * turn, all others being good, bad ones of its kind are tried: numbers at the
 * edges, random ones, capabilities that are stale, revoked, foreign, of
 * another type or state, without the right.  Every answer is a documented
 * one, and what was refused has left the ledger as it was.
 */
#include "hvc_args.h"

#include <abi/rights.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/dt.h"
#include "rt/hv.h"

#define ARGS_MAX   8
#define ERRORS_MAX 24

/*
 * What an argument is: a capability, by the first letter of its type (s for
 * capability space, k for any in that space, g for VM group), z and o for
 * reserved (0, -1), x for a value.
 */
static const struct row {
	unsigned number;
	const char *args;
	const char *states; /* '*': an object in any state is taken */
	const char *name;
	bool is_nothing; /* always UNIMPLEMENTED */
	uint32_t right[ARGS_MAX];
	int16_t error[ERRORS_MAX];
} rows[] = {
#include "abi_rows.inc"
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const uint64_t edges[] = {
	0,          1,          ~0ull,      0x7fffffff, 0xffffffff80000000ull,
	0x80000000, 0xffffffff, 1ull << 32, 1ull << 63, 0x7fffffffffffffffull,
	0x6000,
};

#define EDGES (sizeof(edges) / sizeof(edges[0]))

static uint64_t seed;

static uint64_t next_random(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return seed ^ seed >> 29;
}

/* Good arguments for @row; what they come to does not matter. */
static void fill(const struct row *row, uint64_t arg[8])
{
	for (unsigned i = 0; i < 8; i++) {
		arg[i] = 0;
	}
	for (unsigned i = 0; row->args[i] != '\0'; i++) {
		char kind = row->args[i];

		if (kind == 'o') {
			arg[i] = ~0ull;
		} else if (kind == 'k') {
			arg[i] = good.stale; /* must not do what it says */
		} else if (kind != 'x' && kind != 'z') {
			arg[i] = good_cap(kind);
		}
	}
}

static char message[160];

static const char *complain(const struct row *row, unsigned at, uint64_t value,
                            int64_t want, int64_t got)
{
	snprintf(message, sizeof(message),
	         "%s: argument %u = %#llx: want %lld, got %lld", row->name, at,
	         (unsigned long long)value, (long long)want, (long long)got);
	return message;
}

static bool is_documented(const struct row *row, int64_t err)
{
	if (err == HV_OK) {
		return true;
	}
	for (unsigned i = 0; i < ERRORS_MAX && row->error[i] != 0; i++) {
		if (row->error[i] == err) {
			return true;
		}
	}
	return false;
}

/* The ledger as it was last seen; a call that succeeds may change it. */
static uint64_t seen[LEDGER_COUNT];
static bool is_seen;

static struct hv call_row(const struct row *row, const uint64_t arg[8],
                          const char **differs)
{
	struct hv r;

	if (!is_seen) {
		hv_ledger(seen);
	}
	r = hv_call(row->number, arg);
	*differs = NULL;
	is_seen = r.err != HV_OK;
	if (is_seen) {
		uint64_t now[LEDGER_COUNT];

		hv_ledger(now);
		*differs = hv_ledger_difference(seen, now);
	}
	return r;
}

#define ANY_DOCUMENTED INT64_MAX

/* @return what is wrong, or NULL */
static const char *expect(const struct row *row, unsigned at, uint64_t value,
                          int64_t want)
{
	const char *differs;
	uint64_t arg[8];
	struct hv r;

	fill(row, arg);
	arg[at] = value;
	r = call_row(row, arg, &differs);
	if (differs != NULL) {
		snprintf(message, sizeof(message),
		         "%s: argument %u = %#llx: error %lld, but %s differs",
		         row->name, at, (unsigned long long)value,
		         (long long)r.err, differs);
		return message;
	}
	if (row->number == HVC_VCPU_BIND_VIRQ && at > 0 &&
	    r.err == HV_OBJECT_STATE) {
		return NULL; /* our thread is not active: seen first */
	}
	if (want == ANY_DOCUMENTED ? !is_documented(row, r.err)
	                           : r.err != want) {
		return complain(row, at, value, want, r.err);
	}
	return NULL;
}

static const char *try_numbers_as_cap(const struct row *row, unsigned at)
{
	const char *wrong = NULL;

	for (unsigned i = 0; i < EDGES && wrong == NULL; i++) {
		wrong = expect(row, at, edges[i], HV_CAP_NULL);
	}
	for (unsigned i = 0; i < 20 && wrong == NULL; i++) {
		wrong = expect(row, at, next_random(), HV_CAP_NULL);
	}
	for (unsigned bit = 0; bit < 64 && wrong == NULL; bit++) {
		wrong = expect(row, at, good.doorbell ^ 1ull << bit,
		               HV_CAP_NULL);
	}
	if (wrong == NULL) {
		wrong = expect(row, at, good.stale, HV_CAP_NULL);
	}
	if (wrong == NULL && row->args[0] != 's') {
		/* Calls on its own space may use it. */
		wrong = expect(row, at, good.foreign, HV_CAP_NULL);
	}
	return wrong;
}

/* Everything but the right that it takes. */
static const char *try_rights(const struct row *row, unsigned at)
{
	char kind = row->args[at];
	uint64_t lacking =
		copy(good_cap(kind), root.cspace, ~row->right[at] & 0xffffffff);
	const char *wrong;

	is_seen = false; /* the copy is no news */
	wrong = expect(row, at, lacking, HV_INSUFFICIENT_RIGHTS);
	is_seen = false;
	if (!drop(lacking)) {
		return "a copy cannot be dropped";
	}
	return wrong != NULL ? wrong
	                     : expect(row, at, good.none[(int)kind],
	                              HV_INSUFFICIENT_RIGHTS);
}

static const char *try_cap(const struct row *row, unsigned at)
{
	char kind = row->args[at];
	const char *wrong = try_numbers_as_cap(row, at);

	if (wrong == NULL && row->right[at] != 0 &&
	    (kind != 'k' || row->args[0] != 's')) {
		wrong = expect(row, at, good.revoked, HV_CAP_REVOKED);
	}
	if (wrong != NULL || kind == 'k') {
		return wrong;
	}
	wrong = expect(row, at, kind == 'd' ? good.msgqueue : good.doorbell,
	               HV_WRONG_OBJECT_TYPE);
	if (wrong == NULL) {
		wrong = try_rights(row, at);
	}
	if (wrong == NULL && row->states[at] != '*' && kind != 'h') {
		wrong = expect(row, at, good.raw[(int)kind], HV_OBJECT_STATE);
	}
	return wrong;
}

static const char *try_reserved(const struct row *row, unsigned at)
{
	uint64_t must_be = row->args[at] == 'o' ? ~0ull : 0;
	const char *wrong = NULL;

	for (unsigned i = 0; i < EDGES && wrong == NULL; i++) {
		if (edges[i] != must_be) {
			wrong = expect(row, at, edges[i], HV_ARGUMENT_INVALID);
		}
	}
	return wrong;
}

/* A value may be good or bad. */
static const char *try_value(const struct row *row, unsigned at)
{
	const char *wrong = NULL;

	for (unsigned i = 0; i < EDGES + 20 && wrong == NULL; i++) {
		wrong = expect(row, at, i < EDGES ? edges[i] : next_random(),
		               ANY_DOCUMENTED);
	}
	return wrong;
}

static const char *try_nothing(const struct row *row, unsigned at)
{
	const char *wrong = NULL;

	for (unsigned i = 0; i < EDGES && wrong == NULL; i++) {
		wrong = expect(row, at, edges[i], HV_UNIMPLEMENTED);
	}
	return wrong;
}

static const char *try_argument(const struct row *row, unsigned at)
{
	if (row->is_nothing) {
		return try_nothing(row, at);
	}
	switch (row->args[at]) {
	case 'z':
	case 'o':
		return try_reserved(row, at);
	case 'x':
		return try_value(row, at);
	default:
		return try_cap(row, at);
	}
}

TEST c54_c58_c61_each_argument_of_a_call_is_checked(unsigned nr)
{
	const struct row *row = &rows[nr];
	const char *wrong = NULL;

	is_seen = false;
	for (unsigned at = 0; row->args[at] != '\0' && wrong == NULL; at++) {
		wrong = try_argument(row, at);
	}
	ASSERTm(wrong, wrong == NULL);
	PASSm(row->name);
}

TEST c2_c70_numbers_without_a_call_return_minus_1(void)
{
	unsigned holes = 0;

	for (unsigned n = 0; n < HVC_COUNT; n++) {
		bool is_there = false;

		for (unsigned i = 0; i < ROWS; i++) {
			is_there |= rows[i].number == n;
		}
		if (is_there) {
			continue;
		}
		struct hv r = hv_call(n, (const uint64_t[8]){ 1, 2, 3, 4 });

		if (r.err != HV_UNIMPLEMENTED) {
			snprintf(message, sizeof(message), "call %#x: %lld", n,
			         (long long)r.err);
			FAILm(message);
		}
		holes++;
	}
	ASSERT_GT(holes, 300);
	PASS();
}

TEST c65_a_refused_call_returns_nothing_of_the_hypervisors(void)
{
	for (unsigned i = 0; i < ROWS; i++) {
		uint64_t arg[8];
		struct hv r;

		fill(&rows[i], arg);
		if (rows[i].args[0] == '\0' || rows[i].is_nothing ||
		    strchr("xzo", rows[i].args[0]) != NULL) {
			continue;
		}
		arg[0] = 0;
		r = hv_call(rows[i].number, arg);
		ASSERT_EQ_FMT((long)HV_CAP_NULL, (long)r.err, "%ld");
		for (unsigned k = 0; k < 4; k++) {
			/* Zero, or what we had put there ourselves. */
			ASSERTm(rows[i].name,
			        r.out[k] == 0 || r.out[k] == arg[k + 1]);
		}
	}
	PASS();
}

static uint64_t before[LEDGER_COUNT];

TEST the_objects_for_the_test_can_be_made(void)
{
	seed = dt_bootarg_number("seed", 1);
	ASSERT(hv_root_env(&root));
	ASSERT(root.ram_count > 0);
	ASSERT(hv_ledger(before));
	ASSERT(make_objects());
	ASSERT(make_spoilt());
	PASS();
}

TEST c67_after_all_of_it_the_ledger_is_what_it_was(void)
{
	static const char letters[] = HVC_ARGS_LETTERS;
	uint64_t after[LEDGER_COUNT];

	for (unsigned i = 0; letters[i] != '\0'; i++) {
		ASSERT(drop(good.none[(int)letters[i]]));
		ASSERT(drop(good.raw[(int)letters[i]]));
	}
	ASSERT(drop(good.none['h']));
	ASSERT(drop(good.revoked));
	for (unsigned i = 0; letters[i] != '\0'; i++) {
		ASSERT(drop(good_cap(letters[i])));
	}
	ASSERT(hv_ledger(after));
	ASSERT_STR_EQ("nothing",
	              hv_ledger_difference(before, after) ?: "nothing");
	PASS();
}

SUITE(arguments)
{
	RUN_TEST(the_objects_for_the_test_can_be_made);
	for (unsigned i = 0; i < ROWS; i++) {
		RUN_TESTp(c54_c58_c61_each_argument_of_a_call_is_checked, i);
	}
	RUN_TEST(c2_c70_numbers_without_a_call_return_minus_1);
	RUN_TEST(c65_a_refused_call_returns_nothing_of_the_hypervisors);
	RUN_TEST(c67_after_all_of_it_the_ledger_is_what_it_was);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(arguments);
	GREATEST_MAIN_END();
}
