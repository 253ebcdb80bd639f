/* SPDX-License-Identifier: BSD-2-Clause */
/* --changed leaves out what cannot come out differently, and nothing else. */
#include "choose.h"

#include <string.h>
#include <unistd.h>

#include "greatest.h"
#include "reach.h"

/* A world of two scenarios: one reaches kick(), the other poll(). */
#define KICKS  "testsuite/scenarios/kicks.dts mttcg"
#define POLLS  "testsuite/scenarios/polls.dts mttcg"
#define SOURCE "hyp/vm/vcpu.c"

static struct origin hyp = { .name = "hyp", .has_reach = true };
static struct origin guest = { .name = "kicker" };
static struct origin other = { .name = "poller" };
static const struct origin *kicks_boots[] = { &hyp, &guest };
static const struct origin *polls_boots[] = { &hyp, &other };
static const struct subject kicks = { "testsuite/scenarios/kicks.dts", KICKS,
	                              kicks_boots, 2 };
static const struct subject polls = { "testsuite/scenarios/polls.dts", POLLS,
	                              polls_boots, 2 };
static struct changes now, since;
static json_t *map;
static char *why;

static const struct changes *since_then(void *ctx, const char *key)
{
	(void)ctx, (void)key;
	return &since;
}

static bool is_used(void *ctx, const char *path)
{
	(void)ctx;
	return strv_has(&hyp.files, path) || strv_has(&guest.files, path) ||
	       strv_has(&other.files, path);
}

static void make_world(void)
{
	json_t *stamps = json_object();
	char *id;

	strv_add(&hyp.files, SOURCE);
	strv_add(&hyp.files, "hyp/vm/vcpu.h");
	strv_add(&guest.files, "guests/tiny/kicker.c");
	strv_add(&guest.files, "guests/rt/irq.c");
	strv_add(&other.files, "guests/tiny/poller.c");
	strv_add(&other.files, "guests/rt/irq.c");
	map = reach_new();
	id = reach_add_sources(map, stamps);
	reach_add(map, KICKS, id, json_pack("{s[s]}", SOURCE, "kick"));
	reach_add(map, POLLS, id, json_pack("{s[s]}", SOURCE, "poll"));
	free(id);
	json_decref(stamps);
}

static void add(struct changes *list, const char *path, const char *reason,
                const char *function)
{
	struct change *it;

	list->v = xrealloc(list->v, (list->count + 1) * sizeof(*list->v));
	it = &list->v[list->count++];
	*it = (struct change){ .path = xstrdup(path),
		               .why = reason ? xstrdup(reason) : NULL };
	if (function != NULL) {
		strv_add(&it->functions, function);
	}
}

static void forget(void *arg)
{
	(void)arg;
	changes_fini(&now);
	changes_fini(&since);
	free(why);
	why = NULL;
}

static const char *ask_of(const struct subject *subject, const json_t *known)
{
	struct choice_input in = { .changes = &now,
		                   .map = known,
		                   .since = since_then,
		                   .is_used = is_used };

	free(why);
	why = choose(&in, subject);
	return why;
}

static const char *ask(const struct subject *subject)
{
	return ask_of(subject, map);
}

#define CHOSEN(subject, says)                                     \
	do {                                                      \
		const char *got = ask(&(subject));                \
		ASSERT(got != NULL && strstr(got, says) != NULL); \
	} while (0)
#define LEFT_OUT(subject) ASSERT_EQ(NULL, ask(&(subject)))

TEST who_reaches_a_changed_function_runs(void)
{
	add(&now, SOURCE, NULL, "kick");
	CHOSEN(kicks, "reaches kick() (" SOURCE ")");
	LEFT_OUT(polls);
	add(&now, SOURCE, NULL, "poll");
	CHOSEN(polls, "reaches poll()");
	PASS();
}

TEST nothing_changed_leaves_all_out(void)
{
	LEFT_OUT(kicks);
	LEFT_OUT(polls);
	PASS();
}

TEST a_function_that_nobody_reaches_chooses_nobody(void)
{
	add(&now, SOURCE, NULL, "never");
	LEFT_OUT(kicks);
	LEFT_OUT(polls);
	PASS();
}

