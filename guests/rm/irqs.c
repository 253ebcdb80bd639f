/* SPDX-License-Identifier: BSD-2-Clause */
#include "rm/irqs.h"

#include <string.h>

#include "rm/client.h"
#include "rm/env.h"
#include "rm/irq_life.h"
#include "rm/launch.h"
#include "rt/hv.h"

/* By index of env.device. */
static struct irq {
	enum irq_state state;
	uint16_t owner;    /* 0: nobody's; all else means nothing then */
	uint16_t borrower; /* 0: none */
	uint32_t handle;   /* of the lending; 0: none */
	uint32_t label;
	uint32_t virq;  /* INTID with the borrower; 0: it has not accepted */
	bool is_coming; /* it is the owner's, but not bound yet */
} irqs[ENV_DEVICES_MAX];

static uint32_t last_handle = 0x200;

static bool plays(const char *mutant)
{
	return strcmp(launch_mutant, mutant) == 0;
}

int irqs_find(uint32_t intid)
{
	for (unsigned i = 0; i < env.device_count; i++) {
		if (env.device[i].intid == intid) {
			return (int)i;
		}
	}
	return -1;
}

uint32_t irqs_own_virq(unsigned index)
{
	return IRQS_VIRQ_OWN + index;
}

static unsigned index_of(const struct irq *irq)
{
	return (unsigned)(irq - irqs);
}

static int64_t bind(const struct irq *irq, const struct vm *vm, uint32_t virq)
{
	return HV(HWIRQ_BIND_VIRQ, env.device[index_of(irq)].hwirq,
	          vm->objects.vic, virq)
	        .err;
}

/* Nobody has it, and it is not active in the machine, now or very soon. */
static void unbind(const struct irq *irq)
{
	HV(HWIRQ_UNBIND_VIRQ, env.device[index_of(irq)].hwirq);
}

/* The machine may have to end it on another CPU first: then once more later. */
static void bring_home(struct irq *irq)
{
	const struct vm *owner = vms_find(irq->owner);

	irq->is_coming =
		owner != NULL &&
		bind(irq, owner, irqs_own_virq(index_of(irq))) == HV_RETRY;
}

static struct irq *find_lent(uint32_t handle)
{
	for (unsigned i = 0; handle != 0 && i < env.device_count; i++) {
		if (irqs[i].owner != 0 && irqs[i].handle == handle) {
			return &irqs[i];
		}
	}
	return NULL;
}

/* Of those whom @handle may mean something to. */
static struct irq *lent_by(uint16_t vmid, uint32_t handle)
{
	struct irq *irq = find_lent(handle);
	bool any = plays("rm-irq-any-owner");

	return irq != NULL && (irq->owner == vmid || any) ? irq : NULL;
}

static struct irq *lent_to(uint16_t vmid, uint32_t handle)
{
	struct irq *irq = find_lent(handle);

	return irq != NULL && irq->borrower == vmid ? irq : NULL;
}

/* What is INTID @virq with VM @vmid? */
static struct irq *own_at(uint16_t vmid, uint32_t virq)
{
	for (unsigned i = 0; i < env.device_count; i++) {
		if (irqs[i].owner == vmid && irqs_own_virq(i) == virq) {
			return &irqs[i];
		}
	}
	return NULL;
}

static struct irq *borrowed_at(uint16_t vmid, uint32_t virq)
{
	for (unsigned i = 0; i < env.device_count; i++) {
		if (irqs[i].owner != 0 && irqs[i].borrower == vmid &&
		    irqs[i].virq == virq && virq != 0) {
			return &irqs[i];
		}
	}
	return NULL;
}

/* An owner's INTID stays its own while the interrupt is lent. */
static bool is_taken(uint16_t vmid, uint32_t virq)
{
	return own_at(vmid, virq) != NULL || borrowed_at(vmid, virq) != NULL;
}

void irqs_give(unsigned index, const struct vm *vm)
{
	irqs[index] = (struct irq){ .state = IRQ_HOME, .owner = vm->vmid };
	bring_home(&irqs[index]);
}

