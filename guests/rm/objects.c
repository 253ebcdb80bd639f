/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/objects.h"

#include <abi/rights.h>
#include <abi/rm.h>
#include <abi/vcpu_run.h>
#include <string.h>

#include "rm/env.h"
#include "rm/launch.h"
#include "rt/hv.h"

#define VM_CAPS     64
#define MAP_PARTIAL 0x1ull
#define TO_CHILD    0
#define TO_PARENT   1

static unsigned fails_in;

void objects_fail_at(unsigned n)
{
	fails_in = n;
}

/* For tests: one call of a launch is refused as if memory were short. */
static bool is_refused(void)
{
	return fails_in != 0 && --fails_in == 0;
}

static bool must(struct objects *o, int64_t err, const char *step)
{
	if (err == HV_OK) {
		return true;
	}
	if (o->error == HV_OK) {
		o->error = err;
		o->step = step;
	}
	return false;
}

/* One call; the rest of a launch is skipped when it fails. */
#define CALL(o, name, ...) \
	must(o, is_refused() ? HV_NOMEM : HV(name, __VA_ARGS__).err, #name)

bool objects_note(struct objects *o, uint64_t cap)
{
	if (o->cap_count == OBJECTS_CAPS_MAX) {
		return must(o, HV_NORESOURCES, "noting a capability");
	}
	o->cap[o->cap_count++] = cap;
	return true;
}

static void delete_cap(uint64_t cap)
{
	HV(CSPACE_DELETE_CAP_FROM, env.cspace, cap);
}

static void take_out(struct objects *o, unsigned at)
{
	o->cap_count--;
	memmove(&o->cap[at], &o->cap[at + 1],
	        (o->cap_count - at) * sizeof(o->cap[0]));
}

void objects_drop(struct objects *o, uint64_t cap)
{
	for (unsigned i = o->cap_count; i-- > 0;) {
		if (o->cap[i] == cap) {
			delete_cap(cap);
			take_out(o, i);
			return;
		}
	}
}

uint64_t objects_create(struct objects *o, unsigned call, const char *step)
{
	const uint64_t arg[8] = { env.partition, env.cspace };
	struct hv made = { .err = HV_NOMEM };

	if (!is_refused()) {
		made = hv_call(call, arg);
	}
	if (!must(o, made.err, step)) {
		return 0;
	}
	if (!objects_note(o, made.out[0])) {
		delete_cap(made.out[0]);
		return 0;
	}
	return made.out[0];
}

#define CREATE(o, type) \
	objects_create(o, HVC_PARTITION_CREATE_##type, "create " #type)

bool objects_begin(struct objects *o, uint16_t vmid, unsigned vcpus,
                   unsigned our_intid)
{
	o->error = HV_OK;
	o->step = NULL;
	return (o->cspace = CREATE(o, CSPACE)) != 0 &&
	       CALL(o, CSPACE_CONFIGURE, o->cspace, VM_CAPS) &&
	       CALL(o, OBJECT_ACTIVATE, o->cspace) &&
	       (o->addrspace = CREATE(o, ADDRSPACE)) != 0 &&
	       CALL(o, ADDRSPACE_CONFIGURE, o->addrspace, vmid) &&
	       CALL(o, OBJECT_ACTIVATE, o->addrspace) &&
	       (o->vic = CREATE(o, VIC)) != 0 &&
	       CALL(o, VIC_CONFIGURE, o->vic, vcpus, OBJECTS_SPIS) &&
	       CALL(o, OBJECT_ACTIVATE, o->vic) &&
	       (o->vpm = CREATE(o, VPM_GROUP)) != 0 &&
	       CALL(o, OBJECT_ACTIVATE, o->vpm) &&
	       CALL(o, VPM_GROUP_BIND_VIRQ, o->vpm, env.vic, our_intid);
}

bool objects_add_ram(struct objects *o, uint64_t size)
{
	struct ram_place place;
	uint64_t bank;

	if (!ram_take(&env.ram, size, &place)) {
		return must(o, HV_NOMEM, "no RAM is free");
	}
	o->ram = place;
	bank = env.ram.bank[place.bank].cap;
	o->ram_cap = CREATE(o, MEMEXTENT);
	return o->ram_cap != 0 &&
	       CALL(o, MEMEXTENT_CONFIGURE_DERIVE, o->ram_cap, bank,
	            place.offset, place.size, EXTENT_RWX | EXTENT_SPARSE) &&
	       CALL(o, OBJECT_ACTIVATE, o->ram_cap) &&
	       CALL(o, MEMEXTENT_DONATE, TO_CHILD, bank, o->ram_cap,
	            place.offset, place.size);
}

#define MODIFY_ZERO 0x80000001ull /* and "no sync" */
#define RAM_STEP    (2ull << 20)  /* about 120 000 instructions */

bool objects_ram_turn(struct objects *o, bool is_kept)
{
	uint64_t left = o->ram.size - o->ram_done;
	uint64_t len = left < RAM_STEP ? left : RAM_STEP;

	if (o->ram_cap == 0 || left == 0) {
		return false;
	}
	if (is_kept && !CALL(o, MEMEXTENT_MODIFY, o->ram_cap, MODIFY_ZERO,
	                     o->ram_done, len)) {
		return false;
	}
	if (!is_kept &&
	    !CALL(o, MEMEXTENT_DONATE, TO_PARENT, o->ram_cap,
	          env.ram.bank[o->ram.bank].cap, o->ram_done, len)) {
		return false;
	}
	o->ram_done += len;
	return o->ram_done < o->ram.size;
}

bool objects_ram_is_clean(struct objects *o)
{
	bool is_clean = o->ram_done == o->ram.size;

	o->ram_done = 0;
	return is_clean;
}

bool objects_map_ram(struct objects *o, uint64_t ipa)
{
	return CALL(o, ADDRSPACE_MAP, o->addrspace, o->ram_cap, ipa, MAP_RWX,
	            MAP_PARTIAL, 0, o->ram.size);
}

bool objects_map(struct objects *o, uint64_t cap, uint64_t ipa, uint64_t attrs)
{
	return CALL(o, ADDRSPACE_MAP, o->addrspace, cap, ipa, attrs);
}

uint64_t objects_add_queue(struct objects *o, uint32_t depth,
                           uint32_t message_size)
{
	uint64_t mq = CREATE(o, MSGQUEUE);
	uint64_t info = depth | (uint64_t)message_size << 16;

	if (mq == 0 || !CALL(o, MSGQUEUE_CONFIGURE, mq, info) ||
	    !CALL(o, OBJECT_ACTIVATE, mq)) {
		return 0;
	}
	return mq;
}

bool objects_bind_queue(struct objects *o, uint64_t mq, bool is_sender,
                        uint64_t vic, unsigned intid)
{
	return is_sender ? CALL(o, MSGQUEUE_BIND_SEND_VIRQ, mq, vic, intid)
	                 : CALL(o, MSGQUEUE_BIND_RECEIVE_VIRQ, mq, vic, intid);
}

static uint64_t make_queue(struct objects *o)
{
	return objects_add_queue(o, OBJECTS_QUEUE_DEPTH, RM_PACKET_MAX);
}

uint64_t objects_hand_over(struct objects *o, uint64_t cap, uint64_t rights)
{
	struct hv copy = { .err = HV_NOMEM };

	if (!is_refused()) {
		copy = HV(CSPACE_COPY_CAP_FROM, env.cspace, cap, o->cspace,
		          rights);
	}
	return must(o, copy.err, "copy a capability") ? copy.out[0] : 0;
}

bool objects_add_queues(struct objects *o, unsigned our_intid)
{
	return (o->to_rm = make_queue(o)) != 0 &&
	       (o->to_vm = make_queue(o)) != 0 &&
	       CALL(o, MSGQUEUE_BIND_RECEIVE_VIRQ, o->to_rm, env.vic,
	            our_intid) &&
	       CALL(o, MSGQUEUE_BIND_SEND_VIRQ, o->to_rm, o->vic,
	            OBJECTS_TX_INTID) &&
	       CALL(o, MSGQUEUE_BIND_RECEIVE_VIRQ, o->to_vm, o->vic,
	            OBJECTS_RX_INTID) &&
	       (o->vm_tx = objects_hand_over(o, o->to_rm, MSGQUEUE_MAY_SEND)) !=
	               0 &&
	       (o->vm_rx = objects_hand_over(o, o->to_vm,
	                                     MSGQUEUE_MAY_RECEIVE)) != 0;
}

bool objects_add_watchdog(struct objects *o)
{
	return (o->watchdog = CREATE(o, WATCHDOG)) != 0 &&
	       CALL(o, OBJECT_ACTIVATE, o->watchdog);
}

static bool add_thread(struct objects *o, unsigned priority)
{
	uint64_t t = CREATE(o, THREAD);
	unsigned index = o->thread_count;

	if (t == 0) {
		return false;
	}
	o->thread[o->thread_count++] = t;
	return CALL(o, ADDRSPACE_ATTACH_THREAD, o->addrspace, t) &&
	       CALL(o, CSPACE_ATTACH_THREAD, o->cspace, t) &&
	       CALL(o, VIC_ATTACH_VCPU, o->vic, t, index) &&
	       CALL(o, VPM_GROUP_ATTACH_VCPU, o->vpm, t, index) &&
	       (o->watchdog == 0 ||
	        CALL(o, WATCHDOG_ATTACH_VCPU, o->watchdog, t)) &&
	       CALL(o, VCPU_SET_PRIORITY, t, priority) &&
	       CALL(o, OBJECT_ACTIVATE, t);
}

bool objects_add_threads(struct objects *o, unsigned vcpus, unsigned priority)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < vcpus; i++) {
		ok = add_thread(o, priority);
	}
	return ok;
}

