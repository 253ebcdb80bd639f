/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual machine: an address space, its vCPUs, and what the parts add.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/percpu.h"
#include "arch/spinlock.h"
#include "lib/err.h"
#include "mem/stage2.h"

#define VM_VCPUS_MAX 64
#define VM_NAME_MAX  32
#define VM_NO_VCPU   0xff
#define VMID_ROOT    255
#define VMID_MAX     255

struct vcpu;
struct mmio_bus;
struct vgic_vm;
struct console_vm;

/* Why a VM ended; the text is printed. */
/* clang-format off */
#define VM_ENDS(X)                                                            \
	X(RUNNING,   "not yet")                                               \
	X(OFF,       "system off")                                            \
	X(RESET,     "system reset")                                          \
	X(RESET2,    "system reset 2")                                        \
	X(CPUS_OFF,  "all CPUs off")                                          \
	X(KILLED,    "killed")                                                \
	X(WATCHDOG,  "watchdog")                                              \
	X(FAULT,     "fault")
/* clang-format on */

#define VM_END_ENUM(name, text) VM_END_##name,
enum vm_end { VM_ENDS(VM_END_ENUM) };

/*
 * From a vCPU's index to its affinity: Aff<n> is (index >> shift[n]), as far as
 * byte n of the mask lets it through. Byte n is where MPIDR_EL1 has Aff<n>.
 */
struct mpidr_map {
	uint64_t mask;
	uint8_t shift[4];
	bool is_mt; /* MPIDR_EL1.MT: the lowest level is threads of a core */
};

struct vm {
	struct stage2 s2;
	uint16_t vmid; /* what guests know it by, and what is traced */
	bool is_root;
	char name[VM_NAME_MAX];

	struct spinlock lock; /* vcpu[], vcpu_count, powered, end */
	unsigned vcpu_count;  /* slots of vcpu[] in use, from 0, no hole */
	unsigned powered;     /* vCPUs that are on */
	enum vm_end end;
	uint64_t reset_cookie; /* of SYSTEM_RESET2, when that was its end */
	/* Changed under the lock; who reads one without it may use it until
	 * his CPU leaves EL2 (drv/grace.h). */
	struct vcpu *vcpu[VM_VCPUS_MAX];

	/* Whose stage-1 entries this CPU's TLB may hold; index, VM_NO_VCPU. */
	uint8_t last_ran[CPUS_MAX];

	struct mpidr_map mpidr; /* of its vCPUs; before there is one */
	uint64_t cntvoff;       /* CNTVOFF_EL2 of all its vCPUs */

	/* Each belongs to the floor that defines the struct. */
	struct mmio_bus *bus;
	struct vgic_vm *vgic;
	struct console_vm *console;
	void *object; /* obj/: the address space this VM is */
	/* Made in part, to be made again (call/hvc_memory.c); obj/'s lock */
	uint32_t open_calls;
};

/** Does @map give each of @vcpus indexes an affinity of its own? */
bool mpidr_map_is_good(const struct mpidr_map *map, uint32_t vcpus);

/**
 * Give the vCPUs of @vm other affinities than by sixteens.
 *
 * @return  ERR_BUSY  it has vCPUs already
 */
MUST_USE enum err vm_set_mpidr_map(struct vm *vm, const struct mpidr_map *map);

/** MPIDR_EL1 of the vCPU with @index. */
uint64_t vm_mpidr_of(const struct vm *vm, uint32_t index);

/**
 * Make a VM without memory and without vCPUs.
 *
 * @vmid    1 to VMID_MAX; the hardware's VMID, too
 * @name    NUL-ended; cut at VM_NAME_MAX - 1
 * @return  ERR_BUSY     @vmid is taken
 *          ERR_NOMEM
 *          or what a part's vm_init said
 * Context: any CPU.
 */
MUST_USE enum err vm_create(uint16_t vmid, const char *name, struct vm **made);

/** Undo vm_create. Context: its vCPUs have been destroyed. */
void vm_destroy(struct vm *vm);

/** The VM with @vmid, or NULL. Context: the caller knows that it stays. */
struct vm *vm_find(uint16_t vmid);

/**
 * End the VM: all its vCPUs go off as soon as each can.
 *
 * The first reason stays. The vCPUs that run elsewhere are kicked; this
 * returns at once.
 */
void vm_end(struct vm *vm, enum vm_end why);

/** The last vCPU has gone off: says so and calls the parts. */
void vm_all_off(struct vm *vm);

#endif
