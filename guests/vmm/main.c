// SPDX-License-Identifier: BSD-2-Clause
/*
 * The primary VM: a VMM of its own for secondary VMs.  By hand (shell.c), or,
 * with bootarg test=NAME, as a test of the resource manager.
 */
#include "rt/main.h"

#include <string.h>

#include "rt/dt.h"
#include "rt/fault.h"
#include "vmm/machine.h"
#include "vmm/rpc.h"
#include "vmm/runner.h"
#include "vmm/tests.h"

int main(int argc, char **argv)
{
	const char *test = dt_bootarg("test");
	char name[32];

	if (!rpc_open()) {
		fatal("vmm: no resource manager in the device tree");
	}
	if (!machine_open_bundle()) {
		fatal("vmm: no bundle: not the primary VM?");
	}
	runner_start();
	if (test == NULL) {
		shell_run();
		return 0;
	}
	for (unsigned i = 0; i < sizeof(name); i++) {
		name[i] = i + 1 < sizeof(name) ? test[i] : '\0';
		if (name[i] == '\0') {
			break;
		}
	}
	if (strcmp(name, "gone") == 0) {
		return gone_run();
	}
	return tests_run(argc, argv, name);
}
