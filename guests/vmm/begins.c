// SPDX-License-Identifier: BSD-2-Clause
/*
 * Where a VM begins, and with what in its registers: CONFIG_IMAGE's image,
 * SET_CONTEXT, SET_FIRMWARE_MEM.  The VM is a few instructions that write down
 * what they see; they stand in its memory twice.
 */
#include <abi/ledger.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "greatest.h"
#include "rt/hv_root.h"
#include "rt/mmu.h"
#include "rt/sysreg.h"
#include "rt/vmtree.h"
#include "vmm/life.h"
#include "vmm/lives.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/tests.h"

#define MIB        (1ull << 20)
#define END_US     5000000
#define CACHE_LINE 64

/* Offsets in its memory; the VMM's device tree is far behind. */
#define FIRST     0x1000ul
#define SECOND    0x3000ul
#define AT_FIRST  ((uint64_t)(VMTREE_RAM_BASE + FIRST)) /* IPA */
#define AT_SECOND ((uint64_t)(VMTREE_RAM_BASE + SECOND))

#define SEEN 0x100ul /* from where the code begins */

/* What the code finds, in the order in which it is written. */
struct seen {
	uint64_t pc, x0, x5, sp;
};

static const uint32_t code[] = {
	0x10000001, /* adr  x1, . */
	0x910003e3, /* mov  x3, sp */
	0x100007c2, /* adr  x2, .+0xf8: SEEN from the beginning */
	0xa9000041, /* stp  x1, x0, [x2] */
	0xa9010c45, /* stp  x5, x3, [x2, #16] */
	0x52800100, /* mov  w0, #0x0008 */
	0x72b08000, /* movk w0, #0x8400, lsl #16: PSCI SYSTEM_OFF */
	0xd4000002, /* hvc  #0 */
	0x14000000, /* b    . */
};

static struct machine m;
static uint64_t before[LEDGER_COUNT];

/* What is asked for before that step of a launch. */
static struct {
	const char *step;
	void (*act)(const struct rm_config_image *config);
} plan;
static uint32_t said; /* to the last request of an act */
static uint64_t tree; /* IPA */

/* The VM runs without caches: what it sees is RAM, and so must we. */
static void reach_ram(uint64_t offset, size_t len)
{
	uint64_t at = (uint64_t)(uintptr_t)m.ram + offset;

	for (uint64_t end = at + len; at < end; at += CACHE_LINE) {
		__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
	}
	dsb_sy(); /* done before anybody else is told to look */
}

static void put_code(uint64_t offset)
{
	memset((uint8_t *)m.ram + offset, 0, SEEN + sizeof(struct seen));
	memcpy((uint8_t *)m.ram + offset, code, sizeof(code));
	reach_ram(offset, SEEN + sizeof(struct seen));
}

static struct seen seen_at(uint64_t offset)
{
	struct seen s;

	reach_ram(offset + SEEN, sizeof(s));
	memcpy(&s, (uint8_t *)m.ram + offset + SEEN, sizeof(s));
	return s;
}

static void at_step(struct machine *machine, struct rm_config_image *config,
                    const char *step)
{
	(void)machine;
	if (strcmp(step, "LEND") == 0) {
		put_code(FIRST);
		put_code(SECOND);
		config->image_offset = FIRST;
		config->image_size = PAGE_SIZE;
		tree = VMTREE_RAM_BASE + config->dt_offset;
	}
	if (plan.step != NULL && strcmp(step, plan.step) == 0) {
		plan.act(config);
	}
}

static void prepare(const char *step,
                    void (*act)(const struct rm_config_image *config))
{
	void *ram = m.ram;

	m = (struct machine){ .image = "peer",
		              .ram = ram,
		              .ram_size = 2 * MIB,
		              .is_shared = true,
		              .vcpu_count = 1,
		              .at_step = at_step };
	plan.step = step;
	plan.act = act;
	said = RM_ERR_UNIMPLEMENTED;
}

