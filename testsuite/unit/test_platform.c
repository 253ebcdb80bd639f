/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promises of firmware/platform.c, guest_dtb.c and scenario.c: a machine is
 * what its tree says; the root VM's tree says what a machine is.  So the
 * second is read by the first.
 */
#include "../../firmware/platform.h"

#include <libfdt.h>
#include <string.h>

#include "../../firmware/guest_dtb.h"
#include "../../firmware/payload.h"
#include "../../firmware/scenario.h"
#include "dice.h"
#include "fatal.h"
#include "greatest.h"

static char tree[GUEST_DTB_MAX] __attribute__((aligned(8)));

static int write_tree(uint32_t vcpus)
{
	const struct guest guest = { .ram_size = 64ul << 20,
		                     .vcpu_count = vcpus,
		                     .bootargs = "console=x",
		                     .seed = { 1, 2, 3, 4, 5 } };

	return guest_dtb_write(tree, &guest);
}

TEST the_root_vms_tree_is_the_promised_platform(void)
{
	struct platform p;
	int size = write_tree(8), len;
	const char *args;

	ASSERT_GT(size, 0);
	ASSERT_EQ(0, fdt_check_full(tree, (size_t)size));
	platform_read(&p, tree);
	ASSERT_EQ_FMT(8u, p.cpu_count, "%u");
	ASSERT_EQ_FMT(7ul, p.mpidr[7], "%lu");
	ASSERT_EQ_FMT(1u, p.ram_count, "%u");
	ASSERT_EQ_FMT(0x40000000ul, p.ram[0].base, "0x%lx");
	ASSERT_EQ_FMT(64ul << 20, p.ram[0].size, "0x%lx");
	ASSERT_EQ_FMT(0x09000000ul, p.uart.base, "0x%lx");
	ASSERT_EQ_FMT(33u, p.uart_intid, "%u");
	ASSERT_EQ_FMT(24000000ul, p.uart_clock_hz, "%lu");
	ASSERT_EQ_FMT(3u, p.gic_version, "%u");
	ASSERT_EQ_FMT(0x08000000ul, p.gic_dist.base, "0x%lx");
	ASSERT_EQ_FMT(0x080a0000ul, p.gic_redist.base, "0x%lx");
	ASSERT_EQ_FMT(8 * 0x20000ul, p.gic_redist.size, "0x%lx");
	ASSERT_EQ_FMT(30u, p.timer_phys, "%u");
	ASSERT_EQ_FMT(27u, p.timer_virt, "%u");
	ASSERT_EQ_FMT(26u, p.timer_hyp, "%u");
	ASSERT_EQ(PSCI_HVC, p.psci);
	args = fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs",
	                   &len);
	ASSERT_STR_EQ("console=x", args);
	ASSERT_GT(fdt_path_offset(tree, "/pl031@9010000"), 0);
	ASSERT_GT(fdt_path_offset(tree, "/hypervisor/qcom,gunyah-vm"), 0);
	PASS();
}

/* Of two nodes with one path, nobody would find the second. */
TEST each_node_of_it_has_a_path_of_its_own(void)
{
	char path[80];

	ASSERT_GT(write_tree(8), 0);
	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
		ASSERT_EQ(0, fdt_get_path(tree, node, path, sizeof(path)));
		ASSERT_EQ_FMT(node, fdt_path_offset(tree, path), "%d");
	}
	PASS();
}

/* Wrong bytes behind a header that is right: nothing beyond is read. */
TEST a_spoilt_tree_does_no_harm(void)
{
	struct dice dice = dice_new();
	int size = write_tree(2);
	uint8_t *copy = malloc((size_t)size);
	int start = (int)fdt_off_dt_struct(tree);

	for (unsigned turn = 0; turn < 20000; turn++) {
		struct platform p;

		memcpy(copy, tree, (size_t)size);
		for (unsigned i = 0; i <= turn % 3; i++) {
			uint32_t at =
				dice_roll(&dice, (uint32_t)(size - start));

			copy[start + (int)at] = (uint8_t)dice_roll(&dice, 256);
		}
		platform_read(&p, copy);
		ASSERT_LTE(p.cpu_count, BOOT_CPUS_MAX);
		ASSERT_LTE(p.ram_count, BOOT_RAM_MAX);
	}
	free(copy);
	PASS();
}

/* A board that differs from QEMU's in all that the firmware reads. */
static void write_board(int initrd_cells)
{
	fdt32_t cells[8];

	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", 1);
	fdt_property_u32(tree, "#size-cells", 1);
	fdt_begin_node(tree, "chosen");
	fdt_property_string(tree, "stdout-path", "/serial@2000:115200n8");
	if (initrd_cells == 1) {
		fdt_property_u32(tree, "linux,initrd-start", 0x8000);
		fdt_property_u32(tree, "linux,initrd-end", 0x9000);
	} else {
		fdt_property_u64(tree, "linux,initrd-start", 0x100008000);
		fdt_property_u64(tree, "linux,initrd-end", 0x100009000);
	}
	fdt_end_node(tree);
	for (uint32_t i = 0; i < 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "serial@%u000", i + 1);
		fdt_begin_node(tree, name);
		fdt_property(tree, "compatible", "arm,sbsa\0arm,pl011", 19);
		cells[0] = cpu_to_fdt32(0x1000 * (i + 1));
		cells[1] = cpu_to_fdt32(0x100);
		fdt_property(tree, "reg", cells, 8);
		if (i == 0) {
			fdt_property_string(tree, "status", "disabled");
		}
		fdt_end_node(tree);
	}
	/* Two banks; the second begins in the middle of a page. */
	fdt_begin_node(tree, "memory");
	fdt_property_string(tree, "device_type", "memory");
	cells[0] = cpu_to_fdt32(0x10000);
	cells[1] = cpu_to_fdt32(0x20000);
	cells[2] = cpu_to_fdt32(0x40800);
	cells[3] = cpu_to_fdt32(0x10000);
	fdt_property(tree, "reg", cells, 16);
	fdt_end_node(tree);
	fdt_end_node(tree);
	fdt_finish(tree);
}

