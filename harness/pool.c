/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "coverage_run.h"
#include "paths.h"
#include "progress.h"
#include "signals.h"

struct slot {
	bool is_busy;
	size_t index; /* into the plan */
	unsigned attempt;
	struct boot boot;
};

struct pool {
	const struct plan *plan;
	const struct options *opt;
	struct slot *slots;
	size_t slot_count;
	size_t next, done;
	struct run_result *results; /* one an instance */
};

static void start(struct pool *pool, struct slot *slot)
{
	const struct instance *inst = &pool->plan->instances[slot->index];
	char *folder;

	if (slot->attempt == 1) {
		folder = xasprintf("%s/%s", pool->opt->output, inst->id);
	} else {
		/* The first failure's evidence is kept. */
		folder =
			xasprintf("%s/%s/" RECORD_RETRY "%u", pool->opt->output,
		                  inst->id, slot->attempt - 1);
	}
	slot->is_busy = true;
	boot_start(&slot->boot, inst, pool->opt, folder);
	free(folder);
}

static void add_skipped(struct pool *pool, size_t index)
{
	const struct instance *inst = &pool->plan->instances[index];
	struct run_result *run = &pool->results[index];
	char *mode = mode_format(inst->mode);

	result_set(&run->part, "scenario");
	result_set(&run->name, inst->sc->name);
	result_set(&run->lane, lane_name(inst->lane));
	result_set(&run->board, inst->board->name);
	result_set(&run->mode, mode);
	result_set(&run->proves, inst->sc->proves);
	result_set(&run->message, inst->sc->skip);
	run->verdict = VERDICT_SKIP;
	free(mode);
	pool->done++;
	progress_done(run);
}

static void fill(struct pool *pool)
{
	for (size_t i = 0; i < pool->slot_count; i++) {
		struct slot *slot = &pool->slots[i];

		while (!slot->is_busy && pool->next < pool->plan->count) {
			size_t index = pool->next++;

			if (pool->plan->instances[index].sc->skip != NULL) {
				add_skipped(pool, index);
				continue;
			}
			slot->index = index;
			slot->attempt = 1;
			start(pool, slot);
		}
	}
}

static void tell_busy(const struct pool *pool)
{
	struct bytes names = { 0 };

	for (size_t i = 0; i < pool->slot_count; i++) {
		const struct slot *slot = &pool->slots[i];

		if (slot->is_busy) {
			const char *id = slot->boot.inst->id;

			if (names.len > 0) {
				bytes_add(&names, " ", 1);
			}
			bytes_add(&names, id, strlen(id));
		}
	}
	bytes_add(&names, "", 1);
	progress_now((char *)names.data);
	bytes_fini(&names);
}

/* A mutant that is caught is a good result, and the only one. */
static void turn_around(const struct instance *inst, struct run_result *run)
{
	char *message, *name;

	if (inst->catches != NULL) {
		result_set(&run->mutant, inst->catches);
	}
	if (!inst->must_fail) {
		return;
	}
	name = xasprintf("%s with %s", run->name, inst->mutant);
	result_set(&run->name, name);
	free(name);
	run_clear_cases(run);
	if (run->verdict == VERDICT_INFRA) {
		return;
	}
	if (verdict_is_failure(run->verdict)) {
		message = xasprintf("caught: %s: %s",
		                    verdict_name(run->verdict), run->message);
		run->verdict = VERDICT_PASS;
	} else {
		message = xasprintf("the mutant lives: %s",
		                    verdict_name(run->verdict));
		run->verdict = VERDICT_FAIL;
	}
	result_set(&run->message, message);
	free(message);
}

/* We are in the project's folder, and so is who copies a command. */
static const char *from_here(const char *path)
{
	static char here[4096];
	size_t len;

	if (getcwd(here, sizeof(here)) == NULL) {
		return path;
	}
	len = strlen(here);
	return strncmp(path, here, len) == 0 && path[len] == '/'
	               ? path + len + 1
	               : path;
}

/* Of a sweep: the one command that does it again. */
static void add_command(const struct instance *inst, const struct options *opt,
                        struct run_result *run)
{
	char *mode = mode_format(inst->mode);
	char *folder = strcmp(opt->scenarios, PATH_SCENARIOS) == 0
	                       ? xstrdup("")
	                       : xasprintf("--scenarios %s ",
	                                   from_here(opt->scenarios));
	char *both;

