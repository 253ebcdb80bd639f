/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The resource manager's bookkeeping: RAM, the scenario's plan, device trees.
 * Promised by: docs/scenarios.md; Devicetree Specification.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "greatest.h"

#include "../../guests/rm/dtb.h"
#include "../../guests/rm/plan.h"
#include "../../guests/rm/ram.h"
#include "../../guests/rt/vmtree.h"

#define MIB (1ull << 20)

TEST ram_is_taken_first_fit_and_given_back(void)
{
	struct ram ram = { 0 };
	struct ram_place a, b, c, again;

	ASSERT(ram_add_bank(&ram, 1, 0x40100000, 15 * MIB));
	ASSERT(ram_take(&ram, 2 * MIB, &a));
	ASSERT_EQ(1 * MIB, a.offset); /* 2 MiB boundary of the address */
	ASSERT(ram_take(&ram, 3 * MIB + 1, &b));
	ASSERT_EQ(3 * MIB, b.offset);
	ASSERT_EQ(3 * MIB + 4096, b.size);
	ASSERT(ram_take(&ram, 2 * MIB, &c));
	ASSERT_EQ(7 * MIB, c.offset);
	ASSERT(ram_give(&ram, &b));
	ASSERT_FALSE(ram_give(&ram, &b));
	ASSERT(ram_take(&ram, 4 * MIB, &again)); /* exactly the hole */
	ASSERT_EQ(3 * MIB, again.offset);
	ASSERT_EQ(7 * MIB, ram_free(&ram));
	PASS();
}

TEST ram_that_does_not_fit_is_refused(void)
{
	struct ram ram = { 0 };
	struct ram_place p;

	ASSERT(ram_add_bank(&ram, 1, 0x40000000, 4 * MIB));
	ASSERT(ram_add_bank(&ram, 2, 0x80000000, 8 * MIB));
	ASSERT_FALSE(ram_take(&ram, 0, &p));
	ASSERT_FALSE(ram_take(&ram, UINT64_MAX, &p));
	ASSERT_FALSE(ram_take(&ram, 8 * MIB + 1, &p));
	ASSERT(ram_take(&ram, 8 * MIB, &p));
	ASSERT_EQ(1u, p.bank);
	ASSERT(ram_take(&ram, 4 * MIB, &p));
	ASSERT_EQ(0u, p.bank);
	ASSERT_FALSE(ram_take(&ram, 4096, &p));
	PASS();
}

static uint8_t tree[4096];

static void begin_scenario(void)
{
	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
}

static void end_scenario(void)
{
	fdt_end_node(tree);
	fdt_finish(tree);
}

static void add_vm(const char *name, const char *property, const char *value)
{
	fdt_begin_node(tree, name);
	fdt_property_string(tree, "image", "hello");
	if (property != NULL) {
		fdt_property_string(tree, property, value);
	}
	fdt_end_node(tree);
}

TEST vms_are_numbered_around_those_taken(void)
{
	static struct plan plan;

	begin_scenario();
	fdt_property_string(tree, "hyp-args", "quiet mutant=some-fault");
	fdt_property(tree, "images", "x\0yy", sizeof("x\0yy"));
	add_vm("vm-a", NULL, NULL);
	fdt_begin_node(tree, "vm-b");
	fdt_property_string(tree, "image", "x");
	fdt_property_u32(tree, "vmid", 2);
	fdt_property_u32(tree, "launches", 7);
	fdt_end_node(tree);
	add_vm("vm-root", "root", "");
	add_vm("vm-p", "primary", "");
	add_vm("vm-c", "on-crash", "end");
	end_scenario();
	ASSERT_EQ(NULL, plan_read(&plan, tree));
	ASSERT_EQ(4u, plan.vm_count); /* not the root VM */
	ASSERT_EQ(1, plan.vm[0].vmid);
	ASSERT_EQ(2, plan.vm[1].vmid);
	ASSERT_EQ(7u, plan.vm[1].launches);
	ASSERT_EQ(3, plan.vm[2].vmid);
	ASSERT(plan.vm[2].is_primary);
	ASSERT_EQ(4, plan.vm[3].vmid);
	ASSERT_EQ(POLICY_END, plan.vm[3].on_crash);
	ASSERT_EQ(POLICY_RESTART, plan.vm[3].on_reset);
	ASSERT_EQ(POLICY_STOP, plan.vm[3].on_off);
	ASSERT_STR_EQ("some-fault", plan.mutant);
	ASSERT_EQ(sizeof("x\0yy"), plan.images_len);
	ASSERT_STR_EQ("yy", plan.images + 2);
	PASS();
}

