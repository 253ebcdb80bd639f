// SPDX-License-Identifier: BSD-2-Clause
/* What happens after vectors.S has stored everything. */
#include "rt/fault.h"

#include <abi/console.h>

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "rt/call.h"
#include "rt/console.h"
#include "rt/cpu.h"
#include "rt/irq.h"
#include "rt/stack.h"

static_assert(offsetof(struct frame, sp) == 248, "vectors.S knows it");
static_assert(offsetof(struct frame, elr) == 256, "vectors.S knows it");
static_assert(offsetof(struct frame, esr) == 272, "vectors.S knows it");
static_assert(offsetof(struct frame, kind) == 288, "vectors.S knows it");
static_assert(offsetof(struct frame, q) == 320, "vectors.S knows it");
static_assert(sizeof(struct frame) == 832, "vectors.S knows it");

#define BACKTRACE_MAX 12
#define INSN_SIZE     4

/* vectors.S and start.S call these. */
void exception(struct frame *frame);
_Noreturn void fatal_stack(uint64_t sp, uint64_t elr, uint64_t far,
                           uint64_t esr);
_Noreturn void __stack_chk_fail(void);

extern char image_start[], text_end[], stacks_start[], image_end[];

static void (*irq_override)(struct frame *frame);
static void (*fiq_handler)(struct frame *frame);
static bool (*svc_handler)(struct frame *frame);

static bool is_stack(uint64_t address)
{
	return address >= (uint64_t)(uintptr_t)stacks_start &&
	       address < (uint64_t)(uintptr_t)image_end &&
	       (address & 15) == 0 && ((address >> STACK_GOOD_BIT) & 1) != 0;
}

/* Return addresses along the chain of frame records from @fp. */
static void append_backtrace(char *line, size_t size, uint64_t fp)
{
	size_t len = strlen(line);

	for (int i = 0; i < BACKTRACE_MAX && is_stack(fp); i++) {
		const uint64_t *record = (const uint64_t *)(uintptr_t)fp;

		len += (size_t)snprintf(line + len, size - len, " 0x%lx",
		                        (unsigned long)record[1]);
		if (len >= size || record[0] <= fp) {
			break;
		}
		fp = record[0];
	}
}

static _Noreturn void die(const char *what, uint64_t fp)
{
	static char line[640];

	snprintf(line, sizeof(line), "\n" CONSOLE_GUEST_FATAL "%s, backtrace",
	         what);
	append_backtrace(line, sizeof(line) - 1, fp);
	strcat(line, "\n");
	console_write_raw(line, strlen(line));
	power_off();
}

void fatal(const char *fmt, ...)
{
	static char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	die(what, (uint64_t)(uintptr_t)__builtin_frame_address(0));
}

void fatal_stack(uint64_t sp, uint64_t elr, uint64_t far, uint64_t esr)
{
	fatal("stack overflow, cpu %u, sp 0x%lx, elr 0x%lx, far 0x%lx, "
	      "esr 0x%lx",
	      cpu_self()->index, (unsigned long)sp, (unsigned long)elr,
	      (unsigned long)far, (unsigned long)esr);
}

void __stack_chk_fail(void)
{
	fatal("stack canary overwritten");
}

static _Noreturn void unexpected(const struct frame *frame)
{
	/* Indexed by bits 8:7 of the vector's offset */
	static const char *const names[] = { "synchronous exception", "IRQ",
		                             "FIQ", "SError" };
	static char what[256];

	snprintf(what, sizeof(what),
	         "%s at vector 0x%03lx, cpu %u, esr 0x%lx, far 0x%lx, "
	         "elr 0x%lx, spsr 0x%lx, sp 0x%lx, lr 0x%lx",
	         names[(frame->kind >> 7) & 3], (unsigned long)frame->kind,
	         cpu_self()->index, (unsigned long)frame->esr,
	         (unsigned long)frame->far, (unsigned long)frame->elr,
	         (unsigned long)frame->spsr, (unsigned long)frame->sp,
	         (unsigned long)frame->x[30]);
	die(what, frame->x[29]);
}

/* Note an expected exception and step over what made it. */
static void record(struct fault *fault, struct frame *frame)
{
	unsigned ec = (unsigned)field_get(ESR_EC, frame->esr);

	if (fault->count++ == 0) {
		fault->kind = frame->kind;
		fault->esr = frame->esr;
		fault->far = frame->far;
		fault->elr = frame->elr;
		fault->spsr = frame->spsr;
	}
	if ((frame->kind & 0x1ff) == (VECTOR_SERROR & 0x1ff)) {
		return; /* ELR is where it interrupted */
	}
	if (ec == ESR_EC_IABT || ec == ESR_EC_IABT_LOW ||
	    ec == ESR_EC_PC_ALIGN) {
		frame->elr = frame->x[30];
	} else if (ec == ESR_EC_STEP) {
		sysreg_write(mdscr_el1, sysreg_read(mdscr_el1) & ~1ull);
		frame->spsr &= ~PSR_SS;
	} else if (ec != ESR_EC_SVC64) {
		frame->elr += INSN_SIZE;
	}
	frame->spsr &= ~PSR_IL; /* it would trap again */
}

void exception(struct frame *frame)
{
	struct cpu *cpu = cpu_self();

	if ((frame->kind & 0x180) == (VECTOR_IRQ & 0x180)) {
		cpu->irqs++;
		if (irq_override != NULL) {
			irq_override(frame);
		} else if (!irq_dispatch()) {
			cpu->spurious++;
		}
		return;
	}
	if ((frame->kind & 0x180) == (VECTOR_FIQ & 0x180) &&
	    fiq_handler != NULL) {
		fiq_handler(frame);
		return;
	}
	if (svc_handler != NULL && svc_handler(frame)) {
		return;
	}
	if (cpu->expected == NULL) {
		unexpected(frame);
	}
	record(cpu->expected, frame);
}

void fault_expect(struct fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	cpu_self()->expected = fault;
	/* Loads and stores of the test stay behind this line. */
	dsb_sy();
	isb();
}

bool fault_came(struct fault *fault)
{
	/* An asynchronous abort of what was tried has arrived by now. */
	dsb_sy();
	isb();
	cpu_self()->expected = NULL;
	return fault->count == 1;
}

void fault_take_irqs(void (*handler)(struct frame *frame))
{
	irq_override = handler;
}

void fault_take_svcs(bool (*handler)(struct frame *frame))
{
	svc_handler = handler;
}

void fault_take_fiqs(void (*handler)(struct frame *frame))
{
	fiq_handler = handler;
}
