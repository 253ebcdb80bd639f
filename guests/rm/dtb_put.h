/* SPDX-License-Identifier: BSD-2-Clause */
/* What the resource manager has to say in a VM's device tree, node by node. */
#ifndef RM_DTB_PUT_H
#define RM_DTB_PUT_H

#include "dtb.h"
#include "dtb_pen.h"

/** Properties of /chosen. @old  the arguments that are there; NULL: none */
void dtb_put_chosen(struct pen *pen, const struct dtb_facts *facts,
                    const char *old);
bool dtb_has_seed(const struct dtb_facts *facts);

/** /memory, if the facts know of any. */
void dtb_put_memory(struct pen *pen, const struct dtb_facts *facts);

/** The devices it was given, below the root. */
void dtb_put_devices(struct pen *pen, const struct dtb_facts *facts);

/** Properties of /reserved-memory, and its nodes. */
void dtb_put_reserved(struct pen *pen);
void dtb_put_buffers(struct pen *pen, const struct dtb_facts *facts);

/** @return whether dtb_put_buffers puts a node of that name */
bool dtb_is_buffer(const struct dtb_facts *facts, const char *name);

/** /hypervisor, with all that is in it. */
void dtb_put_hypervisor(struct pen *pen, const struct dtb_facts *facts);

#endif
