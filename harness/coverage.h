/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Line and function coverage of an image that knows nothing of it.
 *
 * QEMU's log of translated blocks ("-d in_asm") names every instruction that
 * was about to run, by virtual address and with its encoding; the image's own
 * debug information turns addresses into lines.  What was never translated
 * never ran.  An instruction counts when address and encoding are the image's:
 * another program at the same addresses is passed over.  An instruction behind
 * a faulting load in the same block counts as run although it was not: the
 * figure is too high by those few.
 */
#ifndef HARNESS_COVERAGE_H
#define HARNESS_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct coverage;

/**
 * Open @elf and read its text, functions and line table.
 *
 * @return NULL if the file cannot be read or carries no debug information;
 *         one line on stderr says which.
 */
struct coverage *coverage_open(const char *elf);
void coverage_close(struct coverage *cov);

/** The range of @cov's text, for QEMU's -dfilter: [*lo, *hi). */
void coverage_range(const struct coverage *cov, uint64_t *lo, uint64_t *hi);

/**
 * Add what @log says ran, under the name @scenario; another log of the same
 * scenario adds to it. A scenario that ran nothing of this image is not kept.
 *
 * Lines that are not instructions are passed over.
 * @return false if @log cannot be read.
 */
bool coverage_add_log(struct coverage *cov, const char *scenario,
                      const char *log);

/**
 * Count what ran of @twin, another image of the same source, as run in @cov:
 * lines by file and number, functions by name.
 */
void coverage_add_twin(struct coverage *cov, struct coverage *twin);

/** Takes one source line, its path as from the project. */
typedef void coverage_line_fn(void *ctx, const char *file, unsigned line);

/** Each line that has instructions; a line may come more than once. */
void coverage_all_lines(const struct coverage *cov, coverage_line_fn *take,
                        void *ctx);

/** Each line of which @scenario ran an instruction. */
void coverage_lines_of(const struct coverage *cov, const char *scenario,
                       coverage_line_fn *take, void *ctx);

/** Is there a place where the compiler has put @function of @file inline? */
bool coverage_is_inlined(const struct coverage *cov, const char *file,
                         const char *function);

/**
 * Write @folder/NAME.info (lcov) and NAME.txt (a table by file and the lines
 * that never ran).
 *
 * @prefix  only source files whose path contains it are counted ("hyp/")
 * @percent receives covered lines in hundredths of a percent
 * @return false if a file cannot be written.
 */
bool coverage_write(const struct coverage *cov, const char *folder,
                    const char *name, const char *prefix, unsigned *percent);

#endif
