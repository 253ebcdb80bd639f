/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an image is made of: the sources that its debug information names as
 * compiled, and what each of them includes, by the build's .d files.
 */
#ifndef ORIGIN_H
#define ORIGIN_H

#include <stdbool.h>

#include "util.h"

/**
 * Add the files that image @elf of @board is made of to @files, as from the
 * project's root; those of libraries come with it.
 * @return false when it cannot be read or has no debug information
 */
bool origin_read(const char *board, const char *elf, struct strv *files);

#endif
