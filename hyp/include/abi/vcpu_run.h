/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What HVC_VCPU_RUN tells its caller: X1 the state, X2 to X4 data.
 *
 * Source: Gunyah Hypercall API, "Run a Proxy-Scheduled VCPU Thread".
 */
#ifndef ABI_VCPU_RUN_H
#define ABI_VCPU_RUN_H

/*
 * state                   data
 * READY                   -                  preempted; run it again
 * EXPECTS_WAKEUP          sleep type, cause  0: WFI, else PSCI power_state
 * POWERED_OFF             1: not before the VM is reset; 1: its watchdog bit
 * BLOCKED                 -                  for a moment; run it again
 * VMMIO_READ              IPA, bytes         resume0: the value
 * VMMIO_WRITE             IPA, bytes, value
 * FAULT                   -
 * SYSTEM_RESET            bit 63 set, or type of RESET2; cookie
 */
#define VCPU_RUN_READY          0
#define VCPU_RUN_EXPECTS_WAKEUP 1
#define VCPU_RUN_POWERED_OFF    2
#define VCPU_RUN_BLOCKED        3
#define VCPU_RUN_VMMIO_READ     4
#define VCPU_RUN_VMMIO_WRITE    5
#define VCPU_RUN_FAULT          6
#define VCPU_RUN_SYSTEM_RESET   0x100

#define VCPU_RUN_RESET_PLAIN (1ull << 63) /* SYSTEM_RESET, not RESET2 */

/* data1 of EXPECTS_WAKEUP */
#define VCPU_RUN_CAUSE_WFI            1
#define VCPU_RUN_CAUSE_CPU_SUSPEND    2
#define VCPU_RUN_CAUSE_SYSTEM_SUSPEND 3

#endif
