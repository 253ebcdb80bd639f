/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM on request that does what a test tells it, life after life. */
#ifndef VMM_CALLS_H
#define VMM_CALLS_H

#include <stdbool.h>

#include "vmm/machine.h"

#define CALLS_PEER 0 /* its number for peers.h */

extern struct machine calls_vm;

/**
 * Launch it, and wait until it listens.
 * @vdevices  adds to the device tree that the resource manager will get; NULL
 * @return    NULL, or what is wrong
 */
const char *calls_begin(void (*vdevices)(void *tree));

/** For @vdevices above: one more node in it. @return the node */
int calls_add_node(void *tree, const char *name, const char *type);

/**
 * What we have of the VM, by GET_HYP_RESOURCES.
 * @count  rows there are
 * @return false: none of that type and label
 */
bool calls_find_row(enum rm_resource_type type, uint32_t label,
                    struct rm_resource *row, uint32_t *count);

/**
 * The launch must fail cleanly; what there is is taken down again.
 * @return enum rm_error of it
 */
uint32_t calls_refusal(void (*vdevices)(void *tree));

/** How the last launch went: enum rm_error. */
uint32_t calls_error(void);

/** Wait for its end, which must be @exit, told once, and take it down. */
const char *calls_end(enum rm_exit exit);

/** Let it go off, and the same. */
const char *calls_leave(void);

/** Hear what there is: what the other calls here do not throw away. */
void calls_hear(void);

/** Note the ledger; what is in it then is what differs from that. */
bool calls_mark(void);
const char *calls_difference(void);

#define CALLS_MUST(does)                                             \
	do {                                                         \
		const char *wrong = does;                            \
                                                                     \
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong); \
	} while (0)

#endif
