/* SPDX-License-Identifier: BSD-2-Clause */
/* What libfdt wants of <stdlib.h>. */
#ifndef FIRMWARE_STDLIB_H
#define FIRMWARE_STDLIB_H

#include <stddef.h>

unsigned long strtoul(const char *s, char **end, int base);

#endif
