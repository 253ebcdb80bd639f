/* SPDX-License-Identifier: BSD-2-Clause */
/* A timeline (trace_timeline.c) as a picture. */
#ifndef TIMELINE_SVG_H
#define TIMELINE_SVG_H

#include <stdbool.h>
#include <stdio.h>

/**
 * Draw the timeline in file @path to @out: a row for each physical CPU with
 * who runs there, exits, interrupts and messages, over the time that all CPUs'
 * rings still remember.
 *
 * @return false after one complaint: not readable, not a timeline, or empty
 */
bool timeline_svg(const char *path, FILE *out);

#endif
