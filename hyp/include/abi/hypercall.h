/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hypercall numbers and the two ways to make a call.
 *
 *   native   hvc #(HVC_BASE + n); arguments from X0, result in X0, X1...
 *   SMCCC    hvc #0, W0 = HVC_SMCCC(n); arguments from X1, result the same
 *
 * X0 to X7 carry arguments and results, X8 to X17 may be lost, everything else
 * is preserved.  X0 of the result is an enum hv_error (HVC_IDENTIFY excepted).
 * Numbers below HVC_TS_FIRST are Gunyah's ("Gunyah Hypercall API"); those from
 * there on are Touchstone's own.
 */
#ifndef ABI_HYPERCALL_H
#define ABI_HYPERCALL_H

#define HVC_BASE  0x6000 /* immediate of the native form */
#define HVC_COUNT 0x200  /* numbers reserved */

/* SMCCC: fast, 64 bit, owner 6 (vendor hypervisor), class "hypercall". */
#define HVC_SMCCC_BASE 0xc6008000u
#define HVC_SMCCC(n)   (HVC_SMCCC_BASE | (n))

#define HVC_IDENTIFY                      0x00
#define HVC_PARTITION_CREATE_PARTITION    0x01
#define HVC_PARTITION_CREATE_CSPACE       0x02
#define HVC_PARTITION_CREATE_ADDRSPACE    0x03
#define HVC_PARTITION_CREATE_MEMEXTENT    0x04
#define HVC_PARTITION_CREATE_THREAD       0x05
#define HVC_PARTITION_CREATE_DOORBELL     0x06
#define HVC_PARTITION_CREATE_MSGQUEUE     0x07
#define HVC_PARTITION_CREATE_WATCHDOG     0x09
#define HVC_PARTITION_CREATE_VIC          0x0a
#define HVC_PARTITION_CREATE_VPM_GROUP    0x0b
#define HVC_OBJECT_ACTIVATE               0x0c
#define HVC_OBJECT_ACTIVATE_FROM          0x0d
#define HVC_OBJECT_RESET                  0x0e
#define HVC_OBJECT_RESET_FROM             0x0f
#define HVC_DOORBELL_BIND_VIRQ            0x10
#define HVC_DOORBELL_UNBIND_VIRQ          0x11
#define HVC_DOORBELL_SEND                 0x12
#define HVC_DOORBELL_RECEIVE              0x13
#define HVC_DOORBELL_RESET                0x14
#define HVC_DOORBELL_MASK                 0x15
#define HVC_MSGQUEUE_BIND_SEND_VIRQ       0x17
#define HVC_MSGQUEUE_BIND_RECEIVE_VIRQ    0x18
#define HVC_MSGQUEUE_UNBIND_SEND_VIRQ     0x19
#define HVC_MSGQUEUE_UNBIND_RECEIVE_VIRQ  0x1a
#define HVC_MSGQUEUE_SEND                 0x1b
#define HVC_MSGQUEUE_RECEIVE              0x1c
#define HVC_MSGQUEUE_FLUSH                0x1d
#define HVC_MSGQUEUE_CONFIGURE_SEND       0x1f
#define HVC_MSGQUEUE_CONFIGURE_RECEIVE    0x20
#define HVC_MSGQUEUE_CONFIGURE            0x21
#define HVC_CSPACE_DELETE_CAP_FROM        0x22
#define HVC_CSPACE_COPY_CAP_FROM          0x23
#define HVC_CSPACE_REVOKE_CAP_FROM        0x24
#define HVC_CSPACE_CONFIGURE              0x25
#define HVC_HWIRQ_BIND_VIRQ               0x26
#define HVC_HWIRQ_UNBIND_VIRQ             0x27
#define HVC_VIC_CONFIGURE                 0x28
#define HVC_VIC_ATTACH_VCPU               0x29
#define HVC_ADDRSPACE_ATTACH_THREAD       0x2a
#define HVC_ADDRSPACE_MAP                 0x2b
#define HVC_ADDRSPACE_UNMAP               0x2c
#define HVC_ADDRSPACE_UPDATE_ACCESS       0x2d
#define HVC_ADDRSPACE_CONFIGURE           0x2e
#define HVC_ADDRSPACE_ATTACH_VDMA         0x2f
#define HVC_MEMEXTENT_MODIFY              0x30
#define HVC_MEMEXTENT_CONFIGURE           0x31
#define HVC_MEMEXTENT_CONFIGURE_DERIVE    0x32
#define HVC_VCPU_CONFIGURE                0x34
#define HVC_VCPU_POWERON                  0x38
#define HVC_VCPU_POWEROFF                 0x39
#define HVC_VCPU_KILL                     0x3a
#define HVC_SCHEDULER_YIELD               0x3b
#define HVC_VPM_GROUP_ATTACH_VCPU         0x3c
#define HVC_VCPU_SET_AFFINITY             0x3d
#define HVC_CSPACE_ATTACH_THREAD          0x3e
#define HVC_TRACE_UPDATE_CLASS_FLAGS      0x3f
#define HVC_WATCHDOG_ATTACH_VCPU          0x40
#define HVC_WATCHDOG_BIND_VIRQ            0x41
#define HVC_WATCHDOG_UNBIND_VIRQ          0x42
#define HVC_VPM_GROUP_BIND_VIRQ           0x43
#define HVC_VPM_GROUP_UNBIND_VIRQ         0x44
#define HVC_VPM_GROUP_GET_STATE           0x45
#define HVC_VCPU_SET_PRIORITY             0x46
#define HVC_VCPU_SET_TIMESLICE            0x47
#define HVC_PRNG_GET_ENTROPY              0x57
#define HVC_WATCHDOG_CONFIGURE            0x58
#define HVC_CSPACE_REVOKE_CAPS_FROM       0x59
#define HVC_ADDRSPACE_LOOKUP              0x5a
#define HVC_ADDRSPACE_CONFIGURE_INFO_AREA 0x5b
#define HVC_VCPU_BIND_VIRQ                0x5c
#define HVC_VCPU_UNBIND_VIRQ              0x5d
#define HVC_ADDRSPACE_CONFIGURE_VMMIO     0x60
#define HVC_MEMEXTENT_DONATE              0x61
#define HVC_ADDRSPACE_ATTACH_VDEVICE      0x62
#define HVC_WATCHDOG_MANAGE               0x63
#define HVC_VCPU_REGISTER_WRITE           0x64
#define HVC_VCPU_RUN                      0x65
#define HVC_VPM_GROUP_CONFIGURE           0x66
#define HVC_VGIC_SET_MPIDR_MAPPING        0x67
#define HVC_VCPU_RUN_CHECK                0x68

