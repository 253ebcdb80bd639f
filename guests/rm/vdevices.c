/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/vdevices.h"

#include <abi/rights.h>
#include <string.h>

#include "rm/launch.h"

/* An address space, vCPUs, doorbells, queues: nothing is left out. */
_Static_assert(1 + OBJECTS_VCPUS_MAX + OBJECTS_BELLS_MAX + OBJECTS_QUEUES_MAX <=
                       VMS_RESOURCES_MAX,
               "a row for each");
_Static_assert(OBJECTS_BELLS_MAX <= DTB_BELLS_MAX, "a node for each");
_Static_assert(OBJECTS_QUEUES_MAX <= DTB_QUEUES_MAX, "a node for each");

static bool plays(const char *mutant)
{
	return strcmp(launch_mutant, mutant) == 0;
}

unsigned vdevices_take_virq(struct vm *owner, uint16_t vmid)
{
	for (unsigned i = 0; i < VMS_VIRQS; i++) {
		if (owner->virq_for[i] == 0) {
			owner->virq_for[i] = (uint8_t)vmid;
			return VMS_VIRQ_FIRST + i;
		}
	}
	return 0;
}

void vdevices_tell(struct vm *vm, enum rm_resource_type type, uint32_t label,
                   uint64_t cap, uint32_t virq)
{
	if (vm->resource_count < VMS_RESOURCES_MAX) {
		vm->resource[vm->resource_count++] = (struct rm_resource){
			.type = (uint8_t)type,
			.partner = vm->vmid,
			.label = label,
			.cap_lo = (uint32_t)cap,
			.cap_hi = (uint32_t)(cap >> 32),
			.virq = virq,
		};
	}
}

static bool add_bell(struct vm *vm, struct vm *owner, struct dtb_bell *bell)
{
	struct objects *o = &vm->objects;
	bool is_source = bell->intid == 0;
	unsigned virq = is_source ? vdevices_take_virq(owner, vm->vmid) : 0;
	uint64_t ours, cap;

	if (is_source && virq == 0) {
		return false;
	}
	ours = is_source ? objects_add_bell(o, owner->objects.vic, virq)
	                 : objects_add_bell(o, o->vic, bell->intid);
	if (ours == 0) {
		return false;
	}
	bell->cap = objects_hand_over(
		o, ours, is_source ? DOORBELL_MAY_SEND : DOORBELL_MAY_RECEIVE);
	cap = bell->cap == 0 ? 0
	                     : objects_give(o, ours,
	                                    is_source ? DOORBELL_MAY_RECEIVE
	                                              : DOORBELL_MAY_SEND);
	if (cap == 0) {
		return false;
	}
	vdevices_tell(vm, is_source ? RM_RES_DOORBELL : RM_RES_DOORBELL_SRC,
	              bell->label, cap, virq);
	return true;
}

static bool add_bells(struct vm *vm, struct vm *owner, const struct wish *wish,
                      struct dtb_facts *facts)
{
	for (unsigned i = 0; i < wish->bell_count; i++) {
		struct dtb_bell *bell = &facts->bell[facts->bell_count++];

		bell->label = wish->bell[i].label;
		bell->intid = wish->bell[i].intid;
		if (!add_bell(vm, owner, bell)) {
			return false;
		}
	}
	return true;
}

/*
 * One queue: both ends have an interrupt, the sender's says that there is room
 * again.  @return the VM's capability to its end; 0: failed
 */
static uint64_t add_end(struct vm *vm, struct vm *owner,
                        const struct wish_queue *q, bool vm_sends)
{
	struct objects *o = &vm->objects;
	unsigned virq = vdevices_take_virq(owner, vm->vmid);
	unsigned intid = vm_sends ? q->tx_intid : q->rx_intid;
	uint64_t ours, theirs, cap;

	if (virq == 0) {
		return 0;
	}
	ours = objects_add_queue(o, q->depth, q->message_size);
	if (ours == 0 ||
	    !objects_bind_queue(o, ours, vm_sends, o->vic, intid) ||
	    !objects_bind_queue(o, ours, !vm_sends, owner->objects.vic, virq)) {
		return 0;
	}
	theirs = objects_hand_over(
		o, ours, vm_sends ? MSGQUEUE_MAY_SEND : MSGQUEUE_MAY_RECEIVE);
	cap = theirs == 0 ? 0
	                  : objects_give(o, ours,
	                                 vm_sends ? MSGQUEUE_MAY_RECEIVE
	                                          : MSGQUEUE_MAY_SEND);
	if (cap == 0) {
		return 0;
	}
	if (plays("rm-queue-kept")) {
		o->peer_count--; /* nobody takes it from the owner */
	}
	vdevices_tell(vm,
	              vm_sends ? RM_RES_MSGQUEUE_RECEIVE : RM_RES_MSGQUEUE_SEND,
	              q->label, cap, virq);
	return theirs;
}

static bool add_queue(struct vm *vm, struct vm *owner,
                      const struct wish_queue *q, struct dtb_queue *node)
{
	*node = (struct dtb_queue){ .label = q->label,
		                    .tx_intid = q->tx_intid,
		                    .rx_intid = q->rx_intid,
		                    .depth = q->depth,
		                    .message_size = q->message_size };
	if (q->sends) {
		node->tx_cap = add_end(vm, owner, q, true);
		if (node->tx_cap == 0) {
			return false;
		}
	}
	if (q->receives) {
		node->rx_cap = add_end(vm, owner, q, false);
		if (node->rx_cap == 0) {
			return false;
		}
	}
	if (plays("rm-queue-crossed")) {
		uint64_t cap = node->tx_cap;

		node->tx_cap = node->rx_cap;
		node->rx_cap = cap;
	}
	return true;
}

bool vdevices_add(struct vm *vm, struct vm *owner, const struct wish *wish,
                  struct dtb_facts *facts)
{
	if (!add_bells(vm, owner, wish, facts)) {
		return false;
	}
	for (unsigned i = 0; i < wish->queue_count; i++) {
		if (!add_queue(vm, owner, &wish->queue[i],
		               &facts->queue[facts->queue_count++])) {
			return false;
		}
	}
	return true;
}
