/* SPDX-License-Identifier: BSD-2-Clause */
/* Other VMs that do what a test here tells them (guests/tiny/peer.c). */
#ifndef VMM_PEERS_H
#define VMM_PEERS_H

#include <abi/rm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmm/mailbox.h"

#define PEERS_MAX 3

/* RM_MEM_APPEND with one range. */
struct __attribute__((packed)) peer_append {
	uint32_t handle;
	uint8_t flags, reserved[3]; /* 1: the last */
	uint16_t count, pad;
	struct rm_sgl_entry sgl;
};

/** Find the VM @name and share a mailbox with it. */
bool peer_open(unsigned peer, const char *name);

/** It is gone for good: the mailbox is ours alone. */
bool peer_close(unsigned peer);

uint16_t peer_vmid(unsigned peer);

/** Let it ask the resource manager. @return enum rm_error */
uint32_t peer_ask(unsigned peer, uint32_t id, const void *data, size_t len);

/** The first word that came behind it. */
uint32_t peer_answer(unsigned peer);

/* MEM_ACCEPT of one range; the ACL is not said. */
struct __attribute__((packed)) peer_accept {
	struct rm_mem_accept head;
	uint16_t acl_count, pad0;
	uint16_t sgl_count, map_vmid;
	struct rm_sgl_entry sgl;
	uint16_t attr_count, pad1;
};

/** As @transfer, at @ipa. */
struct peer_accept peer_accept_of(enum rm_mem_transfer transfer,
                                  uint32_t handle, uint64_t ipa);

/** Let it accept a parcel at MAILBOX_PLAY, or at @ipa. */
uint32_t peer_accept(unsigned peer, enum rm_mem_transfer transfer,
                     uint32_t handle);
uint32_t peer_accept_at(unsigned peer, enum rm_mem_transfer transfer,
                        uint32_t handle, uint64_t ipa);

/** Let it read or write a word. @return false: that faulted */
bool peer_touch(unsigned peer, bool writes, uint64_t at, uint64_t *value);

/** The last that the resource manager told it since it was asked; 0: nothing */
uint32_t peer_note(unsigned peer);

/** What came with it. @return bytes */
size_t peer_note_data(unsigned peer, const uint8_t **data);

/** Let it ask the resource manager what is not answered: VM_EXIT. */
void peer_post(unsigned peer, uint32_t id, const void *data, size_t len);

/** Handle of its mailbox. */
uint32_t peer_parcel(unsigned peer);

/** What it said to that, when it is done: nobody here listens meanwhile. */
uint32_t peer_posted(unsigned peer);

/**
 * Let it ring, or look at, the doorbell of that label in its device tree.
 * @flags  to send or to take; becomes those before
 * @intid  that tells it; 0: it is one to send to
 * @return false: there is none that it may use
 */
bool peer_bell(unsigned peer, uint32_t label, uint64_t *flags, unsigned *intid);

/** The end of a message queue, as its device tree has it. */
struct peer_end {
	unsigned intid;
	unsigned depth, size; /* messages; bytes of one, at most */
};

/** @return false: there is none of that label, or it is no such end alone */
bool peer_end(unsigned peer, uint32_t label, bool sends, struct peer_end *end);

/** Let it send, or receive; MAILBOX_DATA bytes at most. @return hv_error */
int64_t peer_send(unsigned peer, uint32_t label, const void *data, size_t len);
int64_t peer_receive(unsigned peer, uint32_t label, void *data, size_t *len);

/** Let it go off. @return whether the RM says that it is gone */
bool peer_off(unsigned peer);

/** It has gone and comes back: give it the mailbox again. */
bool peer_again(unsigned peer);

/** The device it was given: INTID with it, and the machine's; 0: none. */
unsigned peer_device(unsigned peer, unsigned *physical);

/** Let it write to a register of its device. */
bool peer_poke(unsigned peer, uint64_t offset, uint32_t value);

/** Let it listen to an interrupt; how often it has come since. */
bool peer_listen(unsigned peer, unsigned intid, enum mailbox_on on);
unsigned peer_heard(unsigned peer);

/** Let it go off, or reset itself; it is not waited for. */
void peer_leave(unsigned peer, bool resets);

/** LEND, SHARE or DONATE a page of ours; the second leaves it open. */
uint32_t peer_make(uint32_t id, uint16_t to, uint8_t rights, void *page,
                   uint32_t label, uint32_t *handle);
uint32_t peer_make_open(uint32_t id, uint16_t to, uint8_t rights, void *page,
                        uint32_t label, uint32_t *handle);

/** Let it LEND us a page of its own. */
uint32_t peer_lends_us(unsigned peer, uint32_t label, uint32_t *handle);

/** Accept a parcel here, and read its first word. */
uint32_t peer_accept_here(enum rm_mem_transfer transfer, uint32_t handle);
bool peer_touch_here(uint64_t *value);

#endif
