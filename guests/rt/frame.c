// SPDX-License-Identifier: BSD-2-Clause
/* Frames out of the console, one sender and one sequence for all CPUs. */
#include "rt/frame.h"

#include <abi/crc32.h>
#include <abi/frame.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "rt/console.h"
#include "rt/dt.h"
#include "rt/lock.h"

#define TAIL_LEN 11 /* " ~" crc "\n" */

static struct lock lock;
static unsigned next_seq;

/* Append @text, escaping what a frame may not carry. @return new length */
static size_t append_escaped(char *line, size_t len, size_t limit,
                             const char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (; *text != '\0'; text++) {
		uint8_t byte = (uint8_t)*text;
		bool is_plain = byte >= 0x20 && byte <= 0x7e && byte != '\\';

		if (len + (is_plain ? 1 : 4) > limit) {
			break;
		}
		if (is_plain) {
			line[len++] = (char)byte;
		} else {
			line[len++] = '\\';
			line[len++] = 'x';
			line[len++] = digits[byte >> 4];
			line[len++] = digits[byte & 15];
		}
	}
	return len;
}

void frame_put(const char *kind, const char *fmt, ...)
{
	static char line[FRAME_MAX], text[FRAME_MAX];
	unsigned src = dt_has_hypervisor() ? dt_vmid() : FRAME_SRC_REF;
	va_list args;
	size_t len;

	fflush(stdout); /* what a test printed comes before its result */
	lock_take(&lock);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);

	len = (size_t)snprintf(line, sizeof(line), FRAME_MARK "%02x %u %s ",
	                       src, next_seq++, kind);
	len = append_escaped(line, len, FRAME_MAX - TAIL_LEN, text);
	/* The checksum covers all that stands before " ~". */
	len += (size_t)snprintf(line + len, TAIL_LEN + 1, " ~%08lx\n",
	                        (unsigned long)abi_crc32(0, line, len));
	console_fresh_line();
	console_write(line, len);
	lock_drop(&lock);
}

void frame_bench(const char *row, unsigned long value, const char *unit)
{
	frame_put(FRAME_BENCH, "%s %lu %s", row, value, unit);
}
