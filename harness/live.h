/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One boot in the foreground, with somebody watching: --gdb, --console, demo.
 */
#ifndef LIVE_H
#define LIVE_H

#include "options.h"
#include "plan.h"
#include "result.h"

/** Boot @inst stopped and print the gdb line. @return exit status */
int live_gdb(const struct instance *inst, const struct options *opt);

/** Give the terminal to one VM. @return exit status */
int live_console(const struct instance *inst, const struct options *opt);

/** Show all streams, coloured, to the end. @return exit status */
int live_demo(const struct instance *inst, const struct options *opt);

#endif
