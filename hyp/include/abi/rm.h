/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resource manager's protocol: messages over a pair of message queues.
 *
 * A message is cut into packets of at most RM_PACKET_MAX bytes.  Each begins
 * with struct rm_header; the first carries the type, the number of packets
 * that follow, a sequence number and the message id, and continuations repeat
 * all but the type.  A reply begins with a 32-bit enum rm_error.
 * All fields are little-endian.  Numbers as in Gunyah's resource manager.
 */
#ifndef ABI_RM_H
#define ABI_RM_H

#include <stdint.h>

#define RM_VMID         255
#define RM_PACKET_MAX   240 /* bytes of one queue message, header included */
#define RM_PAYLOAD_MAX  (RM_PACKET_MAX - 8)
#define RM_FRAGMENT_MAX 62 /* continuations of one message */
#define RM_MESSAGE_MAX  (RM_PAYLOAD_MAX * (RM_FRAGMENT_MAX + 1))

#define RM_VERSION      1 /* bits 3:0 of api */
#define RM_HEADER_WORDS 2 /* bits 7:4 of api */
#define RM_API          (RM_VERSION | RM_HEADER_WORDS << 4)

enum rm_type {
	RM_CONTINUATION = 0,
	RM_REQUEST = 1,
	RM_REPLY = 2,
	RM_NOTIFICATION = 3,
};

struct rm_header {
	uint8_t api;  /* RM_API */
	uint8_t type; /* 1:0 enum rm_type, 7:2 packets that follow */
	uint16_t seq;
	uint32_t id; /* enum rm_message */
};
_Static_assert(sizeof(struct rm_header) == 8, "part of the ABI");

/* clang-format off */
#define RM_ERRORS(X)                                                          \
	X(OK,               0x00)                                             \
	X(NOMEM,            0x01)                                             \
	X(NORESOURCE,       0x02)                                             \
	X(DENIED,           0x03)                                             \
	X(MSG_INVALID,      0x04)                                             \
	X(BUSY,             0x05)                                             \
	X(ARGUMENT_INVALID, 0x06)                                             \
	X(HANDLE_INVALID,   0x07)                                             \
	X(VALIDATE_FAILED,  0x08)                                             \
	X(MAP_FAILED,       0x09)                                             \
	X(MEM_INVALID,      0x0a)                                             \
	X(MEM_INUSE,        0x0b)                                             \
	X(MEM_RELEASED,     0x0c)                                             \
	X(VMID_INVALID,     0x0d)                                             \
	X(LOOKUP_FAILED,    0x0e)                                             \
	X(IRQ_INVALID,      0x0f)                                             \
	X(IRQ_INUSE,        0x10)                                             \
	X(IRQ_RELEASED,     0x11)                                             \
	X(IN_USE,           0x12)                                             \
	X(IRQ_NOT_MAPPED,   0x13)                                             \
	X(VM_STATE,         0x14)                                             \
	X(UNIMPLEMENTED,    0xffffffff)

