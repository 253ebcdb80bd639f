// SPDX-License-Identifier: BSD-2-Clause
/*
 * A primary VM and another one that mean no good: what they choose freely must
 * cost nobody but themselves anything.
 */
#include <libfdt.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/timer.h"
#include "rt/vmtree.h"
#include "vmm/life.h"
#include "vmm/machine.h"
#include "vmm/peers.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB        (1ull << 20)
#define BIG        (100 * MIB)
#define OTHER      0 /* peer */
#define FLOOD      600
#define NAME_SIZE  MIB
#define PROPERTIES 60000u
#define TREE_SIZE  (2 * MIB)
#define RESET_US   5000000

static struct machine m;

static uint32_t ask(uint32_t id)
{
	return machine_ask(&m, id);
}

static bool is_reset(void)
{
	uint64_t end = cntvct() + timer_ticks_of_us(RESET_US);

	if (ask(RM_VM_RESET) != RM_ERR_OK) {
		return false;
	}
	while (machine_ask_state(&m) != RM_ERR_OK ||
	       m.state != RM_STATE_RESET) {
		if (cntvct() > end) {
			return false;
		}
	}
	while (rpc_notification() != NULL) { /* nobody here wants to know */
	}
	return true;
}

/* A VM of memory that it shares with us: @size bytes at a block. */
static uint32_t begin(uint64_t size)
{
	static uint8_t answer[RM_MESSAGE_MAX];
	struct rm_vmid who = { 0, 0 };
	uint32_t error =
		rpc_call(RM_VM_ALLOCATE, &who, sizeof(who), answer, NULL);

	memcpy(&who, answer, sizeof(who));
	m = (struct machine){ .vmid = who.vmid,
		              .ram = memalign(MACHINE_BLOCK, size),
		              .ram_size = size };
	return error != RM_ERR_OK || m.ram == NULL
	               ? RM_ERR_NOMEM
	               : machine_ask_memory(&m, RM_MEM_SHARE);
}

/* INIT with a tree of that size at the beginning; then RESET again. */
static uint32_t init_with(uint64_t dt_size)
{
	const struct rm_config_image config = {
		.vmid = m.vmid,
		.memparcel = m.handle,
		.image_offset = m.ram_size - PAGE_SIZE,
		.image_size = PAGE_SIZE,
		.dt_size = dt_size,
	};
	uint32_t error = rpc_call(RM_VM_CONFIG_IMAGE, &config, sizeof(config),
	                          NULL, NULL);

	if (error == RM_ERR_OK) {
		error = ask(RM_VM_INIT);
	}
	return is_reset() ? error : RPC_NO_ANSWER;
}

static uint32_t finish(void)
{
	const uint32_t handle[2] = { m.handle, 0 };
	uint32_t error =
		rpc_call(RM_MEM_RECLAIM, handle, sizeof(handle), NULL, NULL);

	free(m.ram);
	return error != RM_ERR_OK ? error : ask(RM_VM_DEALLOCATE);
}

/* Where the resource manager looks at a tree must not cost it more each time
 * that the tree has another size. */
TEST trees_of_any_size_are_looked_at(void)
{
	ASSERT_EQ(RM_ERR_OK, begin(BIG));
	memset(m.ram, 0, PAGE_SIZE);
	for (uint64_t size = PAGE_SIZE; size < BIG - MIB;
	     size += MACHINE_BLOCK) {
		ASSERT_EQ(RM_ERR_MEM_INVALID, init_with(size));
	}
	ASSERT_EQ(RM_ERR_OK, finish());
	PASS();
}

/* Each property has the same name, which is as long as half of the tree. */
static void write_long_names(uint8_t *at)
{
	struct fdt_header *h = (struct fdt_header *)(void *)at;
	uint32_t off = sizeof(*h) + sizeof(struct fdt_reserve_entry);
	fdt32_t *cell = (fdt32_t *)(void *)(at + off);

	memset(at, 0, TREE_SIZE);
	*cell++ = cpu_to_fdt32(FDT_BEGIN_NODE);
	*cell++ = 0;
	for (unsigned i = 0; i < PROPERTIES; i++) {
		*cell++ = cpu_to_fdt32(FDT_PROP);
		cell += 2;
	}
	*cell++ = cpu_to_fdt32(FDT_END_NODE);
	*cell++ = cpu_to_fdt32(FDT_END);
	fdt_set_magic(at, FDT_MAGIC);
	fdt_set_version(at, 17);
	fdt_set_last_comp_version(at, 16);
	fdt_set_totalsize(at, TREE_SIZE);
	fdt_set_off_mem_rsvmap(at, sizeof(*h));
	fdt_set_off_dt_struct(at, off);
	fdt_set_size_dt_struct(at, (uint32_t)((uint8_t *)cell - (at + off)));
	fdt_set_off_dt_strings(at, TREE_SIZE - NAME_SIZE);
	fdt_set_size_dt_strings(at, NAME_SIZE);
	memset(at + TREE_SIZE - NAME_SIZE, 'a', NAME_SIZE - 1);
}

/* Others wait while it reads, and it is before all of them. */
TEST a_tree_is_not_read_for_ever(void)
{
	ASSERT_EQ(RM_ERR_OK, begin(TREE_SIZE + PAGE_SIZE));
	write_long_names(m.ram);
	rpc_set_patience(2000000);
	ASSERT_EQ(RM_ERR_MEM_INVALID, init_with(TREE_SIZE));
	rpc_set_patience(0);
	ASSERT_EQ(RM_ERR_OK, finish());
	PASS();
}