/* Until it is off and nothing of it is left. @return NULL, or what is wrong */
static const char *live(void)
{
	if (machine_launch(&m) != RM_ERR_OK) {
		return m.step;
	}
	if (!machine_wait(&m, END_US) || m.exit != RM_EXIT_SYSTEM_OFF) {
		return "it does not go off";
	}
	return machine_dispose(&m) == RM_ERR_OK ? NULL : m.step;
}

static const char *difference(void)
{
	uint64_t after[LEDGER_COUNT];

	return lives_ledger(after) ? hv_ledger_difference(before, after)
	                           : "there is no ledger";
}

#define MUST(does)                                                   \
	do {                                                         \
		const char *wrong = does;                            \
                                                                     \
		ASSERT_EQm(wrong != NULL ? wrong : "", NULL, wrong); \
	} while (0)

/* Without more: at the image, X0 is the device tree's place. */
TEST a_vm_begins_at_its_image(void)
{
	struct seen s;

	for (unsigned i = 0; i < 2; i++) { /* what is made once and kept */
		prepare(NULL, NULL);
		MUST(live());
		s = seen_at(FIRST);
		ASSERT_EQ_FMT(AT_FIRST, s.pc, "%#lx");
		ASSERT_EQ_FMT(tree, s.x0, "%#lx");
		ASSERT_EQ_FMT(0ul, seen_at(SECOND).pc, "%#lx");
		if (i == 0) {
			ASSERT(lives_ledger(before));
		}
	}
	MUST(difference());
	PASS();
}

static uint32_t set(uint16_t vmid, uint8_t kind, uint8_t index, uint64_t value)
{
	const struct rm_set_context request = {
		.vmid = vmid, .set = kind, .index = index, .value = value
	};

	return rpc_call(RM_VM_SET_CONTEXT, &request, sizeof(request), NULL,
	                NULL);
}

static void set_all(const struct rm_config_image *config)
{
	uint16_t vmid = config->vmid;

	said = set(vmid, RM_CONTEXT_PC, 0, AT_SECOND);
	said |= set(vmid, RM_CONTEXT_X, 0, 0x1122334455667788);
	said |= set(vmid, RM_CONTEXT_X, 5, 0x99aabbccddeeff00);
	said |= set(vmid, RM_CONTEXT_SP_EL, 1, 0x4000fff0);
}

/* Gunyah RM, SET_CONTEXT: first instruction, X0, others, SP_EL1. */
TEST a_vm_begins_with_the_context_that_was_set(void)
{
	struct seen s;

	prepare("START", set_all);
	MUST(live());
	ASSERT_EQ(RM_ERR_OK, said);
	s = seen_at(SECOND);
	ASSERT_EQ_FMT(AT_SECOND, s.pc, "%#lx");
	ASSERT_EQ_FMT(0x1122334455667788ul, s.x0, "%#lx");
	ASSERT_EQ_FMT(0x99aabbccddeeff00ul, s.x5, "%#lx");
	ASSERT_EQ_FMT(0x4000fff0ul, s.sp, "%#lx");
	ASSERT_EQ_FMT(0ul, seen_at(FIRST).pc, "%#lx");
	/* The next one knows nothing of it. */
	prepare(NULL, NULL);
	MUST(live());
	s = seen_at(FIRST);
	ASSERT_EQ_FMT(AT_FIRST, s.pc, "%#lx");
	ASSERT_EQ_FMT(tree, s.x0, "%#lx");
	ASSERT_EQ_FMT(0ul, s.x5, "%#lx");
	MUST(difference());
	PASS();
}

static unsigned refusals; /* as they should be */

