/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers of distributor and redistributor, as words of 32 interrupts.
 *
 * GICD_<X><n> and GICR_<X>0 are the same function with another bank: bank 0
 * is private to the vCPU @own, banks 1 to 31 are the VM's SPIs (@own is not
 * looked at). A bank that the VM does not have reads as zero and ignores
 * writes. None of them needs a lock of the caller; what a write changes has
 * happened when it returns, on other CPUs too, so GICD_CTLR.RWP is never seen.
 */
#ifndef VGIC_REGS_H
#define VGIC_REGS_H

#include <stdint.h>

struct vgic_vcpu;
struct vgic_vm;

/* Registers with one bit for each interrupt, in order of their offsets. */
enum vgic_word {
	VGIC_IGROUPR,
	VGIC_ISENABLER,
	VGIC_ICENABLER,
	VGIC_ISPENDR,
	VGIC_ICPENDR,
	VGIC_ISACTIVER,
	VGIC_ICACTIVER,
};

uint32_t vgic_read_word(struct vgic_vm *g, struct vgic_vcpu *own,
                        enum vgic_word reg, uint32_t bank);
void vgic_write_word(struct vgic_vm *g, struct vgic_vcpu *own,
                     enum vgic_word reg, uint32_t bank, uint32_t value);

/** IPRIORITYR: @size bytes, 1 or 4, from @intid on. */
uint32_t vgic_read_priority(struct vgic_vm *g, struct vgic_vcpu *own,
                            uint32_t intid, uint32_t size);
void vgic_write_priority(struct vgic_vm *g, struct vgic_vcpu *own,
                         uint32_t intid, uint32_t size, uint32_t value);

/** ICFGR<@n>: two bits for each of 16 interrupts. */
uint32_t vgic_read_config(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n);
void vgic_write_config(struct vgic_vm *g, struct vgic_vcpu *own, uint32_t n,
                       uint32_t value);

/** IROUTER<@intid>, of SPIs. */
uint64_t vgic_read_route(struct vgic_vm *g, uint32_t intid);
void vgic_write_route(struct vgic_vm *g, uint32_t intid, uint64_t value);

uint32_t vgic_read_ctlr(struct vgic_vm *g);
void vgic_write_ctlr(struct vgic_vm *g, uint32_t value);

/** GICD_TYPER; 64 bits, so that the bus's function is a mere jump. */
uint64_t vgic_read_typer(struct vgic_vm *g);

/** GICR_TYPER, GICR_WAKER of @c. */
uint64_t vgic_read_gicr_typer(struct vgic_vcpu *c);
uint32_t vgic_read_waker(struct vgic_vcpu *c);
void vgic_write_waker(struct vgic_vcpu *c, uint32_t value);

/** The redistributor frame with number @n, or NULL. */
struct vgic_vcpu *vgic_frame(struct vgic_vm *g, uint32_t n);

#endif
