/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the tree, in which each node is known by its compatible
 * string, its device type or its name; what is inside the few nodes that count
 * is read with libfdt.
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

struct uart_node {
	int node;
	uint32_t intid, clock;
	struct boot_range mmio;
};

/* What can only be joined together when the whole tree has been seen. */
struct scan {
	struct platform *platform;
	const void *fdt;

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

static uint64_t read_number(const fdt32_t *cell, int count)
{
	uint64_t number = 0;

	while (count-- > 0) {
		number = number << 32 | fdt32_to_cpu(*cell++);
	}
	return number;
}

/* A number of cells; what nobody can read counts as one. */
static int read_cells_count(const struct tree_item *property)
{
	uint32_t count =
		property->len == 4
			? fdt32_to_cpu(*(const fdt32_t *)property->data)
			: 1;

	return count <= 2 ? (int)count : 1;
}

/* Entry @index of the node's reg; false if there is none. */
static bool read_reg(const struct scan *scan, int node, int index,
                     struct boot_range *range)
{
	int parent = scan->depth > 0 ? scan->depth - 1 : 0;
	int address = scan->cells[parent].address;
	int len, entry = address + scan->cells[parent].size;
	const fdt32_t *reg = fdt_getprop(scan->fdt, node, "reg", &len);

	if (reg == NULL || (index + 1) * entry * (int)sizeof(*reg) > len) {
		return false;
	}
	reg += index * entry;
	range->base = read_number(reg, address);
	range->size = read_number(reg + address, entry - address);
	return true;
}

/* INTID of interrupt @index by the GIC's binding, <type number flags>; or 0. */
static uint32_t read_interrupt(const struct scan *scan, int node, int index)
{
	int len;
	const fdt32_t *cell = fdt_getprop(scan->fdt, node, "interrupts", &len);
	uint32_t number;

	if (cell == NULL || (index + 1) * 3 * (int)sizeof(*cell) > len) {
		return 0;
	}
	cell += index * 3;
	number = fdt32_to_cpu(cell[1]);
	return number + (fdt32_to_cpu(cell[0]) == 0 ? 32 : 16);
}

/* A property of one cell or two; 0 if there is none. */
static uint64_t read_cell(const struct scan *scan, int node, const char *name)
{
	int len;
	const fdt32_t *cell = fdt_getprop(scan->fdt, node, name, &len);

	return cell != NULL && len >= 4 && len <= 8 ? read_number(cell, len / 4)
	                                            : 0;
}

static void read_memory(struct scan *scan, int node)
{
	struct platform *p = scan->platform;
	struct boot_range range;

	for (int i = 0; read_reg(scan, node, i, &range); i++) {
		uint64_t base = align_up(range.base, PAGE_SIZE);
		uint64_t end = align_down(range.base + range.size, PAGE_SIZE);

		if (end > base && p->ram_count < BOOT_RAM_MAX) {
			p->ram[p->ram_count].base = base;
			p->ram[p->ram_count++].size = end - base;
		}
	}
}

static void read_cpu(struct scan *scan, int node)
{
	struct platform *p = scan->platform;
	struct boot_range reg;

	if (!read_reg(scan, node, 0, &reg)) {
		return;
	}
	if (p->cpu_count == BOOT_CPUS_MAX) {
		p->cpu_ignored++;
		return;
	}
	p->mpidr[p->cpu_count++] = reg.base & MPIDR_AFFINITY;
}

static void read_psci(struct scan *scan, int node)
{
	const char *method = fdt_getprop(scan->fdt, node, "method", NULL);

	if (method != NULL) {
		scan->platform->psci =
			strcmp(method, "hvc") == 0 ? PSCI_HVC : PSCI_SMC;
	}
}

static void read_pl011(struct scan *scan, int node)
{
	struct uart_node *uart = &scan->uart[scan->uart_count];

	if (scan->uart_count < UARTS_MAX &&
	    read_reg(scan, node, 0, &uart->mmio)) {
		const fdt32_t *clock;
		int len;

		uart->node = node;
		uart->intid = read_interrupt(scan, node, 0);
		/* Several clocks: the first cell is UARTCLK's phandle. */
		clock = fdt_getprop(scan->fdt, node, "clocks", &len);
		uart->clock =
			clock != NULL && len >= 4 ? fdt32_to_cpu(*clock) : 0;
		scan->uart_count++;
	}
}

static void read_clock(struct scan *scan, int node)
{
	if (scan->clock_count < CLOCKS_MAX) {
		scan->clock[scan->clock_count].phandle =
			fdt_get_phandle(scan->fdt, node);
		scan->clock[scan->clock_count++].hz =
			(uint32_t)read_cell(scan, node, "clock-frequency");
	}
}

static void read_gic_v3(struct scan *scan, int node)
{
	struct platform *p = scan->platform;

	if (read_reg(scan, node, 0, &p->gic_dist) &&
	    read_reg(scan, node, 1, &p->gic_redist)) {
		p->gic_version = 3;
		p->gic_maintenance_intid = read_interrupt(scan, node, 0);
	}
}

static void read_gic_v2(struct scan *scan, int node)
{
	if (read_reg(scan, node, 0, &scan->platform->gic_dist)) {
		scan->platform->gic_version = 2;
	}
}

static void read_timer(struct scan *scan, int node)
{
	/* The binding's order: secure, non-secure, virtual, hypervisor. */
	scan->platform->timer_phys = read_interrupt(scan, node, 1);
	scan->platform->timer_virt = read_interrupt(scan, node, 2);
	scan->platform->timer_hyp = read_interrupt(scan, node, 3);
}

static void read_chosen(struct scan *scan, int node)
{
	struct platform *p = scan->platform;

	p->initrd_start = read_cell(scan, node, "linux,initrd-start");
	p->initrd_end = read_cell(scan, node, "linux,initrd-end");
	scan->stdout_path = fdt_getprop(scan->fdt, node, "stdout-path", NULL);
}

enum key { BY_COMPATIBLE, BY_TYPE, BY_NAME, KEY_COUNT };

/* clang-format off */
static const struct driver {
	enum key key;
	const char *value;
	void (*read)(struct scan *scan, int node);
} drivers[] = {
	{ BY_COMPATIBLE, "arm,pl011",          read_pl011 },
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

/* The node at hand, while its properties pass by. */
struct node {
	int offset; /* -1: none, or its driver has run */
	bool is_disabled;
	struct {
		const char *list; /* of strings; NULL: has none */
		uint32_t len;
	} id[KEY_COUNT];
};

static void begin_node(struct scan *scan, struct node *node,
                       const struct tree_item *item)
{
	memset(node, 0, sizeof(*node));
	node->offset = item->node;
	node->id[BY_NAME].list = item->name;
	node->id[BY_NAME].len = item->len + 1; /* with NUL: a list of one */
	scan->depth = item->depth;
	if (scan->depth < DEPTH_MAX) {
		scan->cells[scan->depth].address = 2;
		scan->cells[scan->depth].size = 1;
	}
}

/* Most differ in the first byte, and that costs no call. */
static bool is_equal(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

static const struct driver *find_driver(enum key key, const char *value)
{
	for (unsigned i = 0; i < DRIVER_COUNT; i++) {
		const struct driver *driver = &drivers[i];

		if (driver->key == key && is_equal(driver->value, value)) {
			return driver;
		}
	}
	return NULL;
}

/* All properties of a node come before its children and its end. */
static void finish_node(struct scan *scan, struct node *node)
{
	const struct driver *driver = NULL;

	if (node->offset < 0 || scan->depth >= DEPTH_MAX) {
		return;
	}
	for (enum key key = 0; key < KEY_COUNT && driver == NULL; key++) {
		const char *s = node->id[key].list;
		const char *end = s + node->id[key].len;

		if (s == NULL || s == end || end[-1] != '\0') {
			continue;
		}
		while (s < end && driver == NULL) {
			driver = find_driver(key, s);
			s += strlen(s) + 1;
		}
	}
	if (driver != NULL && !node->is_disabled) {
		driver->read(scan, node->offset);
	}
	node->offset = -1;
}

static void see_property(struct scan *scan, struct node *node,
                         const struct tree_item *item)
{
	if (scan->depth >= DEPTH_MAX) {
		return;
	}
	if (is_equal(item->name, "compatible")) {
		node->id[BY_COMPATIBLE].list = item->data;
		node->id[BY_COMPATIBLE].len = item->len;
	} else if (is_equal(item->name, "device_type")) {
		node->id[BY_TYPE].list = item->data;
		node->id[BY_TYPE].len = item->len;
	} else if (is_equal(item->name, "status") && item->len > 0) {
		const char *status = item->data;

		/* "okay" and "ok"; "disabled" and "fail" are not for us. */
		node->is_disabled = status[0] != 'o';
	} else if (is_equal(item->name, "#address-cells")) {
		scan->cells[scan->depth].address = read_cells_count(item);
	} else if (is_equal(item->name, "#size-cells")) {
		scan->cells[scan->depth].size = read_cells_count(item);
	}
}

/* The UART of stdout-path ("/node@1000:115200n8"), else the first one. */
static void choose_uart(struct scan *scan)
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
		int node = fdt_path_offset_namelen(scan->fdt, path, len);

		for (unsigned i = 0; i < scan->uart_count; i++) {
			if (scan->uart[i].node == node) {
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
	struct scan scan = { .platform = platform, .fdt = fdt };
	struct node node = { .offset = -1 };
	struct tree tree;
	struct tree_item item;
	enum tree_event event;

	memset(platform, 0, sizeof(*platform));
	tree_start(&tree, fdt);
	do {
		event = tree_next(&tree, &item);
		if (event == TREE_PROPERTY) {
			see_property(&scan, &node, &item);
			continue;
		}
		finish_node(&scan, &node);
		if (event == TREE_NODE) {
			begin_node(&scan, &node, &item);
		}
	} while (event != TREE_DONE && event != TREE_BAD);
	choose_uart(&scan);
}
