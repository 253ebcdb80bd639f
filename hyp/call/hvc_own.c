/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of our own for the root VM, and calls about the machine. */
#include <abi/ledger.h>
#include <abi/root_env.h>

#include "arch/cache.h"
#include "arch/tlb.h"
#include "arch/trace.h"
#include "call/caller.h"
#include "call/hvc_table.h"
#include "call/root_env.h"
#include "drv/timer.h"
#include "lib/assert.h"
#include "mem/owner.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "obj/partition.h"
#include "vgic/vic.h"

#define ENTRIES_MAX (VM_VCPUS_MAX + 32)

static struct root_env_entry {
	enum root_env_kind kind;
	uint64_t cap, first, second;
} entries[ENTRIES_MAX];

static unsigned entry_count;

void root_env_add(enum root_env_kind kind, uint64_t cap, uint64_t first,
                  uint64_t second)
{
	ASSERT(entry_count < ENTRIES_MAX);
	entries[entry_count++] =
		(struct root_env_entry){ kind, cap, first, second };
}

enum err hvc_ts_root_env(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	if (!v->vm->is_root) {
		return ERR_DENIED;
	}
	if (arg[0] >= entry_count) {
		return ERR_INVAL;
	}
	out[0] = entries[arg[0]].kind;
	out[1] = entries[arg[0]].cap;
	out[2] = entries[arg[0]].first;
	out[3] = entries[arg[0]].second;
	return ERR_OK;
}

enum err hvc_ts_dead(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	(void)arg;
	if (!v->vm->is_root) {
		return ERR_DENIED;
	}
	out[0] = object_dead_count();
	return ERR_OK;
}

static uint64_t count_vmids(void)
{
	uint64_t count = 0;

	for (uint16_t vmid = 1; vmid <= VMID_MAX; vmid++) {
		count += vm_find(vmid) != NULL;
	}
	return count;
}

/* The heap's rows of the ledger have the names of its uses. */
#define HEAP_ROW(name, text)     \
	case LEDGER_HEAP_##name: \
		return page_used(PAGE_##name);

static uint64_t read_counter(enum ledger_counter which)
{
	switch (which) { /* no default: -Wswitch asks about each new row */
		PAGE_USES(HEAP_ROW)
	case LEDGER_HEAP_FREE:
		return page_unused();
	case LEDGER_SLAB_OBJECTS:
		return slab_count();
	case LEDGER_RAM_HYP:
		return owner_count(OWNER_HYP);
	case LEDGER_RAM_FREE:
		return owner_count(OWNER_FREE);
	case LEDGER_RAM_OWNED:
		return owner_count(OWNER_OWNED);
	case LEDGER_RAM_SHARED:
		return owner_count(OWNER_SHARED);
	case LEDGER_RAM_LENT:
		return owner_count(OWNER_LENT);
	case LEDGER_RAM_LENT_SHARED:
		return owner_count(OWNER_LENT_SHARED);
	case LEDGER_PARTITION_LIMIT:
		return root_partition.limit;
	case LEDGER_PARTITION_USED:
		return root_partition.used;
	case LEDGER_VMIDS:
		return count_vmids();
	case LEDGER_OBJ_PARTITION:
	case LEDGER_OBJ_CSPACE:
	case LEDGER_OBJ_ADDRSPACE:
	case LEDGER_OBJ_MEMEXTENT:
	case LEDGER_OBJ_THREAD:
	case LEDGER_OBJ_DOORBELL:
	case LEDGER_OBJ_MSGQUEUE:
	case LEDGER_OBJ_WATCHDOG:
	case LEDGER_OBJ_VIC:
	case LEDGER_OBJ_VPM_GROUP:
	case LEDGER_OBJ_HWIRQ:
		return object_count(
			(enum obj_type)(which - LEDGER_OBJ_PARTITION));
	case LEDGER_CAPS:
		return cspace_caps_total();
	case LEDGER_VIRQS_BOUND:
		return vic_bound_count();
	case LEDGER_TIMERS:
		return timer_armed_count();
	case LEDGER_TRACE_RECORDS:
		return trace_count();
	case LEDGER_TLB_FLUSHES:
		return tlb_flushes;
	case LEDGER_CACHE_BYTES:
		return cache_bytes;
	case LEDGER_COUNT:
		break;
	}
	return 0;
}
_Static_assert(LEDGER_OBJ_HWIRQ - LEDGER_OBJ_PARTITION ==
                               OBJ_HWIRQ - OBJ_PARTITION &&
                       OBJ_HWIRQ + 1 == OBJ_TYPE_COUNT,
               "the ledger has a row for each type, in order");

enum err hvc_ts_ledger(struct vcpu *v, const uint64_t *arg, uint64_t *out)
{
	if (!v->vm->is_root) {
		return ERR_DENIED;
	}
	if (arg[0] >= LEDGER_COUNT) {
		return ERR_INVAL;
	}
	out[0] = read_counter((enum ledger_counter)arg[0]);
	return ERR_OK;
}

enum err hvc_trace_update_class_flags(struct vcpu *v, const uint64_t *arg,
                                      uint64_t *out)
{
	if (!v->vm->is_root) {
		return ERR_DENIED;
	}
	out[0] = trace_set_classes(arg[0], arg[1]);
	return ERR_OK;
}
