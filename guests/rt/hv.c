/* SPDX-License-Identifier: BSD-2-Clause */
#include "rt/hv.h"

#include <stddef.h>
#include <string.h>

#include "rt/call.h"

struct hv hv_call(unsigned number, const uint64_t arg[8])
{
	uint64_t x[8];
	struct hv result;

	memcpy(x, arg, sizeof(x));
	hvc_native(number, x);
	result.err = (int64_t)x[0];
	memcpy(result.out, &x[1], sizeof(result.out));
	return result;
}

#define NAME(num, name) { (num), #name },
static const struct {
	int64_t err;
	const char *name;
} names[] = { HV_ERRORS(NAME) };

const char *hv_error_name(int64_t err)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].err == err) {
			return names[i].name;
		}
	}
	return "?";
}
