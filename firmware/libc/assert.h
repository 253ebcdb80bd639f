/* SPDX-License-Identifier: BSD-2-Clause */
/* static_assert for headers shared with the host; no run-time assert. */
#ifndef FIRMWARE_ASSERT_H
#define FIRMWARE_ASSERT_H

#define static_assert _Static_assert

#endif
