/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stopped machine, taken down: registers of every CPU, physical memory, and
 * the images that its code belongs to.  What it means is said elsewhere
 * (triage_*.c); here is only what is.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core_file.h"
#include "gdb_remote.h"
#include "inspect.h"
#include "ram.h"

#define SNAPSHOT_VMS 256

/* One CPU; a register that the stub does not have reads as 0. */
struct snap_cpu {
	struct gdb_core core;
	unsigned el;
	bool irqs_masked;
	uint64_t pc, fp, lr, sp, pstate;
	uint64_t esr_el2, far_el2, elr_el2, hpfar_el2, hcr_el2;
	uint64_t ttbr0_el2, tcr_el2, vttbr_el2, vtcr_el2;
	uint64_t esr_el1, far_el1, elr_el1, vbar_el1;
	uint64_t cntv_ctl, cntv_cval, cntp_ctl, cntp_cval;
	uint64_t sctlr_el1, ttbr0_el1, ttbr1_el1, tcr_el1;
	uint16_t vmid; /* VTTBR_EL2.VMID: the VM of its EL1; 0 on lane ref */
};

struct snapshot {
	struct gdb_remote *gdb;
	struct core_file *core; /* NULL: not yet, or not to be had */
	struct ram ram;         /* for what is read before */
	struct inspect *hyp;    /* NULL: no hypervisor of ours */
	struct inspect *guest[SNAPSHOT_VMS]; /* by VMID; [0] on lane ref */
	struct snap_cpu cpu[SNAPSHOT_CPUS];
	size_t cpus;
};

/**
 * Take registers through the stub at @socket. The machine stays stopped.
 * @return false: the stub does not answer
 */
bool snapshot_registers(struct snapshot *s, const char *socket);

/** Nothing is known yet. */
void snapshot_init(struct snapshot *s);

/** Read what is in RAM now, by s->ram, until there is a core. */
void snapshot_live(struct snapshot *s);

/** Use the memory in @core_path. @return false: unreadable */
bool snapshot_memory(struct snapshot *s, const char *core_path);

/** The hypervisor's ELF; its variables can be read after snapshot_memory. */
bool snapshot_hyp(struct snapshot *s, const char *elf);

void snapshot_guest(struct snapshot *s, uint16_t vmid, const char *elf);

void snapshot_fini(struct snapshot *s);

/** Read memory as EL @el of CPU @cpu sees @va. @return false: not there */
bool snapshot_read(const struct snapshot *s, size_t cpu, unsigned el,
                   uint64_t va, void *buf, size_t len);

/** The translation regime of one vCPU. */
struct snap_regime {
	uint64_t sctlr, ttbr0, ttbr1, tcr; /* of EL1 */
	uint64_t vttbr, vtcr;              /* vtcr 0: no stage 2 */
};

/** The regime that is in the registers of @c. */
void snapshot_regime(const struct snap_cpu *c, struct snap_regime *r);

/** Read memory as EL1 of a vCPU sees @va, in hardware or not; needs the core.
 * @return false: not there */
bool snapshot_read_guest(const struct snapshot *s, const struct snap_regime *r,
                         uint64_t va, void *buf, size_t len);

/** The image that EL @el of VM @vmid runs, or NULL. */
struct inspect *snapshot_image(const struct snapshot *s, unsigned el,
                               uint16_t vmid);

/** "spin_lock (hyp/arch/spinlock.h:31)", or the bare address. */
const char *snapshot_place(struct inspect *in, uint64_t pc, char *buf,
                           size_t size);

/** Frames from the CPU's present one outwards, a line each. */
void snapshot_backtrace(const struct snapshot *s, size_t cpu, FILE *out);

/** Return addresses of the frames above the present one. @return how many */
size_t snapshot_frames(const struct snapshot *s, size_t cpu, uint64_t *pc,
                       size_t most);

#endif
