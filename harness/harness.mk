# SPDX-License-Identifier: BSD-2-Clause
# harness/ -> build/host/touchstone
harness-y := \
	aftermath.c \
	ask.c \
	backtrace.c \
	bench.c \
	bench_run.c \
	board.c \
	boot.c \
	boot_files.c \
	bundle.c \
	changed.c \
	changed_say.c \
	choose.c \
	compare.c \
	console.c \
	core_file.c \
	coverage.c \
	coverage_image.c \
	coverage_reach.c \
	coverage_run.c \
	coverage_write.c \
	dtc.c \
	elf_size.c \
	exits.c \
	frame.c \
	gdb_remote.c \
	git.c \
	help.c \
	inspect.c \
	inspect_symbol.c \
	inspect_type.c \
	judge.c \
	judge_end.c \
	judge_limits.c \
	judge_steps.c \
	live.c \
	live_view.c \
	main.c \
	mutants.c \
	options.c \
	origin.c \
	parts.c \
	paths.c \
	patience.c \
	plan.c \
	plan_check.c \
	pool.c \
	progress.c \
	qemu.c \
	qmp.c \
	ram.c \
	reach.c \
	reach_run.c \
	record.c \
	report_file.c \
	report_json.c \
	report_junit.c \
	report_tap.c \
	result.c \
	scenario.c \
	scenario_budget.c \
	scenario_steps.c \
	scenario_vms.c \
	signals.c \
	snapshot.c \
	source.c \
	spawn.c \
	stamp.c \
	tally.c \
	tally_greatest.c \
	tap.c \
	timeline_svg.c \
	trace_log.c \
	trace_timeline.c \
	tree.c \
	triage.c \
	triage_cause.c \
	triage_guest.c \
	triage_hyp.c \
	triage_ledger.c \
	triage_maps.c \
	triage_panic.c \
	triage_pattern.c \
	triage_sleep.c \
	triage_vcpu.c \
	triage_vm.c \
	util.c \
	watch.c

harness-objs := $(addprefix $(HOST)/harness/,$(harness-y:.c=.o))

HOSTCC      ?= gcc
HOST_CFLAGS := -std=gnu17 -O2 -g $(WARN) -D_GNU_SOURCE -Iharness -Ihyp/include \
	       -I/usr/include/libxml2
HOST_LIBS   := -lfdt -lpcre2-8 -ljansson -lnettle -lxml2 -ldw -lelf -lm

$(HOST)/harness/%.o: harness/%.c | $$(@D)/
	$(call say,HOST,$<)
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -MMD -MP -c $< -o $@

$(HOST)/touchstone: $(harness-objs)
	$(call say,LINK,$@)
	$(Q)$(HOSTCC) $(harness-objs) $(HOST_LIBS) -o $@

harness: $(HOST)/touchstone

-include $(harness-objs:.o=.d)
