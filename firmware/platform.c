/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the tree: the properties of a node are kept as they come, and
 * when they are all there, the node is known by its compatible strings, its
 * device type or its name, and read.
 */
#include "platform.h"

#include <libfdt.h>
#include <stdbool.h>
#include <string.h>

#include "cpu.h"
#include "tree.h"

#define CLOCKS_MAX 8
#define UARTS_MAX  4
#define DEPTH_MAX  8

enum property {
	P_COMPATIBLE,
	P_REG,
	P_INTERRUPTS,
	P_PHANDLE,
	P_DEVICE_TYPE,
	P_ADDRESS_CELLS,
	P_SIZE_CELLS,
	P_STATUS,
	P_CLOCKS,
	P_CLOCK_FREQUENCY,
	P_METHOD,
	P_INITRD_START,
	P_INITRD_END,
	P_STDOUT_PATH,
	P_COUNT,
};

/* clang-format off */
static const char *const property_names[] = {
	[P_COMPATIBLE]      = "compatible",
	[P_REG]             = "reg",
	[P_INTERRUPTS]      = "interrupts",
	[P_PHANDLE]         = "phandle",
	[P_DEVICE_TYPE]     = "device_type",
	[P_ADDRESS_CELLS]   = "#address-cells",
	[P_SIZE_CELLS]      = "#size-cells",
	[P_STATUS]          = "status",
	[P_CLOCKS]          = "clocks",
	[P_CLOCK_FREQUENCY] = "clock-frequency",
	[P_METHOD]          = "method",
	[P_INITRD_START]    = "linux,initrd-start",
	[P_INITRD_END]      = "linux,initrd-end",
	[P_STDOUT_PATH]     = "stdout-path",
};
/* clang-format on */
_Static_assert(sizeof(property_names) / sizeof(property_names[0]) == P_COUNT,
               "each property has a name");

/* A node, as far as its properties have been seen. */
struct node {
	int offset; /* libfdt's; -1: none, or it has been read */
	const char *name;
	int address_cells, size_cells; /* of its reg: its parent said so */
	struct tree_value value[P_COUNT];
};

struct uart_node {
	int offset;
	uint32_t intid, clock;
	struct boot_range mmio;
};

/* What can only be joined together when the whole tree has been seen. */
struct scan {
	struct platform *platform;
	int depth; /* of the node at hand; the root's is 0 */

	/* What the nodes down to it say of the reg of their children. */
	struct {
		int address, size;
	} cells[DEPTH_MAX];

	const char *stdout_path;
	unsigned clock_count, uart_count;
	struct {
		uint32_t phandle, hz;
	} clock[CLOCKS_MAX];
	struct uart_node uart[UARTS_MAX];
};

/* Entry @index of the node's reg; false if there is none. */
static bool read_reg(const struct node *node, uint32_t index,
                     struct boot_range *range)
{
	const struct tree_value *reg = &node->value[P_REG];
	uint32_t address = (uint32_t)node->address_cells;
	uint32_t entry = address + (uint32_t)node->size_cells;

	if (entry == 0 || (index + 1) * entry * sizeof(fdt32_t) > reg->len) {
		return false;
	}
	range->base = tree_cells(reg, index * entry, node->address_cells);
	range->size =
		tree_cells(reg, index * entry + address, node->size_cells);
	return true;
}

/* INTID of interrupt @index by the GIC's binding, <type number flags>; or 0. */
static uint32_t read_interrupt(const struct node *node, uint32_t index)
{
	const struct tree_value *list = &node->value[P_INTERRUPTS];
	uint32_t number;

	if ((index + 1) * 3 * sizeof(fdt32_t) > list->len) {
		return 0;
	}
	number = (uint32_t)tree_cells(list, index * 3 + 1, 1);
	return number + (tree_cells(list, index * 3, 1) == 0 ? 32 : 16);
}

/* The third cell of an interrupt: 1 and 2 are edges, 4 and 8 levels. */
static bool is_edge(const struct node *node)
{
	return (tree_cells(&node->value[P_INTERRUPTS], 2, 1) & 3) != 0;
}

/*
 * A device that nobody here uses: for the hypervisor to pass through.  Only such
 * as do no DMA, from which nothing would protect the other VMs.
 */
static void read_spare(struct scan *scan, const struct node *node)
{
	struct platform *p = scan->platform;
	struct boot_device *device = &p->device[p->device_count];
	uint32_t intid = read_interrupt(node, 0);

	if (p->device_count < BOOT_DEVICES_MAX && intid >= 32 &&
	    read_reg(node, 0, &device->mmio) && device->mmio.size != 0 &&
	    (device->mmio.base | device->mmio.size) % PAGE_SIZE == 0) {
		device->intid = intid;
		device->is_edge = is_edge(node);
		p->device_count++;
	}
}

