/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measuring, and comparing with the limits of testsuite/bench.dts.
 */
#ifndef BENCH_H
#define BENCH_H

#include "options.h"
#include "plan.h"
#include "result.h"

struct bench_row {
	char *name;
	char *unit;
	char *by;    /* the command that measures it; NULL: bench */
	char *from;  /* the scenario that measures it; NULL: the harness */
	char *xfail; /* why the limit is missed as yet; NULL: it is not */
	bool has_limit, is_measured;
	double value, limit; /* at most */
};

struct bench {
	struct bench_row *rows;
	size_t count;
	const struct strv *patterns; /* the rows that are wanted; NULL: all */
	bool is_broken;              /* what measures could not be booted */
};

/** Read the limits. @return false after one complaint. */
bool bench_read(struct bench *bench, const char *dts);

/** The row of that name, made when there is none. */
struct bench_row *bench_row(struct bench *bench, const char *name);

/** Is the row of that name asked for? */
bool bench_wants(const struct bench *bench, const char *name);

/** Is any row asked for that bench measures? @return false after one complaint
 */
bool bench_check(const struct bench *bench);

/** One measured figure; of several for one row the largest is kept. */
void bench_figure(struct bench *bench, const char *row, double value,
                  const char *unit);

/** Print the wanted rows as a table; append a run to @list for each row with a limit: FAIL when
 * it is missed or nothing was measured. A row without one only informs. */
void bench_judge(const struct bench *bench, struct run_list *list);

/** Write the wanted rows, [{"name", "value", "unit", "limit"}...]. @return 0 or -1, errno */
int bench_write_json(const struct bench *bench, const char *path);

void bench_fini(struct bench *bench);

/** Sizes of all sections of an ELF file that are loaded from it: text, rodata
 * and data, not bss. @return 0 when it is no ELF file. */
uint64_t elf_image_size(const char *path);

/** The whole command. @return exit status */
int bench_run(const struct options *opt);

#endif
