/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ledger: how much of everything is in use (TS_LEDGER).
 *
 * After a VM is gone every counter must be what it was before the VM came, but
 * for TIMERS and those from TRACE_RECORDS on, which move by themselves.
 * A guest reads one counter per call; only the root VM may.
 *
 *     TS_LEDGER(counter, 0) -> X0 error, X1 value
 *
 *     ARGUMENT_INVALID  no such counter
 *     DENIED            the caller is not the root VM
 *
 * Rows: name, unit and what it counts.  New ones go at the end.
 */
#ifndef ABI_LEDGER_H
#define ABI_LEDGER_H

/* clang-format off */
#define LEDGER_ROWS(X)                                                        \
	X(HEAP_FREE,          "pages of EL2's heap that are free")            \
	X(HEAP_STAGE1,        "heap pages: EL2's translation tables")         \
	X(HEAP_STAGE2,        "heap pages: stage-2 tables")                   \
	X(HEAP_STACK,         "heap pages: stacks")                           \
	X(HEAP_SLAB,          "heap pages: small objects")                    \
	X(HEAP_VCPU,          "heap pages: VMs and vCPUs")                    \
	X(HEAP_VGIC,          "heap pages: virtual interrupt controllers")    \
	X(HEAP_OBJECT,        "heap pages: capability tables, queues")        \
	X(HEAP_OWNER,         "heap pages: page ownership")                   \
	X(SLAB_OBJECTS,       "small objects")                                \
	X(RAM_HYP,            "pages of RAM: EL2's, and read-only images")    \
	X(RAM_FREE,           "pages of RAM: free")                           \
	X(RAM_OWNED,          "pages of RAM: owned")                          \
	X(RAM_SHARED,         "pages of RAM: owned, mapped more than once")   \
	X(RAM_LENT,           "pages of RAM: lent")                           \
	X(RAM_LENT_SHARED,    "pages of RAM: lent, mapped more than once")    \
	X(PARTITION_LIMIT,    "bytes: limit of the root partition")           \
	X(PARTITION_USED,     "bytes: in use of it")                          \
	X(VMIDS,              "VMIDs in use")                                 \
	X(OBJ_PARTITION,      "partitions, without the root partition")       \
	X(OBJ_CSPACE,         "capability spaces")                            \
	X(OBJ_ADDRSPACE,      "address spaces")                               \
	X(OBJ_MEMEXTENT,      "memory extents")                               \
	X(OBJ_THREAD,         "threads")                                      \
	X(OBJ_DOORBELL,       "doorbells")                                    \
	X(OBJ_MSGQUEUE,       "message queues")                               \
	X(OBJ_WATCHDOG,       "watchdogs")                                    \
	X(OBJ_VIC,            "virtual interrupt controllers")                \
	X(OBJ_VPM_GROUP,      "VM groups")                                    \
	X(OBJ_HWIRQ,          "hardware interrupts")                          \
	X(CAPS,               "capabilities, revoked ones too")               \
	X(VIRQS_BOUND,        "virtual interrupts with a source")             \
	X(TIMERS,             "EL2 timers that are armed")                    \
	X(TRACE_RECORDS,      "trace records written: no less than exits")    \
	X(TLB_FLUSHES,        "times that TLB entries of a VM were dropped")  \
	X(CACHE_BYTES,        "bytes of RAM cleaned or flushed from caches")
/* clang-format on */

#define LEDGER_ENUM(name, text) LEDGER_##name,
enum ledger_counter { LEDGER_ROWS(LEDGER_ENUM) LEDGER_COUNT };

#endif
