/* SPDX-License-Identifier: BSD-2-Clause */
/* See gic.h. */
#include "gic.h"

#include <stdlib.h>
#include <string.h>

#include "arch/ich.h"
#include "arch/percpu.h"
#include "drv/gic.h"

struct fake_ich fake_ich[FAKE_CPUS];
unsigned fake_lr_count = 4;
bool fake_spi_active[1024];
unsigned fake_deactivations;

static struct fake_ich *here(void)
{
	return &fake_ich[fake_cpu];
}

static void must(bool ok)
{
	if (!ok) {
		abort();
	}
}

void fake_gic_reset(unsigned lr_count)
{
	memset(fake_ich, 0, sizeof(fake_ich));
	memset(fake_spi_active, 0, sizeof(fake_spi_active));
	fake_lr_count = lr_count;
	fake_deactivations = 0;
}

uint64_t ich_read_lr(unsigned n)
{
	must(n < fake_lr_count);
	return here()->lr[n];
}

/* Rules that make a write UNPREDICTABLE end the test. */
void ich_write_lr(unsigned n, uint64_t value)
{
	must(n < fake_lr_count);
	here()->lr[n] = value;
	if (!(value & (ICH_LR_PENDING | ICH_LR_ACTIVE))) {
		return;
	}
	for (unsigned i = 0; i < fake_lr_count; i++) {
		uint64_t other = here()->lr[i];

		/* one interrupt in two list registers */
		must(i == n || !(other & (ICH_LR_PENDING | ICH_LR_ACTIVE)) ||
		     (uint32_t)other != (uint32_t)value);
	}
	if (value & ICH_LR_HW) {
		must(!(value & ICH_LR_PENDING) || !(value & ICH_LR_ACTIVE));
		must(field_get(ICH_LR_PINTID, value) < 1020);
	}
}

uint64_t ich_read_apr(unsigned group, unsigned n)
{
	must(n == 0);
	return here()->apr[group];
}

void ich_write_apr(unsigned group, unsigned n, uint64_t value)
{
	must(n == 0);
	here()->apr[group] = (uint32_t)value;
}

static bool is_empty(uint64_t lr)
{
	return !(lr & (ICH_LR_PENDING | ICH_LR_ACTIVE));
}

static bool owes_maintenance(uint64_t lr)
{
	return is_empty(lr) && !(lr & ICH_LR_HW) && (lr & ICH_LR_EOI);
}

uint64_t ich_read_elrsr(void)
{
	uint64_t bits = 0;

	for (unsigned n = 0; n < fake_lr_count; n++) {
		uint64_t lr = here()->lr[n];

		bits |= is_empty(lr) && !owes_maintenance(lr) ? BIT(n) : 0;
	}
	return bits;
}

uint64_t ich_read_eisr(void)
{
	uint64_t bits = 0;

	for (unsigned n = 0; n < fake_lr_count; n++) {
		bits |= owes_maintenance(here()->lr[n]) ? BIT(n) : 0;
	}
	return bits;
}

uint64_t ich_read_misr(void)
{
	uint64_t hcr = here()->hcr;
	uint64_t misr = ich_read_eisr() ? ICH_MISR_EOI : 0;
	unsigned valid = 0;
	bool pending = false;

	for (unsigned n = 0; n < fake_lr_count; n++) {
		uint64_t lr = here()->lr[n];

		valid += !is_empty(lr);
		pending |= (lr & (ICH_LR_PENDING | ICH_LR_ACTIVE)) ==
		           ICH_LR_PENDING;
	}
	misr |= (hcr & ICH_HCR_UIE) && valid <= 1 ? ICH_MISR_U : 0;
	misr |= (hcr & ICH_HCR_NPIE) && !pending ? ICH_MISR_NP : 0;
	misr |= (hcr & ICH_HCR_LRENPIE) && field_get(ICH_HCR_EOICOUNT, hcr)
	                ? ICH_MISR_LRENP
	                : 0;
	for (unsigned group = 0; group < 2; group++) {
		bool on = (here()->vmcr & BIT(group)) != 0;

		misr |= hcr & (on ? BIT(4 + 2 * group) : BIT(5 + 2 * group));
	}
	return misr;
}

bool fake_maintenance(void)
{
	return (here()->hcr & ICH_HCR_EN) && ich_read_misr() != 0;
}

uint64_t ich_read_hcr(void)
{
	return here()->hcr;
}

void ich_write_hcr(uint64_t value)
{
	here()->hcr = value;
}

