/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory extents, device ranges and proxied vCPUs: the rarer rows. */
#include <abi/smccc.h>
#include <abi/vcpu_run.h>
#include <stdio.h>

#include "greatest.h"
#include "hvc_corners.h"
#include "rt/cpu.h"
#include "rt/hv.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

#define RWX     7u
#define SPARSE  (1u << 16)
#define MAP_RWX 0xf0077u
#define HERE    0x200000000ull
#define SIZE    (4 * PAGE_SIZE)
#define VMID    9u
#define ROUNDS  1000
#define NOSYNC  (1u << 31)

static const struct hv_extent *bank(void)
{
	return &root.ram[root.ram_count - 1];
}

static int64_t derive(uint64_t me, uint64_t offset, uint64_t size,
                      uint64_t attrs)
{
	return HV(MEMEXTENT_CONFIGURE_DERIVE, me, bank()->cap, offset, size,
	          attrs)
	        .err;
}

TEST c57_an_extent_is_configured_within_limits(void)
{
	uint64_t me = create(HVC_PARTITION_CREATE_MEMEXTENT);

	ASSERT_EQ(HV_OBJECT_CONFIG, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(HV_ARGUMENT_INVALID, derive(me, 0, SIZE, RWX | 1ull << 31));
	ASSERT_EQ(HV_ARGUMENT_ALIGNMENT, derive(me, 1, SIZE, RWX));
	ASSERT_EQ(HV_ARGUMENT_ALIGNMENT, derive(me, 0, SIZE + 1, RWX));
	ASSERT_EQ(HV_ARGUMENT_INVALID, derive(me, bank()->size, SIZE, RWX));
	ASSERT_EQ(0, derive(me, 0, SIZE, RWX));
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE,
	          HV(MEMEXTENT_MODIFY, me, 2 | NOSYNC, 0, 0).err);
	ASSERT_EQ(HV_ARGUMENT_ALIGNMENT,
	          HV(MEMEXTENT_MODIFY, me, 2 | NOSYNC, 1, 9).err);
	ASSERT_EQ(0, drop(me));
	PASS();
}

/* Zeroed is zero; cleaned and flushed is what it was; dropped is zero. */
TEST c221_c57_modify_and_return(void)
{
	static const uint64_t keep[] = { 2, 3 };
	uint64_t me = create(HVC_PARTITION_CREATE_MEMEXTENT);

	ASSERT_EQ(0, derive(me, 0, SIZE, RWX));
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, root.addrspace, me, HERE, MAP_RWX).err);
	mmu_map(HERE, HERE, SIZE, MMU_NORMAL);
	mmio_write64(HERE, 0x5ec2e7);
	mmio_write64(HERE + SIZE - 8, 0x5ec2e7);
	for (unsigned i = 0; i < 2; i++) {
		ASSERT_EQ(HV_ARGUMENT_INVALID,
		          HV(MEMEXTENT_MODIFY, me, keep[i], 0, SIZE).err);
		ASSERT_EQ(0, HV(MEMEXTENT_MODIFY, me, keep[i] | NOSYNC, 0, SIZE)
		                     .err);
		ASSERT_EQ(0x5ec2e7, mmio_read64(HERE));
		ASSERT_EQ(0x5ec2e7, mmio_read64(HERE + SIZE - 8));
	}
	mmu_unmap(HERE, SIZE);
	ASSERT_EQ(0, drop(me));
	/* The next one has its pages, and nothing of what was there. */
	me = create(HVC_PARTITION_CREATE_MEMEXTENT);
	ASSERT_EQ(0, derive(me, 0, SIZE, RWX));
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, root.addrspace, me, HERE, MAP_RWX).err);
	mmu_map(HERE, HERE, SIZE, MMU_NC);
	ASSERT_EQ(0, mmio_read64(HERE));
	ASSERT_EQ(0, mmio_read64(HERE + SIZE - 8));
	mmu_unmap(HERE, SIZE);
	ASSERT_EQ(0, drop(me));
	PASS();
}

static struct hv look_up(uint64_t me, uint64_t at, uint64_t size)
{
	return HV(ADDRSPACE_LOOKUP, root.addrspace, me, at, size);
}

