/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of hvc_objects share. */
#ifndef TINY_HVC_OBJECTS_H
#define TINY_HVC_OBJECTS_H

#include "ours.h"

/** The counter of the ledger that is not as before, "nothing". */
const char *ledger_changed(void);

#endif
