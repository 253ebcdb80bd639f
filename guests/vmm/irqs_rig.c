// SPDX-License-Identifier: BSD-2-Clause
/* See irqs.h. */
#include "vmm/irqs.h"

#include <string.h>

#include "rt/mmio.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"

#define RTC_DR   0x00
#define RTC_MR   0x04
#define RTC_IMSC 0x10
#define RTC_RIS  0x14
#define RTC_ICR  0x1c

struct dt_device irqs_rtc;
volatile unsigned irqs_taken;

void irqs_on_alarm(unsigned intid, void *arg)
{
	(void)intid, (void)arg;
	irqs_taken++;
	mmio_write32(irqs_rtc.reg.base + RTC_ICR, 1);
}

void irqs_quieten(void)
{
	mmio_write32(irqs_rtc.reg.base + RTC_ICR, 1);
}

bool irqs_raise_it(void)
{
	irqs_taken = 0;
	mmio_write32(irqs_rtc.reg.base + RTC_IMSC, 1);
	for (unsigned i = 0; i < 10; i++) {
		mmio_write32(irqs_rtc.reg.base + RTC_MR,
		             mmio_read32(irqs_rtc.reg.base + RTC_DR));
		/* In this order: the handler quietens it. */
		if (mmio_read32(irqs_rtc.reg.base + RTC_RIS) != 0 ||
		    irqs_taken != 0) {
			return true;
		}
		/* The second has just changed. */
	}
	return false;
}

uint32_t irqs_ask(enum who who, uint32_t id, const void *data, size_t len,
                  uint32_t *answer)
{
	static uint8_t room[RM_MESSAGE_MAX];
	uint32_t error;

	if (who != OWNER) {
		error = peer_ask(who == BORROWER ? BORROWING : STRANGE, id,
		                 data, len);
		*answer = peer_answer(who == BORROWER ? BORROWING : STRANGE);
		return error;
	}
	error = rpc_call(id, data, len, room, NULL);
	memcpy(answer, room, sizeof(*answer));
	return error;
}

uint32_t irqs_lend_to(uint16_t vmid, uint32_t *handle)
{
	const struct rm_irq_lend lend = { .borrower = vmid,
		                          .virq = irqs_rtc.intid,
		                          .label = IRQS_LABEL };

	return irqs_ask(OWNER, RM_VM_IRQ_LEND, &lend, sizeof(lend), handle);
}

uint32_t irqs_accept(unsigned peer, uint32_t handle, uint32_t virq,
                     uint32_t *got)
{
	const struct rm_irq_accept accept = { handle, virq };
	uint64_t end = cntvct() + timer_ticks_of_us(IRQS_WAIT_US);
	uint32_t error;

	do {
		error = peer_ask(peer, RM_VM_IRQ_ACCEPT, &accept,
		                 sizeof(accept));
	} while (error == RM_ERR_BUSY && cntvct() < end);
	*got = peer_answer(peer);
	return error;
}

uint32_t irqs_do(enum who who, enum step step, uint32_t handle)
{
	static const uint32_t ids[STEPS] = {
		[LEND] = RM_VM_IRQ_LEND,
		[ACCEPT] = RM_VM_IRQ_ACCEPT,
		[RELEASE] = RM_VM_IRQ_RELEASE,
		[RECLAIM] = RM_VM_IRQ_RECLAIM,
		[UNMAP] = RM_VM_IRQ_UNMAP,
		[TELL_LENT] = RM_VM_IRQ_NOTIFY,
		[TELL_RELEASED] = RM_VM_IRQ_NOTIFY,
		[TELL_ACCEPTED] = RM_VM_IRQ_NOTIFY,
	};
	uint32_t word[4] = { handle, 0, 0, 0 }, got;
	size_t len = 4;

	switch (step) {
	case LEND:
		word[0] = peer_vmid(who == BORROWER ? STRANGE : BORROWING);
		word[1] = irqs_rtc.intid;
		word[2] = IRQS_LABEL;
		len = 12;
		break;
	case UNMAP:
		word[0] = 1;
		word[2] = who == BORROWER ? IRQS_THEIRS : irqs_rtc.intid;
		len = 12;
		break;
	case ACCEPT:
		word[1] = IRQS_THEIRS;
		len = 8;
		break;
	case TELL_LENT:
	case TELL_RELEASED:
	case TELL_ACCEPTED:
		word[1] = 1u << (step - TELL_LENT);
		len = 8;
		break;
	case RELEASE:
	case RECLAIM:
	case STEPS:
		break;
	}
	return irqs_ask(who, ids[step], word, len, &got);
}

uint32_t irqs_note_of(uint32_t id)
{
	uint64_t end = cntvct() + timer_ticks_of_us(IRQS_WAIT_US);
	uint32_t handle;

	while (cntvct() < end) {
		const struct rm_message_buf *note = rpc_notification();

		if (note != NULL && note->id == id) {
			memcpy(&handle, note->payload, sizeof(handle));
			return handle;
		}
		if (note == NULL) {
			rpc_sleep();
		}
	}
	return 0;
}

bool irqs_heard(unsigned peer)
{
	uint64_t end = cntvct() + timer_ticks_of_us(IRQS_WAIT_US);

	while (peer_heard(peer) == 0 && cntvct() < end) {
		rpc_sleep();
	}
	return peer_heard(peer) == 1;
}
