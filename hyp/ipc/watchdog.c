/* SPDX-License-Identifier: BSD-2-Clause */
#include "ipc/watchdog.h"

#include "lib/mutant.h"
#include "vm/addrspace.h"
#include "vm/thread.h"
#include "vm/vm.h"

#define BARK_MS_DEFAULT 10000u
#define BITE_MS_DEFAULT 11000u
#define US_PER_MS       1000u

static void on_bark(struct timer *timer)
{
	struct watchdog *wd = container_of(timer, struct watchdog, bark);

	spin_lock(&wd->lock);
	wd->has_barked = true;
	virq_pulse(&wd->bark_virq);
	spin_unlock(&wd->lock);
}

static void on_bite(struct timer *timer)
{
	struct watchdog *wd = container_of(timer, struct watchdog, bite);

	spin_lock(&wd->lock);
	wd->is_enabled = false;
	virq_pulse(&wd->bite_virq);
	if (wd->vm != NULL) {
		vm_end(wd->vm, VM_END_WATCHDOG);
	}
	spin_unlock(&wd->lock);
}

/* Ticks until @ms have been counted, from now. */
static uint64_t deadline_of(const struct watchdog *wd, uint32_t ms)
{
	return wd->since + timer_us_to_ticks((uint64_t)ms * US_PER_MS) -
	       wd->elapsed;
}

/*
 * Bring the timers in line with the state.  The lock that their functions take
 * is free meanwhile; arm_lock keeps others who do the same apart.
 */
static void arm(struct watchdog *wd)
{
	uint64_t bark;
	uint64_t bite;
	bool counts;

	spin_lock(&wd->arm_lock);
	spin_lock(&wd->lock);
	counts = wd->is_enabled && wd->freezes == 0;
	bark = deadline_of(wd, wd->bark_ms);
	bite = deadline_of(wd, wd->bite_ms);
	spin_unlock(&wd->lock);
	if (counts) {
		timer_start(&wd->bark, bark);
		timer_start(&wd->bite, bite);
	} else {
		timer_quiesce(&wd->bark);
		timer_quiesce(&wd->bite);
	}
	spin_unlock(&wd->arm_lock);
}

static void begin_locked(struct watchdog *wd)
{
	wd->since = timer_now();
	wd->elapsed = 0;
	wd->has_barked = false;
}

void watchdog_enable(struct watchdog *wd, bool on)
{
	spin_lock(&wd->lock);
	wd->is_enabled = on;
	begin_locked(wd);
	spin_unlock(&wd->lock);
	arm(wd);
}

void watchdog_ping(struct watchdog *wd)
{
	spin_lock(&wd->lock);
	begin_locked(wd);
	spin_unlock(&wd->lock);
	arm(wd);
}

enum err watchdog_set_time(struct watchdog *wd, uint32_t bark_ms,
                           uint32_t bite_ms)
{
	if (bark_ms == 0 || bark_ms > bite_ms) {
		return ERR_INVAL;
	}
	spin_lock(&wd->lock);
	wd->bark_ms = bark_ms;
	wd->bite_ms = bite_ms;
	begin_locked(wd);
	spin_unlock(&wd->lock);
	arm(wd);
	return ERR_OK;
}

struct watchdog_status watchdog_status(struct watchdog *wd)
{
	struct watchdog_status status;
	uint64_t ticks;

	spin_lock(&wd->lock);
	ticks = wd->elapsed;
	if (wd->freezes == 0) {
		ticks += timer_now() - wd->since;
	}
	status.is_enabled = wd->is_enabled;
	status.has_barked = wd->has_barked;
	spin_unlock(&wd->lock);
	status.elapsed_ms = ticks / timer_us_to_ticks(US_PER_MS);
	return status;
}

enum err watchdog_manage(struct watchdog *wd, uint64_t op)
{
	enum err err = ERR_OK;

	if (op > WATCHDOG_UNFREEZE) {
		return ERR_INVAL;
	}
	spin_lock(&wd->lock);
	if (op == WATCHDOG_UNFREEZE) {
		if (wd->freezes == 0) {
			err = ERR_DENIED;
		} else if (--wd->freezes == 0) {
			wd->since = timer_now();
		}
	} else {
		if (wd->freezes++ == 0) {
			wd->elapsed += timer_now() - wd->since;
		}
		if (op == WATCHDOG_FREEZE_RESET) {
			wd->elapsed = 0;
		}
	}
	spin_unlock(&wd->lock);
	if (err == ERR_OK) {
		arm(wd);
	}
	return err;
}

enum err watchdog_configure(struct watchdog *wd, uint64_t options)
{
	if ((options & ~(uint64_t)WATCHDOG_CRITICAL) != 0) {
		return ERR_INVAL;
	}
	if (object_is_active(&wd->obj)) {
		return ERR_STATE;
	}
	wd->options = (uint32_t)options;
	return ERR_OK;
}

/* A vCPU of the VM begins its life with it, or ends it. */
static enum err adopt_vm(struct thread *t, struct object *obj, uint32_t index)
{
	struct watchdog *wd = (struct watchdog *)obj;

	(void)index;
	if (wd->vm != NULL && wd->vm != t->as->vm) {
		return ERR_BUSY;
	}
	if (wd->vm == NULL) {
		/* It may bite as long as it knows the VM. */
		object_get(&t->as->obj);
	}
	spin_lock(&wd->lock);
	wd->vm = t->as->vm;
	spin_unlock(&wd->lock);
	return ERR_OK;
}

static void forget_thread(struct thread *t, struct object *obj, uint32_t index)
{
	struct watchdog *wd = (struct watchdog *)obj;
	struct vm *vm = wd->vm; /* changes only under our lock */

	(void)t;
	(void)index;
	if (--wd->attached != 0) {
		return;
	}
	if (mutant(watchdog_kept)) {
		return;
	}
	watchdog_enable(wd, false); /* waits until nobody uses the VM */
	spin_lock(&wd->lock);
	wd->vm = NULL;
	spin_unlock(&wd->lock);
	if (vm != NULL) {
		object_put(&((struct addrspace *)vm->object)->obj);
	}
}

static const struct attach_ops attach_ops = {
	.activate = adopt_vm,
	.detach = forget_thread,
};

enum err watchdog_attach(struct watchdog *wd, struct thread *t)
{
	TRY(thread_attach(t, ATTACH_WATCHDOG, &wd->obj, 0, &attach_ops));
	wd->attached++;
	return ERR_OK;
}

static enum err init_watchdog(struct object *obj)
{
	struct watchdog *wd = (struct watchdog *)obj;

	timer_setup(&wd->bark, on_bark);
	timer_setup(&wd->bite, on_bite);
	virq_source_init(&wd->bark_virq, &wd->lock);
	virq_source_init(&wd->bite_virq, &wd->lock);
	wd->bark_ms = BARK_MS_DEFAULT;
	wd->bite_ms = BITE_MS_DEFAULT;
	return ERR_OK;
}

static void destroy_watchdog(struct object *obj)
{
	struct watchdog *wd = (struct watchdog *)obj;

	timer_quiesce(&wd->bark);
	timer_quiesce(&wd->bite);
	vic_unbind(&wd->bite_virq);
	vic_unbind(&wd->bark_virq);
}

const struct obj_ops watchdog_ops = {
	.name = "watchdog",
	.size = sizeof(struct watchdog),
	.rights = WATCHDOG_MAY_ATTACH | WATCHDOG_MAY_BIND |
	          WATCHDOG_MAY_MANAGE | OBJ_MAY_ACTIVATE,
	.init = init_watchdog,
	.destroy = destroy_watchdog,
};
