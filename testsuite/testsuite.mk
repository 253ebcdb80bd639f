# SPDX-License-Identifier: BSD-2-Clause
# Tests that run on the host: unit tests, and the harness's own (self-test).
#
# A unit test is testsuite/unit/test_NAME.c, linked with the sources under test
# that unit-NAME lists, all of it under the address and the undefined-behaviour
# sanitizers.  A lib stands for itself (-l).

units := bits crc32 console frame judge pack patience report scenario tally wire

unit-bits    :=
unit-crc32   :=
unit-console := harness/console.c harness/util.c
unit-frame   := harness/frame.c harness/util.c
unit-judge   := $(addprefix harness/,frame.c judge.c judge_end.c \
		judge_limits.c judge_steps.c exits.c result.c scenario.c scenario_steps.c \
		scenario_budget.c scenario_vms.c spawn.c tally.c tally_greatest.c dtc.c tree.c \
		util.c watch.c) -lfdt -lpcre2-8
unit-patience := harness/patience.c -lm
unit-report  := harness/report_file.c harness/report_json.c \
		harness/report_junit.c harness/report_tap.c harness/exits.c harness/result.c \
		harness/util.c -ljansson -lxml2
units        += triage
unit-triage  := harness/triage_cause.c harness/triage_guest.c \
		harness/triage_pattern.c harness/triage_sleep.c
unit-tally   := harness/tally.c harness/frame.c harness/exits.c harness/result.c harness/util.c
unit-wire     = $(unit-mux) harness/util.c
unit-scenario := $(addprefix harness/,scenario.c scenario_steps.c \
		 scenario_budget.c scenario_vms.c tree.c dtc.c spawn.c exits.c result.c util.c) \
		 -lfdt -lpcre2-8
unit-pack     = $(unit-bundle) $(unit-scenario) harness/bundle.c

# --coverage and --changed, without git and images.
units       += choose coverage source
unit-source := harness/source.c harness/stamp.c harness/util.c -ljansson
unit-choose := harness/choose.c harness/reach.c $(unit-source)
unit-coverage := harness/coverage.c harness/coverage_reach.c $(unit-source)

# The resource manager's pure parts.
units     += client rm image in_place irqs parcel pause rmparts
unit-parcel  := $(addprefix guests/rm/,parcel.c parcel_borrow.c parcel_end.c \
		parcel_ranges.c vms.c life.c)
unit-irqs    := $(addprefix guests/rm/,irqs.c irq_life.c vms.c life.c)
unit-client  := $(addprefix guests/rm/,client.c proto.c vms.c life.c)
unit-in_place := $(addprefix guests/rm/,ending.c pause.c reset.c vms.c life.c)
unit-pause   := $(addprefix guests/rm/,ending.c pause.c vms.c life.c)
unit-rmparts := $(addprefix guests/rm/,dtb.c dtb_pen.c dtb_put.c plan.c ram.c) \
		guests/rt/vmtree.c -lfdt
# They include by floor of the guests, as on the target.
cflags-guests/rm/parcel := -Iguests
cflags-guests/rm/parcel_borrow := -Iguests
cflags-guests/rm/parcel_end := -Iguests
cflags-guests/rm/parcel_ranges := -Iguests
cflags-guests/rm/client := -Iguests
cflags-guests/rm/ending := -Iguests
cflags-guests/rm/irqs   := -Iguests
cflags-guests/rm/pause  := -Iguests
cflags-guests/rm/reset  := -Iguests
cflags-guests/rm/vms    := -Iguests
cflags-guests/rt/vmtree := -Iguests
cflags-testsuite/unit/test_client := -Iguests
cflags-testsuite/unit/test_in_place := -Iguests
cflags-testsuite/unit/test_irqs   := -Iguests
cflags-testsuite/unit/test_parcel := -Iguests
cflags-testsuite/unit/test_pause  := -Iguests
unit-rm    := guests/rm/proto.c guests/rm/life.c
unit-image := guests/rm/image.c

# The shell's line.
units     += line
unit-line := guests/vmm/line.c
cflags-guests/vmm/line := -Iguests
cflags-testsuite/unit/test_line := -Iguests

# The firmware's parts that touch no machine.
units         += bundle layout platform sha256
fake-fatal    := testsuite/unit/fake/fatal.c firmware/print.c
unit-layout   := firmware/layout.c
unit-sha256   := firmware/sha256.c -lnettle
unit-bundle   := $(fake-fatal) firmware/bundle.c firmware/tree.c \
		 firmware/sha256.c -lfdt -lnettle
unit-platform := $(fake-fatal) firmware/guest_dtb.c firmware/payload.c \
		 firmware/platform.c firmware/scenario.c firmware/tree.c -lfdt

# Floors of hyp, on the fakes of testsuite/unit/fake.
units += cspace doorbell effective memextent mmio msgqueue mux object owner \
	 owner_runs \
	 stage2 trng vpl011 vpl031

fake-hyp     := testsuite/unit/fake/heap.c
unit-object  := $(fake-hyp) hyp/obj/object.c hyp/obj/partition.c
unit-cspace  := $(unit-object) hyp/obj/cspace.c hyp/obj/cspace_reach.c \
		hyp/obj/cspace_slot.c \
		$(addprefix testsuite/unit/,cspace_rig.c cspace_search.c)
