/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why does it hang?  Stop the machine, take down what every CPU and every VM
 * is at, and name the cause in one sentence.
 */
#ifndef TRIAGE_H
#define TRIAGE_H

struct boot;

/**
 * Write triage.txt and core.elf into the evidence folder.
 *
 * @return the sentence (the caller frees), or NULL when the machine does not
 *         answer: then nothing was written.
 * Takes less than two seconds on a machine of 512 MiB; the machine is stopped
 * afterwards.
 */
char *triage(struct boot *boot);

#endif
