/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/heap.h"

#include <errno.h>
#include <malloc.h>
#include <reent.h>

/* The linker's --wrap: whoever calls NAME comes to __wrap_NAME. */
void *__real__malloc_r(struct _reent *reent, size_t size);
void *__real__realloc_r(struct _reent *reent, void *old, size_t size);
void *__wrap__malloc_r(struct _reent *reent, size_t size);
void *__wrap__realloc_r(struct _reent *reent, void *old, size_t size);

static unsigned fails_in;
static bool has_failed;

void heap_fail_at(unsigned n)
{
	fails_in = n;
	has_failed = false;
}

bool heap_has_failed(void)
{
	return has_failed;
}

uint64_t heap_in_use(void)
{
	return mallinfo().uordblks;
}

static bool is_refused(struct _reent *reent)
{
	if (fails_in == 0 || --fails_in != 0) {
		return false;
	}
	has_failed = true;
	reent->_errno = ENOMEM;
	return true;
}

/* calloc and memalign end here, too. */
void *__wrap__malloc_r(struct _reent *reent, size_t size)
{
	return is_refused(reent) ? NULL : __real__malloc_r(reent, size);
}

/* One that cannot grow where it is asks for another: that may fail as well. */
void *__wrap__realloc_r(struct _reent *reent, void *old, size_t size)
{
	return is_refused(reent) ? NULL : __real__realloc_r(reent, old, size);
}