#define RM_MESSAGES(X)                                                        \
	/* memory */                                                          \
	X(MEM_DONATE,        0x51000010)                                      \
	X(MEM_ACCEPT,        0x51000011)                                      \
	X(MEM_LEND,          0x51000012)                                      \
	X(MEM_SHARE,         0x51000013)                                      \
	X(MEM_RELEASE,       0x51000014)                                      \
	X(MEM_RECLAIM,       0x51000015)                                      \
	X(MEM_NOTIFY,        0x51000017)                                      \
	X(MEM_APPEND,        0x51000018)                                      \
	X(MEM_LOOKUP_SGL,    0x5100001a)                                      \
	X(FW_MILESTONE,      0x51000020)                                      \
	X(MEM_SHARED,        0x51100011)                                      \
	X(MEM_RELEASED,      0x51100012)                                      \
	X(MEM_ACCEPTED,      0x51100013)                                      \
	X(MEM_RECALL,        0x51100014)                                      \
	/* virtual machines */                                                \
	X(VM_ALLOCATE,       0x56000001)                                      \
	X(VM_DEALLOCATE,     0x56000002)                                      \
	X(VM_START,          0x56000004)                                      \
	X(VM_STOP,           0x56000005)                                      \
	X(VM_RESET,          0x56000006)                                      \
	X(VM_CONFIG_IMAGE,   0x56000009)                                      \
	X(VM_AUTH_IMAGE,     0x5600000a)                                      \
	X(VM_INIT,           0x5600000b)                                      \
	X(VM_GET_ID,         0x56000010)                                      \
	X(VM_LOOKUP_URI,     0x56000011)                                      \
	X(VM_LOOKUP_GUID,    0x56000012)                                      \
	X(VM_LOOKUP_NAME,    0x56000013)                                      \
	X(VM_GET_OWNER,      0x56000015)                                      \
	X(VM_GET_STATE,      0x56000017)                                      \
	X(VM_GET_CRASH_MSG,  0x56000019)                                      \
	X(VM_GET_HYP_RESOURCES, 0x56000020)                                   \
	X(VM_GET_HYP_CAPIDS, 0x56000021)                                      \
	X(VM_GET_HYP_IRQS,   0x56000022)                                      \
	X(VM_GET_VMID,       0x56000024)                                      \
	X(VM_SET_CONTEXT,    0x56000031)                                      \
	X(VM_SET_FIRMWARE_MEM, 0x56000032)                                    \
	X(VM_IRQ_ACCEPT,     0x56000050)                                      \
	X(VM_IRQ_LEND,       0x56000051)                                      \
	X(VM_IRQ_RELEASE,    0x56000052)                                      \
	X(VM_IRQ_RECLAIM,    0x56000053)                                      \
	X(VM_IRQ_NOTIFY,     0x56000054)                                      \
	X(VM_IRQ_UNMAP,      0x56000055)                                      \
	X(VM_SET_STATUS,     0x56000080)                                      \
	X(VM_CONSOLE_OPEN,   0x56000081)                                      \
	X(VM_CONSOLE_CLOSE,  0x56000082)                                      \
	X(VM_CONSOLE_WRITE,  0x56000083)                                      \
	X(VM_CONSOLE_FLUSH,  0x56000084)                                      \
	X(VM_EXIT,           0x56000085)                                      \
	X(VM_SET_CRASH_MSG,  0x56000086)                                      \
	/* Touchstone's own */                                                \
	X(TS_LEDGER,         0x56ff0001)                                      \
	X(TS_FAIL_AT,        0x56ff0002)                                      \
	X(TS_PAUSE,          0x56ff0003)                                      \
	X(TS_RESUME,         0x56ff0004)                                      \
	/* notifications */                                                   \
	X(VM_EXITED,         0x56100001)                                      \
	X(VM_SHUTDOWN,       0x56100002)                                      \
	X(VM_STATUS,         0x56100008)                                      \
	X(VM_IRQ_LENT,       0x56100011)                                      \
	X(VM_IRQ_RELEASED,   0x56100012)                                      \
	X(VM_IRQ_ACCEPTED,   0x56100013)                                      \
	X(VM_CONSOLE_CHARS,  0x56100080)

#define RM_VM_STATES(X)                                                       \
	X(NONE,        0)                                                     \
	X(INIT,        1)                                                     \
	X(READY,       2)                                                     \
	X(RUNNING,     3)                                                     \
	X(PAUSED,      4)                                                     \
	X(LOAD,        5)                                                     \
	X(AUTH,        6)                                                     \
	X(INIT_FAILED, 8)                                                     \
	X(EXITED,      9)                                                     \
	X(RESETTING,  10)                                                     \
	X(RESET,      11)

