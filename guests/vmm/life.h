/* SPDX-License-Identifier: BSD-2-Clause */
/* For the files that make up machine.h: asking the RM about one machine. */
#ifndef VMM_LIFE_H
#define VMM_LIFE_H

#include "vmm/machine.h"

/** Hear its news from now on. */
void machine_know(struct machine *m);

/** The machines whose news we hear, in order; NULL: there are no more. */
struct machine *machine_known(unsigned index);

/** Note in @m->step which step failed, if it did. @return @error */
uint32_t machine_fail(struct machine *m, const char *step, uint32_t error);

#endif
