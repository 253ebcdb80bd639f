/* SPDX-License-Identifier: BSD-2-Clause */
#include "triage.h"

#include <stdlib.h>
#include <string.h>

#include "boot.h"

#define ANSWER_MS 1000

void triage(struct boot *boot)
{
	char *registers;

	if (boot->qemu.qmp < 0 ||
	    !qmp_execute(&boot->qmp, boot->qemu.qmp, "stop", ANSWER_MS)) {
		return;
	}
	registers = qmp_monitor(&boot->qmp, boot->qemu.qmp, "info registers -a",
	                        ANSWER_MS);
	if (registers != NULL) {
		record_file(&boot->record, "registers.txt", registers,
		            strlen(registers));
	}
	free(registers);
}
