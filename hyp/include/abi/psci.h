/* SPDX-License-Identifier: BSD-2-Clause */
/* Power State Coordination Interface (Arm DEN 0022): ids and results. */
#ifndef ABI_PSCI_H
#define ABI_PSCI_H

#define PSCI_VERSION             0x84000000u
#define PSCI_CPU_SUSPEND_32      0x84000001u
#define PSCI_CPU_SUSPEND         0xc4000001u
#define PSCI_CPU_OFF             0x84000002u
#define PSCI_CPU_ON_32           0x84000003u
#define PSCI_CPU_ON              0xc4000003u
#define PSCI_AFFINITY_INFO_32    0x84000004u
#define PSCI_AFFINITY_INFO       0xc4000004u
#define PSCI_MIGRATE_32          0x84000005u
#define PSCI_MIGRATE             0xc4000005u
#define PSCI_MIGRATE_INFO_TYPE   0x84000006u
#define PSCI_MIGRATE_INFO_UP_CPU 0xc4000007u
#define PSCI_SYSTEM_OFF          0x84000008u
#define PSCI_SYSTEM_RESET        0x84000009u
#define PSCI_FEATURES            0x8400000au
#define PSCI_CPU_FREEZE          0x8400000bu
#define PSCI_CPU_DEFAULT_SUSPEND 0xc400000cu
#define PSCI_NODE_HW_STATE       0xc400000du
#define PSCI_SYSTEM_SUSPEND_32   0x8400000eu
#define PSCI_SYSTEM_SUSPEND      0xc400000eu
#define PSCI_SET_SUSPEND_MODE    0x8400000fu
#define PSCI_STAT_RESIDENCY      0xc4000010u
#define PSCI_STAT_COUNT          0xc4000011u
#define PSCI_SYSTEM_RESET2_32    0x84000012u
#define PSCI_SYSTEM_RESET2       0xc4000012u
#define PSCI_MEM_PROTECT         0x84000013u
#define PSCI_SYSTEM_OFF2         0xc4000015u

#define PSCI_VERSION_1_1 0x10001

/* Results, W0 or X0, signed */
#define PSCI_SUCCESS            0
#define PSCI_NOT_SUPPORTED      (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED             (-3)
#define PSCI_ALREADY_ON         (-4)
#define PSCI_ON_PENDING         (-5)
#define PSCI_INTERNAL_FAILURE   (-6)
#define PSCI_NOT_PRESENT        (-7)
#define PSCI_DISABLED           (-8)
#define PSCI_INVALID_ADDRESS    (-9)

/* SYSTEM_RESET2: the type that we know */
#define PSCI_RESET2_WARM 0u

/* AFFINITY_INFO */
#define PSCI_AFFINITY_ON         0
#define PSCI_AFFINITY_OFF        1
#define PSCI_AFFINITY_ON_PENDING 2

/* MIGRATE_INFO_TYPE */
#define PSCI_TOS_NOT_PRESENT 2

#endif
