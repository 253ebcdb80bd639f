/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A board: how a machine is started (boards/README.md).
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>

#include "scenario.h"
#include "tree.h"

enum boot_way { BOOT_FIRMWARE, BOOT_PAYLOAD };

struct board_lane {
	bool present;
	enum boot_way boot;
	struct strv args;
};

struct board {
	struct tree tree;
	char *name;
	char *description;
	char *program; /* TOUCHSTONE_QEMU already considered */
	char *cpu_model;
	uint32_t cpus_max;
	struct board_lane lanes[LANE_COUNT];
};

/** Read boards/@name/board.dts. @return NULL after one complaint. */
struct board *board_load(const char *name);

void board_free(struct board *board);

/** Is the board's program there and executable?  Complains if not. */
bool board_check_program(const struct board *board);

#endif
