/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: a GICv3 driver over system registers (GIC Architecture
 * Specification, Arm IHI 0069).  All interrupts are group 1 and have priority
 * IRQ_PRIORITY until told otherwise.
 */
#ifndef RT_IRQ_H
#define RT_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#define IRQ_MAX       1020
#define IRQ_SPURIOUS  1023
#define IRQ_PRIORITY  0xa0
#define IRQ_PPI_FIRST 16
#define IRQ_SPI_FIRST 32

/* Distributor */
#define GICD_CTLR       0x0000
#define GICD_TYPER      0x0004
#define GICD_IIDR       0x0008
#define GICD_IGROUPR    0x0080
#define GICD_ISENABLER  0x0100
#define GICD_ICENABLER  0x0180
#define GICD_ISPENDR    0x0200
#define GICD_ICPENDR    0x0280
#define GICD_ISACTIVER  0x0300
#define GICD_ICACTIVER  0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR      0x0c00
#define GICD_IGRPMODR   0x0d00
#define GICD_IROUTER    0x6000
#define GICD_PIDR2      0xffe8

#define GICD_CTLR_GRP0 (1u << 0)
#define GICD_CTLR_GRP1 (1u << 1)
#define GICD_CTLR_ARE  (1u << 4)
#define GICD_CTLR_DS   (1u << 6)
#define GICD_CTLR_RWP  (1u << 31)

/* Redistributor: two 64 KiB frames, the second for SGIs and PPIs */
#define GICR_CTLR         0x0000
#define GICR_TYPER        0x0008
#define GICR_WAKER        0x0014
#define GICR_SGI          0x10000
#define GICR_STRIDE       0x20000
#define GICR_TYPER_LAST   (1ull << 4)
#define GICR_WAKER_SLEEP  (1u << 1)
#define GICR_WAKER_ASLEEP (1u << 2)

typedef void irq_handler(unsigned intid, void *arg);

/** Who is called for @intid, on whichever CPU takes it; NULL: nobody. */
void irq_attach(unsigned intid, irq_handler *handler, void *arg);

/** Let @intid through; for SGIs and PPIs on this CPU. */
void irq_enable(unsigned intid);
void irq_disable(unsigned intid);

/** Pending and active state, set and read as software may. */
void irq_set_pending(unsigned intid, bool pending);
bool irq_is_pending(unsigned intid);
void irq_set_active(unsigned intid, bool active);
bool irq_is_active(unsigned intid);

void irq_set_priority(unsigned intid, uint8_t priority);
uint8_t irq_priority(unsigned intid);

/** Edge instead of level, for SPIs (and where a PPI allows it). */
void irq_set_edge(unsigned intid, bool edge);

/** Send SPI @intid to the CPU with affinity @mpidr. */
void irq_route(unsigned intid, uint64_t mpidr);

/** Software generated interrupt @sgi (0..15). */
void irq_send_self(unsigned sgi);
void irq_send(unsigned sgi, unsigned cpu_index);
void irq_send_others(unsigned sgi); /* all but this CPU */

/** Base of the distributor, and of this CPU's redistributor. 0: no GIC. */
uint64_t irq_dist(void);
uint64_t irq_redist(void);

/** How many INTIDs the distributor has: a multiple of 32, at most 1020. */
unsigned irq_count(void);

/**
 * Poll until *@flag is not 0 or @timeout_us of counter time have gone by, with
 * IRQs unmasked.  Not WFI: a test that waits in vain must fail, not hang.
 * @return whether the flag came
 */
bool irq_wait(volatile unsigned *flag, uint64_t timeout_us);

/**
 * How an idle CPU waits for work, IRQs masked: WFI, ended by SGI IRQ_KICK_SGI.
 * Without a GIC both are WFE and SEV, which costs a host a core.
 */
#define IRQ_KICK_SGI 15
void irq_sleep_until_kick(void);
void irq_kick(unsigned cpu_index);

/** For rt itself */
void irq_init(void);     /* distributor, once */
void irq_init_cpu(void); /* redistributor and CPU interface, on each CPU */
bool irq_dispatch(void); /* one interrupt; false when it was spurious */

#endif
