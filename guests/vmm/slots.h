/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio-mmio slots of a machine, where a VMM would put its devices.  Ours
 * are empty: a transport that says so, and holds nothing.
 */
#ifndef VMM_SLOTS_H
#define VMM_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "vmm/machine.h"

/** Let accesses to them come to us. @return enum rm_error */
uint32_t slots_attach(const struct machine *m);

/** Is @ipa in one of them? */
bool slots_have(const struct machine *m, uint64_t ipa);

/**
 * What a load of @size bytes there finds.  Stores do nothing.
 * Spec: Virtual I/O Device (VIRTIO), "MMIO Device Register Layout".
 */
uint64_t slots_read(uint64_t ipa, uint64_t size);

#endif
