/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why does it hang?  Stop the machine, take down what every CPU and every VM
 * is at, and name the cause in one sentence.
 */
#ifndef TRIAGE_H
#define TRIAGE_H

#include <stdbool.h>

struct boot;

/**
 * Write triage.txt and core.elf into the evidence folder.
 *
 * @goes_on  the machine runs on afterwards; else it stays stopped
 * @return the sentence (the caller frees), or NULL when the machine does not
 *         answer: then nothing was written.
 * Takes a fraction of a second on a machine of 512 MiB.
 */
char *triage(struct boot *boot, bool goes_on);

#endif
