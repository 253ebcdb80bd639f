/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exits of guests by reason: what EL2 counted (abi/exits.h), in words, and the
 * budgets that a scenario sets for them.
 */
#ifndef EXITS_H
#define EXITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Order is that of tables and reports; see exit_reason_name(). */
enum exit_reason {
	EXIT_BY_WFX,
	EXIT_BY_HVC,
	EXIT_BY_SMC,
	EXIT_BY_SYSREG,
	EXIT_BY_FETCH, /* instruction abort */
	EXIT_BY_DATA,  /* data abort: devices, mostly */
	EXIT_BY_IRQ,
	EXIT_BY_SERROR,
	EXIT_BY_OTHER,
	EXIT_REASON_COUNT
};

/** All vCPUs of one VM, all its launches. */
struct exit_count {
	char *vm;
	unsigned vmid;
	uint64_t by[EXIT_REASON_COUNT];
};

struct exit_counts {
	struct exit_count *vm; /* in the order of VMIDs */
	size_t count;
	double virtual_seconds; /* of the machine, from its start; 0: unknown */
};

/** At most so many; of what a budget node has a property for. */
struct exit_budget {
	char *vm;          /* NULL: all VMs together */
	unsigned reason;   /* EXIT_REASON_COUNT: whatever the reason */
	bool is_by_second; /* of virtual time */
	uint32_t limit;
};

/** "wfx", "hvc"...; of EXIT_REASON_COUNT "exits". */
const char *exit_reason_name(unsigned reason);

/**
 * Understand the name of a budget's property: REASON or "exits", either with
 * "-per-second" behind it.
 * @return false: it is none
 */
bool exit_budget_parse(const char *name, struct exit_budget *budget);

/**
 * Read the table out of @mem, an image of the hypervisor's memory.
 *
 * VMs are "vmN" until somebody who knows gives them names.
 * @return false: there is no table; @counts is empty
 */
bool exits_read(struct exit_counts *counts, const void *mem, size_t len);

uint64_t exits_total(const struct exit_count *vm);

/**
 * Is @budget kept?
 * @return NULL: yes; else the sentence that says what is too much (the caller
 *         frees)
 */
char *exits_judge(const struct exit_counts *counts,
                  const struct exit_budget *budget);

void exits_fini(struct exit_counts *counts);

#endif