TEST a_wrong_property_is_named(void)
{
	static struct plan plan;
	const char *wrong;

	begin_scenario();
	add_vm("vm-a", "on-off", "sometimes");
	end_scenario();
	wrong = plan_read(&plan, tree);
	ASSERT(wrong != NULL);
	ASSERT(strstr(wrong, "vm-a: on-off") != NULL);

	begin_scenario();
	add_vm("vm-b", "vcpus", "many");
	end_scenario();
	wrong = plan_read(&plan, tree);
	ASSERT(wrong != NULL);
	ASSERT(strstr(wrong, "vm-b: vcpus") != NULL);
	PASS();
}

static void add_vm_with_irqs(const char *name, unsigned count, uint32_t first,
                             uint32_t second)
{
	const fdt32_t irqs[2] = { cpu_to_fdt32(first), cpu_to_fdt32(second) };

	fdt_begin_node(tree, name);
	fdt_property_string(tree, "image", "x");
	fdt_property(tree, "irqs", irqs, (int)(count * sizeof(irqs[0])));
	fdt_end_node(tree);
}

TEST an_interrupt_has_one_owner(void)
{
	static const struct {
		uint32_t a[2], b;
		const char *wrong;
	} tries[] = {
		{ { 34, 39 }, 40, NULL },
		{ { 34, 34 }, 40, "vm-a: irqs: given twice" },
		{ { 34, 39 }, 39, "vm-b: irqs: given twice" },
		{ { 34, 27 }, 40, "vm-a: irqs: not an SPI" },
		{ { 34, 1020 }, 40, "vm-a: irqs: not an SPI" },
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		static struct plan plan;
		const char *wrong;

		begin_scenario();
		add_vm_with_irqs("vm-a", 2, tries[i].a[0], tries[i].a[1]);
		add_vm_with_irqs("vm-b", 1, tries[i].b, 0);
		end_scenario();
		wrong = plan_read(&plan, tree);
		ASSERT_STR_EQ(tries[i].wrong != NULL ? tries[i].wrong : "",
		              wrong != NULL ? wrong : "");
		ASSERT(wrong != NULL || plan.vm[0].irq_count == 2);
	}
	PASS();
}

#define TREE_MAX 0x4000
static uint8_t base_tree[TREE_MAX] __attribute__((aligned(8)));

static int make_base(void)
{
	return vmtree_write(base_tree, sizeof(base_tree),
	                    &(struct vmtree){ .ram_size = 16 * MIB,
	                                      .vcpus = 3,
	                                      .virtio_slots = 2,
	                                      .bootargs = "quiet" });
}

static struct dtb_facts facts = {
	.vmid = 130,
	.owner = 3,
	.name = "guest",
	.rm_tx_cap = 0x1122334455667788,
	.rm_rx_cap = 0x99aabbccddeeff00,
	.rm_tx_intid = 128,
	.rm_rx_intid = 129,
	.rm_depth = 8,
	.memory_count = 3,
	.memory = { { .base = 0x40000000, .size = 2 * MIB },
	            { .base = 0x40200000, .size = 2 * MIB },
	            { .base = 0x80000000, .size = 4096 } },
	.reserved_count = 1,
	.reserved = { { .base = 0x40100000, .size = 8192, .handle = 5 } },
	.bell_count = 2,
	.bell = { { .cap = 1, .label = 7, .intid = 140 },
	          { .cap = 2, .label = 8 } },
	.queue_count = 2,
	.queue = { { .tx_cap = 0x1500000003,
	             .rx_cap = 0x1600000004,
	             .label = 9,
	             .tx_intid = 150,
	             .rx_intid = 151,
	             .depth = 16,
	             .message_size = 64 },
	           { .rx_cap = 0x17,
	             .label = 9,
	             .rx_intid = 152,
	             .depth = 2,
	             .message_size = 1024 } },
	.device_count = 2,
	.device = { { .base = 0x0c000000,
	              .size = 4096,
	              .intid = 96,
	              .physical = 34 },
	            { .base = 0x0c010000,
	              .size = 4096,
	              .intid = 97,
	              .physical = 39,
	              .is_edge = true } },
	.more_bootargs = "launch=2",
	.seed = { 1, 2, 3 },
};

static uint32_t cell_at(const void *fdt, const char *path, const char *name,
                        int index)
{
	int len;
	const fdt32_t *cell =
		fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &len);

	return cell != NULL && len >= (index + 1) * 4
	               ? fdt32_to_cpu(cell[index])
	               : 0xdeadbeef;
}

