// SPDX-License-Identifier: BSD-2-Clause
/*
 * Platform authentication: what the scenario's "images" name begins as it is,
 * and nothing else does, whatever the lender tries.
 * Promised by: docs/lifecycle.md, "Authentication".
 */
#include <abi/bundle.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/fault.h"
#include "rt/hv_root.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB    (1ull << 20)
#define END_US 5000000
#define OTHER  1u /* VMID: another VM of the scenario */

static struct machine m;

/* What is done to it, and before which step. */
static struct {
	const char *step;
	void (*act)(struct rm_config_image *config);
} spoil;

static uint32_t said; /* by the request that the act has made */

static void at_step(struct machine *machine, struct rm_config_image *config,
                    const char *step)
{
	(void)machine;
	if (spoil.step != NULL && strcmp(step, spoil.step) == 0) {
		spoil.act(config);
	}
}

static void prepare(const char *image, const char *step,
                    void (*act)(struct rm_config_image *config))
{
	void *ram = m.ram;

	m = (struct machine){ .image = image,
		              .args = "do=off",
		              .ram = ram,
		              .ram_size = 2 * MIB,
		              .vcpu_count = 1,
		              .auth = RM_AUTH_PLATFORM,
		              .at_step = at_step };
	spoil.step = step;
	spoil.act = act;
	said = RM_ERR_UNIMPLEMENTED;
}

static uint8_t *image_of(const struct rm_config_image *config)
{
	return (uint8_t *)m.ram + config->image_offset;
}

static void flip_first(struct rm_config_image *config)
{
	image_of(config)[0] ^= 1;
}

static void flip_middle(struct rm_config_image *config)
{
	image_of(config)[machine_image_size(m.image) / 2] ^= 0x80;
}

static void flip_last(struct rm_config_image *config)
{
	image_of(config)[machine_image_size(m.image) - 1] ^= 1;
}

static void fill_behind(struct rm_config_image *config)
{
	image_of(config)[config->image_size - 1] = 1;
}

static void cut(struct rm_config_image *config)
{
	config->image_size = machine_image_size(m.image) - 1;
}

static void shift(struct rm_config_image *config)
{
	config->image_offset += 4;
}

/* One life that ends as it should. @return NULL, or what went wrong */
static const char *good_life(void)
{
	prepare("victim", NULL, NULL);
	if (machine_launch(&m) != RM_ERR_OK) {
		return m.step;
	}
	if (!machine_wait(&m, END_US) || m.exit != RM_EXIT_SYSTEM_OFF) {
		return "it does not go off";
	}
	return machine_dispose(&m) == RM_ERR_OK ? NULL : m.step;
}

#define MUST(does)                                                   \
	do {                                                         \
		const char *wrong = does;                            \
                                                                     \
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong); \
	} while (0)

static uint8_t state_of_it(void)
{
	const struct rm_vmid who = { m.vmid, 0 };
	static uint8_t answer[RM_MESSAGE_MAX];

	return rpc_call(RM_VM_GET_STATE, &who, sizeof(who), answer, NULL) ==
	                       RM_ERR_OK
	               ? answer[0]
	               : RM_STATE_NONE;
}

/* The digest that GET_ID tells; NULL: none. */
static const uint8_t *told_digest(void)
{
	const struct rm_vmid who = { m.vmid, 0 };
	static uint8_t answer[RM_MESSAGE_MAX];
	const uint8_t *at = answer + 4;
	uint32_t count;

	if (rpc_call(RM_VM_GET_ID, &who, sizeof(who), answer, NULL) !=
	    RM_ERR_OK) {
		return NULL;
	}
	memcpy(&count, answer, sizeof(count));
	for (; count > 0; count--) {
		struct rm_id id;

		memcpy(&id, at, sizeof(id));
		at += sizeof(id);
		if (id.type == RM_ID_SIGN_AUTH &&
		    id.size == BUNDLE_HASH_BYTES) {
			return at;
		}
		at += (id.size + 3u) & ~3u;
	}
	return NULL;
}