TEST outside_of_functions_all_who_boot_it_run(void)
{
	add(&now, SOURCE, "changed outside of functions", NULL);
	CHOSEN(kicks, "outside of functions, of hyp");
	CHOSEN(polls, "outside of functions, of hyp");
	PASS();
}

TEST a_header_runs_all_who_are_made_of_it(void)
{
	add(&now, "hyp/vm/vcpu.h", "changed", NULL);
	CHOSEN(kicks, "hyp/vm/vcpu.h");
	CHOSEN(polls, "hyp/vm/vcpu.h");
	PASS();
}

TEST a_payload_runs_who_boots_it(void)
{
	add(&now, "guests/tiny/kicker.c", "changed", NULL);
	CHOSEN(kicks, "of kicker");
	LEFT_OUT(polls);
	add(&now, "guests/rt/irq.c", "changed", NULL);
	CHOSEN(polls, "of poller");
	PASS();
}

TEST functions_are_asked_for_only_where_they_were_measured(void)
{
	add(&now, SOURCE, NULL, "never");
	strv_add(&other.files, SOURCE); /* as vmm has files of rm */
	CHOSEN(polls, "of poller");
	strv_fini(&other.files);
	strv_add(&other.files, "guests/tiny/poller.c");
	strv_add(&other.files, "guests/rt/irq.c");
	PASS();
}

TEST its_own_source_runs_a_scenario(void)
{
	add(&now, "testsuite/scenarios/polls.dts", "changed", NULL);
	CHOSEN(polls, "its own");
	LEFT_OUT(kicks);
	PASS();
}

TEST what_cannot_be_mapped_runs_all(void)
{
	static const char *const paths[] = {
		"Makefile",           "hyp/hyp.mk",   "hyp/boot/hyp.ld.S",
		"harness/judge.c",    "guests/new.c", "hyp/include/abi/hvc.h",
		"boards/x/board.dts", "run-tests.sh", "guests/newlib.sh",
		"firmware/link.ld",   "hyp/vm/new.c",
	};

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		forget(NULL);
		add(&now, paths[i], "changed", NULL);
		CHOSEN(kicks, paths[i]);
		CHOSEN(polls, paths[i]);
	}
	PASS();
}

TEST documents_and_host_tests_run_nobody(void)
{
	static const char *const paths[] = {
		"docs/harness.md",
		"README.md",
		"guests/README.md",
		"testsuite/unit/test_choose.c",
		"testsuite/scenarios/x.dts",
		"LICENSE",
		".gitignore",
	};

	for (size_t i = 0; i < ARRAY_COUNT(paths); i++) {
		add(&now, paths[i], "changed", NULL);
	}
	LEFT_OUT(kicks);
	LEFT_OUT(polls);
	PASS();
}

TEST who_was_never_measured_runs(void)
{
	static const struct subject stranger = {
		"testsuite/scenarios/new.dts", "testsuite/scenarios/new.dts x",
		kicks_boots, 2
	};

	add(&now, SOURCE, NULL, "never");
	CHOSEN(stranger, "no coverage of it yet");
	ASSERT(ask_of(&kicks, NULL) != NULL);
	/* Nothing that only a map can tell. */
	forget(NULL);
	add(&now, "guests/tiny/poller.c", "changed", NULL);
	LEFT_OUT(stranger);
	ASSERT_EQ(NULL, ask_of(&kicks, NULL));
	PASS();
}

TEST an_old_map_is_only_good_for_what_stayed(void)
{
	add(&now, SOURCE, NULL, "poll");
	add(&since, SOURCE, NULL, "poll");
	LEFT_OUT(kicks);
	/* kick() may call poll() since then. */
	add(&since, SOURCE, NULL, "kick");
	CHOSEN(kicks, "since its coverage: reaches kick()");
	changes_fini(&since);
	add(&since, "guests/tiny/kicker.c", "changed", NULL);
	CHOSEN(kicks, "since its coverage: guests/tiny/kicker.c");
	changes_fini(&since);
	add(&since, "hyp/vm/vcpu.h", "changed", NULL);
	CHOSEN(kicks, "since its coverage: hyp/vm/vcpu.h");
	PASS();
}