static void read_memory(struct scan *scan, const struct node *node)
{
	struct platform *p = scan->platform;
	struct boot_range range;

	for (uint32_t i = 0; read_reg(node, i, &range); i++) {
		uint64_t base = align_up(range.base, PAGE_SIZE);
		uint64_t end = align_down(range.base + range.size, PAGE_SIZE);

		if (end > base && p->ram_count < BOOT_RAM_MAX) {
			p->ram[p->ram_count].base = base;
			p->ram[p->ram_count++].size = end - base;
		}
	}
}

static void read_cpu(struct scan *scan, const struct node *node)
{
	struct platform *p = scan->platform;
	struct boot_range reg;

	if (!read_reg(node, 0, &reg)) {
		return;
	}
	if (p->cpu_count == BOOT_CPUS_MAX) {
		p->cpu_ignored++;
		return;
	}
	p->mpidr[p->cpu_count++] = reg.base & MPIDR_AFFINITY;
}

static void read_psci(struct scan *scan, const struct node *node)
{
	const char *method = tree_string(&node->value[P_METHOD]);

	if (method != NULL) {
		scan->platform->psci =
			strcmp(method, "hvc") == 0 ? PSCI_HVC : PSCI_SMC;
	}
}

static void read_pl011(struct scan *scan, const struct node *node)
{
	struct uart_node *uart = &scan->uart[scan->uart_count];
	const struct tree_value *clocks = &node->value[P_CLOCKS];

	if (scan->uart_count < UARTS_MAX && read_reg(node, 0, &uart->mmio)) {
		uart->offset = node->offset;
		uart->intid = read_interrupt(node, 0);
		/* Several clocks: the first cell is UARTCLK's phandle. */
		if (clocks->len >= sizeof(fdt32_t)) {
			uart->clock = (uint32_t)tree_cells(clocks, 0, 1);
		}
		scan->uart_count++;
	}
}

static void read_clock(struct scan *scan, const struct node *node)
{
	if (scan->clock_count < CLOCKS_MAX) {
		scan->clock[scan->clock_count].phandle =
			(uint32_t)tree_number(&node->value[P_PHANDLE], 0);
		scan->clock[scan->clock_count++].hz = (uint32_t)tree_number(
			&node->value[P_CLOCK_FREQUENCY], 0);
	}
}

static void read_gic_v3(struct scan *scan, const struct node *node)
{
	struct platform *p = scan->platform;

	if (read_reg(node, 0, &p->gic_dist) &&
	    read_reg(node, 1, &p->gic_redist)) {
		p->gic_version = 3;
		p->gic_maintenance_intid = read_interrupt(node, 0);
	}
}

static void read_gic_v2(struct scan *scan, const struct node *node)
{
	if (read_reg(node, 0, &scan->platform->gic_dist)) {
		scan->platform->gic_version = 2;
	}
}

static void read_timer(struct scan *scan, const struct node *node)
{
	/* The binding's order: secure, non-secure, virtual, hypervisor. */
	scan->platform->timer_phys = read_interrupt(node, 1);
	scan->platform->timer_virt = read_interrupt(node, 2);
	scan->platform->timer_hyp = read_interrupt(node, 3);
}

static void read_chosen(struct scan *scan, const struct node *node)
{
	struct platform *p = scan->platform;

	p->initrd_start = tree_number(&node->value[P_INITRD_START], 0);
	p->initrd_end = tree_number(&node->value[P_INITRD_END], 0);
	scan->stdout_path = tree_string(&node->value[P_STDOUT_PATH]);
}

enum key { BY_COMPATIBLE, BY_TYPE, BY_NAME };

/* clang-format off */
static const struct driver {
	enum key key;
	const char *value;
	void (*read)(struct scan *scan, const struct node *node);
} drivers[] = {
	{ BY_COMPATIBLE, "arm,pl011",          read_pl011 },
	{ BY_COMPATIBLE, "arm,pl031",          read_spare },
	{ BY_COMPATIBLE, "arm,pl061",          read_spare },
	{ BY_COMPATIBLE, "fixed-clock",        read_clock },
	{ BY_COMPATIBLE, "arm,gic-v3",         read_gic_v3 },
	{ BY_COMPATIBLE, "arm,cortex-a15-gic", read_gic_v2 },
	{ BY_COMPATIBLE, "arm,gic-400",        read_gic_v2 },
	{ BY_COMPATIBLE, "arm,armv8-timer",    read_timer },
	{ BY_COMPATIBLE, "arm,psci-1.0",       read_psci },
	{ BY_COMPATIBLE, "arm,psci-0.2",       read_psci },
	{ BY_TYPE,       "memory",             read_memory },
	{ BY_TYPE,       "cpu",                read_cpu },
	{ BY_NAME,       "chosen",             read_chosen },
};
/* clang-format on */
#define DRIVER_COUNT (sizeof(drivers) / sizeof(drivers[0]))

