/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual GICv3 of a VM: distributor, redistributors, list registers.
 *
 * One security state (GICD_CTLR.DS = 1), affinity routing always on, no LPIs,
 * SGIs 0-15, PPIs 16-31, SPIs from 32 on; two groups; 32 priorities.  The
 * guest's CPU interface is the hardware's own (ICV_* registers); what traps is
 * the memory-mapped part (vdev/vgicd.c, vdev/vgicr.c), the sending of SGIs and,
 * in rare states, more (trap/icc.c).
 *
 * Nothing here costs more because a VM has more SPIs, more of them pending, or
 * because there are more VMs.
 *
 * Spec: "Arm Generic Interrupt Controller Architecture Specification, GIC
 * architecture version 3 and version 4" (IHI 0069).
 */
#ifndef VGIC_VGIC_H
#define VGIC_VGIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct vcpu;
struct vgic_vcpu;
struct vgic_vm;
struct vm;

#define VGIC_VCPUS_MAX   64u
#define VGIC_BANKS_MAX   32u
#define VGIC_SPIS_MAX    988u /* INTIDs 32 to 1019 */
#define VGIC_SPI_DEFAULT 256u /* what QEMU's virt machine has */

/** Facts of this CPU's virtual CPU interface; once on each CPU at boot. */
void vgic_init_cpu(void);

/**
 * Give @vm an interrupt controller with at least @spi_count SPIs.
 *
 * May be called again with another count as long as the VM has no vCPU.
 *
 * @return  ERR_INVAL  more than VGIC_SPIS_MAX
 *          ERR_BUSY   the VM has vCPUs
 *          ERR_NOMEM
 * Context: any CPU, no vCPU of the VM exists.
 */
MUST_USE enum err vgic_vm_init(struct vm *vm, uint32_t spi_count);

/** Undo vgic_vm_init; its vCPUs are gone. Physical SPIs are handed back. */
void vgic_vm_fini(struct vm *vm);

/**
 * A pulse: @intid becomes pending, whatever its trigger is configured to be.
 *
 * @vcpu_index  whose SGI or PPI; ignored for an SPI
 * @return  ERR_INVAL  no such interrupt or vCPU (1020 and up included)
 * Context: any CPU, IRQs masked. Takes the VM's vGIC lock; kicks behind it.
 */
enum err vgic_raise(struct vm *vm, uint32_t vcpu_index, uint32_t intid);

/**
 * The level of an input. Level-sensitive: pending while it is high, and again
 * after the guest's EOI if it still is. Edge-triggered: a rise makes pending.
 *
 * @return, Context: as vgic_raise.
 */
enum err vgic_set_level(struct vm *vm, uint32_t vcpu_index, uint32_t intid,
                        bool is_high);

/**
 * The level of an input together with "something has happened".
 *
 * Level-sensitive: as vgic_set_level. Edge-triggered: pending when @is_event,
 * whatever the level was.
 *
 * @return, Context: as vgic_raise.
 */
enum err vgic_notify(struct vm *vm, uint32_t vcpu_index, uint32_t intid,
                     bool is_high, bool is_event);

/**
 * Link SPI @intid of @vm with the physical SPI @physical: see vgic_hw_fired.
 *
 * The physical one must be enabled by the caller afterwards, and disabled
 * before vgic_unlink_hw, which ends it if it is active.  When it is in a list
 * register of another CPU, that CPU ends it, soon: until then it is active.
 *
 * @return  ERR_INVAL       no SPI of this VM
 *          ERR_VIRQ_BOUND  it is linked already
 */
MUST_USE enum err vgic_link_hw(struct vm *vm, uint32_t intid,
                               uint32_t physical);
void vgic_unlink_hw(struct vm *vm, uint32_t intid);

/**
 * Is what SPI @intid of @vm was linked with not ended yet, as a CPU must look
 * first?  It would never be, if the SPI was linked with another one now.
 * False for what is no SPI of @vm.
 */
bool vgic_hw_lingers(const struct vm *vm, uint32_t intid);

/**
 * The physical interrupt behind SPI @intid fired, and was acknowledged with
 * its priority dropped. The guest's deactivation deactivates it, or whatever
 * takes the virtual one away: a write to ICPENDR, reset, the end of the VM.
 */
void vgic_hw_fired(struct vm *vm, uint32_t intid);

/** The same for a PPI of the vCPU that is loaded on this CPU. */
void vgic_ppi_fired(struct vgic_vcpu *c, uint32_t intid);

/** The guest trapped on its CPU interface (TALL0, TALL1): PPIs may be stale. */
void vgic_look_again(struct vgic_vcpu *c);

/** The guest of @c, loaded here, deactivates @intid (ICC_DIR_EL1, TDIR). */
void vgic_write_dir(struct vgic_vcpu *c, uint64_t value);

/** @from writes @value to ICC_SGI1R_EL1; not @group1: to SGI0R or ASGI1R. */
void vgic_send_sgi(struct vgic_vcpu *from, uint64_t value, bool group1);

/** Before the next entry of @c, loaded here, after a kick. */
void vgic_sync(struct vgic_vcpu *c);

/** Maintenance interrupt of this CPU: refill its list registers. */
void vgic_maintenance(void);

/**
 * Do what other CPUs asked of the list registers of this CPU, whoever is
 * loaded. Context: at least after each SGI_POKE; no lock held.
 */
void vgic_answer(void);

/** Before @c goes into or out of this CPU's hardware; part.c calls them. */
void vgic_load(struct vgic_vcpu *c);
void vgic_save(struct vgic_vcpu *c);

/**
 * Must @c not sleep in WFI: is an interrupt pending that its CPU interface
 * would signal (groups, PMR and running priority), PSTATE.I aside?
 */
bool vgic_has_work(struct vgic_vcpu *c);

/** Power-on state of @c's CPU interface; the redistributor keeps its own. */
void vgic_reset_cpu(struct vgic_vcpu *c);

/** @c answers to another affinity from now on (MPIDR mapping). */
void vgic_set_affinity(struct vgic_vcpu *c, uint64_t affinity);

/** Number of SPIs, a multiple of 32 minus the INTIDs from 1020 on. */
uint32_t vgic_spi_count(const struct vgic_vm *g);

/** Print the state of the interrupts that are not idle; for triage. */
void vgic_describe(struct vm *vm);

#endif