uint64_t ich_read_vmcr(void)
{
	return here()->vmcr;
}

void ich_write_vmcr(uint64_t value)
{
	here()->vmcr = value;
}

uint64_t ich_read_vtr(void)
{
	return field_put(ICH_VTR_LISTREGS, fake_lr_count - 1) |
	       field_put(ICH_VTR_PREBITS, 4) | field_put(ICH_VTR_PRIBITS, 4);
}

/* The best pending list register, or -1; a later one wins only if better. */
static int best_pending(void)
{
	uint64_t best = 0x100;
	int at = -1;

	for (unsigned n = 0; n < fake_lr_count; n++) {
		uint64_t lr = here()->lr[n];
		unsigned group = lr & ICH_LR_GROUP1 ? 1 : 0;
		uint64_t prio = field_get(ICH_LR_PRIO, lr);

		if ((lr & (ICH_LR_PENDING | ICH_LR_ACTIVE)) != ICH_LR_PENDING ||
		    !(here()->vmcr & BIT(group))) {
			continue;
		}
		if (prio < best) {
			best = prio;
			at = (int)n;
		}
	}
	return at;
}

static uint32_t running(void)
{
	uint32_t bits = here()->apr[0] | here()->apr[1];

	return bits ? (uint32_t)__builtin_ctz(bits) * 8 : 0x100;
}

int guest_signalled(void)
{
	int n = best_pending();
	uint64_t prio;

	if (n < 0 || !(here()->hcr & ICH_HCR_EN)) {
		return -1;
	}
	prio = field_get(ICH_LR_PRIO, here()->lr[n]);
	if (prio >= field_get(ICH_VMCR_VPMR, here()->vmcr) ||
	    prio >= running()) {
		return -1;
	}
	return here()->lr[n] & ICH_LR_GROUP1 ? 1 : 0;
}

uint32_t guest_iar(unsigned group)
{
	int n = best_pending();
	uint64_t *lr;

	if (guest_signalled() != (int)group) {
		return GIC_INTID_NONE;
	}
	lr = &here()->lr[n];
	*lr = (*lr & ~ICH_LR_PENDING) | ICH_LR_ACTIVE;
	here()->apr[group] |= 1u << (field_get(ICH_LR_PRIO, *lr) / 8);
	return (uint32_t)*lr;
}

static void deactivate(uint32_t intid)
{
	for (unsigned n = 0; n < fake_lr_count; n++) {
		uint64_t *lr = &here()->lr[n];

		if (!(*lr & ICH_LR_ACTIVE) || (uint32_t)*lr != intid) {
			continue;
		}
		*lr &= ~ICH_LR_ACTIVE;
		if (*lr & ICH_LR_HW) {
			uint64_t p = field_get(ICH_LR_PINTID, *lr);

			if (p < 32) {
				here()->phys_active[p] = false;
			} else {
				fake_spi_active[p] = false;
			}
		}
		return;
	}
	here()->hcr += FIELD_LSB(ICH_HCR_EOICOUNT);
}

static bool is_listed_active(uint32_t intid)
{
	for (unsigned n = 0; n < fake_lr_count; n++) {
		uint64_t lr = here()->lr[n];

		if ((lr & ICH_LR_ACTIVE) && (uint32_t)lr == intid) {
			return true;
		}
	}
	return false;
}

void guest_eoir(unsigned group, uint32_t intid)
{
	uint32_t *apr = here()->apr;
	uint32_t bits = apr[0] | apr[1];

	(void)group;
	if (bits == 0) {
		return; /* nothing is active: no drop, no deactivation */
	}
	bits &= -bits;
	apr[0] &= ~bits;
	apr[1] &= ~bits;
	if (!(here()->vmcr & ICH_VMCR_VEOIM)) {
		deactivate(intid);
	} else if (!is_listed_active(intid)) {
		/* Not in the architecture; QEMU does it. */
		here()->hcr += FIELD_LSB(ICH_HCR_EOICOUNT);
	}
}

void guest_dir(uint32_t intid)
{
	deactivate(intid);
}

/* The physical GIC, as far as it is asked. */
void gic_deactivate(uint32_t intid)
{
	fake_deactivations++;
	if (intid < 32) {
		here()->phys_active[intid] = false;
	} else {
		fake_spi_active[intid % 1024] = false;
	}
}

void gic_set_active(uint32_t intid, bool active)
{
	if (intid < 32) {
		here()->phys_active[intid] = active;
	} else {
		fake_spi_active[intid % 1024] = active;
	}
}