static const struct driver *find_driver(enum key key, const char *value)
{
	for (unsigned i = 0; value != NULL && i < DRIVER_COUNT; i++) {
		const struct driver *driver = &drivers[i];

		/* Most differ in the first byte, and that costs no call. */
		if (driver->key == key && driver->value[0] == value[0] &&
		    strcmp(driver->value, value) == 0) {
			return driver;
		}
	}
	return NULL;
}

static const struct driver *driver_of(const struct node *node)
{
	const struct tree_value *list = &node->value[P_COMPATIBLE];
	const char *string = tree_next_string(list, NULL);
	const struct driver *driver = NULL;

	for (; string != NULL && driver == NULL;
	     string = tree_next_string(list, string)) {
		driver = find_driver(BY_COMPATIBLE, string);
	}
	if (driver == NULL) {
		driver = find_driver(BY_TYPE,
		                     tree_string(&node->value[P_DEVICE_TYPE]));
	}
	if (driver == NULL) {
		driver = find_driver(BY_NAME, node->name);
	}
	return driver;
}

/* "okay" and "ok", or nothing said; others are not for us. */
static bool is_enabled(const struct node *node)
{
	const char *status = tree_string(&node->value[P_STATUS]);

	return status == NULL || status[0] == 'o';
}

/* A count of cells; what nobody can read counts as one. */
static int read_cells_count(const struct tree_value *value, int otherwise)
{
	uint64_t count = tree_number(value, (uint64_t)otherwise);

	return count <= 2 ? (int)count : 1;
}

static void begin_node(struct scan *scan, struct node *node,
                       const struct tree_item *item)
{
	memset(node, 0, sizeof(*node));
	node->offset = item->node;
	node->name = item->name;
	scan->depth = item->depth;
	if (item->depth > 0 && item->depth < DEPTH_MAX) {
		node->address_cells = scan->cells[item->depth - 1].address;
		node->size_cells = scan->cells[item->depth - 1].size;
	}
}

/* All properties of a node come before its children and its end. */
static void finish_node(struct scan *scan, struct node *node)
{
	const struct driver *driver;

	if (node->offset < 0 || scan->depth >= DEPTH_MAX) {
		return;
	}
	scan->cells[scan->depth].address =
		read_cells_count(&node->value[P_ADDRESS_CELLS], 2);
	scan->cells[scan->depth].size =
		read_cells_count(&node->value[P_SIZE_CELLS], 1);
	driver = driver_of(node);
	if (driver != NULL && is_enabled(node)) {
		driver->read(scan, node);
	}
	node->offset = -1;
}

/* The UART of stdout-path ("/node@1000:115200n8"), else the first one. */
static void choose_uart(struct scan *scan, const void *fdt)
{
	struct platform *p = scan->platform;
	const struct uart_node *uart = &scan->uart[0];
	const char *path = scan->stdout_path;

	if (scan->uart_count == 0) {
		return;
	}
	if (path != NULL && scan->uart_count > 1) {
		const char *end = strchr(path, ':');
		int len = (int)(end != NULL ? (size_t)(end - path)
		                            : strlen(path));
		int node = fdt_path_offset_namelen(fdt, path, len);

		for (unsigned i = 0; i < scan->uart_count; i++) {
			if (scan->uart[i].offset == node) {
				uart = &scan->uart[i];
			}
		}
	}
	p->uart = uart->mmio;
	p->uart_intid = uart->intid;
	for (unsigned i = 0; i < scan->clock_count; i++) {
		if (scan->clock[i].phandle == uart->clock) {
			p->uart_clock_hz = scan->clock[i].hz;
		}
	}
}

void platform_read(struct platform *platform, const void *fdt)
{
	struct scan scan = { .platform = platform };
	struct node node = { .offset = -1 };
	struct tree tree;
	struct tree_item item;
	enum tree_event event;

	memset(platform, 0, sizeof(*platform));
	tree_start(&tree, fdt, fdt_totalsize(fdt));
	do {
		event = tree_next(&tree, &item);
		if (event == TREE_PROPERTY) {
			tree_keep(&item, property_names, node.value, P_COUNT);
			continue;
		}
		finish_node(&scan, &node);
		if (event == TREE_NODE) {
			begin_node(&scan, &node, &item);
		}
	} while (event != TREE_DONE && event != TREE_BAD);
	choose_uart(&scan, fdt);
}
