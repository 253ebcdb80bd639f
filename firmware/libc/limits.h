/* SPDX-License-Identifier: BSD-2-Clause */
/* What libfdt wants of <limits.h>. */
#ifndef FIRMWARE_LIMITS_H
#define FIRMWARE_LIMITS_H

#define INT_MAX   __INT_MAX__
#define UINT_MAX  (INT_MAX * 2u + 1u)
#define ULONG_MAX (__LONG_MAX__ * 2ul + 1ul)

#endif
