/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace ring: what each CPU did last, always on.
 *
 * One ring per physical CPU, found by the table TRACE_TABLE_SYMBOL or through
 * its magic.  Only its own CPU writes a ring, with interrupts masked, so there
 * is no lock; a reader on another CPU or on the host takes head, copies, and
 * drops what head has since overtaken.  All fields are little-endian.
 *
 *     struct trace_ring   header, 64 bytes
 *     struct trace_record slot[count], 32 bytes each, count a power of two
 *
 * Record n (from 0) lies in slot n & (count - 1); head is the number of
 * records ever written.
 */
#ifndef ABI_TRACE_H
#define ABI_TRACE_H

#include <stdint.h>

#define TRACE_TABLE_SYMBOL "trace_rings"
#define TRACE_MAGIC        0x52435254u /* "TRCR" */
#define TRACE_VERSION      1

struct trace_record {
	uint64_t ticks; /* CNTPCT_EL0 */
	uint16_t id;    /* enum trace_id */
	uint8_t cpu;    /* physical CPU, index */
	uint8_t vcpu;   /* index inside the VM; 0xff: none */
	uint16_t vmid;  /* 0: none */
	uint16_t aux;   /* small argument, see the table */
	uint64_t a, b;  /* see the table */
};
_Static_assert(sizeof(struct trace_record) == 32, "part of the ABI");

struct trace_ring {
	uint32_t magic;
	uint16_t version;
	uint16_t record_size;
	uint32_t count; /* slots, a power of two */
	uint32_t cpu;
	uint64_t head; /* records written since boot */
	uint64_t ticks_per_second;
	uint64_t reserved[4];
	struct trace_record slot[];
};
_Static_assert(sizeof(struct trace_ring) == 64, "part of the ABI");

/*
 * id, name, what aux, a and b hold ("-" when unused).
 * New ids go at the end of their group; a number is never used twice.
 */
/* clang-format off */
#define TRACE_IDS(X)                                                          \
	X(0x00, NONE,        "-",        "-",           "-")                  \
	X(0x01, BOOT,        "stage",    "-",           "-")                  \
	X(0x02, CPU_UP,      "-",        "MPIDR",       "-")                  \
	X(0x03, PANIC,       "-",        "PC",          "ESR")                \
	X(0x10, EXIT_SYNC,   "EC",       "PC",          "ESR")                \
	X(0x11, EXIT_IRQ,    "INTID",    "PC",          "-")                  \
	X(0x12, EXIT_SERROR, "-",        "PC",          "ESR")                \
	X(0x13, ENTER,       "-",        "PC",          "-")                  \
	X(0x18, VCPU_ON,     "-",        "entry",       "context")            \
	X(0x19, VCPU_OFF,    "why",      "PC",          "-")                  \
	X(0x1a, VCPU_BLOCK,  "on what",  "PC",          "-")                  \
	X(0x1b, VCPU_WAKE,   "by what",  "-",           "-")                  \
	X(0x1c, SWITCH,      "-",        "from",        "to")                 \
	X(0x20, HYPERCALL,   "number",   "X0 or X1",    "result")             \
	X(0x21, SMCCC,       "-",        "function id", "result")             \
	X(0x22, SYSREG,      "write",    "encoding",    "value")              \
	X(0x23, MMIO,        "size|wr",  "IPA",         "value")              \
	X(0x24, ABORT,       "FSC",      "IPA",         "PC")                 \
	X(0x25, UNDEF,       "EC",       "PC",          "ESR")                \
	X(0x26, NO_SYNDROME, "FSC",      "IPA",         "PC")                 \
	X(0x30, VIRQ_RAISE,  "INTID",    "level",       "-")                  \
	X(0x31, VIRQ_LIST,   "INTID",    "list reg",    "-")                  \
	X(0x32, VIRQ_DONE,   "INTID",    "list reg",    "-")                  \
	X(0x33, MAINTENANCE, "-",        "ICH_MISR",    "-")                  \
	X(0x34, VTIMER,      "which",    "CVAL",        "-")                  \
	X(0x38, IPI,         "reason",   "target CPU",  "-")                  \
	X(0x40, VM_START,    "-",        "entry",       "-")                  \
	X(0x41, VM_END,      "why",      "-",           "-")                  \
	X(0x48, PAGE_OWNER,  "from|to",  "PA",          "pages")              \
	X(0x50, DOORBELL,    "send=1",   "flags",       "old")                \
	X(0x51, MSGQUEUE,    "send=1",   "size",        "queued")             \
	X(0x7f, MARK,        "-",        "a",           "b")
/* clang-format on */

/*
 * Classes that TRACE_UPDATE_CLASS_FLAGS switches on and off: class n, flag n,
 * is the ids from 8 * n on. All are on at boot; class 0 (boot, panic) is for
 * good. A record of a class that is off is not written and does not count.
 */
#define TRACE_CLASS_OF(id) ((id) >> 3)
#define TRACE_CLASSES      16
#define TRACE_CLASS_BOOT   0x0001u
#define TRACE_CLASS_EXITS  0x0004u
#define TRACE_CLASS_VCPUS  0x0008u
#define TRACE_CLASS_CALLS  0x0010u /* hypercalls, traps, MMIO, aborts */
#define TRACE_CLASS_VIRQS  0x0040u
#define TRACE_CLASS_IPIS   0x0080u
#define TRACE_CLASS_VMS    0x0100u
#define TRACE_CLASS_PAGES  0x0200u
#define TRACE_CLASS_IPC    0x0400u
#define TRACE_CLASS_MARKS  0x8000u
#define TRACE_CLASS_ALL    0xffffu

#define TRACE_ID_ENUM(num, name, aux, a, b) TRACE_##name = (num),
enum trace_id { TRACE_IDS(TRACE_ID_ENUM) };
_Static_assert(TRACE_CLASS_OF(TRACE_MARK) < TRACE_CLASSES, "a flag each");

#endif
