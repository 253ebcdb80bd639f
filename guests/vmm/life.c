// SPDX-License-Identifier: BSD-2-Clause
#include "vmm/life.h"

#include <stdlib.h>
#include <string.h>

#include "rm/life.h"
#include "rt/irq.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/rpc.h"
#include "vmm/runner.h"

static struct machine *known[MACHINES_MAX]; /* whose news we hear */

void machine_know(struct machine *m)
{
	struct machine **place = NULL;

	for (unsigned i = 0; i < MACHINES_MAX; i++) {
		if (known[i] == m) {
			return;
		}
		place = place == NULL && known[i] == NULL ? &known[i] : place;
	}
	if (place != NULL) {
		*place = m;
	}
}

struct machine *machine_known(unsigned index)
{
	return index < MACHINES_MAX ? known[index] : NULL;
}

uint32_t machine_ask(struct machine *m, uint32_t id)
{
	struct rm_vmid who = { m->vmid, 0 };

	return rpc_call(id, &who, sizeof(who), NULL, NULL);
}

uint32_t machine_fail(struct machine *m, const char *step, uint32_t error)
{
	if (error != RM_ERR_OK) {
		m->step = step;
	}
	if (error == RPC_NO_ANSWER) {
		m->is_unsure = true;
	}
	return error;
}

static uint32_t stop(struct machine *m, uint8_t flags, uint32_t reason)
{
	const struct rm_stop stop = { .vmid = m->vmid,
		                      .flags = flags,
		                      .reason = reason };

	return machine_fail(
		m, "STOP",
		rpc_call(RM_VM_STOP, &stop, sizeof(stop), NULL, NULL));
}

uint32_t machine_stop(struct machine *m)
{
	return stop(m, RM_STOP_FORCE, RM_STOP_REASON_FORCE);
}

uint32_t machine_ask_stop(struct machine *m)
{
	return stop(m, 0, 0);
}

uint32_t machine_relaunch(struct machine *m)
{
	uint16_t vmid = m->vmid;
	uint32_t error = machine_dispose(m);

	if (error == RM_ERR_OK) {
		m->vmid = vmid; /* what it asks for */
		error = machine_launch(m);
	}
	return error;
}

uint32_t machine_pause(struct machine *m)
{
	bool was = m->is_paused;
	uint32_t error;

	m->is_paused = true;
	runner_wait(m);
	error = machine_fail(m, "PAUSE", machine_ask(m, RM_TS_PAUSE));
	m->is_paused = was || error == RM_ERR_OK;
	runner_kick();
	return error;
}

uint32_t machine_resume(struct machine *m)
{
	uint32_t error =
		machine_fail(m, "RESUME", machine_ask(m, RM_TS_RESUME));

	m->is_paused = m->is_paused && error != RM_ERR_OK;
	runner_kick();
	while (machine_listen()) { /* it is RUNNING: told already */
	}
	return error;
}

struct machine *machine_with_vmid(uint16_t vmid)
{
	for (unsigned i = 0; i < MACHINES_MAX; i++) {
		if (known[i] != NULL && known[i]->vmid == vmid) {
			return known[i];
		}
	}
	return NULL;
}

static void take_reason(struct machine *m, const struct rm_message_buf *note,
                        uint32_t size)
{
	const size_t head = sizeof(struct rm_vm_exited);

	m->reason_size = size;
	m->reason = 0;
	if (size >= sizeof(m->reason) &&
	    note->len >= head + sizeof(m->reason)) {
		memcpy(&m->reason, note->payload + head, sizeof(m->reason));
	}
}

bool machine_listen(void)
{
	const struct rm_message_buf *note = rpc_notification();
	struct rm_vm_exited exited;
	struct rm_vm_status status;
	struct machine *m;

	if (note == NULL) {
		return false;
	}
	if (note->id == RM_VM_EXITED && note->len >= sizeof(exited)) {
		memcpy(&exited, note->payload, sizeof(exited));
		m = machine_with_vmid(exited.vmid);
		if (m != NULL) {
			m->has_exited = true;
			m->exits_heard++;
			m->exit = (enum rm_exit)exited.type;
			take_reason(m, note, exited.reason_size);
		}
	} else if (note->id == RM_VM_STATUS && note->len >= sizeof(status)) {
		memcpy(&status, note->payload, sizeof(status));
		m = machine_with_vmid(status.vmid);
		if (m != NULL) {
			m->state = status.vm;
		}
	}
	return true;
}

