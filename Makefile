# SPDX-License-Identifier: BSD-2-Clause
#   make                          everything for one board
#   make demo                     set up, build, and a guided tour in QEMU
#   make check                    ./run-tests.sh
#   make coverage-page            measure, and write docs/coverage.md
#   make clean                    forget what was built, but for newlib
#   make BOARD=qemu-virt          choose the board
#   make GREATEST=path/greatest.h build the suites with another test header
#   make V=1                      show the commands
BOARD ?= qemu-virt
CROSS ?= aarch64-linux-gnu-
OUT   := build/$(BOARD)
HOST  := build/host

Q    := $(if $(V),,@)
say   = $(if $(V),,@printf '  %-4s %s\n' $(1) $(2))

WARN := -Wall -Wextra -Wshadow -Wswitch-enum -Wmissing-prototypes \
	-Wstrict-prototypes -Wundef -Wimplicit-fallthrough -Wvla
ifdef CI
WARN += -Werror
endif

# For everything that runs on the target. Debian's cross compiler defaults to
# PIE and to atomics in libgcc; neither may creep in.
CFLAGS_TARGET := -std=gnu17 -O2 -g $(WARN) -ffreestanding -fno-common \
		 -fno-pic -fno-pie -mno-outline-atomics -mstrict-align \
		 -ffunction-sections -fdata-sections

.DELETE_ON_ERROR:
.SECONDEXPANSION:
.SUFFIXES:
.PRECIOUS: %/
all: hyp firmware guests harness

-include hyp/hyp.mk
-include firmware/firmware.mk
-include guests/libs.mk
-include guests/guests.mk
-include harness/harness.mk
-include testsuite/testsuite.mk

hyp firmware guests harness:

demo:
	$(Q)harness/setup.sh
	$(Q)$(MAKE) --no-print-directory all
	$(Q)$(HOST)/touchstone demo

check:
	$(Q)./run-tests.sh

clean:
	rm -rf $(OUT) $(HOST)

%/: ; $(Q)mkdir -p $@

.PHONY: all hyp firmware guests harness demo check clean
