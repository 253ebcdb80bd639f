/* SPDX-License-Identifier: BSD-2-Clause */
/* What a block log counts for, and which functions are reached by it. */
#include "coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "coverage_image.h"
#include "coverage_reach.h"
#include "greatest.h"
#include "util.h"

#define BASE      0x40180000u
#define FILE_NAME "hyp/a.c"

/* Instructions of lines 2, 3, 4, 6 of the file, and 1, inlined in idle(). */
static uint32_t text[] = { 0xd503201f, 0x52800000, 0xd65f03c0, 0x14000000,
	                   0xd4200000 };
static uint8_t ran[ARRAY_COUNT(text)];
static char file_name[] = FILE_NAME, inlined_name[] = "inlined";
static struct cov_line lines[] = {
	{ .file = file_name, .line = 2, .lo = BASE, .hi = BASE + 4 },
	{ .file = file_name, .line = 3, .lo = BASE + 4, .hi = BASE + 8 },
	{ .file = file_name, .line = 4, .lo = BASE + 8, .hi = BASE + 12 },
	{ .file = file_name, .line = 6, .lo = BASE + 12, .hi = BASE + 16 },
	{ .file = file_name, .line = 1, .lo = BASE + 16, .hi = BASE + 20 },
};
static struct cov_inlined inlined[] = { { inlined_name, file_name } };
static struct coverage cov;

static const char source[] =
	"static int inlined(void) { return 1; }\n" /* 1: its code is in idle() only */
	"int outer(void) {\n"                      /* 2 */
	"\treturn inlined() + same();\n"
	"}\n"
	"int idle(void)\n" /* 5: another one's way */
	"{ return inlined(); }\n"
	"int folded(void) { return 1; }\n"       /* 7: no code at all */
	"static int lost(void) { return 1; }\n"  /* 8: and nobody names it */
	"static int same(void) { return 1; }\n"; /* 9: but this one */

static void forget_runs(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < cov.run_count; i++) {
		free(cov.run[i].scenario);
		free(cov.run[i].map);
	}
	free(cov.run);
	cov = (struct coverage){
		.lo = BASE,
		.hi = BASE + sizeof(text),
		.text = text,
		.ran = ran,
		.line = lines,
		.line_count = ARRAY_COUNT(lines),
		.inlined = inlined,
		.inlined_count = 1,
	};
	memset(ran, 0, sizeof(ran));
}

static bool add_log(const char *scenario, const char *log)
{
	return file_write("blocks.log", log, strlen(log)) == 0 &&
	       coverage_add_log(&cov, scenario, "blocks.log");
}

static unsigned seen; /* a bit per line */

static void see(void *ctx, const char *path, unsigned line)
{
	(void)ctx;
	seen |= strcmp(path, FILE_NAME) == 0 ? 1u << line : 0;
}

static unsigned lines_of(const char *scenario)
{
	seen = 0;
	coverage_lines_of(&cov, scenario, see, NULL);
	return seen;
}

TEST instructions_of_the_image_count(void)
{
	ASSERT(add_log("a", "----------------\nIN: \n"
	                    "0x40180000:  d503201f  nop      \n"
	                    "0x40180004:  52800000  movz     w0, #0\n\n"));
	ASSERT_EQ_FMT(1u << 2 | 1u << 3, lines_of("a"), "0x%x");
	ASSERT_EQ_FMT(0u, lines_of("b"), "0x%x");
	ASSERT(add_log("a", "0x40180008:  d65f03c0  ret      \n"));
	ASSERT_EQ_FMT(1u << 2 | 1u << 3 | 1u << 4, lines_of("a"), "0x%x");
	ASSERT_FALSE(coverage_add_log(&cov, "a", "no/such/log"));
	PASS();
}

TEST another_program_at_its_addresses_does_not(void)
{
	ASSERT(add_log("a", "0x40180000:  52800000  movz     w0, #0\n"
	                    "0x40180004:  d503201f  nop      \n"
	                    "0x40180008:  d65f03c1  ret      \n"
	                    "0x40180014:  d4200000  b        #0\n"
	                    "0x4017fffc:  14000000  b        #0\n"
	                    "0x40180008:\n"
	                    "0x0:  d65f03c0  ret\n"));
	ASSERT_EQ_FMT(0u, lines_of("a"), "0x%x");
	ASSERT_EQ_FMT((size_t)0, cov.run_count, "%zu");
	PASS();
}

/* Is @name among what the scenario reaches? */
static bool reaches(const json_t *all, const char *name)
{
	json_t *names = json_object_get(all, FILE_NAME), *it;
	size_t i;

	json_array_foreach(names, i, it)
	{
		if (strcmp(json_string_value(it), name) == 0) {
			return true;
		}
	}
	return false;
}

TEST functions_without_own_instructions_are_reached(void)
{
	struct reached *them = reached_new();
	json_t *all;

	ASSERT(add_log("a", "0x40180000:  d503201f  nop\n"));
	reached_know(them, &cov);
	reached_add(them, &cov, "a");
	reached_close(them, &cov);
	all = reached_take(them);
	ASSERT(reaches(all, "outer"));
	ASSERT(reaches(all, "inlined"));
	ASSERT(reaches(all, "same"));
	ASSERT(reaches(all, "folded"));
	ASSERT_FALSE(reaches(all, "idle"));
	ASSERT_FALSE(reaches(all, "lost"));
	json_decref(all);
	/* And are forgotten for the next. */
	reached_add(them, &cov, "b");
	all = reached_take(them);
	ASSERT_EQ_FMT((size_t)0, json_object_size(all), "%zu");
	json_decref(all);
	reached_free(them);
	PASS();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	char folder[] = "/tmp/coverage-XXXXXX";
	int status;

	GREATEST_MAIN_BEGIN();
	if (mkdtemp(folder) == NULL || chdir(folder) < 0 ||
	    mkdir("hyp", 0777) < 0 ||
	    file_write(FILE_NAME, source, strlen(source)) < 0) {
		return EXIT_FAILURE;
	}
	forget_runs(NULL);
	SET_TEARDOWN(forget_runs, NULL);
	RUN_TEST(instructions_of_the_image_count);
	RUN_TEST(another_program_at_its_addresses_does_not);
	RUN_TEST(functions_without_own_instructions_are_reached);
	status = unlink("blocks.log") | unlink(FILE_NAME) | rmdir("hyp") |
	         chdir("/") | rmdir(folder);
	if (status != 0) {
		return EXIT_FAILURE;
	}
	GREATEST_MAIN_END();
}
