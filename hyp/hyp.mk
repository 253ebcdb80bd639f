# SPDX-License-Identifier: BSD-2-Clause
# hyp/ -> $(OUT)/hyp/hyp.bin, hyp.elf: the release build
#         $(OUT)/hyp/hyp-test.bin, hyp-test.elf: the same with seeded faults (lib/mutant.h)
hyp-y := \
	lib/mutant.c \
	lib/print.c \
	lib/string.c \
	arch/cache.c \
	arch/context.c \
	arch/debug.c \
	arch/el2.c \
	arch/exits.c \
	arch/fp.S \
	arch/percpu.c \
	arch/spinlock.c \
	arch/random.c \
	arch/tlb.c \
	arch/trace.c \
	arch/vectors.S \
	drv/el3.c \
	drv/gicv3.c \
	drv/grace.c \
	drv/irq.c \
	drv/pl011.c \
	drv/timer.c \
	mem/guest.c \
	mem/owner.c \
	mem/owner_self.c \
	mem/owner_step.c \
	mem/owner_table.c \
	mem/page.c \
	mem/phys.c \
	mem/slab.c \
	mem/stack.c \
	mem/stage1.c \
	mem/stage1_self.c \
	mem/stage2.c \
	mem/stage2_merge.c \
	mem/stage2_piece.c \
	mem/stage2_setup.c \
	obj/cspace.c \
	obj/cspace_reach.c \
	obj/cspace_slot.c \
	obj/object.c \
	obj/partition.c \
	vm/addrspace.c \
	vm/inject.c \
	vm/load.c \
	vm/memextent.c \
	vm/memattr.c \
	vm/memmap.c \
	vm/memplace.c \
	vm/memrun.c \
	vm/memunmap.c \
	vm/mpidr.c \
	vm/part.c \
	vm/proxy.c \
	vm/runq.c \
	vm/sched.c \
	vm/sched_set.c \
	vm/thread.c \
	vm/vcpu.c \
	vm/vm.c \
	vgic/config.c \
	vgic/deliver.c \
	vgic/describe.c \
	vgic/hwirq.c \
	vgic/input.c \
	vgic/lists.c \
	vgic/part.c \
	vgic/queue.c \
	vgic/regs.c \
	vgic/switch.c \
	vgic/vgic.c \
	vgic/vtimer.c \
	vgic/vic.c \
	vgic/work.c \
	vdev/console.c \
	vdev/console_rx.c \
	vdev/effective.c \
	vdev/mmio.c \
	vdev/vdev.c \
	vdev/vgicd.c \
	vdev/vgicr.c \
	vdev/vpl011.c \
	vdev/vpl031.c \
	ipc/doorbell.c \
	ipc/msgqueue.c \
	ipc/part.c \
	ipc/vpm.c \
	ipc/watchdog.c \
	call/hvc.c \
	call/hvc_basic.c \
	call/hvc_hwirq.c \
	call/hvc_ipc.c \
	call/hvc_memory.c \
	call/hvc_objects.c \
	call/hvc_own.c \
	call/hvc_power.c \
	call/hvc_run.c \
	call/hvc_vcpu.c \
	call/hvc_random.c \
	call/psci.c \
	call/smccc.c \
	call/table.c \
	call/trng.c \
	trap/abort.c \
	trap/icc.c \
	trap/id_regs.c \
	trap/panic.c \
	trap/sysreg.c \
	trap/trap.c \
	trap/vmmio.c \
	trap/wfx.c \
	boot/entry.S \
	boot/info.c \
	boot/main.c \
	boot/obj_types.c \
	boot/parts.c \
	boot/root.c

# Frame pointers make the backtrace of a panic (x30 is printed, too, so a leaf
# needs none); the canary is global, because
# TPIDR_EL2 is taken and the guest owns the others.
HYP_CFLAGS := $(CFLAGS_TARGET) -march=armv8-a -mgeneral-regs-only -Wconversion \
	      -falign-functions=4 -falign-jumps=4 -falign-loops=4 \
	      -Wframe-larger-than=1024 -fno-omit-frame-pointer \
	      -momit-leaf-frame-pointer -fstack-protector-strong \
	      -mstack-protector-guard=global -nostdinc \
	      -isystem $(shell $(CROSS)gcc -print-file-name=include) \
	      -Ihyp -Ihyp/include

