/* SPDX-License-Identifier: BSD-2-Clause */
/* --help and --completion. */
#ifndef HELP_H
#define HELP_H

struct option;

void help_print(void);

/** A bash completion script for these options (getopt) and commands. */
void completion_print(const struct option *options,
                      const char *const *commands);

#endif