/* As Gunyah's resource manager writes them. */
TEST a_patched_tree_has_its_queues(void)
{
	static const char pair[] =
		"/hypervisor/qcom,message-queue-pair@1500000003";
	static const char one[] = "/hypervisor/qcom,message-queue@17";
	static uint8_t out[TREE_MAX] __attribute__((aligned(8)));
	size_t size;
	int node;

	ASSERT(make_base() > 0);
	ASSERT_EQ(NULL, dtb_patch(base_tree, sizeof(base_tree), out,
	                          sizeof(out), &facts, &size));
	node = fdt_path_offset(out, pair);
	ASSERT_EQ(0, fdt_node_check_compatible(out, node,
	                                       "qcom,gunyah-message-queue"));
	ASSERT_EQ(0x15u, cell_at(out, pair, "reg", 0));
	ASSERT_EQ(4u, cell_at(out, pair, "reg", 3));
	ASSERT_EQ(150u - 32, cell_at(out, pair, "interrupts", 1));
	ASSERT_EQ(151u - 32, cell_at(out, pair, "interrupts", 4));
	ASSERT_EQ(16u, cell_at(out, pair, "qcom,rx-queue-depth", 0));
	ASSERT_EQ(64u, cell_at(out, pair, "qcom,tx-message-size", 0));
	ASSERT_EQ(9u, cell_at(out, pair, "qcom,label", 0));
	ASSERT_EQ(9u, cell_at(out, pair, "label", 0));
	ASSERT(fdt_getprop(out, node, "qcom,is-full-duplex", NULL) != NULL);
	node = fdt_path_offset(out, one);
	ASSERT(fdt_getprop(out, node, "is-receiver", NULL) != NULL);
	ASSERT_EQ(NULL, fdt_getprop(out, node, "is-sender", NULL));
	ASSERT_EQ(0x17u, cell_at(out, one, "reg", 1));
	ASSERT_EQ(0xdeadbeef, cell_at(out, one, "reg", 2));
	ASSERT_EQ(152u - 32, cell_at(out, one, "interrupts", 1));
	ASSERT_EQ(2u, cell_at(out, one, "tx_queue_depth", 0));
	ASSERT_EQ(1024u, cell_at(out, one, "tx_message_size", 0));
	PASS();
}

/* Room is set aside for as much as can be asked for. */
TEST a_tree_with_most_of_all_has_room(void)
{
	static uint8_t out[TREE_MAX] __attribute__((aligned(8)));
	static struct dtb_facts most;
	size_t size;

	most = facts;
	most.reserved_count = DTB_RANGES_MAX;
	most.bell_count = DTB_BELLS_MAX;
	most.queue_count = DTB_QUEUES_MAX;
	for (unsigned i = 0; i < DTB_RANGES_MAX; i++) {
		most.reserved[i].base = 0xffffffff00000000 + i * 4096;
	}
	for (unsigned i = 0; i < DTB_BELLS_MAX; i++) {
		most.bell[i] = (struct dtb_bell){ ~0ull, ~i, 33 };
	}
	for (unsigned i = 0; i < DTB_QUEUES_MAX; i++) {
		most.queue[i] = (struct dtb_queue){ .tx_cap = ~(uint64_t)i,
			                            .rx_cap = ~(uint64_t)i,
			                            .label = i,
			                            .tx_intid = 200,
			                            .rx_intid = 201 };
	}
	ASSERT(make_base() > 0);
	ASSERT_EQ(NULL, dtb_patch(base_tree, sizeof(base_tree), out,
	                          sizeof(out), &most, &size));
	ASSERT_EQ(0, fdt_check_full(out, size));
	PASS();
}