/* From an address on, as far as it goes on in one extent alike. */
TEST a_lookup_goes_over_pages(void)
{
	uint64_t me = create(HVC_PARTITION_CREATE_MEMEXTENT);
	struct hv r;

	ASSERT_EQ(0, derive(me, 0, SIZE, RWX | SPARSE));
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, me).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE,
	          HV(MEMEXTENT_DONATE, 0, bank()->cap, me, 0, 0).err);
	ASSERT_EQ(HV_ARGUMENT_ALIGNMENT,
	          HV(MEMEXTENT_DONATE, 0, bank()->cap, me, 8, 4096).err);
	ASSERT_EQ(0,
	          HV(MEMEXTENT_DONATE, 0, bank()->cap, me, 0, SIZE - PAGE_SIZE)
	                  .err);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, root.addrspace, me, HERE, MAP_RWX).err);
	r = look_up(me, HERE + PAGE_SIZE, 8 * PAGE_SIZE);
	ASSERT_EQ(0, r.err);
	ASSERT_EQ(PAGE_SIZE, r.out[0]);
	ASSERT_EQ(2 * PAGE_SIZE, r.out[1]); /* the last one is not held */
	r = look_up(me, HERE, PAGE_SIZE);
	ASSERT_EQ(0, r.out[0]);
	ASSERT_EQ(PAGE_SIZE, r.out[1]);
	ASSERT_EQ(HV_ADDR_INVALID,
	          look_up(me, HERE + SIZE - PAGE_SIZE, 4096).err);
	ASSERT_EQ(HV_ADDR_OVERFLOW, look_up(me, -4096ull, 8192).err);
	ASSERT_EQ(HV_ARGUMENT_SIZE, look_up(me, HERE, 0).err);
	ASSERT_EQ(HV_ARGUMENT_ALIGNMENT, look_up(me, HERE + 1, 4096).err);
	ASSERT_EQ(0, drop(me));
	PASS();
}

static int64_t vmmio(uint64_t at, uint64_t size, uint64_t op)
{
	return HV(ADDRSPACE_CONFIGURE_VMMIO, vm.addrspace, at, size, op).err;
}

/* Device ranges of a VM: as many as said, and gone when taken away (68). */
TEST c68_device_ranges_come_and_go(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);
	unsigned n = 0;

	ASSERTm(wrong, wrong == NULL);
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, vm.thread, 0, HV_ONES).err);
	ASSERT_EQ(HV_ADDR_OVERFLOW, vmmio(-4096ull, 8192, 0));
	while (n < 200 && vmmio(0x10000000 + n * 0x2000, 0x1000, 0) == 0) {
		n++;
	}
	ASSERT_EQ(128, n);
	ASSERT_EQ(HV_NORESOURCES, vmmio(0x30000000, 0x1000, 0));
	ASSERT_EQ(HV_ARGUMENT_INVALID, vmmio(0x10000000, 0x800, 1));
	ASSERT_EQ(HV_ARGUMENT_INVALID, vmmio(0x10001000, 0x1000, 1));
	ASSERT_EQ(0, vmmio(0x10000000, 0x1000, 1));
	ASSERT_EQ(HV_ARGUMENT_INVALID, vmmio(0x10000000, 0x1000, 1));
	ASSERT_EQ(0, vmmio(0x10000000, 0x2000, 0));
	ASSERT_EQ(HV_ARGUMENT_INVALID, vmmio(0x10001000, 0x1000, 0));
	PASS();
}

static volatile unsigned runs[2], refusals[2], surprises;

/* Both want to run it; who comes second is told so. */
static void run_often(void *arg)
{
	unsigned me = *(unsigned *)arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		struct hv r = HV(VCPU_RUN, vm.thread);

		if (r.err == HV_OK && (r.out[0] == VCPU_RUN_READY ||
		                       r.out[0] == VCPU_RUN_EXPECTS_WAKEUP)) {
			runs[me]++;
		} else if (r.err == HV_BUSY) {
			refusals[me]++;
		} else {
			printf("cpu %u: vcpu_run: %ld, state %lu\n", me,
			       (long)r.err, (unsigned long)r.out[0]);
			surprises++;
		}
	}
}