static void refuse_nonsense(const struct rm_config_image *config)
{
	uint16_t vmid = config->vmid;
	const struct rm_set_context odd = { .vmid = vmid,
		                            .set = RM_CONTEXT_X,
		                            .reserved = 1 };

	refusals = 0;
	refusals += set(vmid, RM_CONTEXT_X, 31, 0) == RM_ERR_ARGUMENT_INVALID;
	refusals += set(vmid, RM_CONTEXT_PC, 1, 0) == RM_ERR_ARGUMENT_INVALID;
	refusals += set(vmid, RM_CONTEXT_PC, 0, VMTREE_RAM_BASE + 2) ==
	            RM_ERR_ARGUMENT_INVALID;
	refusals +=
		set(vmid, RM_CONTEXT_SP_EL, 2, 0) == RM_ERR_ARGUMENT_INVALID;
	refusals += set(vmid, 3, 0, 0) == RM_ERR_ARGUMENT_INVALID;
	refusals += rpc_call(RM_VM_SET_CONTEXT, &odd, sizeof(odd), NULL,
	                     NULL) == RM_ERR_ARGUMENT_INVALID;
	refusals += rpc_call(RM_VM_SET_CONTEXT, &odd, sizeof(odd) - 1, NULL,
	                     NULL) == RM_ERR_MSG_INVALID;
	refusals += set(200, RM_CONTEXT_X, 0, 0) == RM_ERR_VMID_INVALID;
	refusals += set(RM_VMID_PRIMARY, RM_CONTEXT_X, 0, 0) == RM_ERR_DENIED;
}

static void set_too_early(const struct rm_config_image *config)
{
	said = set(config->vmid, RM_CONTEXT_X, 0, 1);
}

