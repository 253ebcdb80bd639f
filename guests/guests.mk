# SPDX-License-Identifier: BSD-2-Clause
# guests/ -> $(OUT)/guests/NAME.elf, NAME.bin and librt.a
rt-y := \
	calls.S \
	call.c \
	console.c \
	cpu.c \
	dt.c \
	fault.c \
	frame.c \
	hv.c \
	hv_root.c \
	irq.c \
	main.c \
	memory.S \
	mmu.c \
	probe.S \
	probe.c \
	start.S \
	syscalls.c \
	vectors.S \
	vmtree.c

# Payloads of several files, guests/NAME/*.c
rm-y := about_vm.c auth.c client.c dispatch.c dtb.c dtb_pen.c dtb_put.c dynamic.c \
	ending.c env.c heap.c image.c irq_calls.c irq_life.c irqs.c launch.c life.c \
	main.c mem_calls.c mem_notify.c misc_calls.c news.c objects.c parcel.c \
	parcel_borrow.c \
	parcel_end.c parcel_ranges.c pause.c plan.c proto.c ram.c reset.c \
	vdevices.c vm_calls.c vms.c wish.c wish_devices.c

vmm-y := auth.c begins.c bells.c bench.c calls.c calls_vm.c chance.c findout.c \
	gone.c hostile.c irqs.c irqs_ends.c irqs_rig.c life.c line.c lives.c \
	machine.c main.c matrix.c messages.c pausing.c pausing_watchdog.c \
	peers.c queues.c queues_bad.c queues_tree.c requests.c resetting.c rmfuzz.c rpc.c \
	run.c runner.c sharing.c sharing_many.c sharing_news.c \
	sharing_steps.c slots.c shell.c shell_show.c shortage.c tests.c
relaunch-shared := vmm/rpc.c rm/proto.c
peer-shared := vmm/rpc.c rm/proto.c
rm-shared := shared/sha256.c
vmm-shared := rm/image.c rm/life.c rm/proto.c

programs-y := rm vmm

# Payloads of one file each, guests/tiny/NAME.c
tiny-y := \
	abort \
	basic \
	bench \
	bench_smp \
	bench_vms \
	canary \
	console \
	crasher \
	debug \
	demo \
	endian \
	fuzz \
	gic \
	gicagain \
	gicdeep \
	heartbeat \
	hello \
	hostile \
	lab \
	hog \
	idle \
	hvc_args \
	hvc_blocks \
	hvc_corners \
	hvc_ipc \
	hvc_life \
	hvc_memory \
	hvc_objects \
	hvc_power \
	hvc_smp \
	hour \
	hwirq \
	inject \
	mem \
	mmio \
	oddmmio \
	peer \
	psci \
	puppet \
	race \
	relaunch \
	relaunch_raw \
	rtc \
	runners \
	scan \
	smccc \
	smp \
	stall \
	suspend \
	switch \
	sysreg \
	timer \
	uart \
	victim

# What a payload has beside its NAME.c
bench-y  := bench_vectors.S
hvc_args-y := hvc_args_objects.c
bench_smp-y := bench_vectors.S
bench_vms-y := bench_code.S labvm.c
lab-y := lab_code.S lab_random.c lab_shares.c labvm.c
gic-y    := gic_more.c gic_shared.c
hvc_blocks-y := hvc_blocks_giga.c minivm.c minivm_code.S ours.c
hvc_corners-y := hvc_corners_memory.c hvc_corners_vms.c minivm.c minivm_code.S ours.c
hvc_ipc-y    := hvc_ipc_copy.c minivm.c minivm_code.S ours.c
hvc_life-y := hvc_life_code.S minivm.c minivm_code.S ours.c
hvc_memory-y := hvc_memory_pieces.c hvc_memory_spaces.c minivm.c minivm_code.S ours.c
gicagain-y := gicagain_code.S labvm.c
gicdeep-y := gicdeep_ppi.c gicdeep_smp.c
hvc_objects-y := hvc_objects_vcpus.c listen.c minivm.c minivm_code.S ours.c
hvc_smp-y := hvc_smp_more.c
hvc_power-y := minivm.c minivm_code.S ours.c
inject-y := inject_code.S
runners-y := runners_code.S minivm.c minivm_code.S ours.c
hwirq-y  := hwirq_code.S labvm.c
relaunch_raw-y := listen.c minivm.c minivm_code.S ours.c relaunch_raw_outlives.c \
	relaunch_visit.S
psci-y   := psci_hotplug.c
smccc-y  := smccc_more.c
suspend-y := suspend_entry.S suspend_mix.c
switch-y := switch_regs.S
sysreg-y := sysreg_bti.c sysreg_state.c

GUEST_OUT := $(OUT)/guests

# GREATEST=path/greatest.h: the original header in place of ours.
GUEST_GREATEST := $(if $(GREATEST),-isystem $(dir $(GREATEST)),-Iguests/rt)

GUEST_CFLAGS = $(CFLAGS_TARGET) -fstack-protector-strong \
	       -fno-omit-frame-pointer -Wframe-larger-than=4096 \
	       $(LIBS_CPPFLAGS) -Ihyp/include -Iguests $(GUEST_GREATEST)
GUEST_LDFLAGS = -nostdlib -static -no-pie -Wl,--build-id=none \
		-Wl,-z,norelro -Wl,--gc-sections -Wl,--no-warn-rwx-segments \
		-T guests/rt/guest.ld

