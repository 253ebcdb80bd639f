/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See vtimer.h.
 *
 * Spec: Arm ARM, "Operation of the CompareValue views of the timers": the
 * condition is an unsigned comparison of 64 bits.
 */
#include "vgic/vtimer.h"

#include "arch/sysreg.h"
#include "drv/gic.h"
#include "drv/irq.h"
#include "drv/timer.h"
#include "lib/mutant.h"
#include "mem/slab.h"
#include "vgic/state.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define CTL_ENABLE  BIT(0)
#define CTL_IMASK   BIT(1)
#define CTL_ISTATUS BIT(2)

enum which { VIRT, PHYS, TIMERS };

static const uint8_t ppi_of[TIMERS] = { VTIMER_VIRT_PPI, VTIMER_PHYS_PPI };

struct vtimer {
	struct timer soft; /* first: found from it. While not loaded */
	struct vcpu *vcpu;
	bool is_watched; /* soft was started since it was last loaded */
	struct {
		uint64_t ctl;
		uint64_t cval;
		bool was_due; /* EL2 has raised the line for it */
	} of[TIMERS];
};

uint32_t vgic_linked_ppis(void)
{
	return 1u << VTIMER_VIRT_PPI | 1u << VTIMER_PHYS_PPI;
}

/* Enabled, not masked, condition met. */
static bool is_high(uint64_t ctl)
{
	return (ctl & (CTL_ENABLE | CTL_IMASK | CTL_ISTATUS)) ==
	       (CTL_ENABLE | CTL_ISTATUS);
}

uint32_t vgic_inputs(const struct vgic_vcpu *c)
{
	uint32_t inputs = 0;

	(void)c;
	isb(); /* what the guest wrote before its exit counts */
	if (is_high(sysreg_read(CNTV_CTL_EL0))) {
		inputs |= 1u << VTIMER_VIRT_PPI;
	}
	if (is_high(sysreg_read(CNTP_CTL_EL0))) {
		inputs |= 1u << VTIMER_PHYS_PPI;
	}
	return inputs;
}

/* The physical PPI of one of the timers fired on this CPU. */
static bool timer_fired(uint32_t intid, void *arg)
{
	struct vgic_vcpu *c = vgic_here[cpu_index()];

	(void)intid;
	if (c == NULL) {
		return true; /* a late one of a vCPU that has left */
	}
	vgic_ppi_fired(c, mutant(timer_phys_as_virt)
	                          ? VTIMER_VIRT_PPI
	                          : (uint32_t)(uintptr_t)arg);
	return false;
}

void vtimer_init_cpu(uint32_t virt_ppi, uint32_t phys_ppi)
{
	sysreg_write(CNTV_CTL_EL0, 0);
	sysreg_write(CNTP_CTL_EL0, 0);
	isb(); /* off before their PPIs are enabled */

	/* The guest's own: counter and timer of neither kind trap. */
	sysreg_write(CNTHCTL_EL2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);

	vgic_machine.ppi[VTIMER_VIRT_PPI] = (uint8_t)virt_ppi;
	vgic_machine.ppi[VTIMER_PHYS_PPI] = (uint8_t)phys_ppi;
	irq_handle(virt_ppi, timer_fired, (void *)(uintptr_t)VTIMER_VIRT_PPI);
	irq_handle(phys_ppi, timer_fired, (void *)(uintptr_t)VTIMER_PHYS_PPI);
	gic_enable(virt_ppi);
	gic_enable(phys_ppi);
}

static uint64_t offset_of(const struct vtimer *t, enum which which)
{
	return which == VIRT ? t->vcpu->vm->cntvoff : 0;
}

/*
 * Raise the line of each timer that is due at @now, and start the soft timer
 * for the one that is due next, if there is one.
 */
static void look(struct vtimer *t, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < TIMERS; i++) {
		uint64_t offset = offset_of(t, (enum which)i);
		uint64_t cval = t->of[i].cval;

		if ((t->of[i].ctl & (CTL_ENABLE | CTL_IMASK)) != CTL_ENABLE ||
		    t->of[i].was_due) {
			continue;
		}
		if (now - offset >= cval) {
			t->of[i].was_due = true;
			vgic_ppi_due(t->vcpu->vgic, ppi_of[i]);
		} else if (cval + offset >= cval && cval + offset < next) {
			next = cval + offset;
		}
	}
	if (next != UINT64_MAX && !mutant(timer_not_armed)) {
		t->is_watched = true;
		timer_start(&t->soft, next);
	}
}

static void soft_fired(struct timer *soft)
{
	struct vtimer *t = (struct vtimer *)soft;

	trace_vcpu(TRACE_VTIMER, t->vcpu, 0, soft->deadline_ticks, 0);
	look(t, timer_now());
}

enum err vtimer_create(struct vcpu *v)
{
	struct vtimer *t = slab_alloc(sizeof(*t));

	if (t == NULL) {
		return ERR_NOMEM;
	}
	t->vcpu = v;
	timer_setup(&t->soft, soft_fired);
	v->vtimer = t;
	return ERR_OK;
}

void vtimer_destroy(struct vcpu *v)
{
	timer_quiesce(&v->vtimer->soft);
	slab_free(v->vtimer, sizeof(*v->vtimer));
	v->vtimer = NULL;
}

/* Neither armed nor inside soft_fired, which arms it again, from here on. */
static void unwatch(struct vtimer *t)
{
	if (t->is_watched) {
		timer_quiesce(&t->soft);
		t->is_watched = false;
	}
}

void vtimer_reset(struct vcpu *v)
{
	struct vtimer *t = v->vtimer;

	unwatch(t);
	for (unsigned i = 0; i < TIMERS; i++) {
		t->of[i].ctl = mutant(timer_kept) ? CTL_ENABLE : 0;
		t->of[i].cval = 0;
		vgic_ppi_over(v->vgic, ppi_of[i]);
	}
}

void vtimer_load(struct vcpu *v)
{
	struct vtimer *t = v->vtimer;

	unwatch(t);
	vgic_load(v->vgic);
	/* Compare values first: an enabled timer never sees a wrong one. */
	sysreg_write(CNTV_CVAL_EL0, t->of[VIRT].cval);
	sysreg_write(CNTP_CVAL_EL0, t->of[PHYS].cval);
	isb();
	sysreg_write(CNTV_CTL_EL0, t->of[VIRT].ctl);
	sysreg_write(CNTP_CTL_EL0, t->of[PHYS].ctl);
}

void vtimer_save(struct vcpu *v)
{
	struct vtimer *t = v->vtimer;
	uint64_t ctl;

	t->of[VIRT].ctl = sysreg_read(CNTV_CTL_EL0);
	t->of[PHYS].ctl = sysreg_read(CNTP_CTL_EL0);
	sysreg_write(CNTV_CTL_EL0, 0);
	sysreg_write(CNTP_CTL_EL0, 0);
	t->of[VIRT].cval = sysreg_read(CNTV_CVAL_EL0);
	t->of[PHYS].cval = sysreg_read(CNTP_CVAL_EL0);
	if (mutant(timer_drifts)) {
		t->of[VIRT].cval += timer_us_to_ticks(50000);
	}
	ctl = t->of[VIRT].ctl | t->of[PHYS].ctl;
	isb(); /* the lines are low before the PPIs are handed back */

	vgic_save(v->vgic);
	if (ctl & CTL_ENABLE) {
		t->of[VIRT].was_due = false;
		t->of[PHYS].was_due = false;
		look(t, timer_now());
	}
}
