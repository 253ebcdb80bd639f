// SPDX-License-Identifier: BSD-2-Clause
/*
 * A large VM of the scenario ends, and the resource manager gives its memory
 * home, scrubbed: whoever asks something meanwhile is answered between two
 * steps, and does not wait for the whole.
 */
#include <string.h>

#include "greatest.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define LARGE 0

/* Of 128 MiB in steps of two; the other stages of a reset are five. */
#define LEAST 32

#define LIMIT_US 20000000

static uint32_t state_of(unsigned peer, uint8_t *state)
{
	const struct rm_vmid who = { peer_vmid(peer), 0 };
	static uint8_t answer[RM_MESSAGE_MAX];
	uint32_t error =
		rpc_call(RM_VM_GET_STATE, &who, sizeof(who), answer, NULL);

	*state = answer[0];
	return error;
}

TEST others_are_answered_while_memory_is_scrubbed(void)
{
	uint64_t end;
	unsigned answers = 0;
	uint8_t state;

	ASSERT(peer_open(LARGE, "large"));
	end = cntvct() + timer_ticks_of_us(LIMIT_US);
	peer_leave(LARGE, false);
	while (state_of(LARGE, &state) == RM_ERR_OK && cntvct() < end) {
		answers += state == RM_STATE_RESETTING;
	}
	ASSERT_EQ_FMT((uint32_t)RM_ERR_VMID_INVALID, state_of(LARGE, &state),
	              "%#x");
	ASSERT_GTE(answers, LEAST);
	PASS();
}

SUITE(resetting)
{
	RUN_TEST(others_are_answered_while_memory_is_scrubbed);
}
