/* SPDX-License-Identifier: BSD-2-Clause */
/* What --changed says before anything runs, a line or two each. */
#ifndef CHANGED_SAY_H
#define CHANGED_SAY_H

#include <stdio.h>

#include "choose.h"

/** What has changed since @ref. */
void say_changes(FILE *say, const char *ref, const struct changes *changes);

/** Why there is no choice, if so: everything depends on a change, or there is
 * no map. */
void say_why_all(FILE *say, const struct choice_input *in);

/** The changed functions that no scenario in the map reaches. */
void say_unreached(FILE *say, const struct choice_input *in);

#endif
