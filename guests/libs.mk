# SPDX-License-Identifier: BSD-2-Clause
# Libraries of the target, made once and shared by all boards:
#   newlib   build/newlib         compiled from Debian's newlib-source
#   libfdt   build/libfdt-arm64   unpacked by harness/setup.sh
NEWLIB       := build/newlib
# The number stands for the options in newlib.sh: change it with them, and
# everybody builds anew.
NEWLIB_STAMP := $(NEWLIB)/stamp-157402218
FDT_TARGET   := build/libfdt-arm64
FDT_LIB      := $(FDT_TARGET)/usr/lib/aarch64-linux-gnu/libfdt.a

# Headers: newlib's, the compiler's own, libfdt's; nothing of the host's.
LIBS_CPPFLAGS = -nostdinc -isystem $(NEWLIB)/aarch64-none-elf/include \
	-isystem $(shell $(CROSS)gcc -print-file-name=include) \
	-isystem $(FDT_TARGET)/usr/include
LIBS_LDLIBS   = $(FDT_LIB) $(NEWLIB)/aarch64-none-elf/lib/libc.a \
	$(shell $(CROSS)gcc -print-libgcc-file-name)

$(NEWLIB_STAMP):
	$(Q)guests/newlib.sh $(NEWLIB) $(CROSS) $(notdir $(NEWLIB_STAMP))

$(FDT_LIB):
	@echo 'missing $@: run harness/setup.sh' >&2; exit 2
