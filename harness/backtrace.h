/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses that a dying guest or hypervisor printed, as names and lines.
 */
#ifndef BACKTRACE_H
#define BACKTRACE_H

struct boot;

/**
 * Write backtrace.txt into the evidence folder: for each stream that printed
 * a backtrace, "STREAM: ADDRESS NAME+OFFSET (FILE:LINE)" a line, by the ELF
 * file its image was made from.  Writes nothing when nobody printed one.
 * To be called when the logs are closed.
 */
void backtrace_write(struct boot *boot);

#endif