TEST a_named_image_begins_and_is_told(void)
{
	const uint8_t *digest;

	prepare("victim", NULL, NULL);
	m.args = "do=wfi";
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	digest = told_digest();
	ASSERT(digest != NULL);
	ASSERT_MEM_EQ(machine_image_hash("victim"), digest, BUNDLE_HASH_BYTES);
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	/* Whom nobody has looked at has none. */
	prepare("victim", NULL, NULL);
	m.auth = RM_AUTH_NONE;
	m.args = "do=wfi";
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	ASSERT_EQ(NULL, told_digest());
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

/* Any bit of it, more of it, less of it, or another one. */
TEST anything_else_is_refused_and_leaves_nothing(void)
{
	static const struct {
		const char *what, *image;
		void (*act)(struct rm_config_image *config);
	} tries[] = {
		{ "the first bit", "victim", flip_first },
		{ "a bit inside", "victim", flip_middle },
		{ "the last bit", "victim", flip_last },
		{ "no zeros behind", "victim", fill_behind },
		{ "cut off", "victim", cut },
		{ "shifted", "victim", shift },
		{ "not in the list", "peer", NULL },
	};
	uint64_t before[LEDGER_COUNT], after[LEDGER_COUNT];

	MUST(good_life());
	ASSERT(lives_ledger(before));
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		prepare(tries[i].image, tries[i].act != NULL ? "LEND" : NULL,
		        tries[i].act);
		ASSERT_EQm(tries[i].what, RM_ERR_VALIDATE_FAILED,
		           machine_launch(&m));
		ASSERT_STR_EQ("AUTH_IMAGE", m.step);
		ASSERT_EQ(RM_STATE_INIT_FAILED, state_of_it());
		ASSERT_EQ(RM_ERR_VM_STATE, machine_ask(&m, RM_VM_INIT));
		ASSERT_EQ(RM_ERR_VM_STATE, machine_ask(&m, RM_VM_START));
		ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
		MUST(good_life());
		ASSERT(lives_ledger(after));
		MUST(hv_ledger_difference(before, after));
	}
	PASS();
}

static void init_too_early(struct rm_config_image *config)
{
	(void)config;
	said = machine_ask(&m, RM_VM_INIT);
}

static void auth_again(struct rm_config_image *config)
{
	(void)config;
	said = machine_ask(&m, RM_VM_AUTH_IMAGE);
}

static void ask_for_firmware(struct rm_config_image *config)
{
	struct __attribute__((packed)) {
		uint16_t vmid, reserved;
		uint32_t handle;
		uint64_t offset, size;
	} firmware = { m.vmid, 0, config->memparcel, 0, 4096 };

	said = rpc_call(RM_VM_SET_FIRMWARE_MEM, &firmware, sizeof(firmware),
	                NULL, NULL);
}

static void begin_elsewhere(struct rm_config_image *config)
{
	const struct rm_set_context set = { .vmid = m.vmid,
		                            .set = RM_CONTEXT_PC };

	(void)config;
	said = rpc_call(RM_VM_SET_CONTEXT, &set, sizeof(set), NULL, NULL);
}

/* In its order, once, and with no way to begin anywhere else. */
TEST there_is_no_way_round(void)
{
	static const struct {
		const char *step;
		void (*act)(struct rm_config_image *config);
		uint32_t want;
	} tries[] = {
		{ "AUTH_IMAGE", init_too_early, RM_ERR_VM_STATE },
		{ "AUTH_IMAGE", ask_for_firmware, RM_ERR_VM_STATE },
		{ "INIT", ask_for_firmware, RM_ERR_VM_STATE },
		{ "INIT", auth_again, RM_ERR_VM_STATE },
		{ "START", auth_again, RM_ERR_VM_STATE },
		{ "START", begin_elsewhere, RM_ERR_DENIED },
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		prepare("victim", tries[i].step, tries[i].act);
		ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
		ASSERT_EQm(tries[i].step, tries[i].want, said);
		ASSERT(machine_wait(&m, END_US));
		ASSERT_EQ(RM_EXIT_SYSTEM_OFF, m.exit);
		ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	}
	/* Before CONFIG_IMAGE, too. */
	prepare("victim", "CONFIG_IMAGE", ask_for_firmware);
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, machine_launch(&m));
	ASSERT_STR_EQ("CONFIG_IMAGE", m.step);
	ASSERT_EQ(RM_ERR_OK, said);
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