/*
 * Touchstone's own.
 *
 * TS_BOOT_INFO(0) -> X0 error, CNTPCT_EL0 at the first instruction of
 *                    X1 the firmware, X2 the hypervisor, X3 the first guest
 *                    (just before the first exception return to it)
 * TS_LEDGER(counter, 0) -> X0 error, X1 value: <abi/ledger.h>
 * TS_ROOT_ENV(index, 0) -> X0 error, X1...: <abi/root_env.h>
 * TS_PARTITION_LIMIT(parent, child, bytes, 0) -> X0 error: move that much of
 *                    the parent's limit to its child, back when negative
 * TS_DEAD() -> X0 error, X1 objects that nobody owns any more and that still
 *                    have to be destroyed; this call destroys none
 */
#define HVC_TS_FIRST           0x180
#define HVC_TS_BOOT_INFO       0x180
#define HVC_TS_LEDGER          0x181
#define HVC_TS_ROOT_ENV        0x182
#define HVC_TS_PARTITION_LIMIT 0x183
#define HVC_TS_DEAD            0x184

/* X0 of HVC_IDENTIFY */
#define HVC_API_VERSION    0x3fffull /* bits 13:0; 1 today */
#define HVC_API_BIG_ENDIAN (1ull << 14)
#define HVC_API_64BIT      (1ull << 15)
#define HVC_API_VARIANT    (0xffull << 56)
#define HVC_VARIANT_GUNYAH 0x48
#define HVC_VARIANT_QCOM   0x51

/* X1 of HVC_IDENTIFY: which families are there */
#define HVC_HAS_CSPACE    (1ull << 0) /* partitions and capability spaces */
#define HVC_HAS_DOORBELL  (1ull << 1)
#define HVC_HAS_MSGQUEUE  (1ull << 2)
#define HVC_HAS_VIC       (1ull << 3)
#define HVC_HAS_VPM       (1ull << 4)
#define HVC_HAS_VCPU      (1ull << 5)
#define HVC_HAS_MEMEXTENT (1ull << 6)
#define HVC_HAS_TRACE     (1ull << 7)
#define HVC_HAS_VCPU_RUN  (1ull << 11)

#endif
