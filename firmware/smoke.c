/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The list of tests, and who runs them.  The promises are those of the board:
 * that its tree is true, and that what is on it works.
 */
#include "smoke.h"

#include <abi/frame.h>

#include "frame.h"
#include "print.h"

/* clang-format off */
static const struct {
	const char *name;
	smoke_test_fn *run;
} tests[] = {
	{ "c339_firmware_is_entered_at_el2",           smoke_entry_level },
	{ "c339_cpu_has_what_a_hypervisor_needs",      smoke_cpu_features },
	{ "c339_tree_lists_this_cpu",                  smoke_cpu_listed },
	{ "c341_tree_is_sound",                        smoke_tree },
	{ "c340_ram_reaches_as_far_as_the_tree_says",  smoke_ram_size },
	{ "c340_each_address_line_selects",            smoke_ram_address },
	{ "c340_each_data_line_carries_both_levels",   smoke_ram_data },
	{ "c343_counter_advances_and_knows_its_rate",  smoke_counter },
	{ "c343_timer_fires_when_the_counter_says",    smoke_timer },
	{ "c344_gic_distributor_says_version_3",       smoke_gic_dist },
	{ "c344_each_cpu_has_a_redistributor",         smoke_gic_redist },
	{ "c344_timer_raises_the_ppi_of_the_tree",     smoke_gic_timer_ppi },
	{ "c342_psci_is_version_1_or_later",           smoke_psci_version },
	{ "c342_each_cpu_comes_up_at_el2_and_goes",    smoke_cpus_on },
	{ "c345_uart_receives_each_byte_of_a_line",    smoke_uart },
	{ "sha256_instructions_agree_with_c",          smoke_sha256 },
};
/* clang-format on */
#define TEST_COUNT (sizeof(tests) / sizeof(tests[0]))

static char reason[160];
static const char *reason_file;
static unsigned reason_line;

enum verdict smoke_fail(const char *file, unsigned line, const char *format,
                        ...)
{
	va_list args;

	reason_file = file;
	reason_line = line;
	va_start(args, format);
	format_text_v(reason, sizeof(reason), format, args);
	va_end(args);
	return SMOKE_FAIL;
}

enum verdict smoke_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	format_text_v(reason, sizeof(reason), format, args);
	va_end(args);
	return SMOKE_SKIP;
}

void smoke_test(const struct platform *platform, const struct layout *layout,
                const void *fdt)
{
	const struct smoke smoke = { platform, layout, fdt };
	unsigned count[] = {
		[SMOKE_PASS] = 0, [SMOKE_FAIL] = 0, [SMOKE_SKIP] = 0
	};

	frame_put(FRAME_SUITE, "board");
	frame_put(FRAME_PLAN, "%u", (unsigned)TEST_COUNT);
	for (unsigned i = 0; i < TEST_COUNT; i++) {
		enum verdict verdict;

		frame_put(FRAME_BEGIN, "%s", tests[i].name);
		verdict = tests[i].run(&smoke);
		count[verdict]++;
		switch (verdict) {
		case SMOKE_PASS:
			frame_put(FRAME_PASS, "%s", tests[i].name);
			break;
		case SMOKE_FAIL:
			frame_put(FRAME_FAIL, "%s %s:%u %s", tests[i].name,
			          reason_file, reason_line, reason);
			break;
		case SMOKE_SKIP:
			frame_put(FRAME_SKIP, "%s %s", tests[i].name, reason);
			break;
		}
	}
	frame_put(FRAME_END, "%u %u %u", count[SMOKE_PASS], count[SMOKE_FAIL],
	          count[SMOKE_SKIP]);
}
