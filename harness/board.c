/* SPDX-License-Identifier: BSD-2-Clause */
#include "board.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "paths.h"

#define COMPATIBLE  "touchstone,board"
#define KIND_QEMU   "qemu"
#define LANE_PREFIX "lane-"

struct raw_board {
	char *description, *kind, *program, *cpu_model;
	uint32_t cpus_max;
};

struct raw_lane {
	char *boot;
	struct strv args;
};

#define B(field) offsetof(struct raw_board, field)
#define L(field) offsetof(struct raw_lane, field)

/* clang-format off */
static const struct prop_rule board_rules[] = {
	{ "compatible",  PROP_FOREIGN, 0,              true, 0, 0 },
	{ "description", PROP_STRING,  B(description), true, 0, 0 },
	{ "kind",        PROP_STRING,  B(kind),        true, 0, 0 },
	{ "program",     PROP_STRING,  B(program),     true, 0, 0 },
	{ "cpu-model",   PROP_STRING,  B(cpu_model),   true, 0, 0 },
	{ "cpus-max",    PROP_CELL,    B(cpus_max),    true, 1, SCENARIO_CPUS },
};

static const struct prop_rule lane_rules[] = {
	{ "boot", PROP_STRING,  L(boot), true, 0, 0 },
	{ "args", PROP_STRINGS, L(args), true, 0, 0 },
};
/* clang-format on */

static bool read_lane(struct board *board, int node)
{
	const char *name = tree_name(&board->tree, node);
	struct raw_lane raw = { 0 };
	struct board_lane *lane;
	enum lane which = LANE_COUNT;
	bool ok;

	if (strncmp(name, LANE_PREFIX, strlen(LANE_PREFIX)) == 0) {
		which = lane_parse(name + strlen(LANE_PREFIX));
	}
	if (which == LANE_COUNT) {
		return tree_fault(&board->tree, node, NULL,
		                  "unknown node: want lane-LANE");
	}
	lane = &board->lanes[which];
	ok = tree_read(&board->tree, node, lane_rules, ARRAY_COUNT(lane_rules),
	               &raw);
	lane->args = raw.args;
	lane->present = true;
	if (ok && strcmp(raw.boot, "payload") == 0) {
		lane->boot = BOOT_PAYLOAD;
	} else if (ok && strcmp(raw.boot, "firmware") != 0) {
		ok = tree_fault(&board->tree, node, "boot",
		                "must be \"firmware\" or \"payload\"");
	}
	free(raw.boot);
	return ok;
}

static bool read_board(struct board *board)
{
	struct raw_board raw = { 0 };
	const char *other = getenv("TOUCHSTONE_QEMU");
	bool ok = tree_is(&board->tree, COMPATIBLE) &&
	          tree_read(&board->tree, 0, board_rules,
	                    ARRAY_COUNT(board_rules), &raw);
	int node;

	board->description = raw.description;
	board->program = raw.program;
	board->cpu_model = raw.cpu_model;
	board->cpus_max = raw.cpus_max;
	if (ok && strcmp(raw.kind, KIND_QEMU) != 0) {
		ok = tree_fault(&board->tree, 0, "kind", "must be \"%s\"",
		                KIND_QEMU);
	}
	free(raw.kind);
	if (ok && other != NULL && *other != '\0') {
		result_set(&board->program, other);
	}
	if (ok) {
		fdt_for_each_subnode(node, board->tree.fdt, 0)
		{
			ok = ok && read_lane(board, node);
		}
	}
	return ok;
}

struct board *board_load(const char *name)
{
	struct board *board = xcalloc(1, sizeof(*board));
	char *dts = xasprintf(PATH_BOARDS "/%s/board.dts", name);
	char *dtb = path_of_tree(dts);

	board->name = xstrdup(name);
	if (*name == '\0' || strchr(name, '/') != NULL ||
	    access(dts, F_OK) < 0) {
		complain("%s: no such board: %s", PATH_BOARDS, name);
		board_free(board);
		board = NULL;
	} else if (!tree_compile(&board->tree, dts, dtb) ||
	           !read_board(board)) {
		board_free(board);
		board = NULL;
	}
	free(dts);
	free(dtb);
	return board;
}

void board_free(struct board *board)
{
	for (unsigned i = 0; i < LANE_COUNT; i++) {
		strv_fini(&board->lanes[i].args);
	}
	free(board->name);
	free(board->description);
	free(board->program);
	free(board->cpu_model);
	tree_fini(&board->tree);
	free(board);
}

bool board_check_program(const struct board *board)
{
	const char *path = getenv("PATH");
	char *copy, *at, *dir;
	bool found = false;

	if (strchr(board->program, '/') != NULL) {
		found = access(board->program, X_OK) == 0;
		path = NULL;
	}
	at = copy = xstrdup(path != NULL ? path : "");
	while (!found && (dir = strsep(&at, ":")) != NULL) {
		char *full = xasprintf("%s/%s", dir, board->program);

		found = access(full, X_OK) == 0;
		free(full);
	}
	free(copy);
	if (!found) {
		return tree_fault(&board->tree, 0, "program",
		                  "cannot run %s (package qemu-system-arm)",
		                  board->program);
	}
	return true;
}