/* LEND it once more, to so many. @return its handle */
static uint32_t lend_again(unsigned borrowers)
{
	struct __attribute__((packed)) {
		struct rm_mem_create head;
		uint16_t acl_count, pad0;
		struct rm_acl_entry acl[2];
		uint16_t sgl_count, pad1;
		struct rm_sgl_entry sgl;
		uint16_t attr_count, pad2;
	} two = {
		.acl_count = 2,
		.acl = { { m.vmid, RM_ACL_R | RM_ACL_W | RM_ACL_X, 0 },
		         { OTHER, RM_ACL_R | RM_ACL_W, 0 } },
		.sgl_count = 1,
		.sgl = { (uintptr_t)m.ram, m.ram_size },
	};
	static uint8_t answer[RM_MESSAGE_MAX], bytes[sizeof(two)];
	const size_t one = sizeof(two.acl[0]);
	size_t head = sizeof(two.head) + 4 + one;
	uint32_t handle[2] = { m.handle, 0 };

	said = rpc_call(RM_MEM_RECLAIM, handle, sizeof(handle), NULL, NULL);
	memcpy(bytes, &two, sizeof(two));
	if (borrowers == 1) { /* without the second entry */
		memmove(bytes + head, bytes + head + one,
		        sizeof(two) - head - one);
		bytes[sizeof(two.head)] = 1;
	}
	if (rpc_call(RM_MEM_LEND, bytes,
	             sizeof(two) - (borrowers == 1 ? one : 0), answer,
	             NULL) == RM_ERR_OK) {
		memcpy(&m.handle, answer, sizeof(m.handle));
	}
	return m.handle;
}

static void lend_to_two(struct rm_config_image *config)
{
	config->memparcel = lend_again(2);
}

static void change_type(struct rm_config_image *config)
{
	config->auth = RM_AUTH_ANDROID;
}

/* Only what is out of everybody's reach is looked at. */
TEST others_cannot_reach_it(void)
{
	prepare("victim", NULL, NULL);
	m.is_shared = true;
	ASSERT_EQ(RM_ERR_DENIED, machine_launch(&m));
	ASSERT_STR_EQ("CONFIG_IMAGE", m.step);
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	prepare("victim", "CONFIG_IMAGE", lend_to_two);
	ASSERT_EQ(RM_ERR_DENIED, machine_launch(&m));
	ASSERT_STR_EQ("CONFIG_IMAGE", m.step);
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	prepare("victim", "CONFIG_IMAGE", change_type);
	ASSERT_EQ(RM_ERR_ARGUMENT_INVALID, machine_launch(&m));
	ASSERT_STR_EQ("CONFIG_IMAGE", m.step);
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	PASS();
}

static void look_at_it(struct rm_config_image *config)
{
	struct fault fault;

	fault_expect(&fault);
	(void)*(volatile uint8_t *)image_of(config);
	said = fault_came(&fault);
}

static void take_it_back(struct rm_config_image *config)
{
	(void)config;
	(void)lend_again(1);
}

/* Between the look and the beginning nobody changes it. */
TEST it_stays_what_it_was(void)
{
	prepare("victim", "INIT", look_at_it);
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	ASSERT_EQ(1u, said);
	ASSERT(machine_wait(&m, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	/* Reclaimed and lent anew: another parcel, which nobody has seen. */
	prepare("victim", "INIT", take_it_back);
	ASSERT_EQ(RM_ERR_HANDLE_INVALID, machine_launch(&m));
	ASSERT_STR_EQ("INIT", m.step);
	ASSERT_EQ(RM_ERR_OK, said);
	ASSERT_EQ(RM_STATE_INIT_FAILED, state_of_it());
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	MUST(good_life());
	PASS();
}

SUITE(auth)
{
	RUN_TEST(a_named_image_begins_and_is_told);
	RUN_TEST(anything_else_is_refused_and_leaves_nothing);
	RUN_TEST(there_is_no_way_round);
	RUN_TEST(others_cannot_reach_it);
	RUN_TEST(it_stays_what_it_was);
}
