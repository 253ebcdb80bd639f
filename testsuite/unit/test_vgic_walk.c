/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random walks: the virtual GIC against a reference that knows no list
 * registers, no queues and no CPUs, only the rules of IHI 0069, written down
 * as one struct for each interrupt and a search through all of them.
 *
 * After each step every loaded vCPU must be signalled exactly what the
 * reference says, and the others must have work exactly if it says so.
 */
#include <string.h>

#include "dice.h"
#include "vgic/state.h"
#include "vgic_rig.h"

#undef ASSERT
#include "greatest.h"

#define VCPUS 3
#define SPIS  64
#define IRQS  (32 + SPIS)
#define STEPS 30000

struct ref_irq {
	bool enabled, group1, edge, latch, line, active;
	bool in_service; /* acknowledged, its priority not dropped yet */
	uint32_t priority, route;
};

struct ref_vcpu {
	uint32_t pmr, groups;
	bool split;
	unsigned depth;
	uint32_t stack[32], at[32]; /* INTID, priority */
};

static struct {
	struct ref_irq priv[VCPUS][32], spi[SPIS];
	struct ref_vcpu vcpu[VCPUS];
	uint32_t ctlr;
} ref;

static struct dice dice;
static unsigned taken, nested;

static struct ref_irq *irq_of(unsigned v, uint32_t intid)
{
	return intid < 32 ? &ref.priv[v][intid] : &ref.spi[intid - 32];
}

static bool is_pending(const struct ref_irq *i)
{
	return i->latch || (i->line && !i->edge);
}

static bool is_candidate(unsigned v, uint32_t intid)
{
	const struct ref_irq *i = irq_of(v, intid);

	return is_pending(i) && i->enabled && !i->active &&
	       (ref.ctlr & (i->group1 ? 2 : 1)) &&
	       (ref.vcpu[v].groups & (i->group1 ? 2 : 1)) &&
	       (intid < 32 || i->route == v);
}

static uint32_t running(unsigned v)
{
	const struct ref_vcpu *c = &ref.vcpu[v];

	return c->depth == 0 ? 0x100 : c->at[c->depth - 1];
}

/* Priority of what is signalled to @v, or 0x100. */
static uint32_t signalled(unsigned v)
{
	uint32_t best = 0x100;

	for (uint32_t n = 0; n < IRQS; n++) {
		if (is_candidate(v, n) && irq_of(v, n)->priority < best) {
			best = irq_of(v, n)->priority;
		}
	}
	return best < ref.vcpu[v].pmr && best < running(v) ? best : 0x100;
}

static void set_vmcr(unsigned v)
{
	const struct ref_vcpu *c = &ref.vcpu[v];

	ich_write_vmcr(c->groups | (c->split ? ICH_VMCR_VEOIM : 0) |
	               field_put(ICH_VMCR_VPMR, c->pmr));
	rig_run();
}

static bool is_loaded(unsigned v)
{
	return rig.vcpu[v].vgic->is_loaded;
}

static void on(unsigned v)
{
	rig_on(rig.vcpu[v].vgic->cpu);
}

static uint32_t some_bits(void)
{
	uint32_t bits = 1u << dice_roll(&dice, 32);

	return dice_roll(&dice, 4) ? bits : bits | 1u << dice_roll(&dice, 32);
}

/* A word register of a random bank, in both worlds. */
static void write_words(unsigned v)
{
	uint32_t bank = dice_roll(&dice, 3);
	enum vgic_word reg = (enum vgic_word)dice_roll(&dice, 7);
	uint32_t bits = some_bits();
	uint32_t group;

	if ((reg == VGIC_ISACTIVER || reg == VGIC_ICENABLER) &&
	    dice_roll(&dice, 4)) {
		/* Or soon nothing would happen any more. */
		reg = reg == VGIC_ISACTIVER ? VGIC_ICACTIVER : VGIC_ISENABLER;
	}

	for (uint32_t n = 0; n < 32; n++) {
		struct ref_irq *i = irq_of(v, bank * 32 + n);

		if (!(bits & (1u << n))) {
			continue;
		}
		if ((reg == VGIC_ICACTIVER || reg == VGIC_IGROUPR) &&
		    i->in_service) {
			bits &= ~(1u << n); /* unpredictable */
			continue;
		}
		i->enabled |= reg == VGIC_ISENABLER;
		i->enabled &= reg != VGIC_ICENABLER;
		i->latch |= reg == VGIC_ISPENDR;
		i->latch &= reg != VGIC_ICPENDR;
		i->active |= reg == VGIC_ISACTIVER;
		i->active &= reg != VGIC_ICACTIVER;
		i->group1 ^= reg == VGIC_IGROUPR;
	}
	if (reg == VGIC_IGROUPR) {
		group = rig_read(v, reg, bank);
		bits ^= group;
	}
	rig_write(v, reg, bank, bits);
}

