/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts of our own, and how often they came. */
#ifndef TINY_LISTEN_H
#define TINY_LISTEN_H

#define LISTEN_MAX 64 /* INTIDs below */

/** How often each came since listen_to. */
extern volatile unsigned heard[LISTEN_MAX];

/** Enable @intid as an edge, and count it from 0 on. */
void listen_to(unsigned intid);

#endif
