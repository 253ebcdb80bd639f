/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a parcel's life, by owner, borrower and a stranger. */
#ifndef VMM_SHARING_STEPS_H
#define VMM_SHARING_STEPS_H

#include <abi/rm.h>
#include <stddef.h>
#include <stdint.h>

#include "rt/mmu.h"

enum kind { LEND, SHARE, DONATE };
enum state { OFFERED, ACCEPTED, RELEASED, GONE, STATES };
enum who { OWNER, BORROWER, STRANGER, WHOS };
enum step { ACCEPT, RELEASE, RECLAIM, APPEND, NOTIFY, STEPS };

#define OK        RM_ERR_OK
#define DENIED    RM_ERR_DENIED
#define INUSE     RM_ERR_MEM_INUSE
#define NOT_THERE RM_ERR_MEM_RELEASED
#define NO_HANDLE RM_ERR_HANDLE_INVALID
#define CLOSED    RM_ERR_ARGUMENT_INVALID

/* The peers are ready from the first test on. */
#define BORROWING 0
#define STRANGE   1

/* Of the parcels, which are one page. */
#define LABEL 0x1234u
extern uint64_t sharing_page[PAGE_SIZE / 8];

/* How the last parcel was made, which who accepts it must know. */
extern enum rm_mem_transfer sharing_made;

/** Let @who ask the resource manager. @return enum rm_error */
uint32_t sharing_ask(enum who who, uint32_t id, const void *data, size_t len);

/** LEND, SHARE or DONATE the page to the borrower. */
uint32_t sharing_make(enum kind kind, uint8_t rights, uint32_t *handle);

/** NOTIFY is SHARED by the owner and RELEASED by all others. */
uint32_t sharing_step(enum who who, enum step step, uint32_t handle);

/** The tests of sharing_news.c, which need the peers as sharing.c's. */
void sharing_news(void);

#endif