#define RM_EXITS(X)                                                           \
	X(VM_EXIT,      0)                                                    \
	X(SYSTEM_OFF,   1)                                                    \
	X(SYSTEM_RESET, 2)                                                    \
	X(SYSTEM_RESET2, 3)                                                   \
	X(WATCHDOG,     4)                                                    \
	X(FAULT,        5)                                                    \
	X(HW_ERROR,     6)                                                    \
	X(FORCED,       7)
/* clang-format on */

#define RM_ERROR_ENUM(name, num)   RM_ERR_##name = (num),
#define RM_MESSAGE_ENUM(name, num) RM_##name = (num),
#define RM_STATE_ENUM(name, num)   RM_STATE_##name = (num),
#define RM_EXIT_ENUM(name, num)    RM_EXIT_##name = (num),
/* clang-format off */
enum rm_error   { RM_ERRORS(RM_ERROR_ENUM) };
enum rm_message { RM_MESSAGES(RM_MESSAGE_ENUM) };
enum rm_state   { RM_VM_STATES(RM_STATE_ENUM) };
enum rm_exit    { RM_EXITS(RM_EXIT_ENUM) };
/* clang-format on */

#define RM_STATE_COUNT 12

/* VMIDs by who makes the VM. */
#define RM_VMID_HYP         0
#define RM_VMID_PRIMARY     3
#define RM_VMID_STATIC_MAX  63
#define RM_VMID_DYNAMIC_MIN 0x80
#define RM_VMID_DYNAMIC_MAX 0xbf

/* TS_FAIL_AT, of messages: it is refused, not lost. */
#define RM_FAIL_REFUSED 0x80000000u

/* Its answer, of the resource manager's allocations: before this request. */
struct rm_heap {
	uint64_t in_use;     /* bytes */
	uint32_t has_failed; /* the one that was to fail has been asked for */
	uint32_t reserved;
};

/* Payload of most VM_* requests. */
struct rm_vmid {
	uint16_t vmid;
	uint16_t reserved;
};

struct rm_stop {
	uint16_t vmid;
	uint8_t flags; /* RM_STOP_FORCE */
	uint8_t reserved;
	uint32_t reason; /* RM_STOP_REASON_FORCE */
};
#define RM_STOP_FORCE        0x1
#define RM_STOP_REASON_FORCE 3

struct rm_config_image {
	uint16_t vmid;
	uint16_t auth; /* enum rm_auth */
	uint32_t memparcel;
	uint64_t image_offset, image_size; /* bytes, inside the parcel */
	uint64_t dt_offset, dt_size;
};
enum rm_auth { RM_AUTH_NONE, RM_AUTH_PLATFORM, RM_AUTH_ANDROID };
_Static_assert(sizeof(struct rm_config_image) == 40, "part of the ABI");

struct rm_set_context {
	uint16_t vmid;
	uint8_t set; /* enum rm_context_set */
	uint8_t index;
	uint32_t reserved;
	uint64_t value;
};
enum rm_context_set { RM_CONTEXT_X, RM_CONTEXT_PC, RM_CONTEXT_SP_EL };
_Static_assert(sizeof(struct rm_set_context) == 16, "part of the ABI");

struct rm_vm_status {
	uint16_t vmid;
	uint16_t reserved;
	uint8_t vm; /* enum rm_state */
	uint8_t os;
	uint16_t app;
};
_Static_assert(sizeof(struct rm_vm_status) == 8, "part of the ABI");

struct rm_vm_exited {
	uint16_t vmid;
	uint16_t type;        /* enum rm_exit */
	uint32_t reason_size; /* bytes that follow */
};

/* First word of a reason: flags, and a code from bit 16 on. */
#define RM_EXIT_RESTART     0x1u
#define RM_EXIT_CODE_SHIFT  16
#define RM_EXIT_CODE_NORMAL 0u
#define RM_EXIT_CODE_SW     1u

