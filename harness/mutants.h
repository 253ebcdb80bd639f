/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Seeded faults: a test that no fault can make fail has proved nothing.
 */
#ifndef MUTANTS_H
#define MUTANTS_H

#include "plan.h"
#include "result.h"

/**
 * Replace what @plan would run: for each fault of a scenario ("mutants", or
 * its own "mutant") one instance that must catch it, and for each scenario one
 * without any on the same build, that must pass.
 */
void mutants_plan(struct plan *plan, const struct options *opt);

/**
 * Write the matrix (OUTPUT/mutants.md) and print "N killed, N survived".
 *
 * A fault of the catalogue (hyp/lib/mutants.def) that nobody was asked to
 * catch has survived, when all scenarios were chosen.
 * @return how many survived, and one more when the whole took too long
 */
unsigned mutants_report(const struct options *opt, const struct run_list *list);

#endif
