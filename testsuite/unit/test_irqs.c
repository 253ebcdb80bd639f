/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical interrupts of VMs on a hypervisor that takes bindings as the real
 * one does: one at a time, and RETRY while somebody is still about to let go.
 * Promised by: docs/lifecycle.md, "Interrupts".
 */
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/client.h"
#include "../../guests/rm/env.h"
#include "../../guests/rm/irq_life.h"
#include "../../guests/rm/irqs.h"
#include "../../guests/rm/launch.h"
#include "../../guests/rm/vms.h"
#include "rt/hv.h"

#define OWNER    3u
#define BORROWER 4u
#define STRANGER 5u

struct env env;
const char *launch_mutant = ""; /* no fault is played */

static uint64_t vic_of[ENV_DEVICES_MAX], virq_of[ENV_DEVICES_MAX];
static unsigned retries, wrong_calls;
static uint32_t last_note;
static uint16_t last_heard_by;

/* HWIRQ capability n + 1 is that of device n; a VIC has its VM's number. */
struct hv hv_call(unsigned number, const uint64_t arg[8])
{
	struct hv r = { .err = HV_OK };
	unsigned i = (unsigned)arg[0] - 1;

	if (i >= ENV_DEVICES_MAX) {
		wrong_calls++;
		return r;
	}
	if (number == HVC_HWIRQ_UNBIND_VIRQ) {
		vic_of[i] = 0;
		return r;
	}
	if (number != HVC_HWIRQ_BIND_VIRQ || arg[1] == 0) {
		wrong_calls++;
	} else if (vic_of[i] != 0) {
		r.err = HV_VIRQ_BOUND;
		wrong_calls++; /* two would believe that they have it */
	} else if (retries > 0) {
		retries--;
		r.err = HV_RETRY;
	} else {
		vic_of[i] = arg[1];
		virq_of[i] = arg[2];
	}
	return r;
}

bool client_is_behind(const struct vm *vm)
{
	(void)vm;
	return false;
}
void client_notify(struct vm *vm, uint32_t id, const void *payload, size_t len)
{
	(void)payload, (void)len;
	last_note = id;
	last_heard_by = vm->vmid;
}

static void set_up(void)
{
	enum rm_error error;

	for (uint16_t vmid = OWNER; vmid <= STRANGER; vmid++) {
		irqs_forget_owner(vmid);
	}
	memset(vms, 0, sizeof(vms));
	memset(vic_of, 0, sizeof(vic_of));
	retries = wrong_calls = last_note = 0;
	env.device_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		env.device[i].hwirq = i + 1;
		env.device[i].intid = 34 + i;
	}
	for (uint16_t vmid = OWNER; vmid <= STRANGER; vmid++) {
		vms_add(vmid, 3, &error)->objects.vic = vmid;
	}
	irqs_give((unsigned)irqs_find(34), vms_find(OWNER));
}

static uint32_t lend(uint16_t to)
{
	const struct rm_irq_lend l = { .borrower = to,
		                       .virq = irqs_own_virq(0) };
	uint32_t handle = 0;

	return irqs_lend(OWNER, &l, &handle) == RM_ERR_OK ? handle : 0;
}

/* No step leads out of the table, and an error changes nothing. */
TEST the_table_is_closed(void)
{
	for (int s = 0; s < IRQ_STATES; s++) {
		for (int step = 0; step < IRQ_STEPS; step++) {
			enum irq_state state = (enum irq_state)s;
			enum rm_error error =
				irq_life_step(&state, (enum irq_step)step);

			ASSERT((int)state >= 0 && state < IRQ_STATES);
			ASSERT(error == RM_ERR_OK || (int)state == s);
		}
	}
	PASS();
}

TEST the_legal_way_round(void)
{
	uint32_t handle, virq = RM_IRQ_ANY;

	set_up();
	ASSERT_EQ(OWNER, vic_of[0]);
	handle = lend(BORROWER);
	ASSERT(handle != 0);
	ASSERT_EQ(0u, vic_of[0]);
	ASSERT_EQ(RM_ERR_OK, irqs_accept(BORROWER, handle, &virq));
	ASSERT_EQ(BORROWER, vic_of[0]);
	ASSERT_EQ(virq, virq_of[0]);
	ASSERT_EQ(RM_ERR_OK, irqs_release(BORROWER, handle));
	ASSERT_EQ(0u, vic_of[0]);
	ASSERT_EQ(RM_ERR_OK, irqs_reclaim(OWNER, handle));
	ASSERT_EQ(OWNER, vic_of[0]);
	ASSERT_EQ(irqs_own_virq(0), virq_of[0]);
	ASSERT_EQ(RM_ERR_HANDLE_INVALID, irqs_reclaim(OWNER, handle));
	ASSERT_EQ(0u, wrong_calls);
	PASS();
}

