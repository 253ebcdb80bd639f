// SPDX-License-Identifier: BSD-2-Clause
/* What newlib asks of an operating system. */
#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <time.h>

#include "rt/call.h"
#include "rt/console.h"
#include "rt/fault.h"
#include "rt/main.h"
#include "rt/sysreg.h"

int _write(int file, const char *data, int len);
int _read(int file, char *data, int len);
void *_sbrk(ptrdiff_t increment);
_Noreturn void _exit(int status);
int _close(int file);
int _fstat(int file, struct stat *status);
int _isatty(int file);
off_t _lseek(int file, off_t offset, int whence);
int _kill(int pid, int signal);
int _getpid(void);
clock_t _times(struct tms *times);

static uintptr_t heap_next, heap_end;

void heap_init(uint64_t start, uint64_t end)
{
	heap_next = start;
	heap_end = end;
}

int _write(int file, const char *data, int len)
{
	(void)file;
	console_write(data, (size_t)len);
	return len;
}

int _read(int file, char *data, int len)
{
	(void)file;
	if (len < 1) {
		return 0;
	}
	data[0] = (char)console_read();
	return 1;
}

void *_sbrk(ptrdiff_t increment)
{
	uintptr_t old = heap_next;

	if (heap_next + (uintptr_t)increment > heap_end) {
		errno = ENOMEM;
		return (void *)-1;
	}
	heap_next += (uintptr_t)increment;
	return (void *)old;
}

void _exit(int status)
{
	(void)status; /* a report, not a status, says how it went */
	power_off();
}

int _close(int file)
{
	(void)file;
	return 0;
}

int _fstat(int file, struct stat *status)
{
	(void)file;
	status->st_mode = S_IFCHR;
	return 0;
}

int _isatty(int file)
{
	(void)file;
	return 1;
}

off_t _lseek(int file, off_t offset, int whence)
{
	(void)file, (void)offset, (void)whence;
	return 0;
}

int _kill(int pid, int signal)
{
	(void)pid;
	fatal("signal %d raised", signal);
}

int _getpid(void)
{
	return 1;
}

/* clock(): processor time is counter time, in CLOCKS_PER_SEC units. */
clock_t _times(struct tms *times)
{
	clock_t now = (clock_t)(cntvct() / (cntfrq() / CLOCKS_PER_SEC + 1));

	times->tms_utime = now;
	times->tms_stime = times->tms_cutime = times->tms_cstime = 0;
	return now;
}
