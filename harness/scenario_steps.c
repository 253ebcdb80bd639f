/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a scenario, and its end. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <libfdt.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

/* A step as it stands in the file. */
struct raw_step {
	char *send[2], *expect[2], *never[2];
	uint32_t timeout_ms;
};

#define RAW(field) offsetof(struct raw_step, field)

/* clang-format off */
static const struct prop_rule step_rules[] = {
	{ "send",       PROP_PAIR, RAW(send),       false, 0, 0 },
	{ "expect",     PROP_PAIR, RAW(expect),     false, 0, 0 },
	{ "never",      PROP_PAIR, RAW(never),      false, 0, 0 },
	{ "timeout-ms", PROP_CELL, RAW(timeout_ms), false, 1, 86400000 },
};
/* clang-format on */

static bool find_stream(const struct scenario *sc, int node, const char *prop,
                        const char *name, uint32_t *stream)
{
	for (size_t i = 0; i < sc->vm_count; i++) {
		if (strcmp(sc->vms[i].name, name) == 0) {
			*stream = sc->vms[i].vmid;
			return true;
		}
	}
	if (strcmp(name, HYP_STREAM) == 0) {
		*stream = 0;
		return true;
	}
	if (strcmp(name, ROOT_VM_NAME) == 0 && scenario_root(sc) == NULL) {
		*stream = VMID_ROOT;
		return true;
	}
	return tree_fault(&sc->tree, node, prop, "no VM is called \"%s\"",
	                  name);
}

static bool compile_regex(const struct scenario *sc, int node, const char *prop,
                          struct step_text *text)
{
	pcre2_compile_context *ctx = pcre2_compile_context_create(NULL);
	PCRE2_UCHAR why[120];
	PCRE2_SIZE at;
	int err;

	/* A console may end its lines with CR LF; "$" stands before both. */
	pcre2_set_newline(ctx, PCRE2_NEWLINE_ANYCRLF);
	text->regex = pcre2_compile(
		(PCRE2_SPTR)text->text, PCRE2_ZERO_TERMINATED,
		PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &err, &at, ctx);
	pcre2_compile_context_free(ctx);
	if (text->regex == NULL) {
		pcre2_get_error_message(err, why, sizeof(why));
		return tree_fault(&sc->tree, node, prop,
		                  "\"%s\": %s at column %zu", text->text,
		                  (char *)why, (size_t)at + 1);
	}
	/* Only speed: without a JIT the interpreter does the same. */
	pcre2_jit_compile(text->regex,
	                  PCRE2_JIT_COMPLETE | PCRE2_JIT_PARTIAL_HARD);
	return true;
}

/* Takes over the text of @raw. */
static bool read_text(const struct scenario *sc, int node, const char *prop,
                      char *raw[2], struct step_text *text)
{
	bool ok = true;

	if (raw[0] == NULL) {
		return true;
	}
	text->text = raw[1];
	raw[1] = NULL;
	ok = find_stream(sc, node, prop, raw[0], &text->stream);
	if (ok && strcmp(prop, "send") != 0) {
		ok = compile_regex(sc, node, prop, text);
	}
	return ok;
}

static bool read_raw_step(struct scenario *sc, int node, struct raw_step *raw)
{
	struct step *step;

	if (!tree_read(&sc->tree, node, step_rules, ARRAY_COUNT(step_rules),
	               raw)) {
		return false;
	}
	sc->steps =
		xrealloc(sc->steps, (sc->step_count + 1) * sizeof(*sc->steps));
	step = &sc->steps[sc->step_count++];
	*step = (struct step){
		.name = xstrdup(tree_name(&sc->tree, node)),
		.timeout_ms = raw->timeout_ms,
	};
	if (raw->send[0] == NULL && raw->expect[0] == NULL &&
	    raw->never[0] == NULL) {
		return tree_fault(&sc->tree, node, NULL,
		                  "a step needs send, expect or never");
	}
	return read_text(sc, node, "send", raw->send, &step->send) &&
	       read_text(sc, node, "expect", raw->expect, &step->expect) &&
	       read_text(sc, node, "never", raw->never, &step->never);
}

static bool read_step(struct scenario *sc, int node)
{
	struct raw_step raw = { 0 };
	bool ok = read_raw_step(sc, node, &raw);

	for (unsigned i = 0; i < 2; i++) {
		free(raw.send[i]);
		free(raw.expect[i]);
		free(raw.never[i]);
	}
	return ok;
}

bool scenario_read_steps(struct scenario *sc, int node)
{
	int step, prop;

	fdt_for_each_property_offset(prop, sc->tree.fdt, node)
	{
		const char *name;

		fdt_getprop_by_offset(sc->tree.fdt, prop, &name, NULL);
		return tree_fault(&sc->tree, node, name, "unknown property");
	}
	fdt_for_each_subnode(step, sc->tree.fdt, node)
	{
		int deeper = fdt_first_subnode(sc->tree.fdt, step);

		if (deeper >= 0) {
			return tree_fault(&sc->tree, deeper, NULL,
			                  "a step has no nodes inside");
		}
		if (!read_step(sc, step)) {
			return false;
		}
	}
	return true;
}

static void free_text(struct step_text *text)
{
	free(text->text);
	pcre2_code_free(text->regex);
}

void scenario_free(struct scenario *sc)
{
	if (sc == NULL) {
		return;
	}
	for (size_t i = 0; i < sc->step_count; i++) {
		free(sc->steps[i].name);
		free_text(&sc->steps[i].send);
		free_text(&sc->steps[i].expect);
		free_text(&sc->steps[i].never);
	}
	free(sc->steps);
	scenario_free_budgets(sc);
	for (size_t i = 0; i < sc->vm_count; i++) {
		free(sc->vms[i].name);
		free(sc->vms[i].image);
		free(sc->vms[i].bootargs);
	}
	free(sc->vms);
	strv_fini(&sc->tags);
	strv_fini(&sc->boards);
	strv_fini(&sc->mutants);
	strv_fini(&sc->images);
	free(sc->cases.v);
	free(sc->modes);
	free(sc->name);
	free(sc->proves);
	free(sc->cpu_model);
	free(sc->xfail);
	free(sc->skip);
	free(sc->mutant);
	free(sc->cause);
	free(sc->hyp_args);
	free(sc->damage_image);
	tree_fini(&sc->tree);
	free(sc);
}
