# SPDX-License-Identifier: BSD-2-Clause
# Checks that run on the host.

# How each folder's headers are compiled, for lint: FOLDER COMPILER FLAGS.
lint-flags:
	@echo 'hyp $(CROSS)gcc $(HYP_CFLAGS)'
	@echo 'firmware $(CROSS)gcc $(FIRMWARE_CFLAGS)'
	@echo 'guests $(CROSS)gcc $(GUESTS_CFLAGS)'
	@echo 'boards $(CROSS)gcc $(HYP_CFLAGS)'
	@echo 'harness gcc $(HARNESS_CFLAGS)'
	@echo 'testsuite gcc $(UNIT_CFLAGS)'

.PHONY: lint-flags
