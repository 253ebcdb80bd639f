/* SPDX-License-Identifier: BSD-2-Clause */
/* For the files that make up machine.h: asking the RM about one machine. */
#ifndef VMM_LIFE_H
#define VMM_LIFE_H

#include "vmm/machine.h"

/** Hear its news from now on. */
void machine_know(struct machine *m);

/** The machines whose news we hear, in order; NULL: there are no more. */
struct machine *machine_known(unsigned index);

/** The one with that VMID, or NULL. */
struct machine *machine_with_vmid(uint16_t vmid);

/** MEM_LEND, MEM_SHARE or MEM_LOOKUP_SGL of all its memory: its handle. */
uint32_t machine_ask_memory(struct machine *m, uint32_t id);

/** Its state, not as it was last heard; one that is not there has VMID 0. */
uint32_t machine_ask_state(struct machine *m);

/**
 * After a request that was not answered: what is there of @m?  If it was
 * started, it is ended.
 */
uint32_t machine_find_out(struct machine *m);

/** Note in @m->step which step failed, if it did. @return @error */
uint32_t machine_fail(struct machine *m, const char *step, uint32_t error);

#endif
