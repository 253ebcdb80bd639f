/* SPDX-License-Identifier: BSD-2-Clause */
/* C taken apart into functions and the rest, and what counts as a change. */
#include "source.h"

#include <string.h>

#include "greatest.h"
#include "stamp.h"

#define PATH "hyp/vm/some.c"

static const char text[] = "/* int not_here(void) { } */\n"
			   "#include <stdint.h>\n"
			   "#define BRACE {\n"
			   "struct __attribute__((packed)) pair { int a; };\n"
			   "static const struct pair pairs[] = { { 1 } };\n"
			   "int later(int);\n"
			   "\n"
			   "static int\n"
			   "half(int a)\n"
			   "{\n"
			   "\tif (a) { return '}'; } /* { */\n"
			   "\treturn \"{\\\"{\"[a];\n"
			   "}\n"
			   "#if BIG\n"
			   "int later(int a)\n"
			   "{\n"
			   "#ifdef MORE\n"
			   "\ta++;\n"
			   "#endif\n"
			   "\treturn half(a);\n"
			   "}\n"
			   "#endif\n"
			   "__attribute__((noreturn)) void stop(void) { }\n";

/* Two texts, compared as one file. */
static struct change change;

static bool differ_as(const char *path, const char *before, const char *now)
{
	struct bytes a = { 0 }, b = { 0 };
	json_t *was, *is;
	bool result;

	change_fini(&change);
	bytes_add(&a, before, strlen(before));
	bytes_add(&b, now, strlen(now));
	was = stamp_of(path, &a);
	is = stamp_of(path, &b);
	result = stamp_compare(&change, path, was, is);
	json_decref(was);
	json_decref(is);
	bytes_fini(&a);
	bytes_fini(&b);
	return result;
}

static bool differ(const char *before, const char *now)
{
	return differ_as(PATH, before, now);
}

TEST functions_are_found(void)
{
	struct source src;

	ASSERT(source_read(&src, text, strlen(text)));
	ASSERT_EQ_FMT((size_t)3, src.count, "%zu");
	ASSERT_STR_EQ("half", src.function[0].name);
	ASSERT(src.function[0].is_static);
	ASSERT_EQ_FMT(8u, src.function[0].first, "%u");
	ASSERT_EQ_FMT(13u, src.function[0].last, "%u");
	ASSERT_STR_EQ("later", src.function[1].name);
	ASSERT_FALSE(src.function[1].is_static);
	ASSERT_STR_EQ("stop", src.function[2].name);
	ASSERT_EQ(&src.function[0], source_at(&src, 11));
	ASSERT_EQ(NULL, source_at(&src, 5));
	ASSERT_EQ(&src.function[1], source_find(&src, "later"));
	ASSERT(source_mentions(src.function[1].text, "half"));
	ASSERT_FALSE(source_mentions(src.function[1].text, "hal"));
	ASSERT_FALSE(source_mentions(src.rest, "half"));
	ASSERT(source_mentions(src.rest, "later"));
	source_fini(&src);
	PASS();
}

TEST brackets_must_match(void)
{
	struct source src;

	ASSERT_FALSE(source_read(&src, "int a(void) {", 13));
	ASSERT_FALSE(source_read(&src, "int a(void) }", 13));
	ASSERT_FALSE(source_read(&src, "int a(void;", 11));
	ASSERT(source_read(&src, "", 0));
	source_fini(&src);
	PASS();
}

TEST comments_and_space_are_no_change(void)
{
	ASSERT_FALSE(differ("int a(void)\n{\n\treturn 1;\n}\n",
	                    "/* new */\nint a(void) { // now\n return 1;\n}"));
	ASSERT_FALSE(differ_as("hyp/x.h", "#define A 1 /* old */\n",
	                       "/* new */\n#define  A 1\n"));
	ASSERT(differ_as("hyp/x.h", "#define A 1\n", "#define A 2\n"));
	ASSERT(differ_as("hyp/x.S", "nop /* old */\n", "nop /* new */\n"));
	/* A literal is no place for either. */
	ASSERT(differ("char *a(void) { return \"a  b\"; }",
	              "char *a(void) { return \"a b\"; }"));
	ASSERT(differ("char *a(void) { return \"/*\"; }",
	              "char *a(void) { return \"/**/\"; }"));
	PASS();
}

TEST a_changed_function_is_named(void)
{
	ASSERT(differ("int a(void) { return 1; }\nint b(void) { return 2; }",
	              "int a(void) { return 1; }\nint b(void) { return 3; }"));
	ASSERT_EQ(NULL, change.why);
	ASSERT_EQ_FMT((size_t)1, change.functions.count, "%zu");
	ASSERT_STR_EQ("b", change.functions.v[0]);
	PASS();
}

TEST where_a_function_stands_counts(void)
{
	ASSERT(differ("#if A\n#endif\nint a(void) { return 1; }\n",
	              "#if A\nint a(void) { return 1; }\n#endif\n"));
	ASSERT_STR_EQ("a", change.functions.v[0]);
	ASSERT(differ("#if A\n#else\nint a(void) { return 1; }\n#endif\n",
	              "#if A\nint a(void) { return 1; }\n#else\n#endif\n"));
	ASSERT_STR_EQ("a", change.functions.v[0]);
	PASS();
}

TEST outside_of_functions_all_counts(void)
{
	static const char *const outside[] = {
		"#define N 2\n",          "static int n = 1;\n",
		"#include <a.h>\n",       "static int b(int);\n",
		"struct a { int b; };\n",
	};

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		ASSERT(differ("", outside[i]));
		ASSERT_STR_EQ("changed outside of functions", change.why);
	}
	ASSERT(differ("int a(void) { return 1; }", "int a(void) { return"));
	ASSERT_STR_EQ("changed", change.why);
	PASS();
}

TEST new_functions_count_by_who_may_call_them(void)
{
	static const char old[] = "int a(void) { return 1; }\n";

	ASSERT(differ(old, "static int b(void) { return 1; }\n"
	                   "int a(void) { return b(); }\n"));
	ASSERT_EQ(NULL, change.why);
	ASSERT_EQ_FMT((size_t)2, change.functions.count, "%zu");
	ASSERT(differ(old, "int b(void) { return 1; }\n"
	                   "int a(void) { return 1; }\n"));
	ASSERT(change.why != NULL);
	ASSERT(differ("int b(void) { return 1; }\nint a(void) { return 1; }",
	              old));
	ASSERT(change.why != NULL);
	PASS();
}

TEST only_some_sources_are_told_apart(void)
{
	ASSERT(stamp_tells_functions("hyp/vm/vm.c"));
	ASSERT(stamp_tells_functions("guests/rm/main.c"));
	ASSERT_FALSE(stamp_tells_functions("guests/rt/main.c"));
	ASSERT_FALSE(stamp_tells_functions("hyp/vm/vm.h"));
	ASSERT(differ_as("guests/rt/a.c", "int a(void) { return 1; }",
	                 "int a(void) { return 2; }"));
	ASSERT_STR_EQ("changed", change.why);
	PASS();
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_TEST(functions_are_found);
	RUN_TEST(brackets_must_match);
	RUN_TEST(comments_and_space_are_no_change);
	RUN_TEST(a_changed_function_is_named);
	RUN_TEST(where_a_function_stands_counts);
	RUN_TEST(outside_of_functions_all_counts);
	RUN_TEST(new_functions_count_by_who_may_call_them);
	RUN_TEST(only_some_sources_are_told_apart);
	change_fini(&change);
	GREATEST_MAIN_END();
}