#define RUN_WAKEUP 1

bool objects_proxy(struct objects *o, unsigned index, uint64_t vic,
                   unsigned intid)
{
	return CALL(o, VCPU_BIND_VIRQ, o->thread[index], vic, intid,
	            RUN_WAKEUP);
}

uint64_t objects_add_bell(struct objects *o, uint64_t vic, unsigned intid)
{
	uint64_t bell = CREATE(o, DOORBELL);

	if (bell == 0 || !CALL(o, OBJECT_ACTIVATE, bell) ||
	    !CALL(o, DOORBELL_BIND_VIRQ, bell, vic, intid)) {
		return 0;
	}
	return bell;
}

uint64_t objects_give(struct objects *o, uint64_t cap, uint64_t rights)
{
	struct hv copy = { .err = HV_NOMEM };

	if (o->peer_count == OBJECTS_PEER_MAX) {
		must(o, HV_NORESOURCES, "capabilities of the owner");
		return 0;
	}
	if (!is_refused()) {
		copy = HV(CSPACE_COPY_CAP_FROM, env.cspace, cap, o->peer_cspace,
		          rights);
	}
	if (!must(o, copy.err, "copy a capability")) {
		return 0;
	}
	return o->peer_cap[o->peer_count++] = copy.out[0];
}