	if (verdict_is_failure(run->verdict)) {
		both = xasprintf("%s\nagain: ./run-tests.sh %s--lane %s "
		                 "--qemu-mode %s --seed %u %s",
		                 run->message, folder, lane_name(inst->lane),
		                 mode, inst->seed, inst->sc->name);
		result_set(&run->message, both);
		free(both);
	}
	free(folder);
	free(mode);
}

/* Result of one attempt: again, or done? */
static void finish(struct pool *pool, struct slot *slot)
{
	struct run_result *run = &pool->results[slot->index];
	struct run_list one = { .runs = run, .count = 1 };
	const struct instance *inst;
	char *first = xstrdup(run->folder);
	char *message = xstrdup(run->message);
	char *path;

	run_clear_cases(run);
	inst = slot->boot.inst;
	boot_finish(&slot->boot, run);
	coverage_run_take(inst, run->folder, !verdict_is_failure(run->verdict));
	turn_around(inst, run);
	if (pool->opt->sweep > 0) {
		add_command(inst, pool->opt, run);
	}
	run->attempts = slot->attempt;
	path = xasprintf("%s/result.json", run->folder);
	one.seed = inst->seed;
	if (report_write_json(path, &one) < 0 &&
	    !verdict_is_failure(run->verdict)) {
		run->verdict = VERDICT_INFRA;
		result_set(&run->message, "cannot write result.json");
	}
	free(path);
	if (verdict_is_failure(run->verdict) &&
	    slot->attempt <= pool->opt->retries) {
		slot->attempt++;
		start(pool, slot);
	} else {
		if (slot->attempt > 1 && run->verdict == VERDICT_PASS) {
			run->verdict = VERDICT_FLAKY;
			result_set(&run->folder, first);
			result_set(&run->message, message);
		}
		slot->is_busy = false;
		pool->done++;
		progress_done(run);
	}
	free(first);
	free(message);
}

static int timeout_of(const struct pool *pool)
{
	int64_t next = INT64_MAX;
	int64_t now = now_ms();

	for (size_t i = 0; i < pool->slot_count; i++) {
		const struct slot *slot = &pool->slots[i];

		if (slot->is_busy && boot_deadline(&slot->boot) < next) {
			next = boot_deadline(&slot->boot);
		}
	}
	if (next == INT64_MAX) {
		return -1;
	}
	/* One more, or rounding would wake us just before the deadline. */
	return next <= now          ? 0
	       : next - now > 60000 ? 60000
	                            : (int)(next - now) + 1;
}

static void turn(struct pool *pool, struct pollfd *polls)
{
	size_t count = 0;

	for (size_t i = 0; i < pool->slot_count; i++) {
		if (pool->slots[i].is_busy) {
			count +=
				boot_polls(&pool->slots[i].boot, polls + count);
		}
	}
	signals_poll(polls, count, timeout_of(pool));
	for (size_t i = 0; i < pool->slot_count; i++) {
		struct slot *slot = &pool->slots[i];

		if (!slot->is_busy) {
			continue;
		}
		boot_service(&slot->boot);
		if (slot->boot.is_over) {
			finish(pool, slot);
			fill(pool);
			tell_busy(pool);
		}
	}
}

static void hand_over(struct pool *pool, struct run_list *list)
{
	for (size_t i = 0; i < pool->plan->count; i++) {
		struct run_result *run = &pool->results[i];

		/* Interrupted before it was finished: it has no verdict. */
		if (*run->part == '\0') {
			run_result_fini(run);
			continue;
		}
		list->runs = xrealloc(list->runs,
		                      (list->count + 1) * sizeof(*list->runs));
		list->runs[list->count++] = *run;
	}
}

void pool_run(const struct plan *plan, const struct options *opt,
              struct run_list *list)
{
	struct run_list results = { 0 };
	struct pool pool = { .plan = plan, .opt = opt };
	struct pollfd *polls;

	for (size_t i = 0; i < plan->count; i++) {
		run_list_add(&results);
	}
	pool.results = results.runs;
	pool.slot_count = opt->jobs;
	pool.slots = xcalloc(pool.slot_count, sizeof(*pool.slots));
	polls = xcalloc(pool.slot_count * BOOT_POLLS, sizeof(*polls));

	fill(&pool);
	tell_busy(&pool);
	while (pool.done < plan->count && !signals_interrupted()) {
		turn(&pool, polls);
	}
	for (size_t i = 0; i < pool.slot_count; i++) {
		if (pool.slots[i].is_busy) {
			boot_abandon(&pool.slots[i].boot);
		}
	}
	hand_over(&pool, list);
	free(results.runs);
	free(polls);
	free(pool.slots);
}