TEST another_board_is_read_as_well(void)
{
	struct platform p;

	write_board(1);
	platform_read(&p, tree);
	ASSERT_EQ_FMT(0x8000ul, p.initrd_start, "0x%lx");
	ASSERT_EQ_FMT(0x9000ul, p.initrd_end, "0x%lx");
	ASSERT_EQ_FMT(0x2000ul, p.uart.base, "0x%lx");
	ASSERT_EQ_FMT(0ul, p.uart_clock_hz, "%lu");
	ASSERT_EQ_FMT(2u, p.ram_count, "%u");
	ASSERT_EQ_FMT(0x20000ul, p.ram[0].size, "0x%lx");
	ASSERT_EQ_FMT(0x41000ul, p.ram[1].base, "0x%lx");
	ASSERT_EQ_FMT(0xf000ul, p.ram[1].size, "0x%lx");
	ASSERT_EQ(PSCI_NONE, p.psci);
	ASSERT_EQ_FMT(0u, p.gic_version, "%u");

	write_board(2);
	platform_read(&p, tree);
	ASSERT_EQ_FMT(0x100008000ul, p.initrd_start, "0x%lx");
	PASS();
}

static struct scenario scenario;

/* The line of the reader for a scenario with these properties. */
static const char *read_scenario(const char *args, uint32_t vcpus,
                                 uint32_t memory, unsigned roots)
{
	struct image image = { .name = "scenario", .data = tree };

	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_string(tree, "hyp-args", args);
	fdt_property_string(tree, "mutant", "none-such");
	for (unsigned i = 0; i < roots; i++) {
		fdt_begin_node(tree, i == 0 ? "vm-one" : "vm-two");
		fdt_property(tree, "root", "", 0);
		fdt_property_string(tree, "image", "hello");
		fdt_property_u32(tree, "vcpus", vcpus);
		fdt_property_u32(tree, "memory-mib", memory);
		fdt_end_node(tree);
	}
	fdt_end_node(tree);
	fdt_finish(tree);
	image.size = fdt_totalsize(tree);
	return FATAL_OF(scenario_read(&scenario, &image, 5));
}

TEST a_scenario_is_read_and_checked(void)
{
	char args[BOOT_ARGS_MAX];

	ASSERT_STR_EQ("", read_scenario("a=b", 2, 32, 1));
	ASSERT_STR_EQ("one", scenario.root_name);
	ASSERT_STR_EQ("hello", scenario.root_image);
	ASSERT_STR_EQ("a=b mutant=none-such", scenario.args);
	ASSERT_EQ_FMT(2u, scenario.root_vcpus, "%u");
	ASSERT_EQ_FMT(32u, scenario.root_memory_mib, "%u");
	ASSERT_EQ_FMT(16u, scenario.hyp_memory_mib, "%u");

	ASSERT_STR_EQ("", read_scenario("", 2, 32, 0));
	ASSERT_STR_EQ("rm", scenario.root_name);
	ASSERT_STR_EQ("rm", scenario.root_image);
	ASSERT_EQ_FMT(5u, scenario.root_vcpus, "%u");
	ASSERT_STR_EQ("mutant=none-such", scenario.args);

	ASSERT(strstr(read_scenario("", 9, 32, 1), "vm-one: vcpus: 9"));
	ASSERT(strstr(read_scenario("", 0, 32, 1), "vm-one: vcpus: 0"));
	ASSERT(strstr(read_scenario("", 1, 31, 1), "memory-mib: 31"));
	ASSERT(strstr(read_scenario("", 1, 32, 2), "vm-two: root"));
	memset(args, 'x', sizeof(args) - 1);
	args[sizeof(args) - 1] = '\0';
	ASSERT(strstr(read_scenario(args, 1, 32, 1), "/: hyp-args: too long"));
	PASS();
}

TEST a_payload_says_where_it_wants_to_be(void)
{
	uint64_t words[16] = { 0, 0x10000, 0x123456, 0xa, 0, 0, 0, 0x644d5241 };
	struct image image = { .data = words, .size = sizeof(words) };
	struct payload payload;

	payload_read(&payload, &image);
	ASSERT(payload.has_header);
	ASSERT_EQ_FMT(0x10000ul, payload.offset, "0x%lx");
	ASSERT_EQ_FMT(0x123456ul, payload.size, "0x%lx");

	words[2] = 1; /* smaller than the file: the file counts */
	payload_read(&payload, &image);
	ASSERT_EQ_FMT(sizeof(words), payload.size, "0x%lx");

	words[7] = 0;
	payload_read(&payload, &image);
	ASSERT_FALSE(payload.has_header);
	ASSERT_EQ_FMT(0x80000ul, payload.offset, "0x%lx");
	ASSERT_EQ_FMT(sizeof(words), payload.size, "0x%lx");
	PASS();
}

SUITE(platform_suite)
{
	RUN_TEST(the_root_vms_tree_is_the_promised_platform);
	RUN_TEST(each_node_of_it_has_a_path_of_its_own);
	RUN_TEST(a_spoilt_tree_does_no_harm);
	RUN_TEST(another_board_is_read_as_well);
	RUN_TEST(a_scenario_is_read_and_checked);
	RUN_TEST(a_payload_says_where_it_wants_to_be);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(platform_suite);
	GREATEST_MAIN_END();
}
