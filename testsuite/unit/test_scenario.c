/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of harness/scenario.c: a scenario is read as docs/scenarios.md says,
 * with its defaults; a damaged one is refused and does no harm.  What a
 * malformed one must be told stands in testsuite/self-test/bad.
 */
#include "scenario.h"

#include <fcntl.h>
#include <libfdt.h>
#include <unistd.h>

#include "dice.h"
#include "greatest.h"

static char folder[] = "/tmp/unit-scenario.XXXXXX";
static char dts[64], dtb[64];
static struct scenario *scenario;

static void end(void *unused)
{
	(void)unused;
	if (scenario != NULL) {
		scenario_free(scenario);
		scenario = NULL;
	}
}

/* Reads a scenario with @body in its root node. */
static bool load(const char *body)
{
	char text[2048];

	end(NULL);
	snprintf(text, sizeof(text),
	         "/dts-v1/;\n/ {\n\tcompatible = \"touchstone,scenario\";\n"
	         "\tproves = \"a claim\";\n%s\n};\n",
	         body);
	unlink(dtb);
	if (file_write(dts, text, strlen(text)) != 0) {
		return false;
	}
	scenario = scenario_load(dts, dtb);
	return scenario != NULL;
}

TEST what_is_not_said_has_its_default(void)
{
	ASSERT(load("vm-root { image = \"a\"; root; report; };"));
	ASSERT_STR_EQ("s", scenario->name);
	ASSERT_STR_EQ("a claim", scenario->proves);
	ASSERT(scenario->lanes[LANE_TOUCHSTONE]);
	ASSERT_FALSE(scenario->lanes[LANE_REF]);
	ASSERT_EQ((size_t)1, scenario->mode_count);
	ASSERT_EQ(MODE_MTTCG, scenario->modes[0]);
	ASSERT_EQ(1u, scenario->cpus);
	ASSERT_EQ(512u, scenario->memory_mib);
	ASSERT_EQ(30000u, scenario->timeout_ms);
	ASSERT_EQ(10000u, scenario->silence_ms);
	ASSERT_EQ(END_OFF, scenario->end);
	ASSERT_EQ(VERDICT_PASS, scenario->verdict);
	ASSERT_EQ((void *)0, (void *)scenario->xfail);
	ASSERT_EQ((void *)0, (void *)scenario->skip);
	ASSERT_EQ(1u, scenario->seed);
	const struct vm *vm = scenario_root(scenario);
	ASSERT_EQ(1u, vm->vcpus);
	ASSERT_EQ(32u, vm->memory_mib);
	ASSERT_STR_EQ("", vm->bootargs);
	PASS();
}

TEST without_a_report_the_harness_ends_it(void)
{
	ASSERT(load("vm-root { image = \"a\"; root; };\n"
	            "steps { s1 { expect = \"root\", \"x\"; }; };"));
	ASSERT_EQ(END_KILL, scenario->end);
	PASS();
}

TEST what_is_said_is_read(void)
{
	ASSERT(load("tags = \"smoke\", \"x\"; lanes = \"touchstone\", \"ref\";"
	            "cases = <94 95>; modes = \"mttcg\", \"icount=10\";"
	            "cpus = <8>; memory-mib = <1024>; timeout-ms = <7>;"
	            "silence-ms = <8>; end = \"kill\"; verdict = \"HANG\";"
	            "xfail = \"r\"; seed = <42>; hyp-args = \"q\";"
	            "vm-v { image = \"a\"; vcpus = <3>; memory-mib = <64>;"
	            "vmid = <5>; bootargs = \"b\"; report; };"));
	ASSERT(strv_has(&scenario->tags, "smoke"));
	ASSERT(scenario->lanes[LANE_REF]);
	ASSERT_EQ((size_t)2, scenario->cases.count);
	ASSERT_EQ(95u, scenario->cases.v[1]);
	ASSERT_EQ(10, scenario->modes[1]);
	ASSERT_EQ(8u, scenario->cpus);
	ASSERT_EQ(7u, scenario->timeout_ms);
	ASSERT_EQ(8u, scenario->silence_ms);
	ASSERT_EQ(END_KILL, scenario->end);
	ASSERT_EQ(VERDICT_HANG, scenario->verdict);
	ASSERT_STR_EQ("r", scenario->xfail);
	ASSERT_EQ(42u, scenario->seed);
	const struct vm *vm = scenario_vm(scenario, 5);
	ASSERT_NEQ((void *)0, (void *)vm);
	ASSERT_EQ(3u, vm->vcpus);
	ASSERT_STR_EQ("b", vm->bootargs);
	ASSERT_EQ((void *)0, (void *)scenario_root(scenario));
	PASS();
}

