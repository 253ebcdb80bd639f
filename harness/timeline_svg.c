/* SPDX-License-Identifier: BSD-2-Clause */
#include "timeline_svg.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

#define WIDTH   1180
#define LEFT    120 /* where time begins */
#define RIGHT   20
#define TOP     64
#define LANE    104 /* height of one CPU */
#define BAR     26  /* of who runs */
#define ROW     20  /* of one kind of instant */
#define CPUS    16
#define VMS     8
#define TEXT    "font-family=\"sans-serif\""
#define CPU_PID 100000

struct svg {
	FILE *out;
	json_t *events;
	double from, to; /* microseconds */
	bool has_cpu[CPUS];
	unsigned lane[CPUS]; /* from the top */
	unsigned lanes;
	char *vm[VMS]; /* names, in the order of their colours */
	unsigned vms;
};

static const char *const vm_colors[VMS] = {
	"#4e79a7", "#f28e2b", "#59a14f", "#b07aa1",
	"#edc948", "#76b7b2", "#e15759", "#9c755f",
};

/* Rows below the bar, by category, with the colours of what is in them. */
enum kind { KIND_EXIT, KIND_INTERRUPT, KIND_MESSAGE, KIND_COUNT };
static const char *const kinds[KIND_COUNT] = { "exit", "interrupt", "message" };
static const struct {
	enum kind kind;
	const char *name, *color, *label;
} marks[] = {
	{ KIND_EXIT, "HYPERCALL", "#1f4e9c", "hypercall" },
	{ KIND_EXIT, "SMCCC", "#6a9be8", "SMCCC" },
	{ KIND_EXIT, "MMIO", "#c65d00", "device" },
	{ KIND_EXIT, "SYSREG", "#8a2be2", "register" },
	{ KIND_EXIT, "EXIT_SYNC", "#555555", "WFI, abort" },
	{ KIND_INTERRUPT, "EXIT_IRQ", "#111111", "physical" },
	{ KIND_INTERRUPT, "VIRQ_RAISE", "#d62728", "raised" },
	{ KIND_INTERRUPT, "VIRQ_LIST", "#2ca02c", "listed" },
	{ KIND_INTERRUPT, "IPI", "#e377c2", "IPI" },
	{ KIND_INTERRUPT, "VTIMER", "#bcbd22", "timer" },
	{ KIND_MESSAGE, "MSGQUEUE", "#17807e", "message" },
	{ KIND_MESSAGE, "DOORBELL", "#d4a017", "doorbell" },
};

static const char *text_of(const json_t *event, const char *key)
{
	const char *text = json_string_value(json_object_get(event, key));

	return text != NULL ? text : "";
}

static double number_of(const json_t *event, const char *key)
{
	return json_number_value(json_object_get(event, key));
}

/* @return  the CPU whose row the event belongs to, or CPUS */
static unsigned cpu_of(const json_t *event)
{
	double tid = number_of(event, "tid");

	return number_of(event, "pid") == CPU_PID && tid >= 0 && tid < CPUS
	               ? (unsigned)tid
	               : CPUS;
}

static double x_of(const struct svg *svg, double us)
{
	double share = (us - svg->from) / (svg->to - svg->from);

	return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static unsigned y_of(const struct svg *svg, unsigned cpu)
{
	return TOP + svg->lane[cpu] * LANE;
}

static void put_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*text, out);
		}
	}
}

/* The colour of a VM, by the part of "name.vcpu" before the dot. */
static const char *color_of(struct svg *svg, const char *slice)
{
	const char *dot = strrchr(slice, '.');
	size_t len = dot != NULL ? (size_t)(dot - slice) : strlen(slice);

	for (unsigned i = 0; i < svg->vms; i++) {
		if (strlen(svg->vm[i]) == len &&
		    strncmp(svg->vm[i], slice, len) == 0) {
			return vm_colors[i];
		}
	}
	if (svg->vms == VMS) {
		return "#999999";
	}
	svg->vm[svg->vms] = xasprintf("%.*s", (int)len, slice);
	return vm_colors[svg->vms++];
}

/* Where the ring that reaches back least begins, and where all ends. */
static bool find_window(struct svg *svg)
{
	double first[CPUS];
	json_t *event;
	size_t i;

	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		first[cpu] = -1;
	}
	svg->to = 0;
	json_array_foreach(svg->events, i, event)
	{
		unsigned cpu = cpu_of(event);
		double at = number_of(event, "ts");

		if (cpu == CPUS || strcmp(text_of(event, "ph"), "i") != 0) {
			continue;
		}
		svg->has_cpu[cpu] = true;
		if (first[cpu] < 0 || at < first[cpu]) {
			first[cpu] = at;
		}
		svg->to = at > svg->to ? at : svg->to;
	}
	svg->from = 0;
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		svg->from = first[cpu] > svg->from ? first[cpu] : svg->from;
		if (svg->has_cpu[cpu]) {
			svg->lane[cpu] = svg->lanes++;
		}
	}
	return svg->lanes > 0 && svg->to > svg->from;
}