bool objects_start(struct objects *o, uint64_t entry, uint64_t context)
{
	return CALL(o, VCPU_POWERON, o->thread[0], entry, context);
}

void objects_kill(struct objects *o)
{
	for (unsigned i = 0; i < o->thread_count; i++) {
		HV(VCPU_KILL, o->thread[i]);
	}
}

/* A killed vCPU answers "busy" until it has left its CPU for good. */
static bool has_left(uint64_t thread)
{
	return HV(VCPU_RUN_CHECK, thread).err == HV_OBJECT_STATE;
}

bool objects_are_quiet(struct objects *o)
{
	bool all = true;

	/* All of them, whatever else has happened meanwhile. */
	for (unsigned i = 0; i < o->thread_count; i++) {
		if (!has_left(o->thread[i])) {
			HV(VCPU_RUN, o->thread[i]);
			all = all && has_left(o->thread[i]);
		}
	}
	return all;
}

int objects_exit(struct objects *o)
{
	for (unsigned i = 0; i < o->thread_count; i++) {
		struct hv look = HV(VCPU_RUN_CHECK, o->thread[i]);

		if (look.err != HV_OK) {
			continue;
		}
		switch (look.out[0]) {
		case VCPU_RUN_FAULT:
			return RM_EXIT_FAULT;
		case VCPU_RUN_SYSTEM_RESET:
			return look.out[1] & VCPU_RUN_RESET_PLAIN
			               ? RM_EXIT_SYSTEM_RESET
			               : RM_EXIT_SYSTEM_RESET2;
		case VCPU_RUN_POWERED_OFF:
			if (look.out[1] != 0) {
				return look.out[2] != 0 ? RM_EXIT_WATCHDOG
				                        : RM_EXIT_SYSTEM_OFF;
			}
			break;
		default:
			break;
		}
	}
	return -1;
}

void objects_end_but_ram(struct objects *o)
{
	const struct objects kept = { .ram = o->ram,
		                      .ram_cap = o->ram_cap,
		                      .ram_done = o->ram_done };

	o->ram.size = 0; /* it is not given back */
	for (unsigned i = o->cap_count; i-- > 0;) {
		if (o->cap[i] == kept.ram_cap) {
			take_out(o, i);
		}
	}
	objects_end(o);
	*o = kept;
	objects_note(o, kept.ram_cap);
}

void objects_end(struct objects *o)
{
	while (o->peer_count > 0) {
		HV(CSPACE_DELETE_CAP_FROM, o->peer_cspace,
		   o->peer_cap[--o->peer_count]);
	}
	if (strcmp(launch_mutant, "rm-leaks") == 0 && o->cap_count > 0) {
		o->cap_count--;
	}
	while (o->cap_count > 0) {
		delete_cap(o->cap[--o->cap_count]);
	}
	if (o->ram.size != 0) {
		ram_give(&env.ram, &o->ram);
	}
	memset(o, 0, sizeof(*o));
}