static bool wait_for(struct machine *m, uint8_t state, uint64_t timeout_us)
{
	uint64_t end = cntvct() + timer_ticks_of_us(timeout_us);

	while (m->state != state) {
		if (!machine_listen()) {
			if (cntvct() > end) {
				/* What is told once may have been lost. */
				return machine_ask_state(m) == RM_ERR_OK &&
				       m->state == state;
			}
			rpc_sleep();
		}
	}
	return true;
}

bool machine_wait(struct machine *m, uint64_t timeout_us)
{
	uint64_t end = cntvct() + timer_ticks_of_us(timeout_us);

	while (!m->has_exited) {
		if (cntvct() > end) {
			m->is_unsure = true;
			return false;
		}
		if (!machine_turn(m)) {
			rpc_sleep();
		}
	}
	return true;
}

#define RESET_TIMEOUT_US 2000000

/* Whatever there is of it, and then nothing but the memory and the record. */
static uint32_t reset(struct machine *m)
{
	uint32_t error = RM_ERR_OK;

	if (m->vmid == 0 || life_is_empty((enum rm_state)m->state)) {
		return RM_ERR_OK;
	}
	if (m->state == RM_STATE_AUTH) {
		/* From there the only way is forward, come of it what may. */
		if (m->auth != RM_AUTH_NONE) {
			(void)machine_ask(m, RM_VM_AUTH_IMAGE);
		}
		(void)machine_ask(m, RM_VM_INIT);
		error = machine_fail(m, "GET_STATE", machine_ask_state(m));
	}
	if (error == RM_ERR_OK && m->state != RM_STATE_RESETTING) {
		error = machine_fail(m, "RESET", machine_ask(m, RM_VM_RESET));
	}
	if (error == RM_ERR_OK &&
	    !wait_for(m, RM_STATE_RESET, RESET_TIMEOUT_US)) {
		error = machine_fail(m, "waiting for RESET", RM_ERR_BUSY);
	}
	return error;
}

static uint32_t reclaim(struct machine *m)
{
	uint32_t request[2] = { m->handle, 0 };
	uint32_t error;

	if (m->handle == 0) {
		return RM_ERR_OK;
	}
	error = machine_fail(
		m, "RECLAIM",
		rpc_call(RM_MEM_RECLAIM, request, sizeof(request), NULL, NULL));
	m->handle = error == RM_ERR_OK ? 0 : m->handle;
	return error;
}

static void forget(struct machine *m)
{
	for (unsigned i = 0; i < m->vcpu_count; i++) {
		runner_release(&m->vcpu[i]);
		if (m->vcpu[i].virq != 0) {
			irq_disable(m->vcpu[i].virq);
		}
	}
	m->vmid = 0;
	m->state = RM_STATE_NONE;
	memset(m->vcpu, 0, sizeof(m->vcpu));
}

uint32_t machine_dispose(struct machine *m)
{
	uint32_t error = RM_ERR_OK;

	while (machine_listen()) { /* which state is it in? */
	}
	if (m->is_unsure) {
		error = machine_fail(m, "finding out", machine_find_out(m));
	}
	if (error == RM_ERR_OK) {
		error = reset(m);
	}
	if (error == RM_ERR_OK) {
		error = reclaim(m);
	}
	if (error == RM_ERR_OK && m->vmid != 0) {
		error = machine_fail(m, "DEALLOCATE",
		                     machine_ask(m, RM_VM_DEALLOCATE));
	}
	if (error == RM_ERR_OK) {
		forget(m);
	}
	return error;
}

void machine_free(struct machine *m)
{
	free(m->ram);
	m->ram = NULL;
}

const char *machine_exit_name(enum rm_exit exit)
{
	switch (exit) {
	case RM_EXIT_VM_EXIT:
		return "exit";
	case RM_EXIT_SYSTEM_OFF:
		return "off";
	case RM_EXIT_SYSTEM_RESET:
		return "reset";
	case RM_EXIT_SYSTEM_RESET2:
		return "reset2";
	case RM_EXIT_WATCHDOG:
		return "watchdog";
	case RM_EXIT_FAULT:
		return "fault";
	case RM_EXIT_HW_ERROR:
		return "hardware error";
	case RM_EXIT_FORCED:
		return "forced";
	}
	return "?";
}
