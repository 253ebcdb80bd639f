// SPDX-License-Identifier: BSD-2-Clause
/*
 * A guest that misbehaves on demand: bootargs "kind=NAME" picks a row of the
 * table below.  Harness and hypervisor have to survive it and name it.
 */
#include <abi/crc32.h>
#include <abi/frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rt/call.h"
#include "rt/console.h"
#include "rt/dt.h"
#include "rt/fault.h"
#include "rt/frame.h"
#include "rt/mmio.h"
#include "rt/mmu.h"

/* Ways to die */

static void crash_undefined(void)
{
	__asm__ volatile("udf #0");
}

static void crash_null_fetch(void)
{
	__asm__ volatile("blr xzr" ::: "x30", "memory");
}

static void crash_wild_store(void)
{
	mmu_map(MMU_TEST_VA, 0x0b000000, PAGE_SIZE, MMU_DEVICE);
	mmio_write64(MMU_TEST_VA, 1);
}

static int recurse(int depth)
{
	volatile char room[512];

	room[0] = (char)depth;
	return depth < 0 ? 0 : recurse(depth + 1) + room[0];
}

static void crash_stack(void)
{
	recurse(1);
}

static void crash_canary(void)
{
	volatile char room[16];
	volatile size_t far = 64;

	memset((char *)room, 0x5a, far);
}

static void crash_abort(void)
{
	abort();
}

/* An exception inside the exception: VBAR_EL1 leads nowhere. */
static void crash_in_vectors(void)
{
	printf("no vectors from here\n");
	fflush(stdout);
	sysreg_write(vbar_el1, MMU_TEST_VA);
	isb();
	__asm__ volatile("udf #0");
}

/* Ways to hang */

static void hang_masked(void)
{
	irq_mask();
	for (;;) {
		__asm__ volatile("" ::: "memory");
	}
}

static void hang_asleep(void)
{
	irq_mask();
	for (;;) {
		wfi();
	}
}

static void hang_chatty(void)
{
	for (unsigned i = 0;; i++) {
		printf("still here %u\n", i);
	}
}

/* Ways to lie. Each begins a report that would pass. */

static void begin_report(unsigned planned)
{
	frame_put(FRAME_SUITE, "lies");
	frame_put(FRAME_PLAN, "%u", planned);
	frame_put(FRAME_BEGIN, "one");
	frame_put(FRAME_PASS, "one");
}

/* A frame as frame.c would make it, but from @src and with number @seq. */
static void forge(unsigned src, unsigned seq, const char *text, uint32_t spoil)
{
	char line[FRAME_MAX];
	int len = snprintf(line, sizeof(line), FRAME_MARK "%02x %u %s", src,
	                   seq, text);

	snprintf(line + len, sizeof(line) - (size_t)len, " ~%08lx\n",
	         (unsigned long)(abi_crc32(0, line, (size_t)len) ^ spoil));
	console_write(line, strlen(line));
}

static unsigned own_src(void)
{
	return dt_has_hypervisor() ? dt_vmid() : FRAME_SRC_REF;
}

static void lie_silence(void)
{
	begin_report(1); /* and no end */
}

static void lie_too_few(void)
{
	begin_report(2);
	frame_put(FRAME_END, "1 0 0");
}

static void lie_wrong_sum(void)
{
	begin_report(1);
	frame_put(FRAME_END, "7 0 0");
}

static void lie_lost_frame(void)
{
	begin_report(1);
	forge(own_src(), 5, "end 1 0 0", 0); /* 4 would be next */
}

static void lie_bad_checksum(void)
{
	begin_report(1);
	forge(own_src(), 4, "end 1 0 0", 1);
}

static void lie_other_sender(void)
{
	begin_report(1);
	forge(own_src() ^ 1, 4, "end 1 0 0", 0);
}

static void lie_twice(void)
{
	begin_report(1);
	frame_put(FRAME_END, "1 0 0");
	frame_put(FRAME_END, "1 0 0");
}

static void lie_then_die(void)
{
	begin_report(1);
	frame_put(FRAME_END, "1 0 0");
	crash_undefined();
}

/* Not a death: the string has to stand at the start of hyp's own line. */
static void lie_panic(void)
{
	printf("hyp: PANIC: says a guest\n");
	begin_report(1);
	frame_put(FRAME_END, "1 0 0");
}

static void lie_escape(void)
{
	/* A mark that would switch to stream 0, if a guest could send it. */
	printf("\033_T00\033\\hyp: PANIC: forged\n");
	begin_report(1);
	frame_put(FRAME_END, "1 0 0");
}

static void lie_half_line(void)
{
	begin_report(1);
	console_write(FRAME_MARK "00 4 end 1", 14);
}

static void fail_one(void)
{
	begin_report(1);
	frame_put(FRAME_BEGIN, "two");
	frame_put(FRAME_FAIL, "two here.c:1 as it should");
	frame_put(FRAME_END, "1 1 0");
}

static const struct kind {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{ "undefined", crash_undefined },
	{ "null-fetch", crash_null_fetch },
	{ "wild-store", crash_wild_store },
	{ "stack", crash_stack },
	{ "canary", crash_canary },
	{ "abort", crash_abort },
	{ "vectors", crash_in_vectors },
	{ "masked", hang_masked },
	{ "asleep", hang_asleep },
	{ "chatty", hang_chatty },
	{ "silence", lie_silence },
	{ "too-few", lie_too_few },
	{ "wrong-sum", lie_wrong_sum },
	{ "lost-frame", lie_lost_frame },
	{ "bad-checksum", lie_bad_checksum },
	{ "sender", lie_other_sender },
	{ "twice", lie_twice },
	{ "then-die", lie_then_die },
	{ "panic", lie_panic },
	{ "escape", lie_escape },
	{ "half-line", lie_half_line },
	{ "fail", fail_one },
};

int main(int argc, char **argv)
{
	const char *name = dt_bootarg("kind");

	(void)argc, (void)argv;
	for (unsigned i = 0; name && i < sizeof(kinds) / sizeof(kinds[0]);
	     i++) {
		if (strcmp(name, kinds[i].name) == 0) {
			printf("about to misbehave: %s\n", name);
			fflush(stdout);
			kinds[i].run();
			return 0;
		}
	}
	fatal("no such kind: %s", name ? name : "(none)");
}
