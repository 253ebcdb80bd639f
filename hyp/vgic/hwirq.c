/* SPDX-License-Identifier: BSD-2-Clause */
#include "vgic/hwirq.h"

#include <abi/boot.h>
#include <arm64/gicv3.h>

#include "drv/gic.h"
#include "drv/irq.h"
#include "lib/assert.h"
#include "vgic/vgic.h"

#define VIRQ_INTID 0xffffffull /* "Virtual IRQ Info" */

/*
 * The machine's side, which the handler of the physical interrupt finds: it
 * stays when the object goes, because that handler may be running elsewhere.
 */
static struct line {
	struct spinlock lock;
	uint32_t intid; /* physical */
	bool is_edge;
	uint32_t virq;
	struct vm *vm; /* NULL: nobody's */
} lines[BOOT_DEVICES_MAX];

static unsigned line_count; /* boot */

static bool fired(uint32_t intid, void *arg)
{
	struct line *line = arg;
	bool is_bound;

	(void)intid;
	spin_lock(&line->lock);
	is_bound = line->vm != NULL;
	if (is_bound) {
		vgic_hw_fired(line->vm, line->virq);
	}
	spin_unlock(&line->lock);
	return !is_bound; /* else the guest deactivates it */
}

static void connect(struct line *line, struct vm *vm, uint32_t virq)
{
	enum err err = vgic_link_hw(vm, virq, line->intid);

	ASSERT(err == ERR_OK); /* the VIC has it, and for nobody else */
	spin_lock(&line->lock);
	line->virq = virq;
	line->vm = vm;
	spin_unlock(&line->lock);
	/* To a CPU that is there; the vGIC finds the vCPU, wherever that is. */
	gic_route(line->intid, cpu_index());
	if (line->is_edge) {
		/* What it signalled to others, or to nobody, is not for @vm. */
		gic_set_pending(line->intid, false);
	}
	gic_enable(line->intid);
}

static void disconnect(struct line *line)
{
	struct vm *vm;

	gic_disable(line->intid);
	/* A handler that runs already is over, or finds nobody. */
	spin_lock(&line->lock);
	vm = line->vm;
	line->vm = NULL;
	spin_unlock(&line->lock);
	if (vm != NULL) {
		vgic_unlink_hw(vm, line->virq);
	}
}

static void reach(struct virq_source *source, struct vm *vm)
{
	struct hwirq *hw = container_of(source, struct hwirq, source);

	if (vm != NULL) {
		connect(&lines[hw->line], vm, source->intid);
	} else {
		disconnect(&lines[hw->line]);
	}
}

static bool must_wait(const struct virq_source *source, const struct vm *vm)
{
	return vgic_hw_lingers(vm, source->intid);
}

void hwirq_adopt(struct hwirq *hw, uint32_t intid, bool is_edge)
{
	ASSERT(line_count < BOOT_DEVICES_MAX);
	hw->line = line_count++;
	lines[hw->line].intid = intid;
	lines[hw->line].is_edge = is_edge;
	gic_set_edge(intid, is_edge); /* while it is disabled */
	irq_handle(intid, fired, &lines[hw->line]);
	hw->obj.state = OBJ_ACTIVE;
}

enum err hwirq_bind(struct hwirq *hw, struct vic *vic, uint64_t virq)
{
	const struct vm *vm;

	if ((virq & VIRQ_INTID) < GIC_PRIVATE_COUNT) {
		return ERR_INVAL;
	}
	/* Acquire: who sees the VM sees its vGIC made. */
	vm = __atomic_load_n(&vic->vm, __ATOMIC_ACQUIRE);
	if (hw->source.vic == NULL &&
	    (gic_is_active(lines[hw->line].intid) ||
	     (vm != NULL &&
	      vgic_hw_lingers(vm, (uint32_t)(virq & VIRQ_INTID))))) {
		return ERR_RETRY;
	}
	return vic_bind(vic, &hw->source, virq);
}

void hwirq_unbind(struct hwirq *hw)
{
	vic_unbind(&hw->source);
}

static enum err init_hwirq(struct object *obj)
{
	struct hwirq *hw = (struct hwirq *)obj;

	virq_source_init(&hw->source, &hw->lock);
	hw->source.reach = reach;
	hw->source.must_wait = must_wait;
	return ERR_OK;
}

static void destroy_hwirq(struct object *obj)
{
	hwirq_unbind((struct hwirq *)obj);
}

const struct obj_ops hwirq_ops = {
	.name = "hwirq",
	.size = sizeof(struct hwirq),
	.rights = HWIRQ_MAY_BIND | OBJ_MAY_ACTIVATE,
	.init = init_hwirq,
	.destroy = destroy_hwirq,
};
