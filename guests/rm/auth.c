/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/auth.h"

#include <string.h>

#include "firmware/sha256.h"
#include "rm/env.h"
#include "rm/launch.h"

static const char *list;
static size_t list_len;

void auth_begin(const char *images, size_t len)
{
	list = images;
	list_len = len;
}

static bool plays(const char *mutant)
{
	return strcmp(launch_mutant, mutant) == 0;
}

bool auth_is_private(const struct parcel *p, const struct vm *vm)
{
	if (p->kind == PARCEL_SHARE && !plays("rm-auth-shared")) {
		return false;
	}
	return !p->is_open && p->acl_count == 1 && p->acl[0].vmid == vm->vmid;
}

static bool is_zero(const uint8_t *at, size_t len)
{
	return len == 0 || (at[0] == 0 && memcmp(at, at + 1, len - 1) == 0);
}

/* Are the @size bytes at @at image @name, which has zeros behind? */
static bool is_image(const char *name, const uint8_t *at, size_t size,
                     uint8_t digest[SHA256_BYTES])
{
	const uint8_t *hash = env_image_hash(name);
	size_t len;

	if (hash == NULL || env_image(name, &len) == NULL || len > size) {
		return false;
	}
	sha256(digest, at, len, sha256_blocks_portable);
	return (memcmp(digest, hash, SHA256_BYTES) == 0 &&
	        is_zero(at + len, size - len)) ||
	       plays("rm-auth-skipped");
}

static bool is_known(const uint8_t *at, size_t size,
                     uint8_t digest[SHA256_BYTES])
{
	for (size_t i = 0; i < list_len; i += strlen(list + i) + 1) {
		if (is_image(list + i, at, size, digest)) {
			return true;
		}
	}
	return false;
}

enum rm_error auth_check(struct vm *vm, struct parcel *p)
{
	uint64_t size = vm->image.image_size;
	const uint8_t *at;

	if (!auth_is_private(p, vm)) {
		return RM_ERR_DENIED;
	}
	at = parcel_open(p, vm->image.image_offset, size);
	if (at == NULL) {
		return RM_ERR_VALIDATE_FAILED; /* it does not lie in one piece */
	}
	vm->is_authentic = is_known(at, size, vm->digest);
	parcel_close(p, vm->image.image_offset, size);
	p->vouched_for = vm->is_authentic ? vm->vmid : 0;
	return vm->is_authentic ? RM_ERR_OK : RM_ERR_VALIDATE_FAILED;
}
