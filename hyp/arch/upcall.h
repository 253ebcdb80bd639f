/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Upcalls: the symbols of upper floors that assembly branches to.
 */
#ifndef ARCH_UPCALL_H
#define ARCH_UPCALL_H

/* struct fault, for assembly; checked in arch/context.c. */
#define FAULT_X(n)   ((n)*8)
#define FAULT_SP     248
#define FAULT_PC     256
#define FAULT_PSTATE 264
#define FAULT_ESR    272
#define FAULT_FAR    280
#define FAULT_VECTOR 288
#define FAULT_SIZE   304

#ifndef __ASSEMBLER__
#include <stdint.h>
#include <stdnoreturn.h>

struct vcpu;

/* All registers at a fault of EL2's own. */
struct fault {
	uint64_t x[31];
	uint64_t sp, pc, pstate, esr, far;
	uint64_t vector; /* offset of the slot in the vector table */
	uint64_t spare;
};

/* trap/: an exit of @v; each returns the vCPU to enter next. */
struct vcpu *trap_sync(struct vcpu *v);
struct vcpu *trap_irq(struct vcpu *v);
struct vcpu *trap_serror(struct vcpu *v);

/* trap/panic.c: EL2 itself faulted; on the emergency stack. */
noreturn void trap_fault(const struct fault *fault);

/*
 * boot/: first C code of the boot CPU and of the others.
 *
 * @info      physical address of struct boot_info
 * @ticks     CNTPCT_EL0 at the first instruction
 * @image_pa  where the image lies
 */
noreturn void boot_main(uint64_t info, uint64_t ticks, uint64_t image_pa);
noreturn void boot_secondary(void);

/* arch/: assembly C calls. */
extern char el2_vectors[];
noreturn void guest_resume(struct vcpu *v);
void el2_switch_table(uint64_t ttbr);
noreturn void el2_switch_stack(uint64_t stack_top, void (*run)(void));
extern char entry_secondary[];
/* x0 to x30 and SP as they are at the call; the rest of @f stays. */
void fault_capture(struct fault *f);
#endif

#endif
