/* SPDX-License-Identifier: BSD-2-Clause */
/* The primary VM as a test of the resource manager: bootarg "test=NAME". */
#ifndef VMM_TESTS_H
#define VMM_TESTS_H

/** Run the named suite and deliver its report. @return exit status */
int tests_run(int argc, char **argv, const char *name);

/** The person's way: commands on the console, until "off". */
void shell_run(void);

/** Launch a VM and go, leaving it behind. @return exit status */
int gone_run(void);

#endif