static void write_config(unsigned v)
{
	uint32_t intid = dice_roll(&dice, IRQS);
	struct ref_irq *i = irq_of(v, intid);

	switch (dice_roll(&dice, 4)) {
	case 0:
		if (!i->active) {
			i->priority = dice_roll(&dice, 32) * 8;
			rig_priority(v, intid, i->priority);
		}
		break;
	case 1:
		if (intid >= 16) {
			i->edge = dice_roll(&dice, 2);
			rig_edge(v, intid, i->edge);
		}
		break;
	case 2:
		if (intid >= 32) {
			i->route = dice_roll(&dice, VCPUS + 1);
			vgic_write_route(rig.vm.vgic, intid, i->route);
			rig_run();
		}
		break;
	default:
		if (dice_roll(&dice, 8) == 0) {
			ref.ctlr =
				dice_roll(&dice, 8) ? 3 : dice_roll(&dice, 4);
			vgic_write_ctlr(rig.vm.vgic, ref.ctlr);
			rig_run();
		}
		break;
	}
}

static void change_inputs(unsigned v)
{
	uint32_t intid = dice_roll(&dice, IRQS);
	struct ref_irq *i = irq_of(v, intid);
	bool high = dice_roll(&dice, 2);

	if (intid < 16) {
		for (unsigned to = 0; to < VCPUS; to++) {
			struct ref_irq *sgi = &ref.priv[to][intid];

			sgi->latch |= sgi->group1;
		}
		vgic_send_sgi(rig.vcpu[v].vgic, intid << 24 | 7, true);
	} else if (dice_roll(&dice, 2)) {
		i->latch = true;
		vgic_raise(&rig.vm, v, intid);
	} else {
		i->latch |= i->edge && high && !i->line;
		i->line = high;
		vgic_set_level(&rig.vm, v, intid, high);
	}
	rig_run();
}

/* The guest's side: what it is offered must be what the reference offers. */
static bool acknowledge(unsigned v)
{
	struct ref_vcpu *c = &ref.vcpu[v];
	uint32_t want = signalled(v);
	int group = guest_signalled();
	struct ref_irq *i;
	uint32_t intid;

	if (group < 0) {
		return want == 0x100;
	}
	intid = guest_iar((unsigned)group);
	rig_run();
	if (intid >= IRQS || want == 0x100 || !is_candidate(v, intid)) {
		return false;
	}
	i = irq_of(v, intid);
	if (i->priority != want || i->group1 != (group == 1)) {
		return false;
	}
	i->active = true;
	i->in_service = true;
	i->latch = false;
	c->stack[c->depth] = intid;
	c->at[c->depth++] = want;
	taken++;
	nested += c->depth > 4;
	return true;
}

static void end(unsigned v)
{
	struct ref_vcpu *c = &ref.vcpu[v];
	struct ref_irq *i;
	uint32_t intid;

	if (c->depth == 0) {
		return;
	}
	intid = c->stack[--c->depth];
	i = irq_of(v, intid);
	i->in_service = false;
	i->active &= c->split;
	rig_eoi(intid);
}

static void deactivate(unsigned v)
{
	uint32_t intid = dice_roll(&dice, IRQS);
	struct ref_irq *i = irq_of(v, intid);

	/* The next one that may be, from there on. */
	for (unsigned n = 0; n < IRQS && (!i->active || i->in_service); n++) {
		intid = (intid + 1) % IRQS;
		i = irq_of(v, intid);
	}
	if (!ref.vcpu[v].split || !i->active || i->in_service) {
		return;
	}
	i->active = false;
	if (ich_read_hcr() & ICH_HCR_TDIR) {
		vgic_write_dir(rig.vcpu[v].vgic, intid);
	} else {
		guest_dir(intid);
	}
	rig_run();
}

static void change_gate(unsigned v)
{
	struct ref_vcpu *c = &ref.vcpu[v];

	c->pmr = dice_roll(&dice, 4) ? 0xf8 : dice_roll(&dice, 32) * 8;
	c->groups = dice_roll(&dice, 8) ? 3 : dice_roll(&dice, 4);
	set_vmcr(v);
}

static void move(unsigned v)
{
	unsigned cpu = dice_roll(&dice, FAKE_CPUS);

	if (is_loaded(v)) {
		rig_save(v);
	}
	if (vgic_here[cpu] == NULL && dice_roll(&dice, 4)) {
		rig_load(v, cpu);
	}
	rig_run();
}

/* Nothing is pending any more, and no input is high. */
static void calm_down(void)
{
	for (unsigned v = 0; v < VCPUS; v++) {
		for (uint32_t n = 0; n < IRQS; n++) {
			struct ref_irq *i = irq_of(v, n);

			if (i->line) {
				vgic_set_level(&rig.vm, v, n, false);
			}
			i->line = false;
			i->latch = false;
		}
		for (uint32_t bank = 0; bank < IRQS / 32; bank++) {
			rig_write(v, VGIC_ICPENDR, bank, ~0u);
		}
	}
}

/* Raise what preempts @v's handler, but only just, so that many nest. */
static void raise_next(unsigned v)
{
	uint32_t best = IRQS;

	for (uint32_t n = 0; n < 24; n++) {
		uint32_t intid = 16 + dice_roll(&dice, IRQS - 16);
		uint32_t prio = irq_of(v, intid)->priority;

		if (prio < running(v) && !irq_of(v, intid)->active &&
		    (best == IRQS || prio > irq_of(v, best)->priority)) {
			best = intid;
		}
	}
	if (best != IRQS) {
		irq_of(v, best)->latch = true;
		vgic_raise(&rig.vm, v, best);
		rig_run();
	}
}

