/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end, when it is our own fault.
 *
 * The first CPU that comes here stops the others, says what is known, and
 * switches the machine off.  A fault on the way says no more than that.
 */
#include <abi/console.h>
#include <arm64/sysreg.h>

#include "arch/percpu.h"
#include "arch/sysreg.h"
#include "arch/trace.h"
#include "arch/upcall.h"
#include "drv/el3.h"
#include "drv/gic.h"
#include "drv/irq.h"
#include "lib/assert.h"
#include "lib/print.h"
#include "mem/image.h"
#include "mem/phys.h"
#include "mem/stack.h"
#include "trap/panic.h"
#include "vdev/console.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define TRACE_TAIL 16
#define FRAMES_MAX 24

static volatile unsigned panicking; /* 1 + CPU that does */

/* What is known, for who looks at the memory afterwards (docs/triage.md). */
static struct panic_note {
	const char *what;
	uint64_t pc, fp; /* of where it happened */
	uint64_t esr, far;
	uint32_t cpu;
	bool is_exception;
} panic_note;

static noreturn void stop(void)
{
	for (;;) {
		wfi();
	}
}

static bool on_stop(uint32_t intid, void *arg)
{
	(void)intid;
	(void)arg;
	stop();
}

void panic_init(void)
{
	irq_handle(SGI_STOP, on_stop, NULL);
}

static void stop_others(void)
{
	unsigned cpu;

	for (cpu = 0; cpu < cpu_count(); cpu++) {
		if (cpu != cpu_index() && percpu_table[cpu].is_online) {
			gic_send_sgi(SGI_STOP, cpu);
		}
	}
}

/* Only the first comer gets through. */
static void begin(void)
{
	unsigned nobody = 0;

	if (!__atomic_compare_exchange_n(&panicking, &nobody, cpu_index() + 1,
	                                 false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST)) {
		if (nobody == cpu_index() + 1) {
			el3_system_off(); /* the dump itself faulted */
		}
		stop();
	}
	stop_others();
	console_panic();
}

static void print_guest(void)
{
	const struct vcpu *v = this_cpu()->vcpu;

	if (v != NULL) {
		print("hyp:  guest vm=%u vcpu=%u pc=%016lx pstate=%08lx\n",
		      v->vm->vmid, v->index, v->regs.pc, v->regs.pstate);
	}
}

static void print_registers(const struct fault *f)
{
	unsigned n;

	for (n = 0; n < 30; n += 3) {
		print("hyp:  x%02u=%016lx x%02u=%016lx x%02u=%016lx\n", n,
		      f->x[n], n + 1, f->x[n + 1], n + 2, f->x[n + 2]);
	}
	print("hyp:  x30=%016lx  sp=%016lx  pc=%016lx\n", f->x[30], f->sp,
	      f->pc);
	print("hyp:  esr=%08lx far=%016lx pstate=%08lx vector=%03lx\n", f->esr,
	      f->far, f->pstate, f->vector);
}

/* May a frame record be read there? Only mapped memory of ours holds any. */
static bool is_stack(uint64_t at)
{
	if (at & 7) {
		return false;
	}
	if (at >= (uint64_t)image_data && at < (uint64_t)image_end - 16) {
		return true;
	}
	return stack_is_mapped(at) && stack_is_mapped(at + 8);
}

static void print_backtrace(uint64_t pc, uint64_t fp)
{
	unsigned n;

	for (n = 0; n < FRAMES_MAX; n++) {
		print("hyp:  #%u 0x%016lx\n", n, pc);
		if (!is_stack(fp)) {
			return;
		}
		/* The return address less 4: the line of the call itself. */
		pc = ((const uint64_t *)fp)[1] - 4;
		fp = ((const uint64_t *)fp)[0];
	}
}

static void print_trace(void)
{
	static const struct {
		const char *name;
	} names[] = {
#define NAME(num, text, aux, a, b) [num] = { #text },
		TRACE_IDS(NAME)
#undef NAME
	};
	const struct trace_record *slots = this_cpu()->slots;
	uint64_t head = TRACE_HEAD(slots);
	uint64_t n = head > TRACE_TAIL ? head - TRACE_TAIL : 0;

	for (; n < head; n++) {
		const struct trace_record *r = &slots[n % TRACE_SLOTS];
		const char *name = "?";

		if (r->id < sizeof(names) / sizeof(names[0]) &&
		    names[r->id].name != NULL) {
			name = names[r->id].name;
		}
		print("hyp:  %lu %s vm=%u vcpu=%u aux=%x a=%lx b=%lx\n",
		      r->ticks, name, r->vmid, r->vcpu, r->aux, r->a, r->b);
	}
}

static noreturn void finish(uint64_t pc, uint64_t fp)
{
	print_guest();
	print("hyp: backtrace\n");
	print_backtrace(pc, fp);
	print("hyp: trace of CPU %u, the last of %lu records\n", cpu_index(),
	      TRACE_HEAD(this_cpu()->slots));
	print_trace();
	print("hyp: off\n");
	el3_system_off();
}

noreturn void hyp_panic(const char *file, int line, const char *what)
{
	struct fault f = { 0 };

	fault_capture(&f);
	begin();
	f.pc = (uint64_t)__builtin_return_address(0) - 4;
	panic_note = (struct panic_note){
		.what = what,
		.pc = f.pc,
		.fp = *(const uint64_t *)__builtin_frame_address(0),
		.cpu = cpu_index(),
	};
	trace(TRACE_PANIC, TRACE_NOBODY, 0, f.pc, 0);
	print(CONSOLE_HYP_PANIC "%s:%d: %s (CPU %u)\n", file, line, what,
	      cpu_index());
	print_registers(&f);
	finish(f.pc, panic_note.fp);
}

static const char *name_of(const struct fault *f)
{
	if ((f->vector & 0x180) != 0) {
		return "unexpected interrupt or SError at EL2";
	}
	if (f->far >= STACK_VA &&
	    f->far < STACK_VA + (uint64_t)CPUS_MAX * STACK_STRIDE &&
	    !stack_is_mapped(f->far)) {
		return "stack overflow";
	}
	return "exception at EL2";
}

noreturn void trap_fault(const struct fault *f)
{
	begin();
	panic_note = (struct panic_note){
		.what = name_of(f),
		.pc = f->pc,
		.fp = f->x[29],
		.esr = f->esr,
		.far = f->far,
		.cpu = cpu_index(),
		.is_exception = true,
	};
	trace(TRACE_PANIC, TRACE_NOBODY, 0, f->pc, f->esr);
	print(CONSOLE_HYP_PANIC "%s: pc=%016lx esr=%08lx far=%016lx (CPU %u)\n",
	      panic_note.what, f->pc, f->esr, f->far, cpu_index());
	print_registers(f);
	finish(f->pc, f->x[29]);
}

/* gcc calls this when a canary is not what it was. */
noreturn void __stack_chk_fail(void);
noreturn void __stack_chk_fail(void)
{
	PANIC("stack smashed");
}