static void draw_axis(const struct svg *svg)
{
	unsigned bottom = TOP + svg->lanes * LANE;
	double span = svg->to - svg->from;
	double step = pow(10, floor(log10(span / 8)));

	while (span / step > 12) {
		step *= span / step > 30 ? 5 : 2;
	}
	for (double at = 0; at <= span; at += step) {
		double x = x_of(svg, svg->from + at);

		fprintf(svg->out,
		        "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%u\" "
		        "stroke=\"#e4e4e4\"/>\n"
		        "<text x=\"%.1f\" y=\"%d\" " TEXT " font-size=\"11\" "
		        "fill=\"#666\" text-anchor=\"middle\">%g µs</text>\n",
		        x, TOP - 8, x, bottom, x, TOP - 14, at);
	}
}

static void draw_label(const struct svg *svg, unsigned y, const char *text,
                       unsigned size)
{
	fprintf(svg->out,
	        "<text x=\"%d\" y=\"%u\" " TEXT " font-size=\"%u\" "
	        "fill=\"#333\" text-anchor=\"end\">%s</text>\n",
	        LEFT - 10, y, size, text);
}

static void draw_lanes(const struct svg *svg)
{
	for (unsigned cpu = 0; cpu < CPUS; cpu++) {
		unsigned y = y_of(svg, cpu);
		char name[16];

		if (!svg->has_cpu[cpu]) {
			continue;
		}
		snprintf(name, sizeof(name), "CPU %u", cpu);
		fprintf(svg->out,
		        "<rect x=\"%d\" y=\"%u\" width=\"%d\" height=\"%d\" "
		        "fill=\"#f3f3f3\"/>\n",
		        LEFT, y, WIDTH - LEFT - RIGHT, BAR);
		draw_label(svg, y + 18, name, 14);
		for (unsigned k = 0; k < KIND_COUNT; k++) {
			char label[16];

			snprintf(label, sizeof(label), "%ss", kinds[k]);
			draw_label(svg, y + BAR + k * ROW + 15, label, 11);
		}
	}
}

static void draw_slice(struct svg *svg, const json_t *event)
{
	unsigned cpu = cpu_of(event);
	double from = number_of(event, "ts");
	double to = from + number_of(event, "dur");
	const char *name = text_of(event, "name");
	double x, width;

	if (cpu == CPUS || to <= svg->from) {
		return;
	}
	x = x_of(svg, from > svg->from ? from : svg->from);
	width = x_of(svg, to) - x;
	fprintf(svg->out,
	        "<rect x=\"%.2f\" y=\"%u\" width=\"%.2f\" height=\"%d\" "
	        "fill=\"%s\" fill-opacity=\"0.85\"><title>",
	        x, y_of(svg, cpu), width > 0.6 ? width : 0.6, BAR,
	        color_of(svg, name));
	put_text(svg->out, name);
	fprintf(svg->out, ", %.1f µs</title></rect>\n", to - from);
	if (width > 8.0 * (double)strlen(name)) {
		fprintf(svg->out,
		        "<text x=\"%.1f\" y=\"%u\" " TEXT " font-size=\"12\" "
		        "fill=\"#fff\" text-anchor=\"middle\">",
		        x + width / 2, y_of(svg, cpu) + 17);
		put_text(svg->out, name);
		fputs("</text>\n", svg->out);
	}
}

static void draw_mark(const struct svg *svg, const json_t *event)
{
	const char *name = text_of(event, "name");
	unsigned cpu = cpu_of(event);
	double at = number_of(event, "ts");

	for (size_t m = 0; m < ARRAY_COUNT(marks); m++) {
		double x = x_of(svg, at);
		unsigned y;

		if (cpu == CPUS || at < svg->from ||
		    strcmp(marks[m].name, name) != 0) {
			continue;
		}
		y = y_of(svg, cpu) + BAR + marks[m].kind * ROW + 3;
		fprintf(svg->out,
		        "<rect x=\"%.2f\" y=\"%u\" width=\"1.8\" height=\"%d\" "
		        "fill=\"%s\"><title>",
		        x - 0.9, y, ROW - 5, marks[m].color);
		put_text(svg->out,
		         text_of(json_object_get(event, "args"), "record"));
		fputs("</title></rect>\n", svg->out);
	}
}

static const json_t *find_end(const struct svg *svg, const json_t *begin)
{
	double id = number_of(begin, "id");
	json_t *event;
	size_t i;

	json_array_foreach(svg->events, i, event)
	{
		if (strcmp(text_of(event, "ph"), "f") == 0 &&
		    number_of(event, "id") == id) {
			return event;
		}
	}
	return NULL;
}