/* @deep: handlers are interrupted rather than ended. */
static void step(bool deep)
{
	unsigned v = dice_roll(&dice, VCPUS);
	unsigned kind = dice_roll(&dice, 20);

	if (kind < 5) {
		(deep ? raise_next : change_inputs)(v);
	} else if (kind < 8) {
		write_words(v);
	} else if (kind < 10) {
		write_config(v);
	} else if (kind == 10) {
		move(v);
	} else if (is_loaded(v)) {
		on(v);
		if (kind == 11) {
			change_gate(v);
		} else if (kind < 15) {
			deactivate(v);
		} else if (kind == 15 || !deep) {
			end(v);
		}
	}
}

/* ISPENDR and ISACTIVER of one bank. */
static bool same_words(unsigned v, uint32_t bank)
{
	uint32_t pending = 0, active = 0;

	for (uint32_t n = 0; n < 32; n++) {
		struct ref_irq *i = irq_of(v, bank * 32 + n);

		pending |= (uint32_t)is_pending(i) << n;
		active |= (uint32_t)i->active << n;
	}
	return rig_read(v, VGIC_ISPENDR, bank) == pending &&
	       rig_read(v, VGIC_ISACTIVER, bank) == active;
}

/* What is signalled is what should be; then some of it is taken. */
static bool same_signals(void)
{
	for (unsigned v = 0; v < VCPUS; v++) {
		uint32_t want = signalled(v);

		if (!is_loaded(v)) {
			if (vgic_has_work(rig.vcpu[v].vgic) !=
			    (want != 0x100)) {
				return false;
			}
			continue;
		}
		on(v);
		if ((guest_signalled() >= 0) != (want != 0x100) ||
		    vgic_has_work(rig.vcpu[v].vgic) != (want != 0x100)) {
			return false;
		}
		if (dice_roll(&dice, 3) == 0 && !acknowledge(v)) {
			return false;
		}
	}
	return true;
}

static void begin(unsigned lrs, bool split)
{
	rig.linked = 0;
	rig_start(VCPUS, SPIS, lrs);
	memset(&ref, 0, sizeof(ref));
	ref.ctlr = 3;
	for (uint32_t n = 0; n < IRQS; n++) {
		for (unsigned v = 0; v < VCPUS; v++) {
			struct ref_irq *i = irq_of(v, n);

			i->group1 = true;
			i->edge = n < 16;
			if (v == 0 || n < 32) {
				i->priority = dice_roll(&dice, 32) * 8;
				rig_priority(v, n, i->priority);
			}
		}
	}
	for (unsigned v = 0; v < VCPUS; v++) {
		ref.vcpu[v].pmr = 0xf8;
		ref.vcpu[v].groups = 3;
		ref.vcpu[v].split = split;
		on(v);
		set_vmcr(v);
		mark_dirty(rig.vcpu[v].vgic);
		vgic_sync(rig.vcpu[v].vgic);
	}
}

static enum greatest_test_res walk(unsigned lrs, bool split)
{
	dice = dice_new();
	dice.state += lrs * 2 + split;
	taken = nested = 0;
	begin(lrs, split);
	for (unsigned n = 0; n < STEPS; n++) {
		if (n % 500 == 0) {
			calm_down();
		}
		step(n / 500 % 2);
		ASSERT_EQ_FMT(0u, rig.storms, "%u");
		ASSERTm("not what should be signalled", same_signals());
		if (dice_roll(&dice, 8) == 0) {
			ASSERTm("registers differ",
			        same_words(dice_roll(&dice, VCPUS),
			                   dice_roll(&dice, 3)));
		}
	}
	/* The walk went somewhere. */
	ASSERT_GT(taken, STEPS / 20);
	ASSERT_GT(nested, 10);
	rig_end();
	PASS();
}

TEST one_list_register(void)
{
	CHECK_CALL(walk(1, false));
	PASS();
}

TEST c145_c146_c147_c149_c156_four_list_registers(void)
{
	CHECK_CALL(walk(4, false));
	PASS();
}

TEST sixteen_list_registers(void)
{
	CHECK_CALL(walk(16, false));
	PASS();
}

TEST c142_split_end_with_two_list_registers(void)
{
	CHECK_CALL(walk(2, true));
	PASS();
}

TEST c142_split_end_with_four_list_registers(void)
{
	CHECK_CALL(walk(4, true));
	PASS();
}

SUITE(vgic_walk)
{
	RUN_TEST(one_list_register);
	RUN_TEST(c145_c146_c147_c149_c156_four_list_registers);
	RUN_TEST(sixteen_list_registers);
	RUN_TEST(c142_split_end_with_two_list_registers);
	RUN_TEST(c142_split_end_with_four_list_registers);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(vgic_walk);
	GREATEST_MAIN_END();
}
