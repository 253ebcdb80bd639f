/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Results as JUnit XML, in the form that Jenkins' schema describes
 * (testsuite/unit/junit.xsd).
 *
 * A run is a <testsuite>: one <testcase> for each case, and a last one for
 * the run itself, because a run can fail though each case passed (it hung
 * afterwards, its machine did not end).  INFRA is an <error>, other failures
 * are a <failure>; what was expected to fail is <skipped>.
 */
#include <libxml/xmlwriter.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

struct counts {
	unsigned tests, failures, errors, skipped;
};

static void put_attribute(xmlTextWriterPtr xml, const char *name,
                          const char *text)
{
	char *clean = report_text(text);
	xmlTextWriterWriteAttribute(xml, BAD_CAST name, BAD_CAST clean);
	free(clean);
}

static void put_number(xmlTextWriterPtr xml, const char *name, unsigned value)
{
	xmlTextWriterWriteFormatAttribute(xml, BAD_CAST name, "%u", value);
}

static void put_seconds(xmlTextWriterPtr xml, double seconds)
{
	xmlTextWriterWriteFormatAttribute(xml, BAD_CAST "time", "%.3f",
	                                  seconds);
}

static void put_element(xmlTextWriterPtr xml, const char *name,
                        const char *text)
{
	char *clean = report_text(text);
	xmlTextWriterWriteElement(xml, BAD_CAST name, BAD_CAST clean);
	free(clean);
}

static void put_counts(xmlTextWriterPtr xml, const struct counts *counts)
{
	put_number(xml, "tests", counts->tests);
	put_number(xml, "failures", counts->failures);
	put_number(xml, "errors", counts->errors);
}

/* The element that says what went wrong; none for a pass. */
static const char *outcome(enum verdict verdict)
{
	if (verdict == VERDICT_INFRA) {
		return "error";
	}
	if (verdict_is_failure(verdict)) {
		return "failure";
	}
	if (verdict == VERDICT_SKIP || verdict == VERDICT_XFAIL) {
		return "skipped";
	}
	return NULL;
}

static enum verdict case_verdict(const struct run_result *run,
                                 const struct case_result *result)
{
	return report_is_expected(run, result) ? VERDICT_XFAIL
	                                       : result->verdict;
}

static void count(struct counts *counts, enum verdict verdict)
{
	const char *element = outcome(verdict);

	counts->tests++;
	if (element == NULL) {
		return;
	}
	counts->errors += strcmp(element, "error") == 0;
	counts->failures += strcmp(element, "failure") == 0;
	counts->skipped += strcmp(element, "skipped") == 0;
}

/* The run's own case would come twice: the run itself has that name. */
static bool is_own_case(const struct run_result *run,
                        const struct case_result *result)
{
	return strcmp(run->name, result->name) == 0;
}

static struct counts count_run(const struct run_result *run)
{
	struct counts counts = { 0 };
	for (size_t i = 0; i < run->case_count; i++) {
		if (!is_own_case(run, &run->cases[i])) {
			count(&counts, case_verdict(run, &run->cases[i]));
		}
	}
	count(&counts, run->verdict);
	return counts;
}

/* The whole of what is known goes into the text, the gist into "message". */
static void put_outcome(xmlTextWriterPtr xml, enum verdict verdict,
                        const char *message, const char *details)
{
	const char *element = outcome(verdict);
	if (element == NULL) {
		return;
	}
	xmlTextWriterStartElement(xml, BAD_CAST element);
	put_attribute(xml, "message", message);
	if (strcmp(element, "skipped") != 0) {
		put_attribute(xml, "type", verdict_name(verdict));
		char *clean = report_text(details);
		xmlTextWriterWriteString(xml, BAD_CAST clean);
		free(clean);
	}
	xmlTextWriterEndElement(xml);
}

static void put_case(xmlTextWriterPtr xml, const struct run_result *run,
                     const struct case_result *result, const char *class)
{
	char details[512];
	if (result->file != NULL) {
		snprintf(details, sizeof(details), "%s:%u: %s", result->file,
		         result->line, result->message);
	} else {
		snprintf(details, sizeof(details), "%s", result->message);
	}
	xmlTextWriterStartElement(xml, BAD_CAST "testcase");
	put_attribute(xml, "name", result->name);
	put_attribute(xml, "classname", class);
	put_outcome(xml, case_verdict(run, result), result->message, details);
	xmlTextWriterEndElement(xml);
}

static void put_run(xmlTextWriterPtr xml, const struct run_result *run)
{
	char *title = report_run_title(run);
	struct counts counts = count_run(run);
	char details[1024];

	xmlTextWriterStartElement(xml, BAD_CAST "testsuite");
	put_attribute(xml, "name", title);
	put_counts(xml, &counts);
	put_number(xml, "skipped", counts.skipped);
	put_seconds(xml, run->seconds);
	for (size_t i = 0; i < run->case_count; i++) {
		if (!is_own_case(run, &run->cases[i])) {
			put_case(xml, run, &run->cases[i], title);
		}
	}
	xmlTextWriterStartElement(xml, BAD_CAST "testcase");
	put_attribute(xml, "name", run->name);
	put_attribute(xml, "classname", title);
	put_seconds(xml, run->seconds);
	snprintf(details, sizeof(details), "%s\nproves: %s\nevidence: %s",
	         run->message, run->proves, run->folder);
	put_outcome(xml, run->verdict, run->message, details);
	if (run->verdict == VERDICT_FLAKY) {
		put_element(xml, "system-out", run->message);
	}
	xmlTextWriterEndElement(xml);
	xmlTextWriterEndElement(xml);
	free(title);
}

static void put_list(xmlTextWriterPtr xml, const struct run_list *list)
{
	struct counts sum = { 0 };
	for (size_t i = 0; i < list->count; i++) {
		struct counts counts = count_run(&list->runs[i]);
		sum.tests += counts.tests;
		sum.failures += counts.failures;
		sum.errors += counts.errors;
	}
	xmlTextWriterStartElement(xml, BAD_CAST "testsuites");
	put_attribute(xml, "name", "touchstone");
	put_counts(xml, &sum);
	put_seconds(xml, list->seconds);
	for (size_t i = 0; i < list->count; i++) {
		put_run(xml, &list->runs[i]);
	}
	xmlTextWriterEndElement(xml);
}

int report_write_junit(const char *path, const struct run_list *list)
{
	struct report_file file;
	if (report_open(&file, path) != 0) {
		return -1;
	}
	/* Built in memory first: the only error left is that of the file. */
	xmlBufferPtr buffer = xmlBufferCreate();
	xmlTextWriterPtr xml = xmlNewTextWriterMemory(buffer, 0);
	bool written = xml != NULL;
	if (written) {
		xmlTextWriterSetIndent(xml, 1);
		xmlTextWriterStartDocument(xml, NULL, "UTF-8", NULL);
		put_list(xml, list);
		written = xmlTextWriterEndDocument(xml) >= 0;
		xmlFreeTextWriter(xml);
		fputs((const char *)xmlBufferContent(buffer), file.out);
	}
	xmlBufferFree(buffer);
	return report_close(&file, written);
}