TEST c209_a_vcpu_runs_on_one_cpu_at_a_time(void)
{
	static unsigned number[2] = { 0, 1 };

	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, vm.thread).err);
	ASSERT_EQ(0, HV(VCPU_BIND_VIRQ, vm.thread, root.vic, 48, 1).err);
	ASSERT_EQ(0, HV(ADDRSPACE_MAP, vm.addrspace, vm.memory, MINIVM_CODE,
	                MAP_RWX)
	                     .err);
	ASSERT_EQ(0, HV(VCPU_POWERON, vm.thread, MINIVM_CODE, MINIVM_MAIL).err);
	cpu_call(1, run_often, &number[1]);
	run_often(&number[0]);
	cpu_join(1);
	printf("runs %u and %u, refused %u and %u\n", runs[0], runs[1],
	       refusals[0], refusals[1]);
	ASSERT_EQ(0, surprises);
	ASSERT_GT(runs[0] + runs[1], 0);
	for (unsigned i = 0; i < 2; i++) {
		ASSERT_EQ(ROUNDS, runs[i] + refusals[i]);
	}
	PASS();
}

/* Back with the scheduler, it runs by itself again. */
TEST a_proxied_vcpu_can_be_given_back(void)
{
	uint64_t value;

	ASSERT_EQ(HV_ARGUMENT_INVALID, HV(VCPU_UNBIND_VIRQ, vm.thread, 0).err);
	ASSERT_EQ(0, HV(VCPU_UNBIND_VIRQ, vm.thread, 1).err);
	ASSERT_EQ(0, HV(VCPU_UNBIND_VIRQ, vm.thread, 1).err);
	ASSERT_EQ(HV_BUSY, HV(VCPU_RUN, vm.thread).err);
	ASSERT(minivm_load(&vm, MINIVM_CODE, &value));
	ASSERT(minivm_stop(&vm));
	PASS();
}

TEST a_watchdog_tells_its_state(void)
{
	const char *wrong = minivm_make(&vm, &root, VMID);
	uint64_t wd = create(HVC_PARTITION_CREATE_WATCHDOG);

	ASSERTm(wrong, wrong == NULL);
	ASSERT_EQ(0, HV(VCPU_SET_AFFINITY, vm.thread, 0, HV_ONES).err);
	ASSERT_EQ(0, HV(WATCHDOG_CONFIGURE, wd, 0).err);
	ASSERT_EQ(0, HV(OBJECT_ACTIVATE, wd).err);
	ASSERT_EQ(0, HV(WATCHDOG_ATTACH_VCPU, wd, vm.thread).err);
	ASSERT_EQ(NULL, minivm_run(&vm));
	vm.mail->x[0] = SMCCC_WATCHDOG_STATUS;
	ASSERT(minivm_order(&vm, MINIVM_CALL));
	ASSERT_EQ(0, vm.mail->x[0]);
	ASSERT_EQ(0, vm.mail->x[1]); /* off, silent */
	vm.mail->x[0] = SMCCC_WATCHDOG_SET_TIME;
	vm.mail->x[1] = 1000000;
	vm.mail->x[2] = 2000000;
	ASSERT(minivm_order(&vm, MINIVM_CALL));
	ASSERT_EQ(0, vm.mail->x[0]);
	vm.mail->x[0] = SMCCC_WATCHDOG_CONTROL;
	vm.mail->x[1] = 3;
	ASSERT(minivm_order(&vm, MINIVM_CALL));
	ASSERT_EQ(0, vm.mail->x[0]);
	vm.mail->x[0] = SMCCC_WATCHDOG_STATUS;
	ASSERT(minivm_order(&vm, MINIVM_CALL));
	ASSERT_EQ(1, vm.mail->x[1]); /* on, silent */
	ASSERT_LT(vm.mail->x[2], 1000000);
	ASSERT(minivm_stop(&vm));
	ASSERT_EQ(0, drop(wd));
	PASS();
}

SUITE(memory_corners)
{
	RUN_TEST(c57_an_extent_is_configured_within_limits);
	RUN_TEST(c221_c57_modify_and_return);
	RUN_TEST(a_lookup_goes_over_pages);
	RUN_TEST(c68_device_ranges_come_and_go);
	RUN_TEST(c209_a_vcpu_runs_on_one_cpu_at_a_time);
	RUN_TEST(a_proxied_vcpu_can_be_given_back);
	RUN_TEST(a_watchdog_tells_its_state);
}