fake-machine := testsuite/unit/fake/machine.c
unit-effective := hyp/vdev/effective.c
unit-mmio    := $(fake-machine) hyp/vdev/mmio.c
unit-mux     := $(fake-machine) hyp/vdev/console.c hyp/vdev/console_rx.c
unit-trng    := hyp/call/trng.c
unit-vpl011  := $(unit-mux) hyp/vdev/vpl011.c hyp/vdev/mmio.c
unit-vpl031  := $(unit-mmio) hyp/vdev/vpl031.c
unit-s2 := $(addprefix hyp/mem/,stage2.c stage2_merge.c stage2_piece.c \
	stage2_setup.c)
unit-stage2 := testsuite/unit/fake/heap.c $(unit-s2)
unit-own := $(addprefix hyp/mem/,owner.c owner_step.c owner_table.c)
unit-memextent := $(unit-object) $(unit-own) \
		  $(addprefix hyp/vm/,addrspace.c memattr.c memextent.c \
		  memmap.c memplace.c memrun.c memunmap.c) \
		  $(unit-s2) \
		  $(addprefix testsuite/unit/memextent_,far.c long.c \
		  rig.c short.c)
fake-irq     := $(unit-object) testsuite/unit/fake/vm_irq.c hyp/vgic/vic.c hyp/vm/mpidr.c
unit-doorbell := $(fake-irq) hyp/ipc/doorbell.c
unit-msgqueue := $(fake-irq) hyp/ipc/msgqueue.c
unit-owner   := $(fake-hyp) $(unit-own)
unit-owner_runs := $(fake-hyp) hyp/mem/owner_table.c

# The virtual interrupt controller, on a model of the hardware's part.
units          += vgic vgic_mmio vgic_walk
fake-vgic := $(fake-machine) $(fake-hyp) testsuite/unit/fake/gic.c \
	     testsuite/unit/vgic_rig.c $(addprefix hyp/vgic/,queue.c \
	     deliver.c lists.c input.c switch.c work.c regs.c config.c vgic.c)
unit-vgic      := $(fake-vgic) $(addprefix testsuite/unit/vgic_,choice.c \
		  linked.c regs.c)
unit-vgic_mmio := $(fake-vgic) hyp/vdev/vgicd.c hyp/vdev/vgicr.c hyp/vdev/mmio.c
unit-vgic_walk := $(fake-vgic)

UNIT_CFLAGS = -std=gnu17 -D_GNU_SOURCE -O1 -g -fno-omit-frame-pointer $(WARN) \
	      -fsanitize=address,undefined -fno-sanitize-recover=all \
	      -Ihyp/include -Iharness -Itestsuite/unit \
	      -Itestsuite/unit/fake -Ihyp -I/usr/include/libxml2 \
	      $(if $(GREATEST),-I$(dir $(GREATEST))) -Iguests/rt

unit-obj = $(patsubst %,$(HOST)/unit/%.o,$(filter-out -l%,\
	   testsuite/unit/test_$1.c $(unit-$1)))
unit-bin := $(foreach t,$(units),$(HOST)/unit/$t)
unit-all := $(sort $(foreach t,$(units),$(call unit-obj,$t)))

unit: $(unit-bin)

unit-list:
	@printf '%s\n' $(unit-bin)

$(HOST)/unit/%.c.o: %.c | $$(@D)/
	$(call say,HCC,$<)
	$(Q)gcc $(UNIT_CFLAGS) $(cflags-$*) -MMD -MP -c $< -o $@

$(unit-bin): $(HOST)/unit/%: $$(call unit-obj,$$*)
	$(call say,HLD,$@)
	$(Q)gcc -fsanitize=address,undefined $^ $(filter -l%,$(unit-$*)) -o $@

# The fake QEMU of the self-test.
fake-src := fake_qemu.c fake_reports.c fake_machines.c
fake-obj := $(addprefix $(HOST)/self-test/,$(addsuffix .o,$(fake-src)))

$(HOST)/self-test/%.o: testsuite/self-test/% | $$(@D)/
	$(call say,HCC,$<)
	$(Q)gcc -std=gnu17 -D_GNU_SOURCE -O2 -g $(WARN) -Ihyp/include -MMD -MP -c $< -o $@

$(HOST)/self-test/fake-qemu: $(fake-obj)
	$(call say,HLD,$@)
	$(Q)gcc $^ -ljansson -o $@

self-test: $(HOST)/self-test/fake-qemu

# How each folder's headers are compiled, for lint: FOLDER COMPILER FLAGS.
lint-flags:
	@echo 'hyp $(CROSS)gcc $(HYP_CFLAGS)'
	@echo 'firmware $(CROSS)gcc $(FIRMWARE_CFLAGS)'
	@echo 'guests $(CROSS)gcc $(GUEST_CFLAGS)'
	@echo 'boards $(CROSS)gcc $(HYP_CFLAGS)'
	@echo 'harness gcc $(HOST_CFLAGS)'
	@echo 'testsuite gcc $(UNIT_CFLAGS)'

.PHONY: unit unit-list self-test lint-flags
-include $(unit-all:.o=.d) $(fake-obj:.o=.d)

# Measures and writes docs/coverage.md; fails when it falls short.
.PHONY: coverage-page
coverage-page: all
	$(Q)build/host/touchstone --coverage --lane touchstone
	$(Q)awk -f testsuite/coverage.awk testsuite/coverage-reasons \
		build/results/coverage/hyp.info \
		build/results/coverage/rm.info > docs/coverage.md