/* What is refused changes nothing; only a VM that is READY has a context. */
TEST a_context_is_refused(void)
{
	struct seen s;

	prepare("INIT", set_too_early);
	MUST(live());
	ASSERT_EQ(RM_ERR_VM_STATE, said);
	ASSERT_EQ_FMT(tree, seen_at(FIRST).x0, "%#lx");
	prepare("START", refuse_nonsense);
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	ASSERT_EQ(9u, refusals);
	ASSERT_EQ(RM_ERR_VM_STATE, set(m.vmid, RM_CONTEXT_X, 0, 1)); /* runs */
	ASSERT(machine_wait(&m, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	s = seen_at(FIRST);
	ASSERT_EQ_FMT(AT_FIRST, s.pc, "%#lx");
	ASSERT_EQ_FMT(tree, s.x0, "%#lx");
	MUST(difference());
	PASS();
}

static uint32_t set_firmware(uint16_t vmid, uint32_t handle, uint64_t offset,
                             uint64_t size)
{
	const struct __attribute__((packed)) {
		uint16_t vmid, reserved;
		uint32_t handle;
		uint64_t offset, size;
	} request = { vmid, 0, handle, offset, size };

	return rpc_call(RM_VM_SET_FIRMWARE_MEM, &request, sizeof(request), NULL,
	                NULL);
}

static void set_second(const struct rm_config_image *config)
{
	said = set_firmware(config->vmid, config->memparcel, SECOND, PAGE_SIZE);
}

/* Of the VM's tree, as the resource manager has left it; negative: none. */
static int firmware_node(const void **fdt)
{
	uint64_t offset = tree - VMTREE_RAM_BASE;

	reach_ram(offset, m.ram_size - offset);
	*fdt = (const uint8_t *)m.ram + offset;
	return fdt_path_offset(*fdt, "/reserved-memory/firmware");
}

static bool is_reserved(uint64_t at, uint64_t size)
{
	const void *fdt;
	int node = firmware_node(&fdt), len;
	const fdt64_t *reg = fdt_getprop(fdt, node, "reg", &len);

	return reg != NULL && len == 2 * sizeof(*reg) &&
	       fdt64_ld(&reg[0]) == at && fdt64_ld(&reg[1]) == size &&
	       fdt_getprop(fdt, node, "no-map", NULL) != NULL;
}

/* Gunyah RM, SET_FIRMWARE_MEM: it begins there; X0 is still the tree, in which
 * that part of its memory is reserved. */
TEST a_vm_begins_at_its_firmware(void)
{
	const void *fdt;
	struct seen s;

	prepare("INIT", set_second);
	MUST(live());
	ASSERT_EQ(RM_ERR_OK, said);
	s = seen_at(SECOND);
	ASSERT_EQ_FMT(AT_SECOND, s.pc, "%#lx");
	ASSERT_EQ_FMT(tree, s.x0, "%#lx");
	ASSERT_EQ_FMT(0ul, seen_at(FIRST).pc, "%#lx");
	ASSERT(is_reserved(VMTREE_RAM_BASE + SECOND, PAGE_SIZE));
	/* Before CONFIG_IMAGE it may come, too. */
	prepare("CONFIG_IMAGE", set_second);
	MUST(live());
	ASSERT_EQ(RM_ERR_OK, said);
	ASSERT_EQ_FMT(AT_SECOND, seen_at(SECOND).pc, "%#lx");
	/* The next one has none. */
	prepare(NULL, NULL);
	MUST(live());
	ASSERT_EQ_FMT(AT_FIRST, seen_at(FIRST).pc, "%#lx");
	ASSERT_LT(firmware_node(&fdt), 0);
	MUST(difference());
	PASS();
}

static void refuse_firmware(const struct rm_config_image *config)
{
	uint16_t vmid = config->vmid;
	uint32_t handle = config->memparcel;

	refusals = 0;
	refusals +=
		set_firmware(vmid, 0x7777, 0, 4096) == RM_ERR_HANDLE_INVALID;
	refusals += set_firmware(vmid, handle, 0, 0) == RM_ERR_MEM_INVALID;
	refusals +=
		set_firmware(vmid, handle, 2 * MIB, 4096) == RM_ERR_MEM_INVALID;
	refusals +=
		set_firmware(vmid, handle, UINT64_MAX, 2) == RM_ERR_MEM_INVALID;
	refusals += set_firmware(200, handle, 0, 4096) == RM_ERR_VMID_INVALID;
	refusals +=
		set_firmware(RM_VMID_PRIMARY, handle, 0, 4096) == RM_ERR_DENIED;
}

/* Another parcel of ours than the image's. */
static uint8_t other_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static uint32_t other_handle;

static void set_elsewhere(const struct rm_config_image *config)
{
	said = set_firmware(config->vmid, other_handle, 0, PAGE_SIZE);
}

static uint32_t share_other_page(void)
{
	struct machine other = { .vmid = 1, /* of the scenario */
		                 .ram = other_page,
		                 .ram_size = PAGE_SIZE };
	uint32_t error = machine_ask_memory(&other, RM_MEM_SHARE);

	other_handle = other.handle;
	return error;
}

TEST firmware_is_refused(void)
{
	uint32_t handle[2] = { 0, 0 };

	prepare("INIT", refuse_firmware);
	ASSERT_EQ(RM_ERR_OK, machine_launch(&m));
	ASSERT_EQ(6u, refusals);
	ASSERT_EQ(RM_ERR_VM_STATE,
	          set_firmware(m.vmid, m.handle, SECOND, PAGE_SIZE));
	ASSERT(machine_wait(&m, END_US));
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	ASSERT_EQ_FMT(AT_FIRST, seen_at(FIRST).pc, "%#lx");
	/* Not where the image is: it would have to begin at the image. */
	ASSERT_EQ(RM_ERR_OK, share_other_page());
	prepare("INIT", set_elsewhere);
	ASSERT_EQ(RM_ERR_HANDLE_INVALID, machine_launch(&m));
	ASSERT_STR_EQ("INIT", m.step);
	ASSERT_EQ(RM_ERR_OK, machine_dispose(&m));
	handle[0] = other_handle;
	ASSERT_EQ(RM_ERR_OK,
	          rpc_call(RM_MEM_RECLAIM, handle, sizeof(handle), NULL, NULL));
	MUST(difference());
	PASS();
}

SUITE(begins)
{
	RUN_TEST(a_vm_begins_at_its_image);
	RUN_TEST(a_vm_begins_with_the_context_that_was_set);
	RUN_TEST(a_context_is_refused);
	RUN_TEST(a_vm_begins_at_its_firmware);
	RUN_TEST(firmware_is_refused);
}
