/* SPDX-License-Identifier: BSD-2-Clause */
#include "fatal.h"

#include "../../../firmware/print.h"

jmp_buf fatal_return;
char fatal_line[256];

void print(const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	format_text_v(line, sizeof(line), format, args);
	va_end(args);
}

_Noreturn void fatal(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	format_text_v(fatal_line, sizeof(fatal_line), format, args);
	va_end(args);
	longjmp(fatal_return, 1);
}