# Below 2 MiB, as the header's text_offset has to be; see rt/guest.ld.
$(GUEST_OUT)/rm.elf: GUEST_LDFLAGS += -Wl,--defsym=image_base=0x40180000
# rm/heap.c sees all that is allocated, also inside newlib.
$(GUEST_OUT)/rm.elf: GUEST_LDFLAGS += -Wl,--wrap=_malloc_r,--wrap=_realloc_r

rt-objs   := $(addprefix $(GUEST_OUT)/rt/,$(addsuffix .o,$(rt-y)))
tiny-extra := $(foreach name,$(tiny-y),$($(name)-y))
tiny-objs := $(patsubst %,$(GUEST_OUT)/tiny/%.c.o,$(tiny-y))
tiny-objs += $(addprefix $(GUEST_OUT)/tiny/,$(addsuffix .o,$(tiny-extra)))
guest-bins := $(patsubst %,$(GUEST_OUT)/%.bin,$(tiny-y) $(programs-y))
program-objs := $(foreach p,$(programs-y),\
		$(addprefix $(GUEST_OUT)/$p/,$(addsuffix .o,$($p-y))))

# A change of GREATEST= rebuilds the payloads.
$(GUEST_OUT)/greatest.id: FORCE | $$(@D)/
	$(Q)echo '$(GREATEST)' | cmp -s - $@ || echo '$(GREATEST)' > $@

$(GUEST_OUT)/rt/%.o: guests/rt/% $(NEWLIB_STAMP) $(FDT_LIB) | $$(@D)/
	$(call say,CC,$<)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(GUEST_OUT)/tiny/%.o: guests/tiny/% $(GUEST_OUT)/greatest.id $(NEWLIB_STAMP) \
		$(FDT_LIB) | $$(@D)/
	$(call say,CC,$<)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

# hvc_args tries what docs/abi.md says.
$(GUEST_OUT)/tiny/abi_rows.inc: guests/tiny/abi_rows.awk docs/abi.md | $$(@D)/
	$(Q)awk -f $< docs/abi.md > $@

$(GUEST_OUT)/tiny/hvc_args.c.o: $(GUEST_OUT)/tiny/abi_rows.inc
$(GUEST_OUT)/tiny/hvc_args.c.o: GUEST_CFLAGS += -I$(GUEST_OUT)/tiny

$(GUEST_OUT)/librt.a: $(rt-objs)
	$(call say,AR,$@)
	$(Q)rm -f $@
	$(Q)$(CROSS)ar rcs $@ $^

$(GUEST_OUT)/%.c.o: guests/%.c $(GUEST_OUT)/greatest.id $(NEWLIB_STAMP) \
		$(FDT_LIB) | $$(@D)/
	$(call say,CC,$<)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

# The firmware's, once more for the resource manager.
$(GUEST_OUT)/shared/%.c.o: firmware/%.c $(NEWLIB_STAMP) | $$(@D)/
	$(call say,CC,$<)
	$(Q)$(CROSS)gcc $(GUEST_CFLAGS) -MMD -MP -c $< -o $@

$(GUEST_OUT)/rm/auth.c.o: GUEST_CFLAGS += -I.

$(patsubst %,$(GUEST_OUT)/%.elf,$(programs-y)): $(GUEST_OUT)/%.elf: \
		$$(addprefix $(GUEST_OUT)/$$*/,$$(addsuffix .o,$$($$*-y))) \
		$$(addprefix $(GUEST_OUT)/,$$(addsuffix .o,$$($$*-shared))) \
		$(GUEST_OUT)/librt.a guests/rt/guest.ld
	$(call say,LD,$@)
	$(Q)$(CROSS)gcc $(GUEST_LDFLAGS) $(GUEST_OUT)/rt/start.S.o \
		$(filter $(GUEST_OUT)/%.c.o,$^) \
		-Wl,--start-group $(GUEST_OUT)/librt.a $(LIBS_LDLIBS) \
		-Wl,--end-group -o $@

# start.S first by name: nothing refers to it.
$(GUEST_OUT)/%.elf: $(GUEST_OUT)/tiny/%.c.o \
		$$(addprefix $(GUEST_OUT)/tiny/,$$(addsuffix .o,$$($$*-y))) \
		$$(addprefix $(GUEST_OUT)/,$$(addsuffix .o,$$($$*-shared))) \
		$(GUEST_OUT)/librt.a \
		guests/rt/guest.ld
	$(call say,LD,$@)
	$(Q)$(CROSS)gcc $(GUEST_LDFLAGS) $(GUEST_OUT)/rt/start.S.o \
		$(filter-out %/librt.a %.ld,$^) \
		-Wl,--start-group $(GUEST_OUT)/librt.a $(LIBS_LDLIBS) \
		-Wl,--end-group -o $@

$(GUEST_OUT)/%.bin: $(GUEST_OUT)/%.elf
	$(Q)$(CROSS)objcopy -O binary $< $@

guests: $(guest-bins)

FORCE:
.PHONY: FORCE
.PRECIOUS: $(GUEST_OUT)/%.elf $(GUEST_OUT)/tiny/%.o
-include $(rt-objs:.o=.d) $(tiny-objs:.o=.d) $(program-objs:.o=.d)