TEST runs_add_up_on_the_same_sources(void)
{
	json_t *stamps = json_pack("{ss}", SOURCE, "1"), *none = json_object();
	json_t *all = reach_new();
	char *id = reach_add_sources(all, none);
	char *id2 = reach_add_sources(all, stamps);

	ASSERT(strcmp(id, id2) != 0);
	reach_add(all, KICKS, id, json_pack("{s[s]}", SOURCE, "a"));
	reach_add(all, KICKS, id,
	          json_pack("{s[s,s],s[s]}", SOURCE, "a", "b", "c.c", "c"));
	ASSERT(reach_has(all, KICKS, SOURCE, "a"));
	ASSERT(reach_has(all, KICKS, SOURCE, "b"));
	ASSERT(reach_has(all, KICKS, "c.c", "c"));
	ASSERT_FALSE(reach_has(all, POLLS, SOURCE, "a"));
	/* Measured on others, what was found before is nothing. */
	reach_add(all, KICKS, id2, json_pack("{s[s]}", SOURCE, "b"));
	ASSERT_FALSE(reach_has(all, KICKS, SOURCE, "a"));
	ASSERT_STR_EQ(id2, reach_id(all, KICKS));
	free(id);
	free(id2);
	json_decref(stamps);
	json_decref(none);
	json_decref(all);
	PASS();
}

/* Written and read again: what is left of the entries of two scenarios. */
static json_t *save_and_load(const char *here, const char *gone,
                             const char *path)
{
	json_t *old = json_pack("{ss}", SOURCE, "1"), *none = json_object();
	json_t *all = reach_new();
	char *id = reach_add_sources(all, none);
	char *id2 = reach_add_sources(all, old);

	reach_add(all, here, id, json_pack("{s[s]}", SOURCE, "a"));
	reach_add(all, gone, id2, json_pack("{s[s]}", SOURCE, "a"));
	if (reach_save(all, path) < 0) {
		json_decref(all);
		all = NULL;
	}
	json_decref(all);
	json_decref(old);
	json_decref(none);
	free(id);
	free(id2);
	return reach_load(path);
}

TEST deleted_scenarios_leave_the_map(void)
{
	char folder[] = "/tmp/test_choose.XXXXXX";
	char *file, *here, *gone, *path;
	json_t *left;

	ASSERT(mkdtemp(folder) != NULL);
	file = xasprintf("%s/a b.dts", folder);
	here = xasprintf("%s icount=0", file);
	gone = xasprintf("%s/gone.dts icount=0", folder);
	path = xasprintf("%s/map.json", folder);
	ASSERT_EQ(0, file_write(file, "", 0));
	left = save_and_load(here, gone, path);
	ASSERT(left != NULL);
	ASSERT(reach_knows(left, here));
	ASSERT_FALSE(reach_knows(left, gone));
	ASSERT_EQ(1, json_object_size(json_object_get(left, "scenarios")));
	/* What only it was measured on goes with it. */
	ASSERT_EQ(1, json_object_size(json_object_get(left, "sources")));
	json_decref(left);
	unlink(path);
	unlink(file);
	rmdir(folder);
	free(file);
	free(here);
	free(gone);
	free(path);
	PASS();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	make_world();
	SET_TEARDOWN(forget, NULL);
	RUN_TEST(who_reaches_a_changed_function_runs);
	RUN_TEST(nothing_changed_leaves_all_out);
	RUN_TEST(a_function_that_nobody_reaches_chooses_nobody);
	RUN_TEST(outside_of_functions_all_who_boot_it_run);
	RUN_TEST(a_header_runs_all_who_are_made_of_it);
	RUN_TEST(a_payload_runs_who_boots_it);
	RUN_TEST(functions_are_asked_for_only_where_they_were_measured);
	RUN_TEST(its_own_source_runs_a_scenario);
	RUN_TEST(what_cannot_be_mapped_runs_all);
	RUN_TEST(documents_and_host_tests_run_nobody);
	RUN_TEST(who_was_never_measured_runs);
	RUN_TEST(an_old_map_is_only_good_for_what_stayed);
	RUN_TEST(runs_add_up_on_the_same_sources);
	RUN_TEST(deleted_scenarios_leave_the_map);
	strv_fini(&hyp.files);
	strv_fini(&guest.files);
	strv_fini(&other.files);
	json_decref(map);
	GREATEST_MAIN_END();
}
