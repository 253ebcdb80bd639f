# SPDX-License-Identifier: BSD-2-Clause
# firmware/ -> build/<board>/firmware/firmware.{elf,bin}
firmware-y := \
	libc/libc.c \
	libc/memcpy.S \
	boot.c \
	bundle.c \
	console.c \
	frame.c \
	guest_dtb.c \
	handover.S \
	layout.c \
	main.c \
	mmu.c \
	payload.c \
	platform.c \
	print.c \
	psci.c \
	scenario.c \
	sha256.c \
	sha256_armv8.S \
	smoke.c \
	smoke_cpu.c \
	smoke_gic.c \
	smoke_ram.c \
	smoke_uart.c \
	start.S \
	tree.c \
	uart.c \
	vectors.S

firmware-objs := $(addprefix $(OUT)/firmware/,$(addsuffix .o,$(firmware-y)))

# Runs wherever it is loaded, and brings its own small C library.  No builtins
# there: the compiler would see memmove in the loop that is memmove.
FIRMWARE_CFLAGS = $(filter-out -fno-pic -fno-pie,$(CFLAGS_TARGET)) -fpie \
	-fno-stack-protector -U_FORTIFY_SOURCE -nostdinc -Ifirmware/libc \
	-isystem $(shell $(CROSS)gcc -print-file-name=include) \
	-isystem build/libfdt-arm64/usr/include -Ihyp/include -Ifirmware
$(OUT)/firmware/libc/%: FIRMWARE_CFLAGS += -fno-builtin \
	-fno-tree-loop-distribute-patterns

firmware: $(OUT)/firmware/firmware.elf $(OUT)/firmware/firmware.bin

$(OUT)/firmware/%.o: firmware/% firmware/firmware.mk | $$(@D)/ $$(FDT_LIB)
	$(call say,CC,$<)
	$(Q)$(CROSS)gcc $(FIRMWARE_CFLAGS) -MMD -MP -c $< -o $@

$(OUT)/firmware/firmware.elf: $(firmware-objs) firmware/link.ld $$(FDT_LIB)
	$(call say,LD,$@)
	$(Q)$(CROSS)gcc -nostdlib -static-pie -T firmware/link.ld \
		-Wl,--build-id=none,--gc-sections,-z,norelro,-z,text \
		-Wl,--no-dynamic-linker,--no-warn-rwx-segments,--fatal-warnings \
		$(firmware-objs) $(FDT_LIB) -o $@

# With BSS, so that the end of the file is the end of the image.
$(OUT)/firmware/firmware.bin: $(OUT)/firmware/firmware.elf
	$(Q)$(CROSS)objcopy -O binary \
		--set-section-flags .bss=alloc,load,contents $< $@

-include $(firmware-objs:.o=.d)
