/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests about physical interrupts: from their payload to irqs.h. */
#include "rm/env.h"
#include "rm/irqs.h"
#include "rm/request.h"

static uint32_t word_of(const struct request *rq, size_t at)
{
	uint32_t word;

	memcpy(&word, rq->in + at, sizeof(word));
	return word;
}

enum rm_error irq_lend(struct request *rq)
{
	struct rm_irq_lend lend;
	enum rm_error error;
	uint32_t handle;

	memcpy(&lend, rq->in, sizeof(lend));
	error = irqs_lend(rq->from->vmid, &lend, &handle);
	if (error == RM_ERR_OK) {
		request_put(rq, &handle, sizeof(handle));
	}
	return error;
}

enum rm_error irq_accept(struct request *rq)
{
	uint32_t virq = word_of(rq, 4);
	enum rm_error error =
		irqs_accept(rq->from->vmid, word_of(rq, 0), &virq);

	if (error == RM_ERR_OK) {
		request_put(rq, &virq, sizeof(virq));
	}
	return error;
}

enum rm_error irq_release(struct request *rq)
{
	return irqs_release(rq->from->vmid, word_of(rq, 0));
}

enum rm_error irq_reclaim(struct request *rq)
{
	return irqs_reclaim(rq->from->vmid, word_of(rq, 0));
}

/* struct rm_irq_notify; behind it, with TELL_LENT, perhaps a list of the one
 * borrower: u16 count, u16 0, u16 VMID, u16 0. */
enum rm_error irq_notify(struct request *rq)
{
	struct rm_irq_notify tell;
	uint16_t list[4] = { 0 };
	size_t more = rq->len - sizeof(tell);

	memcpy(&tell, rq->in, sizeof(tell));
	if (more == sizeof(uint32_t) || more == sizeof(list)) {
		memcpy(list, rq->in + sizeof(tell), more);
	}
	if (more != 0 && (tell.flags != RM_IRQ_TELL_LENT ||
	                  more != sizeof(uint32_t) * (list[0] + 1u))) {
		return list[0] > 1 ? RM_ERR_ARGUMENT_INVALID
		                   : RM_ERR_MSG_INVALID;
	}
	return irqs_notify(rq->from->vmid, tell.handle, tell.flags, list[2]);
}

/* u64 count, u32 INTIDs */
enum rm_error irq_unmap(struct request *rq)
{
	uint32_t virq[ENV_DEVICES_MAX];
	uint64_t count;
	size_t more = rq->len - sizeof(count);

	memcpy(&count, rq->in, sizeof(count));
	if (more % sizeof(virq[0]) != 0 || more / sizeof(virq[0]) != count) {
		return RM_ERR_MSG_INVALID;
	}
	if (count > ENV_DEVICES_MAX) {
		return RM_ERR_ARGUMENT_INVALID; /* nobody has so many */
	}
	memcpy(virq, rq->in + sizeof(count), more);
	return irqs_unmap(rq->from->vmid, virq, (unsigned)count);
}
