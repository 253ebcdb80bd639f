/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual CPU: registers, power state, place in the scheduler.
 *
 *   state     may become  by
 *   OFF       READY       vcpu_power_on
 *   READY     RUNNING     the scheduler, on some CPU
 *   RUNNING   READY       its slice is over, or another has priority
 *   RUNNING   BLOCKED     vcpu_block: WFI, or waiting for something
 *   BLOCKED   READY       vcpu_wake, vcpu_kick
 *   any       OFF         vcpu_power_off, by itself; others ask and kick
 */
#ifndef VM_VCPU_H
#define VM_VCPU_H

#include <stdbool.h>
#include <stdint.h>

#include <arm64/sysreg.h>

#include "arch/context.h"
#include "arch/debug.h"
#include "arch/percpu.h"
#include "arch/spinlock.h"
#include "arch/trace.h"
#include "lib/err.h"
#include "lib/list.h"

struct vm;
struct vgic_vcpu;
struct vtimer;

#define VCPU_PRIORITY_MAX     63
#define VCPU_PRIORITY_DEFAULT 32
#define VCPU_SLICE_US_DEFAULT 5000
#define VCPU_CPU_ANY          (-1)

enum vcpu_state {
	VCPU_OFF,
	VCPU_READY,
	VCPU_RUNNING,
	VCPU_BLOCKED,
};

/* What others ask of a vCPU; it looks before each entry. Bits. */
#define VCPU_ASK_SYNC 0x1u /* the parts' vcpu_sync hooks */
#define VCPU_ASK_OFF  0x2u /* go off */
#define VCPU_ASK_UP   0x4u /* it was powered down: begin at resume.entry */

struct vcpu {
	struct regs regs; /* first: assembly knows it */

	struct vm *vm;
	uint64_t trace_who;        /* for trace() */
	volatile uint32_t request; /* VCPU_ASK_*; atomic */
	uint32_t index;            /* inside the VM */
	uint64_t vmpidr;           /* what MPIDR_EL1 reads at EL1 */
	uint32_t *exits;           /* EXIT_REASONS counters: arch/exits.h */

	/* Each belongs to the floor that defines the struct. */
	struct vgic_vcpu *vgic;
	struct vtimer *vtimer;
	void *object; /* obj/: the thread object this is */

	/* Scheduling; under the lock of the CPU's run queue, vm/sched.h. */
	struct list ready; /* in a run queue */
	volatile enum vcpu_state state;
	volatile int loaded_on; /* CPU that holds its registers, or -1 */
	volatile unsigned cpu;  /* whose run queue it belongs to */
	int affinity;           /* CPU, or VCPU_CPU_ANY */
	uint8_t priority;       /* 0 to VCPU_PRIORITY_MAX, the highest */
	bool has_run;           /* since it was turned on */
	bool is_on;             /* for PSCI; under the VM's lock */
	bool is_killed;         /* never on again; under the VM's lock */
	bool wake_pending;      /* woken before it was asleep */
	uint64_t slice_ticks;   /* what it gets */
	uint64_t slice_left;    /* of it, ticks */
	uint64_t started_ticks; /* CNTPCT_EL0 when it was last picked */

	/* Proxy scheduling: see vm/proxy.h. */
	struct vcpu *proxy;  /* vCPU that runs this one by vcpu_run, or NULL */
	struct vcpu *child;  /* vCPU that this one runs, or NULL */
	bool is_proxied;     /* in no run queue, ever */
	uint32_t sleep_type; /* BLOCKED: 0 WFI, else PSCI's power_state */
	/* It sleeps powered down, and where it goes on then. */
	bool is_down;
	bool is_suspended; /* the parts were told so; on its own CPU */
	struct {
		uint64_t entry, context;
	} resume;
	/* Proxied and asleep, it has become ready; any CPU, no lock held. */
	void (*on_wakeup)(struct vcpu *v);
	struct {
		uint64_t state; /* VCPU_RUN_*; READY: nothing special */
		uint64_t data[3];
		uint64_t esr; /* ESR_EL2 of a device access */
		void (*finish)(struct vcpu *v, uint64_t resume);
	} exit;

	/* A hypercall of it waits for the dead (call/hvc.c). */
	uint64_t waits_for; /* a ticket of drv/grace.h; 0: none */
	uint32_t pieces;    /* buried meanwhile */

	uint64_t hcr; /* HCR_EL2 while it runs */
	struct el1_regs el1;
	struct fp_regs fp;
	struct debug_regs debug;
};

/** The vCPU that runs here; only from the exit of a guest. */
static inline struct vcpu *vcpu_current(void)
{
	return this_cpu()->vcpu;
}

static inline void trace_vcpu(enum trace_id id, const struct vcpu *v,
                              uint64_t aux, uint64_t a, uint64_t b)
{
	trace(id, v->trace_who, aux, a, b);
}

