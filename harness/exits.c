/* SPDX-License-Identifier: BSD-2-Clause */
#include "exits.h"

#include <abi/exits.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define PER_SECOND "-per-second"
#define ALIGNED    64 /* where the table may begin */

static const char *const names[] = {
	[EXIT_BY_WFX] = "wfx",     [EXIT_BY_HVC] = "hvc",
	[EXIT_BY_SMC] = "smc",     [EXIT_BY_SYSREG] = "sysreg",
	[EXIT_BY_FETCH] = "fetch", [EXIT_BY_DATA] = "data",
	[EXIT_BY_IRQ] = "irq",     [EXIT_BY_SERROR] = "serror",
	[EXIT_BY_OTHER] = "other", [EXIT_REASON_COUNT] = "exits",
};

const char *exit_reason_name(unsigned reason)
{
	return names[reason];
}

/* From what EL2 counts by to what is shown. */
static enum exit_reason reason_of(unsigned counter)
{
	static const struct {
		unsigned counter;
		enum exit_reason reason;
	} known[] = {
		{ 0x01, EXIT_BY_WFX },     { 0x16, EXIT_BY_HVC },
		{ 0x17, EXIT_BY_SMC },     { 0x18, EXIT_BY_SYSREG },
		{ 0x20, EXIT_BY_FETCH },   { 0x24, EXIT_BY_DATA },
		{ EXIT_IRQ, EXIT_BY_IRQ }, { EXIT_SERROR, EXIT_BY_SERROR },
	};

	for (size_t i = 0; i < ARRAY_COUNT(known); i++) {
		if (known[i].counter == counter) {
			return known[i].reason;
		}
	}
	return EXIT_BY_OTHER;
}

bool exit_budget_parse(const char *name, struct exit_budget *budget)
{
	size_t len = strlen(name), tail = strlen(PER_SECOND);

	budget->is_by_second =
		len > tail && strcmp(name + len - tail, PER_SECOND) == 0;
	len -= budget->is_by_second ? tail : 0;
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		if (strlen(names[i]) == len &&
		    strncmp(names[i], name, len) == 0) {
			budget->reason = i;
			return true;
		}
	}
	return false;
}

static struct exit_count *count_of(struct exit_counts *counts, unsigned vmid)
{
	struct exit_count *vm;
	size_t at = 0;

	while (at < counts->count && counts->vm[at].vmid < vmid) {
		at++;
	}
	if (at < counts->count && counts->vm[at].vmid == vmid) {
		return &counts->vm[at];
	}
	counts->vm =
		xrealloc(counts->vm, (counts->count + 1) * sizeof(*counts->vm));
	vm = &counts->vm[at];
	memmove(vm + 1, vm, (counts->count - at) * sizeof(*vm));
	counts->count++;
	*vm = (struct exit_count){
		.vm = vmid == 0 ? xstrdup("others") : xasprintf("vm%u", vmid),
		.vmid = vmid,
	};
	return vm;
}

static void add_row(struct exit_counts *counts, const struct exit_row *row)
{
	struct exit_count *vm = NULL;

	for (unsigned i = 0; row->who != 0 && i < EXIT_REASONS; i++) {
		if (row->count[i] != 0) {
			vm = count_of(counts, EXIT_VMID(row->who));
			vm->by[reason_of(i)] += row->count[i];
		}
	}
}

static bool is_table(const struct exit_table *table, size_t len)
{
	return table->magic == EXITS_MAGIC && table->version == EXITS_VERSION &&
	       table->row_size == sizeof(struct exit_row) && table->rows > 0 &&
	       (len - sizeof(*table)) / sizeof(struct exit_row) >= table->rows;
}

bool exits_read(struct exit_counts *counts, const void *mem, size_t len)
{
	struct exit_table table;

	*counts = (struct exit_counts){ 0 };
	for (size_t at = 0; at + sizeof(table) <= len; at += ALIGNED) {
		const char *from = (const char *)mem + at;

		memcpy(&table, from, sizeof(table));
		if (!is_table(&table, len - at)) {
			continue;
		}
		from += sizeof(table);
		for (uint32_t i = 0; i < table.rows; i++) {
			struct exit_row row;

			memcpy(&row, from + i * sizeof(row), sizeof(row));
			add_row(counts, &row);
		}
		return true;
	}
	return false;
}

uint64_t exits_total(const struct exit_count *vm)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < EXIT_REASON_COUNT; i++) {
		total += vm->by[i];
	}
	return total;
}

static void add_up(const struct exit_counts *counts, const char *name,
                   struct exit_count *sum)
{
	for (size_t i = 0; i < counts->count; i++) {
		const struct exit_count *vm = &counts->vm[i];

		for (unsigned r = 0; r < EXIT_REASON_COUNT; r++) {
			if (name == NULL || strcmp(name, vm->vm) == 0) {
				sum->by[r] += vm->by[r];
			}
		}
	}
}

static unsigned commonest(const struct exit_count *sum)
{
	unsigned best = 0;

	for (unsigned r = 1; r < EXIT_REASON_COUNT; r++) {
		best = sum->by[r] > sum->by[best] ? r : best;
	}
	return best;
}

char *exits_judge(const struct exit_counts *counts,
                  const struct exit_budget *budget)
{
	struct exit_count sum = { 0 };
	bool is_all = budget->reason == EXIT_REASON_COUNT;
	double seconds = counts->virtual_seconds;
	const char *what = is_all ? "" : exit_reason_name(budget->reason);
	char *who, *text, *most;
	uint64_t got;
	double rate;

	add_up(counts, budget->vm, &sum);
	got = is_all ? exits_total(&sum) : sum.by[budget->reason];
	rate = seconds > 0 ? (double)got / seconds : 0;
	if (budget->is_by_second ? rate <= budget->limit
	                         : got <= budget->limit) {
		return NULL;
	}
	who = budget->vm != NULL ? xasprintf("VM %s", budget->vm)
	                         : xstrdup("all VMs together");
	most = is_all ? xasprintf(", most of them %s (%llu)",
	                          exit_reason_name(commonest(&sum)),
	                          (unsigned long long)sum.by[commonest(&sum)])
	              : xstrdup("");
	if (budget->is_by_second) {
		text = xasprintf("over budget: %s made %.2f%s%s exits a second "
		                 "of virtual time, allowed are %u: %llu in "
		                 "%.3f s%s",
		                 who, rate, is_all ? "" : " ", what,
		                 budget->limit, (unsigned long long)got,
		                 seconds, most);
	} else {
		text = xasprintf("over budget: %s made %llu%s%s exits, allowed "
		                 "are %u%s",
		                 who, (unsigned long long)got,
		                 is_all ? "" : " ", what, budget->limit, most);
	}
	free(who);
	free(most);
	return text;
}

void exits_fini(struct exit_counts *counts)
{
	for (size_t i = 0; i < counts->count; i++) {
		free(counts->vm[i].vm);
	}
	free(counts->vm);
	*counts = (struct exit_counts){ 0 };
}
