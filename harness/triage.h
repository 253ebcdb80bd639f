/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why does it hang?  Stop the machine, ask QEMU where every CPU is, and name
 * the places by the symbols of all ELF files of the boot.
 */
#ifndef TRIAGE_H
#define TRIAGE_H

struct boot;

/**
 * Write registers.txt (everything QEMU knows) and triage.txt (a line a CPU)
 * into the evidence folder, and add the first of those lines to the judge's
 * message.  Does nothing when QMP does not answer.
 */
void triage(struct boot *boot);

#endif