enum rm_error irqs_lend(uint16_t from, const struct rm_irq_lend *lend,
                        uint32_t *handle)
{
	struct irq *irq = own_at(from, lend->virq);
	enum rm_error error;

	if (irq == NULL) {
		return RM_ERR_IRQ_INVALID;
	}
	if (lend->borrower == from || vms_find(lend->borrower) == NULL) {
		return RM_ERR_VMID_INVALID;
	}
	error = irq_life_step(&irq->state, IRQ_LEND);
	if (error != RM_ERR_OK) {
		return error;
	}
	if (!plays("rm-irq-unmoved")) {
		unbind(irq);
	}
	irq->is_coming = false;
	irq->borrower = lend->borrower;
	irq->label = lend->label;
	irq->virq = 0;
	do {
		last_handle = last_handle + 1 != 0 ? last_handle + 1 : 1;
	} while (find_lent(last_handle) != NULL);
	irq->handle = *handle = last_handle;
	return RM_ERR_OK;
}

static enum rm_error accept_at(struct irq *irq, const struct vm *vm,
                               uint32_t virq)
{
	if (is_taken(vm->vmid, virq)) {
		return RM_ERR_IRQ_INUSE;
	}
	switch (bind(irq, vm, virq)) {
	case HV_OK:
		return RM_ERR_OK;
	case HV_RETRY:
		return RM_ERR_BUSY;
	case HV_NOMEM:
		return RM_ERR_NOMEM;
	default:
		return RM_ERR_IRQ_INUSE; /* a doorbell of its VMM is there */
	}
}

enum rm_error irqs_accept(uint16_t vmid, uint32_t handle, uint32_t *virq)
{
	struct irq *irq = lent_to(vmid, handle);
	const struct vm *vm = vms_find(vmid);
	enum irq_state next;
	enum rm_error error;
	uint32_t at = *virq;

	if (irq == NULL || vm == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	next = irq->state;
	error = irq_life_step(&next, IRQ_ACCEPT);
	if (error != RM_ERR_OK) {
		return error;
	}
	if (at != RM_IRQ_ANY && (at < IRQS_VIRQ_FIRST || at > IRQS_VIRQ_LAST)) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	if (at != RM_IRQ_ANY) {
		error = accept_at(irq, vm, at);
	} else {
		at = irqs_own_virq(index_of(irq));
		do {
			error = accept_at(irq, vm, at);
		} while (error == RM_ERR_IRQ_INUSE && ++at <= IRQS_VIRQ_LAST);
		error = at > IRQS_VIRQ_LAST ? RM_ERR_NORESOURCE : error;
	}
	if (error == RM_ERR_OK) {
		irq->state = next;
		irq->virq = *virq = at;
	}
	return error;
}

enum rm_error irqs_release(uint16_t vmid, uint32_t handle)
{
	struct irq *irq = lent_to(vmid, handle);
	enum rm_error error = irq == NULL
	                              ? RM_ERR_HANDLE_INVALID
	                              : irq_life_step(&irq->state, IRQ_RELEASE);

	if (error == RM_ERR_OK) {
		unbind(irq);
		irq->virq = 0;
	}
	return error;
}

enum rm_error irqs_reclaim(uint16_t vmid, uint32_t handle)
{
	struct irq *irq = lent_by(vmid, handle);
	enum rm_error error = irq == NULL
	                              ? RM_ERR_HANDLE_INVALID
	                              : irq_life_step(&irq->state, IRQ_RECLAIM);

	if (error == RM_ERR_OK) {
		irq->handle = irq->borrower = 0;
		bring_home(irq);
	}
	return error;
}

/* The step is allowed: @may_do: take it. */
static enum rm_error unmap_one(uint16_t vmid, uint32_t virq, bool may_do)
{
	struct irq *own = own_at(vmid, virq);
	struct irq *irq = own != NULL ? own : borrowed_at(vmid, virq);
	enum irq_state next;
	enum rm_error error;