/* One row of VM_GET_HYP_RESOURCES' answer, behind a 32-bit count. */
struct rm_resource {
	uint8_t type; /* enum rm_resource_type */
	uint8_t reserved;
	uint16_t partner; /* VMID */
	uint32_t handle;
	uint32_t label;
	uint32_t cap_lo, cap_hi;
	uint32_t virq_handle;
	uint32_t virq;
	uint32_t base_lo, base_hi;
	uint32_t size_lo, size_hi;
};
_Static_assert(sizeof(struct rm_resource) == 44, "part of the ABI");

/* The same rows cut short, for VM_GET_HYP_CAPIDS and VM_GET_HYP_IRQS: only
 * those that have a capability, or an interrupt. */
struct rm_resource_cap {
	uint8_t type;
	uint8_t reserved;
	uint16_t partner;
	uint32_t label;
	uint32_t cap_lo, cap_hi;
};
_Static_assert(sizeof(struct rm_resource_cap) == 16, "part of the ABI");

struct rm_resource_irq {
	uint8_t type;
	uint8_t reserved;
	uint16_t partner;
	uint32_t label;
	uint32_t virq_handle;
	uint32_t virq;
};
_Static_assert(sizeof(struct rm_resource_irq) == 16, "part of the ABI");

/* One row of VM_GET_ID's answer, behind a 32-bit count; then its size in
 * bytes, filled up with zeros to whole words. */
struct rm_id {
	uint8_t type; /* enum rm_id_type */
	uint8_t reserved;
	uint16_t size;
};
enum rm_id_type {
	RM_ID_GUID,
	RM_ID_URI,
	RM_ID_NAME,
	RM_ID_SIGN_AUTH, /* here: SHA-256 of an image that was authenticated */
};

enum rm_resource_type {
	RM_RES_DOORBELL_SRC,
	RM_RES_DOORBELL,
	RM_RES_MSGQUEUE_SEND,
	RM_RES_MSGQUEUE_RECEIVE,
	RM_RES_VCPU,
	RM_RES_VPM,
	RM_RES_VIRTIO_MMIO,
	RM_RES_VRTC,
	RM_RES_WATCHDOG,
	RM_RES_MEMEXTENT,
	RM_RES_ADDRSPACE,
};

/* Requests that make a memory parcel: this, then an ACL list (u16 count, u16
 * 0, entries), an SGL list and a list of attributes (both u16 count, u16 0,
 * entries). Answer: u32 error, u32 handle.  LOOKUP_SGL has the same payload, the
 * attributes may be missing, and finds the caller's parcel that was made with
 * that label, for these VMs, of these ranges: for who did not hear the answer
 * when it was made. */
struct rm_mem_create {
	uint8_t type; /* enum rm_mem_type */
	uint8_t reserved0;
	uint8_t flags; /* RM_MEM_* */
	uint8_t reserved1;
	uint32_t label;
};
enum rm_mem_type { RM_MEM_NORMAL, RM_MEM_IO };
#define RM_MEM_SANITIZE 0x1
#define RM_MEM_MORE     0x2 /* RM_MEM_APPEND requests follow */

struct rm_acl_entry {
	uint16_t vmid;
	uint8_t rights; /* RM_ACL_* */
	uint8_t reserved;
};
#define RM_ACL_X 0x1
#define RM_ACL_W 0x2
#define RM_ACL_R 0x4

struct rm_sgl_entry {
	uint64_t ipa;
	uint64_t size; /* bytes */
};
#define RM_SGL_MAX 512 /* entries of one message */

/* How the memory of a parcel came to be another's. */
enum rm_mem_transfer {
	RM_TRANSFER_DONATE,
	RM_TRANSFER_LEND,
	RM_TRANSFER_SHARE,
};

/* MEM_ACCEPT: this, then lists as above: an ACL, what is to be mapped where
 * (its u16 0 is a VMID with MAP_OTHER), attributes. */
