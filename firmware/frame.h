/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing a test report, line by line (abi/frame.h), with source 00. */
#ifndef FIRMWARE_FRAME_H
#define FIRMWARE_FRAME_H

/* One frame; text that does not fit into a frame is cut. */
void frame_put(const char *kind, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
