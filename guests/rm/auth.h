/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Platform authentication: the memory of a VM that is to begin holds an image
 * that the scenario's "images" name, byte for byte, and nobody can change it.
 *
 * The firmware has checked every image of the bundle against its hash; the
 * bundle is read-only since.  What is vouched for is the image alone: the
 * device tree and what else lies in the memory are the owner's word.
 */
#ifndef RM_AUTH_H
#define RM_AUTH_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stddef.h>

#include "rm/parcel.h"
#include "rm/vms.h"

/** @images  names of the images, each with its NUL; stays where it is */
void auth_begin(const char *images, size_t len);

/** Can only @vm reach it from now on, and only its owner take it back? */
bool auth_is_private(const struct parcel *p, const struct vm *vm);

/**
 * Look at the image of @vm in @p, where CONFIG_IMAGE said it is.
 *
 * It must be the file as it is in the bundle, and zeros behind.  Then @p is
 * vouched for, until it is reclaimed, and vm->digest says which image it is.
 * @return DENIED           others can reach it
 *         VALIDATE_FAILED  it is none of them
 */
enum rm_error auth_check(struct vm *vm, struct parcel *p);

#endif
