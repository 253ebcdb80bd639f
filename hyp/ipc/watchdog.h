/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Watchdogs: a VM that does not ping in time is warned (bark), then ended
 * (bite).
 *
 *     ping                 bark                bite
 *      |---- bark_ms ------>|                    |
 *      |---- bite_ms --------------------------->|
 *
 * The VM uses it by SMCCC (<abi/smccc.h>); its manager has the object, and an
 * interrupt for each of the two.  While frozen, time stands still.
 */
#ifndef IPC_WATCHDOG_H
#define IPC_WATCHDOG_H

#include "drv/timer.h"
#include "vgic/vic.h"

/* "WatchdogOptionFlags" */
#define WATCHDOG_CRITICAL 1u

struct watchdog {
	struct object obj;
	struct spinlock arm_lock; /* who starts and stops the timers */
	struct spinlock lock;     /* the rest; the timers take it */
	uint32_t options;
	bool is_enabled;
	bool has_barked;
	uint32_t bark_ms, bite_ms;
	uint32_t freezes;  /* not 0: frozen */
	uint64_t since;    /* ticks: when it went on counting */
	uint64_t elapsed;  /* ticks counted before that */
	struct vm *vm;     /* whose it is, while a vCPU is attached */
	uint32_t attached; /* vCPUs; configuration lock */
	struct timer bark, bite;
	struct virq_source bark_virq, bite_virq;
};

extern const struct obj_ops watchdog_ops;

/** @return ERR_INVAL: unknown bits; ERR_STATE. Context: configuration lock. */
MUST_USE enum err watchdog_configure(struct watchdog *wd, uint64_t options);

/** @return ERR_STATE: @t is ACTIVE. Context: configuration lock held. */
MUST_USE enum err watchdog_attach(struct watchdog *wd, struct thread *t);

enum watchdog_op { WATCHDOG_FREEZE, WATCHDOG_FREEZE_RESET, WATCHDOG_UNFREEZE };

/** @return ERR_INVAL: no such operation; ERR_DENIED: it is not frozen */
MUST_USE enum err watchdog_manage(struct watchdog *wd, uint64_t op);

/* What the VM does with it. Context: any CPU, no lock held. */

/** Start or stop counting, from 0. */
void watchdog_enable(struct watchdog *wd, bool on);

/** Begin again at 0. */
void watchdog_ping(struct watchdog *wd);

/** @return ERR_INVAL: 0, or bark later than bite */
MUST_USE enum err watchdog_set_time(struct watchdog *wd, uint32_t bark_ms,
                                    uint32_t bite_ms);

struct watchdog_status {
	bool is_enabled, has_barked;
	uint64_t elapsed_ms; /* since the last ping */
};

struct watchdog_status watchdog_status(struct watchdog *wd);

#endif