struct rm_mem_accept {
	uint32_t handle;
	uint8_t type;     /* enum rm_mem_type: must be the parcel's */
	uint8_t transfer; /* enum rm_mem_transfer: the same */
	uint8_t flags;    /* RM_ACCEPT_* */
	uint8_t reserved;
	uint32_t label;
};
_Static_assert(sizeof(struct rm_mem_accept) == 12, "part of the ABI");
#define RM_ACCEPT_SANITIZED  0x01 /* it must have been asked for when made */
#define RM_ACCEPT_ACL        0x02 /* the ACL must be the parcel's */
#define RM_ACCEPT_LABEL      0x04 /* the label must */
#define RM_ACCEPT_MAP_OTHER  0x08
#define RM_ACCEPT_CONTIGUOUS 0x10
#define RM_ACCEPT_SANITIZE   0x20
#define RM_ACCEPT_DONE       0x80

/* MEM_NOTIFY; with SHARED perhaps a list of who is told behind it: u16 count,
 * u16 0, entries of u16 VMID, u16 0.  Without: all of the ACL. */
struct rm_mem_notify {
	uint32_t handle;
	uint8_t flags; /* one of RM_NOTIFY_* */
	uint8_t reserved[3];
	uint32_t tag; /* all who notify of a parcel say the first one's */
};
#define RM_NOTIFY_SHARED   0x1
#define RM_NOTIFY_RELEASED 0x2
#define RM_NOTIFY_ACCEPTED 0x4
#define RM_NOTIFY_RECALL   0x8

/* MEM_SHARED: this, then lists: the ACL, the sizes of the ranges (u64 each),
 * attributes. */
struct rm_mem_shared {
	uint32_t handle;
	uint8_t type;
	uint8_t transfer;
	uint8_t flags; /* RM_MEM_SANITIZE */
	uint8_t reserved0;
	uint16_t owner; /* VMID */
	uint16_t reserved1;
	uint32_t label;
	uint32_t tag;
};
_Static_assert(sizeof(struct rm_mem_shared) == 20, "part of the ABI");

/* MEM_RELEASED, MEM_ACCEPTED: to the owner. */
struct rm_mem_news {
	uint32_t handle;
	uint16_t vmid; /* of the borrower */
	uint16_t reserved;
	uint32_t tag;
};

/* VM_IRQ_LEND; answer: u32 handle.  INTIDs are those of the VM that says them. */
struct rm_irq_lend {
	uint16_t borrower; /* VMID */
	uint16_t reserved;
	uint32_t virq;
	uint32_t label;
};
_Static_assert(sizeof(struct rm_irq_lend) == 12, "part of the ABI");

/* VM_IRQ_ACCEPT; answer: u32 INTID.  RELEASE and RECLAIM: u32 handle;
 * UNMAP: u64 count, u32 INTIDs. */
struct rm_irq_accept {
	uint32_t handle;
	uint32_t virq; /* or RM_IRQ_ANY */
};
#define RM_IRQ_ANY 0xffffffffu

/* VM_IRQ_NOTIFY; with TELL_LENT perhaps a list of VMIDs behind it: u16 count,
 * u16 0, entries of u16 VMID, u16 0. */
struct rm_irq_notify {
	uint32_t handle;
	uint32_t flags; /* one of RM_IRQ_TELL_* */
};
#define RM_IRQ_TELL_LENT     0x1
#define RM_IRQ_TELL_RELEASED 0x2
#define RM_IRQ_TELL_ACCEPTED 0x4

/* VM_IRQ_LENT, to the borrower; VM_IRQ_RELEASED and ACCEPTED, to the owner:
 * u32 handle. */
struct rm_irq_lent {
	uint16_t owner; /* VMID */
	uint16_t reserved;
	uint32_t handle;
	uint32_t label;
};
_Static_assert(sizeof(struct rm_irq_lent) == 12, "part of the ABI");

#endif