TEST a_patched_tree_has_all_facts(void)
{
	static uint8_t out[TREE_MAX] __attribute__((aligned(8)));
	const char *args;
	size_t size;
	int len;

	ASSERT(make_base() > 0);
	ASSERT_EQ(NULL, dtb_patch(base_tree, sizeof(base_tree), out,
	                          sizeof(out), &facts, &size));
	ASSERT_EQ(0, fdt_check_full(out, size));
	ASSERT_EQ(130u,
	          cell_at(out, "/hypervisor/qcom,gunyah-vm", "qcom,vmid", 0));
	ASSERT_EQ(0x11223344u,
	          cell_at(out, "/hypervisor/qcom,resource-manager-rpc", "reg",
	                  0));
	ASSERT_EQ(129u - 32,
	          cell_at(out, "/hypervisor/qcom,resource-manager-rpc",
	                  "interrupts", 4));
	/* Neighbours are one range, and the old node is gone. */
	fdt_getprop(out, fdt_path_offset(out, "/memory@40000000"), "reg", &len);
	ASSERT_EQ(2 * 16, len);
	ASSERT_EQ(4 * MIB, cell_at(out, "/memory@40000000", "reg", 3));
	ASSERT_EQ(5u, cell_at(out, "/reserved-memory/buffer@40100000",
	                      "qcom,rm-mem-handle", 0));
	ASSERT_EQ(140u - 32,
	          cell_at(out, "/hypervisor/bell-rx-7", "interrupts", 1));
	ASSERT_EQ(2u, cell_at(out, "/hypervisor/bell-tx-8", "reg", 1));
	ASSERT_EQ(96u - 32, cell_at(out, "/device@c000000", "interrupts", 1));
	ASSERT_EQ(4u, cell_at(out, "/device@c000000", "interrupts", 2));
	ASSERT_EQ(0x0c010000u, cell_at(out, "/device@c010000", "reg", 1));
	ASSERT_EQ(39u, cell_at(out, "/device@c010000", "touchstone,intid", 0));
	ASSERT_EQ(1u, cell_at(out, "/device@c010000", "interrupts", 2));
	args = fdt_getprop(out, fdt_path_offset(out, "/chosen"), "bootargs",
	                   NULL);
	ASSERT_STR_EQ("quiet launch=2", args);
	PASS();
}

/* Any size and alignment of a tree works; what it does not fit is untouched. */
TEST trees_of_every_alignment_and_room(void)
{
	static uint8_t place[TREE_MAX + 16];
	static uint8_t before[TREE_MAX + 16];
	size_t need, size;
	int len = make_base();

	ASSERT_EQ(NULL, dtb_patch(base_tree, (size_t)len, place, TREE_MAX,
	                          &facts, &need));
	for (unsigned at = 0; at < 16; at++) {
		memcpy(place + at, base_tree, (size_t)len);
		ASSERT_EQ(NULL, dtb_patch(place + at, (size_t)len, place + at,
		                          need, &facts, &size));
		ASSERT_EQ(need, size);
		memcpy(place + at, base_tree, (size_t)len);
		memcpy(before, place, sizeof(place));
		ASSERT(dtb_patch(place + at, (size_t)len, place + at, need - 1,
		                 &facts, &size) != NULL);
		ASSERT_EQ(0, memcmp(before, place, sizeof(place)));
	}
	PASS();
}

TEST damaged_trees_are_refused(void)
{
	static uint8_t out[TREE_MAX];
	size_t size;
	int len = make_base();

	ASSERT(dtb_patch(base_tree, 16, out, sizeof(out), &facts, &size));
	ASSERT(dtb_patch(base_tree, (size_t)len - 1, out, sizeof(out), &facts,
	                 &size));
	for (int i = 0; i < len; i += 4) {
		uint8_t old = base_tree[i];

		/* Refused or patched, but never beyond its buffers. */
		base_tree[i] ^= 0xff;
		(void)dtb_patch(base_tree, (size_t)len, out, sizeof(out),
		                &facts, &size);
		base_tree[i] = old;
	}
	base_tree[0] ^= 1;
	ASSERT(dtb_patch(base_tree, (size_t)len, out, sizeof(out), &facts,
	                 &size));
	PASS();
}

TEST base_trees_need_room_and_vcpus(void)
{
	struct vmtree vm = { .vcpus = 0 };

	ASSERT(vmtree_write(base_tree, sizeof(base_tree), &vm) < 0);
	vm.vcpus = VMTREE_VCPUS_MAX;
	vm.virtio_slots = VMTREE_SLOTS_MAX;
	ASSERT(vmtree_write(base_tree, sizeof(base_tree), &vm) > 0);
	ASSERT_EQ(-FDT_ERR_NOSPACE, vmtree_write(base_tree, 1024, &vm));
	PASS();
}

SUITE(rmparts)
{
	RUN_TEST(ram_is_taken_first_fit_and_given_back);
	RUN_TEST(ram_that_does_not_fit_is_refused);
	RUN_TEST(vms_are_numbered_around_those_taken);
	RUN_TEST(a_wrong_property_is_named);
	RUN_TEST(an_interrupt_has_one_owner);
	RUN_TEST(a_patched_tree_has_all_facts);
	RUN_TEST(a_patched_tree_has_its_queues);
	RUN_TEST(a_tree_with_most_of_all_has_room);
	RUN_TEST(trees_of_every_alignment_and_room);
	RUN_TEST(damaged_trees_are_refused);
	RUN_TEST(base_trees_need_room_and_vcpus);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(rmparts);
	GREATEST_MAIN_END();
}