static void draw_arrow(const struct svg *svg, const json_t *begin)
{
	const json_t *end = find_end(svg, begin);
	unsigned down = BAR + KIND_MESSAGE * ROW + ROW / 2;
	double x0, x1, y0, y1, bend;

	if (end == NULL || cpu_of(begin) == CPUS || cpu_of(end) == CPUS ||
	    number_of(begin, "ts") < svg->from) {
		return;
	}
	x0 = x_of(svg, number_of(begin, "ts"));
	x1 = x_of(svg, number_of(end, "ts"));
	y0 = y_of(svg, cpu_of(begin)) + down;
	y1 = y_of(svg, cpu_of(end)) + down;
	bend = y0 == y1 ? 16 : 0;
	fprintf(svg->out,
	        "<path d=\"M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f\" "
	        "fill=\"none\" stroke=\"#17807e\" stroke-width=\"1.4\" "
	        "marker-end=\"url(#tip)\"/>\n",
	        x0, y0, x0 + (x1 - x0) / 3, y0 + bend, x1 - (x1 - x0) / 3,
	        y1 + bend, x1, y1);
}

static void draw_key(const struct svg *svg, unsigned *x, unsigned y,
                     const char *color, const char *label)
{
	fprintf(svg->out,
	        "<rect x=\"%u\" y=\"%u\" width=\"10\" height=\"10\" "
	        "fill=\"%s\"/><text x=\"%u\" y=\"%u\" " TEXT
	        " font-size=\"11\" fill=\"#333\">",
	        *x, y, color, *x + 14, y + 9);
	put_text(svg->out, label);
	fputs("</text>\n", svg->out);
	*x += 30 + 7 * (unsigned)strlen(label);
}

static void draw_legend(const struct svg *svg)
{
	unsigned y = TOP + svg->lanes * LANE + 8;

	for (unsigned k = 0; k <= KIND_COUNT; k++) {
		unsigned x = LEFT;

		draw_label(svg, y + 9, k == 0 ? "runs" : kinds[k - 1], 11);
		for (unsigned i = 0; k == 0 && i < svg->vms; i++) {
			draw_key(svg, &x, y, vm_colors[i], svg->vm[i]);
		}
		for (size_t m = 0; k > 0 && m < ARRAY_COUNT(marks); m++) {
			if (marks[m].kind == k - 1) {
				draw_key(svg, &x, y, marks[m].color,
				         marks[m].label);
			}
		}
		y += 18;
	}
}

static void draw(struct svg *svg)
{
	unsigned height = TOP + svg->lanes * LANE + 4 * 18 + 16;
	json_t *event;
	size_t i;

	fprintf(svg->out,
	        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
	        "height=\"%u\" viewBox=\"0 0 %d %u\">\n"
	        "<!-- SPDX-License-Identifier: BSD-2-Clause -->\n"
	        "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" "
	        "refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" "
	        "orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" "
	        "fill=\"#17807e\"/></marker></defs>\n"
	        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	        "<text x=\"%d\" y=\"26\" " TEXT " font-size=\"16\" "
	        "fill=\"#111\">%u CPUs, %.0f µs from %.3f ms on</text>\n",
	        WIDTH, height, WIDTH, height, LEFT, svg->lanes,
	        svg->to - svg->from, svg->from / 1000);
	draw_axis(svg);
	draw_lanes(svg);
	json_array_foreach(svg->events, i, event)
	{
		const char *phase = text_of(event, "ph");

		if (strcmp(phase, "X") == 0) {
			draw_slice(svg, event);
		} else if (strcmp(phase, "i") == 0) {
			draw_mark(svg, event);
		} else if (strcmp(phase, "s") == 0) {
			draw_arrow(svg, event);
		}
	}
	draw_legend(svg);
	fputs("</svg>\n", svg->out);
}

bool timeline_svg(const char *path, FILE *out)
{
	struct svg svg = { .out = out };
	json_error_t why;
	json_t *root = json_load_file(path, 0, &why);
	bool ok = false;

	svg.events = json_object_get(root, "traceEvents");
	if (root == NULL && access(path, R_OK) < 0) {
		complain("%s: cannot read: %m", path);
	} else if (root == NULL) {
		complain("%s: %s", path, why.text);
	} else if (!json_is_array(svg.events) || !find_window(&svg)) {
		complain("%s: no timeline, or an empty one", path);
	} else {
		draw(&svg);
		ok = true;
	}
	for (unsigned i = 0; i < svg.vms; i++) {
		free(svg.vm[i]);
	}
	json_decref(root);
	return ok;
}