/* Who had it is still in the handler, elsewhere. */
TEST what_is_late_comes_home(void)
{
	uint32_t handle, virq = 50;

	set_up();
	handle = lend(BORROWER);
	retries = 1;
	ASSERT_EQ(RM_ERR_BUSY, irqs_accept(BORROWER, handle, &virq));
	ASSERT_EQ(RM_ERR_OK, irqs_accept(BORROWER, handle, &virq));
	irqs_release(BORROWER, handle);
	retries = 3;
	ASSERT_EQ(RM_ERR_OK, irqs_reclaim(OWNER, handle));
	ASSERT(irqs_turn());
	ASSERT(irqs_turn());
	ASSERT_FALSE(irqs_turn());
	ASSERT_EQ(OWNER, vic_of[0]);
	/* Lent, or gone, before it has come. */
	handle = lend(BORROWER);
	retries = 1;
	irqs_reclaim(OWNER, handle);
	handle = lend(BORROWER);
	ASSERT_FALSE(irqs_turn());
	ASSERT_EQ(0u, vic_of[0]);
	retries = 1;
	irqs_reclaim(OWNER, handle);
	irqs_forget_owner(OWNER);
	ASSERT_FALSE(irqs_turn());
	ASSERT_EQ(0u, vic_of[0]);
	ASSERT_EQ(0u, wrong_calls);
	PASS();
}

TEST an_intid_is_had_once(void)
{
	uint32_t handle, second, virq = RM_IRQ_ANY;
	struct rm_irq_lend other = { .borrower = OWNER };

	set_up();
	irqs_give(1, vms_find(BORROWER));
	handle = lend(BORROWER);
	/* The borrower's own, at home or lent, stays its own. */
	virq = other.virq = irqs_own_virq(1);
	ASSERT_EQ(RM_ERR_IRQ_INUSE, irqs_accept(BORROWER, handle, &virq));
	ASSERT_EQ(RM_ERR_OK, irqs_lend(BORROWER, &other, &second));
	ASSERT_EQ(RM_ERR_IRQ_INUSE, irqs_accept(BORROWER, handle, &virq));
	/* So does ours, for which RM chooses the next one. */
	virq = irqs_own_virq(0);
	ASSERT_EQ(RM_ERR_IRQ_INUSE, irqs_accept(OWNER, second, &virq));
	virq = 50;
	ASSERT_EQ(RM_ERR_OK, irqs_accept(BORROWER, handle, &virq));
	ASSERT_EQ(RM_ERR_IRQ_INUSE, irqs_accept(BORROWER, handle, &virq));
	virq = IRQS_VIRQ_LAST + 1;
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, irqs_accept(OWNER, second, &virq));
	virq = IRQS_VIRQ_FIRST - 1;
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, irqs_accept(OWNER, second, &virq));
	virq = RM_IRQ_ANY;
	ASSERT_EQ(RM_ERR_OK, irqs_accept(OWNER, second, &virq));
	ASSERT_EQ(irqs_own_virq(1), virq);
	ASSERT_EQ(0u, wrong_calls);
	PASS();
}

TEST whoever_ends_first_nobody_keeps_it(void)
{
	uint32_t handle, virq = 50;

	set_up();
	handle = lend(BORROWER);
	irqs_accept(BORROWER, handle, &virq);
	irqs_forget_borrower(STRANGER);
	ASSERT_EQ(BORROWER, vic_of[0]);
	irqs_forget_borrower(BORROWER);
	ASSERT_EQ(0u, vic_of[0]);
	ASSERT_EQ((uint32_t)RM_VM_IRQ_RELEASED, last_note);
	ASSERT_EQ(OWNER, last_heard_by);
	ASSERT_EQ(RM_ERR_HANDLE_INVALID, irqs_accept(BORROWER, handle, &virq));
	ASSERT_EQ(RM_ERR_OK, irqs_reclaim(OWNER, handle));
	handle = lend(BORROWER);
	irqs_accept(BORROWER, handle, &virq);
	irqs_forget_owner(OWNER);
	ASSERT_EQ(0u, vic_of[0]);
	ASSERT_EQ(RM_ERR_HANDLE_INVALID, irqs_release(BORROWER, handle));
	ASSERT_EQ(RM_ERR_IRQ_INVALID, irqs_unmap(BORROWER, &virq, 1));
	irqs_give(0, vms_find(OWNER));
	ASSERT_EQ(OWNER, vic_of[0]);
	ASSERT_EQ(0u, wrong_calls);
	PASS();
}

TEST unmapping_is_all_or_nothing(void)
{
	uint32_t both[2] = { irqs_own_virq(0), irqs_own_virq(1) };

	set_up();
	ASSERT_EQ(RM_ERR_IRQ_INVALID, irqs_unmap(OWNER, both, 2));
	ASSERT_EQ(OWNER, vic_of[0]);
	irqs_give(1, vms_find(OWNER));
	ASSERT_EQ(RM_ERR_OK, irqs_unmap(OWNER, both, 2));
	ASSERT_EQ(0u, vic_of[0] | vic_of[1]);
	ASSERT_EQ(RM_ERR_IRQ_NOT_MAPPED, irqs_unmap(OWNER, both, 1));
	ASSERT_EQ(RM_ERR_OK, irqs_reclaim(OWNER, lend(BORROWER)));
	both[1] = both[0];
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, irqs_unmap(OWNER, both, 2));
	ASSERT_EQ(OWNER, vic_of[0]);
	ASSERT_EQ(0u, wrong_calls);
	PASS();
}

SUITE(irqs)
{
	RUN_TEST(the_table_is_closed);
	RUN_TEST(the_legal_way_round);
	RUN_TEST(what_is_late_comes_home);
	RUN_TEST(an_intid_is_had_once);
	RUN_TEST(whoever_ends_first_nobody_keeps_it);
	RUN_TEST(unmapping_is_all_or_nothing);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(irqs);
	GREATEST_MAIN_END();
}