/*
 * Who may use a vCPU that he has found in vm->vcpu[], and how long: any CPU,
 * until it leaves EL2.  The vCPU may be hidden meanwhile, but not freed.
 */

/**
 * Make a vCPU of @vm, off, with the next free index.  Nobody finds it yet.
 *
 * @return  ERR_NORESOURCES  the VM has VM_VCPUS_MAX
 *          ERR_NOMEM
 *          or what a part's vcpu_init said
 * Context: configuration lock held, as for the three below.
 */
MUST_USE enum err vcpu_create(struct vm *vm, struct vcpu **made);

/** Let others find it: complete, with all that it was configured to be. */
void vcpu_show(struct vcpu *v);

/** Nobody finds it any more. Context: it is gone (vcpu_is_gone) for good. */
void vcpu_hide(struct vcpu *v);

/**
 * Undo vcpu_create. Context: it is hidden or was never shown, and no CPU has
 * it in its hands (drv/grace.h).
 */
void vcpu_destroy(struct vcpu *v);

/**
 * Power-on state, then ready to run at @entry with X0 = @context.
 *
 * @return  ERR_BUSY   it is on
 *          ERR_STATE  it was killed, or the VM has ended
 * Context: any CPU. One caller of several at once gets ERR_OK.
 */
MUST_USE enum err vcpu_power_on(struct vcpu *v, uint64_t entry,
                                uint64_t context);

/**
 * The same for the vCPU of @vm with @mpidr's affinity, found and claimed at
 * once.
 *
 * @return  ERR_INVAL  there is none
 */
MUST_USE enum err vcpu_power_on_at(struct vm *vm, uint64_t mpidr,
                                   uint64_t entry, uint64_t context);

/** Never on again. It has to be stopped, too. Any CPU. */
void vcpu_kill(struct vcpu *v);

/**
 * @v, which runs here, goes off; when it was the last one, the VM ends.
 * The scheduler is due then.
 */
void vcpu_power_off(struct vcpu *v);

/** Ask @v to go off as soon as it can, wherever it is. */
void vcpu_stop(struct vcpu *v);

/**
 * Its registers into this CPU's hardware, and out again. Context: for the
 * scheduler, and for who must see the registers of a vCPU that is off.
 */
void vcpu_load(struct vcpu *v);
void vcpu_unload(struct vcpu *v);

/** Both at once: @from out, @to in. */
void vcpu_exchange(struct vcpu *from, struct vcpu *to);

/** Is it off and out of all hardware, so that it may be destroyed? */
bool vcpu_is_gone(const struct vcpu *v);

/** Does it count as on for PSCI? */
bool vcpu_is_on(const struct vcpu *v);

/**
 * @v, which runs here, powers down until it is woken, and begins again at
 * @entry with X0 = @context. Its timers and what is pending for it stay.
 */
void vcpu_suspend(struct vcpu *v, uint32_t sleep_type, uint64_t entry,
                  uint64_t context);

/** Do what others have asked of @v, which is loaded here. */
void vcpu_serve(struct vcpu *v);

/**
 * Something that @v must notice has changed: an interrupt for it, say.
 *
 * If it runs, its CPU is made to exit and calls the parts' vcpu_sync hooks;
 * if it waits, it becomes ready; if it is off or ready, nothing is lost.
 * Context: any CPU, any lock below the run queues' (LOCKS.md).
 */
void vcpu_kick(struct vcpu *v);

/** The vCPU with @mpidr's affinity fields, or NULL. Under @vm's lock. */
struct vcpu *vcpu_by_mpidr_locked(struct vm *vm, uint64_t mpidr);

/* What PSCI calls the state of a CPU; ABSENT: there is none. */
enum vcpu_presence { VCPU_ABSENT, VCPU_IS_OFF, VCPU_IS_STARTING, VCPU_IS_ON };

/** Of the vCPU of @vm with @mpidr's affinity fields. Any CPU. */
enum vcpu_presence vcpu_presence(struct vm *vm, uint64_t mpidr);

/*
 * Injecting exceptions into the vCPU that runs here; its EL1 state is loaded.
 *
 * The exception is taken as hardware would: ESR_EL1, FAR_EL1, ELR_EL1,
 * SPSR_EL1, PSTATE and the vector of VBAR_EL1.
 */

/** An UNDEFINED instruction at its PC. */
void vcpu_inject_undef(struct vcpu *v);

/**
 * Synchronous external abort for the stage-2 abort it just had.
 *
 * @esr  ESR_EL2: instruction or data, IL, WnR and the rest are taken over
 * @far  FAR_EL2
 */
void vcpu_inject_abort(struct vcpu *v, uint64_t esr, uint64_t far);

/** Move the PC behind the trapped instruction. */
static inline void vcpu_skip_instruction(struct vcpu *v)
{
	v->regs.pc += 4;
	/* A single step is over; BTYPE is that of an instruction fallen
	 * through to. */
	v->regs.pstate &= ~(PSTATE_BTYPE | PSTATE_SS);
}

#endif