	if (irq == NULL) {
		return RM_ERR_IRQ_INVALID;
	}
	next = irq->state;
	error = irq_life_step(&next,
	                      own != NULL ? IRQ_UNMAP_OWN : IRQ_UNMAP_LENT);
	if (error == RM_ERR_OK && may_do) {
		irq->state = next;
		irq->is_coming = false;
		unbind(irq);
	}
	return error;
}

enum rm_error irqs_unmap(uint16_t vmid, const uint32_t *virq, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		enum rm_error error = unmap_one(vmid, virq[i], false);

		for (unsigned k = 0; k < i && error == RM_ERR_OK; k++) {
			error = virq[k] == virq[i] ? RM_ERR_ARGUMENT_INVALID
			                           : error;
		}
		if (error != RM_ERR_OK) {
			return error;
		}
	}
	for (unsigned i = 0; i < count; i++) {
		unmap_one(vmid, virq[i], true);
	}
	return RM_ERR_OK;
}

static enum rm_error tell_borrower(struct irq *irq, uint16_t to)
{
	const struct rm_irq_lent note = { .owner = irq->owner,
		                          .handle = irq->handle,
		                          .label = irq->label };
	enum rm_error error =
		client_is_behind(vms_find(irq->borrower))
			? RM_ERR_BUSY
			: irq_life_step(&irq->state, IRQ_TELL_LENT);

	if (error == RM_ERR_OK && to != 0 && to != irq->borrower) {
		error = RM_ERR_ARGUMENT_INVALID;
	}
	if (error == RM_ERR_OK) {
		client_notify(vms_find(irq->borrower), RM_VM_IRQ_LENT, &note,
		              sizeof(note));
	}
	return error;
}

static void tell_owner(const struct irq *irq, uint32_t id)
{
	client_notify(vms_find(irq->owner), id, &irq->handle,
	              sizeof(irq->handle));
}

enum rm_error irqs_notify(uint16_t vmid, uint32_t handle, uint32_t flags,
                          uint16_t to)
{
	bool accepted = flags == RM_IRQ_TELL_ACCEPTED;
	struct irq *irq = flags == RM_IRQ_TELL_LENT ? lent_by(vmid, handle)
	                                            : lent_to(vmid, handle);
	enum rm_error error;

	if (flags != RM_IRQ_TELL_LENT && flags != RM_IRQ_TELL_RELEASED &&
	    !accepted) {
		return RM_ERR_ARGUMENT_INVALID;
	}
	if (irq == NULL) {
		return RM_ERR_HANDLE_INVALID;
	}
	if (flags == RM_IRQ_TELL_LENT) {
		return tell_borrower(irq, to);
	}
	error = client_is_behind(vms_find(irq->owner))
	                ? RM_ERR_BUSY
	                : irq_life_step(&irq->state,
	                                accepted ? IRQ_TELL_ACCEPTED
	                                         : IRQ_TELL_RELEASED);
	if (error == RM_ERR_OK) {
		tell_owner(irq,
		           accepted ? RM_VM_IRQ_ACCEPTED : RM_VM_IRQ_RELEASED);
	}
	return error;
}

void irqs_forget_borrower(uint16_t vmid)
{
	for (unsigned i = 0; i < env.device_count; i++) {
		struct irq *irq = &irqs[i];

		if (irq->owner == 0 || irq->borrower != vmid ||
		    plays("rm-irq-kept")) {
			continue;
		}
		irq_life_step(&irq->state, IRQ_BORROWER_ENDS);
		unbind(irq);
		irq->borrower = 0;
		irq->virq = 0;
		tell_owner(irq, RM_VM_IRQ_RELEASED);
	}
}

void irqs_forget_owner(uint16_t vmid)
{
	for (unsigned i = 0; i < env.device_count; i++) {
		if (irqs[i].owner == vmid) {
			unbind(&irqs[i]);
			irqs[i] = (struct irq){ .owner = 0 };
		}
	}
}

bool irqs_turn(void)
{
	bool any = false;

	for (unsigned i = 0; i < env.device_count; i++) {
		if (irqs[i].is_coming) {
			bring_home(&irqs[i]);
			any |= irqs[i].is_coming;
		}
	}
	return any;
}