# What runs on the way of every exit is compiled for speed, the rest, which is
# most of the image, for size: the figures of both are in `bench`.
hyp-fast-y := \
	arch/%.c \
	call/hvc.c \
	call/smccc.c \
	call/table.c \
	drv/gicv3.c \
	drv/irq.c \
	lib/%.c \
	mem/guest.c \
	mem/owner.c \
	mem/owner_step.c \
	mem/owner_table.c \
	mem/stage1.c \
	mem/stage2.c \
	mem/stage2_piece.c \
	trap/trap.c \
	trap/sysreg.c \
	trap/abort.c \
	vdev/mmio.c \
	vdev/vgic%.c \
	vgic/deliver.c \
	vgic/input.c \
	vgic/lists.c \
	vgic/queue.c \
	vgic/regs.c \
	vgic/switch.c \
	vgic/vtimer.c \
	vm/load.c \
	vm/runq.c \
	vm/sched.c \
	vm/vcpu.c
hyp-speed = $(if $(filter $(hyp-fast-y),$(1)),,-Os)

HYP_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none \
	       -Wl,--gc-sections -Wl,-z,norelro -Wl,--no-warn-rwx-segments

hyp-objs      := $(addprefix $(OUT)/hyp/,$(addsuffix .o,$(hyp-y)))
hyp-test-objs := $(addprefix $(OUT)/hyp-test/,$(addsuffix .o,$(hyp-y)))

$(OUT)/hyp/%.o: hyp/% | $$(@D)/
	$(call say,CC,$<)
	$(Q)$(CROSS)gcc $(HYP_CFLAGS) $(call hyp-speed,$*) -MMD -MP -c $< -o $@

$(OUT)/hyp-test/%.o: hyp/% | $$(@D)/
	$(call say,CC,"$< (test)")
	$(Q)$(CROSS)gcc $(HYP_CFLAGS) $(call hyp-speed,$*) -DMUTANTS -MMD -MP -c $< -o $@

$(OUT)/hyp/hyp.ld: hyp/boot/hyp.ld.S hyp/mem/phys.h | $$(@D)/
	$(Q)$(CROSS)gcc -E -P -D__ASSEMBLER__ -Ihyp -Ihyp/include $< -o $@

$(OUT)/hyp/hyp.elf: $(hyp-objs) $(OUT)/hyp/hyp.ld
	$(call say,LD,$@)
	$(Q)$(CROSS)gcc $(HYP_LDFLAGS) -T $(OUT)/hyp/hyp.ld $(hyp-objs) -o $@

$(OUT)/hyp/hyp-test.elf: $(hyp-test-objs) $(OUT)/hyp/hyp.ld
	$(call say,LD,$@)
	$(Q)$(CROSS)gcc $(HYP_LDFLAGS) -T $(OUT)/hyp/hyp.ld $(hyp-test-objs) \
		-o $@

$(OUT)/hyp/hyp.bin $(OUT)/hyp/hyp-test.bin $(OUT)/ringless/hyp/hyp.bin: %.bin: %.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

# The release build without the trace ring, beside the same other images: what
# the ring costs is the difference (bench, trace-ring-percent).
hyp-ringless-objs := $(addprefix $(OUT)/hyp-ringless/,$(addsuffix .o,$(hyp-y)))

$(OUT)/hyp-ringless/%.o: hyp/% | $$(@D)/
	$(call say,CC,"$< (no ring)")
	$(Q)$(CROSS)gcc $(HYP_CFLAGS) $(call hyp-speed,$*) -DTRACE_RING_OFF -MMD -MP -c $< -o $@

$(OUT)/ringless/hyp/hyp.elf: $(hyp-ringless-objs) $(OUT)/hyp/hyp.ld | $$(@D)/
	$(call say,LD,$@)
	$(Q)$(CROSS)gcc $(HYP_LDFLAGS) -T $(OUT)/hyp/hyp.ld \
		$(hyp-ringless-objs) -o $@

ringless: $(OUT)/ringless/hyp/hyp.bin
	$(Q)ln -sfn ../firmware $(OUT)/ringless/firmware
	$(Q)ln -sfn ../guests $(OUT)/ringless/guests

hyp: $(OUT)/hyp/hyp.bin $(OUT)/hyp/hyp-test.bin

.PHONY: ringless
-include $(hyp-ringless-objs:.o=.d)
-include $(hyp-objs:.o=.d) $(hyp-test-objs:.o=.d)