static const struct {
	const char *text;
	int size; /* with its end, or without */
} names[] = {
	{ "a\nrm: vm 1 ends", 16 },
	{ "\x1b[2J", 5 },
	{ "no end", 6 },
	{ "a\0b", 3 },
	{ "caf\xc3\xa9", 6 },
	{ "", 0 },
};
static unsigned name; /* of them */

static void put_name(struct machine *of, struct rm_config_image *config,
                     const char *step)
{
	void *tree = (uint8_t *)of->ram + config->dt_offset;

	if (strcmp(step, "LEND") == 0) {
		fdt_setprop(tree, fdt_path_offset(tree, "/gunyah-vm-config"),
		            "image-name", names[name].text, names[name].size);
	}
}

/* It stands in lines of the resource manager's console. */
TEST a_name_is_a_line_of_text(void)
{
	uint32_t said;

	for (name = 0; name < sizeof(names) / sizeof(names[0]); name++) {
		m = (struct machine){ .image = "victim",
			              .args = "do=off",
			              .ram_size = 2 * MIB,
			              .vcpu_count = 1,
			              .at_step = put_name };
		said = machine_launch(&m);
		ASSERT_EQ_FMT((uint32_t)RM_ERR_ARGUMENT_INVALID, said, "%u");
		ASSERT_STR_EQ("INIT", m.step);
		ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
		machine_free(&m);
	}
	PASS();
}

/* The CPUs of its tree: none, or one more than there may be. */
static void put_cpus(struct machine *of, struct rm_config_image *config,
                     const char *step)
{
	void *tree = (uint8_t *)of->ram + config->dt_offset;
	int cpus;

	if (strcmp(step, "LEND") != 0) {
		return; /* it is out of our reach by then */
	}
	cpus = fdt_path_offset(tree, "/cpus");
	if (of->vcpu_count == 1) {
		fdt_del_node(tree, fdt_subnode_offset(tree, cpus, "cpu@0"));
	} else {
		fdt_add_subnode(tree, cpus, "cpu@f00");
	}
}

TEST c274_no_vcpu_and_one_too_many_are_refused(void)
{
	static const unsigned counts[] = { 1, MACHINE_VCPUS_MAX };

	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		m = (struct machine){ .image = "victim",
			              .args = "do=off",
			              .ram_size = 2 * MIB,
			              .vcpu_count = counts[i],
			              .at_step = put_cpus };
		ASSERT_EQ_FMT((uint32_t)RM_ERR_ARGUMENT_INVALID,
		              machine_launch(&m), "%u");
		ASSERT_STR_EQ("INIT", m.step);
		ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
		machine_free(&m);
	}
	PASS();
}

static unsigned hear_notes(void)
{
	const struct rm_message_buf *note;
	unsigned heard = 0;

	while ((note = rpc_notification()) != NULL) {
		heard += note->id == RM_MEM_ACCEPTED;
	}
	return heard;
}

/* Who has something told to somebody who does not listen is told that, before
 * that one loses what others want to tell it. */
TEST a_flood_is_stopped_at_its_source(void)
{
	uint32_t note[3] = { 0, RM_NOTIFY_ACCEPTED, 0 };
	uint32_t said = RM_ERR_OK;
	unsigned told = 0, heard = 0;

	ASSERT(peer_open(OTHER, "other"));
	(void)hear_notes(); /* that the mailbox was accepted */
	note[0] = peer_parcel(OTHER);
	for (; told < FLOOD && said == RM_ERR_OK; told++) {
		peer_post(OTHER, RM_MEM_NOTIFY, note, sizeof(note));
		said = peer_posted(OTHER);
	}
	ASSERT_EQ_FMT(RM_ERR_BUSY, said, "%#x");
	heard = hear_notes();
	for (unsigned i = 0; i < 1000 && heard < told - 1; i++) {
		rpc_sleep();
		heard += hear_notes();
	}
	ASSERT_EQ_FMT(told - 1, heard, "%u");
	ASSERT_EQ(RM_ERR_OK,
	          peer_ask(OTHER, RM_MEM_NOTIFY, note, sizeof(note)));
	PASS();
}

/* Nor is a VM asked to stop for ever that does not listen. */
TEST a_stop_that_cannot_be_told_is_refused(void)
{
	uint32_t said = RM_ERR_OK;
	unsigned asked = 0;

	m = (struct machine){ .image = "victim",
		              .args = "do=wfi",
		              .ram_size = 2 * MIB,
		              .vcpu_count = 1 };
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	for (; asked < FLOOD && said == RM_ERR_OK; asked++) {
		said = machine_ask_stop(&m);
	}
	ASSERT_EQ_FMT((uint32_t)RM_ERR_BUSY, said, "%#x");
	ASSERT_EQ(RM_ERR_OK, machine_stop(&m));
	ASSERT(machine_wait(&m, RESET_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	machine_free(&m);
	PASS();
}

SUITE(hostile)
{
	RUN_TEST(trees_of_any_size_are_looked_at);
	RUN_TEST(a_tree_is_not_read_for_ever);
	RUN_TEST(a_name_is_a_line_of_text);
	RUN_TEST(c274_no_vcpu_and_one_too_many_are_refused);
	RUN_TEST(a_flood_is_stopped_at_its_source);
	RUN_TEST(a_stop_that_cannot_be_told_is_refused);
}