TEST vmids_are_dealt_in_order_and_leave_out_what_is_taken(void)
{
	ASSERT(load("vm-a { image = \"a\"; report; };"
	            "vm-b { image = \"a\"; }; vm-c { image = \"a\"; };"
	            "vm-p { image = \"a\"; primary; };"));
	ASSERT_STR_EQ("a", scenario_vm(scenario, 1)->name);
	ASSERT_STR_EQ("b", scenario_vm(scenario, 2)->name);
	ASSERT_STR_EQ("p", scenario_vm(scenario, VMID_PRIMARY)->name);
	ASSERT_STR_EQ("c", scenario_vm(scenario, 4)->name);
	PASS();
}

TEST steps_are_in_order(void)
{
	ASSERT(load("vm-r { image = \"a\"; root; };\nsteps {"
	            "s1 { send = \"r\", \"x\\n\"; timeout-ms = <9>; };"
	            "s2 { expect = \"hyp\", \"^y$\"; never = \"r\", \"z\"; };"
	            "};"));
	ASSERT_EQ((size_t)2, scenario->step_count);
	ASSERT_STR_EQ("x\n", scenario->steps[0].send.text);
	ASSERT_EQ(9u, scenario->steps[0].timeout_ms);
	ASSERT_EQ((unsigned)VMID_ROOT, scenario->steps[0].send.stream);
	ASSERT_EQ(0u, scenario->steps[1].expect.stream);
	ASSERT_STR_EQ("z", scenario->steps[1].never.text);
	PASS();
}

TEST modes_are_named_in_one_way(void)
{
	static const char *const bad[] = {
		"",          "icount",    "icount=", "icount=x", "icount=-1",
		"icount=1 ", "icount=11", "mttcg ",  "MTTCG"
	};
	int mode;

	for (int n = 0; n <= ICOUNT_MAX; n++) {
		char *name = mode_format(n);
		ASSERT(mode_parse(name, &mode));
		ASSERT_EQ(n, mode);
		free(name);
	}
	ASSERT(mode_parse("mttcg", &mode));
	for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
		ASSERT_FALSEm(bad[i], mode_parse(bad[i], &mode));
	}
	PASS();
}

/* Standard error without the complaints of the harness. */
static int hush(void)
{
	int kept = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	close(null);
	return kept;
}

static void unhush(int kept)
{
	dup2(kept, STDERR_FILENO);
	close(kept);
}

/* Blobs as a full disk, a bad copy or an enemy would leave them. */
TEST damaged_blobs_do_no_harm(void)
{
	struct dice dice = dice_new();
	struct bytes blob;
	int kept;

	ASSERT(load("lanes = \"touchstone\"; cases = <1 2>;"
	            "vm-r { image = \"a\"; root; report; };\nsteps {"
	            "s1 { send = \"r\", \"x\"; expect = \"r\", \"y\"; }; };"));
	ASSERT_EQ(0, file_read(dtb, &blob));
	kept = hush();
	for (unsigned round = 0; round < 3000; round++) {
		size_t len = dice_roll(&dice, 4) == 0
		                     ? dice_roll(&dice, (uint32_t)blob.len)
		                     : blob.len;
		uint8_t *bad = malloc(blob.len);
		memcpy(bad, blob.data, blob.len);
		for (unsigned i = dice_roll(&dice, 4); i > 0; i--) {
			bad[dice_roll(&dice, (uint32_t)blob.len)] =
				(uint8_t)dice_roll(&dice, 256);
		}
		file_write(dtb, bad, len);
		free(bad);
		end(NULL);
		scenario = scenario_parse(dtb, dts);
	}
	unhush(kept);
	bytes_fini(&blob);
	PASS();
}

SUITE(scenarios)
{
	SET_TEARDOWN(end, NULL);
	RUN_TEST(what_is_not_said_has_its_default);
	RUN_TEST(without_a_report_the_harness_ends_it);
	RUN_TEST(what_is_said_is_read);
	RUN_TEST(vmids_are_dealt_in_order_and_leave_out_what_is_taken);
	RUN_TEST(steps_are_in_order);
	RUN_TEST(modes_are_named_in_one_way);
	RUN_TEST(damaged_blobs_do_no_harm);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return EXIT_FAILURE;
	}
	snprintf(dts, sizeof(dts), "%s/s.dts", folder);
	snprintf(dtb, sizeof(dtb), "%s/s.dtb", folder);
	RUN_SUITE(scenarios);
	unlink(dts);
	unlink(dtb);
	rmdir(folder);
	GREATEST_MAIN_END();
}
