/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending frames (<abi/frame.h>): numbered, checksummed lines of a report. */
#ifndef RT_FRAME_H
#define RT_FRAME_H

/** One frame of @kind (FRAME_*); a message that is too long is cut. */
__attribute__((format(printf, 2, 3))) void frame_put(const char *kind,
                                                     const char *fmt, ...);

/** One measured figure. */
void frame_bench(const char *row, unsigned long value, const char *unit);

#endif
