/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Promise of <abi/bundle.h>: what the harness packs, the firmware takes apart;
 * and each damage that a scenario asks for, the firmware sees.  Both ends here
 * are the real ones.
 */
#include <fcntl.h>
#include <unistd.h>

#include "../../firmware/bundle.h"
#include "bundle.h"
#include "fatal.h"
#include "greatest.h"

static const char source[] =
	"/dts-v1/;\n/ {\n"
	"\tcompatible = \"touchstone,scenario\";\n"
	"\tproves = \"packing\";\n"
	"\tvm-root { image = \"one\"; root; report; bootargs = \"a=b\"; };\n"
	"\tvm-more { image = \"two\"; };\n"
	"\t%s\n};\n";

static char folder[] = "/tmp/unit-pack.XXXXXX";
static struct scenario *scenario;
static struct bytes tree, packed;
static struct bundle_image images[3];
static char paths[5][64];

static void write_text(const char *path, const char *text)
{
	if (file_write(path, text, strlen(text)) != 0) {
		abort();
	}
}

static void begin(void *unused)
{
	static const char *const names[] = { "hyp", "one", "two" };

	(void)unused;
	snprintf(paths[3], sizeof(paths[3]), "%s/s.dts", folder);
	snprintf(paths[4], sizeof(paths[4]), "%s/s.dtb", folder);
	for (unsigned i = 0; i < 3; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
		write_text(paths[i], names[i]);
		images[i] = (struct bundle_image){ names[i], paths[i] };
	}
}

static void end(void *unused)
{
	(void)unused;
	if (scenario != NULL) {
		scenario_free(scenario);
		scenario = NULL;
	}
	bytes_fini(&tree);
	bytes_fini(&packed);
	tree = packed = (struct bytes){ 0 };
	for (unsigned i = 0; i < 5; i++) {
		unlink(paths[i]);
	}
}

/* A scenario with @extra in it, packed. @return whether it could be. */
static bool pack(const char *extra)
{
	char text[1024];

	snprintf(text, sizeof(text), source, extra);
	write_text(paths[3], text);
	unlink(paths[4]);
	scenario = scenario_load(paths[3], paths[4]);
	if (scenario == NULL) {
		return false;
	}
	tree = bundle_tree(scenario, 7, true, NULL);
	return bundle_make(scenario, &tree, images, 3, &packed);
}

/* What the firmware says: "" is nothing bad. */
static const char *check(struct bundle *bundle)
{
	/* Exactly as many bytes as there are, for the sanitizer. */
	static void *copy;

	free(copy);
	copy = malloc(packed.len);
	memcpy(copy, packed.data, packed.len);
	*bundle = (struct bundle){ .fdt = copy };
	return FATAL_OF(
		bundle_check(bundle, packed.len, sha256_blocks_portable));
}

TEST a_good_bundle_has_each_image_as_it_was(void)
{
	struct bundle bundle;

	ASSERT(pack(""));
	ASSERT_STR_EQ("", check(&bundle));
	for (unsigned i = 0; i < 3; i++) {
		const struct image *image =
			bundle_image(&bundle, images[i].name);
		ASSERT_EQ_FMT((size_t)3, (size_t)image->size, "%zu");
		ASSERT_MEM_EQ(images[i].name, image->data, 3);
	}
	PASS();
}

TEST the_scenario_in_it_knows_seed_and_arguments(void)
{
	struct bundle bundle;

	ASSERT(pack(""));
	ASSERT_STR_EQ("", check(&bundle));
	const struct image *image = bundle_image(&bundle, "scenario");
	ASSERT(memmem(image->data, image->size, "a=b seed=7", 11) != NULL);
	PASS();
}

TEST each_damage_is_seen(void)
{
	static const struct {
		const char *extra, *says;
	} rows[] = {
		{ "bundle { damage = \"one\", \"data\"; };", "one" },
		{ "bundle { damage = \"hyp\", \"data\"; };", "hyp" },
		{ "bundle { damage = \"scenario\", \"data\"; };", "scenario" },
		{ "bundle { damage = \"two\", \"hash\"; };", "two" },
		{ "bundle { damage = \"two\", \"no-hash\"; };", "two" },
		{ "bundle { damage = \"one\", \"missing\"; };", "one" },
		{ "bundle { damage = \"\", \"magic\"; };", "magic" },
		{ "bundle { damage = \"\", \"truncated\"; };", "size" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bundle bundle;
		begin(NULL);
		ASSERTm(rows[i].extra, pack(rows[i].extra));
		const char *said = check(&bundle);
		ASSERT_NEQm(rows[i].extra, '\0', *said);
		ASSERTm(said, strstr(said, rows[i].says) != NULL);
		end(NULL);
	}
	PASS();
}

/* What it says goes to standard error, which is not the test's report. */
TEST an_image_that_is_not_there_is_refused(void)
{
	int kept = dup(STDERR_FILENO);
	int null = open("/dev/null", O_WRONLY);

	unlink(paths[2]);
	dup2(null, STDERR_FILENO);
	bool is_packed = pack("");
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(null);
	ASSERT_FALSE(is_packed);
	PASS();
}

SUITE(packing)
{
	SET_SETUP(begin, NULL);
	SET_TEARDOWN(end, NULL);
	RUN_TEST(a_good_bundle_has_each_image_as_it_was);
	RUN_TEST(the_scenario_in_it_knows_seed_and_arguments);
	RUN_TEST(each_damage_is_seen);
	RUN_TEST(an_image_that_is_not_there_is_refused);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	if (mkdtemp(folder) == NULL) {
		perror(folder);
		return EXIT_FAILURE;
	}
	RUN_SUITE(packing);
	rmdir(folder);
	GREATEST_MAIN_END();
}
