/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things lie, seen from the project's root, which is the program's
 * working folder from paths_init() on.
 */
#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>

#define PATH_BOARDS    "boards"
#define PATH_SCENARIOS "testsuite/scenarios"
#define PATH_RESULTS   "build/results"
#define PATH_TREES     "build/host/trees"
#define PATH_COVERAGE  "build/coverage"
#define PATH_BENCH     "testsuite/bench.dts"
#define PATH_GDB       "harness/hyp.gdb"
#define PATH_PROGRAM   "build/host/touchstone"

/** Find the project (by this program's own place) and go there.
 * @return false after one complaint. */
bool paths_init(void);

/** A path the user gave, relative to where the program was started. "-" stays.
 * The caller frees. */
char *path_of_user(const char *path);

/** @path as it reads from the project's root, without "./" before it; what lies
 * elsewhere stays. Debug information and the build name files in all ways. */
const char *path_in_project(const char *path);

/** Where the blob of a source tree is kept.  The caller frees. */
char *path_of_tree(const char *dts);

/** build/BOARD/REST; --images puts another folder in that place.  The caller
 * frees. */
char *path_of_image(const char *board, const char *rest);

/** This program itself, absolute. */
const char *path_of_program(void);

/** Read images from @folder instead of build/BOARD; NULL: from there. */
void paths_set_images(const char *folder);

#endif
