/* SPDX-License-Identifier: BSD-2-Clause */
#include "snapshot.h"

#include <inttypes.h>
#include <string.h>

#define PSTATE_I    (1u << 7)
#define SCTLR_M     1u
#define HCR_VM      1u
#define VA_UPPER    (1ull << 55) /* selects TTBR1_EL1 */
#define FRAMES_MOST 24

static bool read_cpu(struct gdb_remote *gdb, size_t cpu, struct snap_cpu *c)
{
	static const struct {
		const char *name;
		size_t to;
	} wanted[] = {
#define REG(name, field) { name, offsetof(struct snap_cpu, field) }
		REG("ESR_EL2", esr_el2),         REG("FAR_EL2", far_el2),
		REG("ELR_EL2", elr_el2),         REG("HPFAR_EL2", hpfar_el2),
		REG("HCR_EL2", hcr_el2),         REG("TTBR0_EL2", ttbr0_el2),
		REG("TCR_EL2", tcr_el2),         REG("VTTBR_EL2", vttbr_el2),
		REG("VTCR_EL2", vtcr_el2),       REG("ESR_EL1", esr_el1),
		REG("FAR_EL1", far_el1),         REG("ELR_EL1", elr_el1),
		REG("VBAR", vbar_el1),           REG("SCTLR", sctlr_el1),
		REG("TTBR0_EL1", ttbr0_el1),     REG("TTBR1_EL1", ttbr1_el1),
		REG("TCR_EL1", tcr_el1),         REG("CNTV_CTL_EL0", cntv_ctl),
		REG("CNTV_CVAL_EL0", cntv_cval), REG("CNTP_CTL_EL0", cntp_ctl),
		REG("CNTP_CVAL_EL0", cntp_cval),
#undef REG
	};
	enum { COUNT = sizeof(wanted) / sizeof(wanted[0]) };
	const char *name[COUNT];
	uint64_t value[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		name[i] = wanted[i].name;
	}
	memset(c, 0, sizeof(*c));
	if (!gdb_remote_cpu(gdb, cpu, &c->core, name, value, COUNT)) {
		return false;
	}
	for (size_t i = 0; i < COUNT; i++) {
		memcpy((char *)c + wanted[i].to, &value[i], sizeof(value[i]));
	}
	c->pc = c->core.pc;
	c->sp = c->core.sp;
	c->fp = c->core.x[29];
	c->lr = c->core.x[30];
	c->pstate = c->core.pstate;
	c->el = (unsigned)(c->pstate >> 2) & 3;
	c->irqs_masked = (c->pstate & PSTATE_I) != 0;
	c->vmid = (uint16_t)(c->vttbr_el2 >> 48);
	return true;
}

void snapshot_init(struct snapshot *s)
{
	memset(s, 0, sizeof(*s));
	s->ram.mem = s->ram.pagemap = -1;
}

bool snapshot_registers(struct snapshot *s, const char *socket)
{
	if (s->gdb == NULL) {
		s->gdb = gdb_remote_open(socket);
	}
	if (s->gdb == NULL) {
		return false;
	}
	s->cpus = gdb_remote_cpus(s->gdb);
	if (s->cpus > SNAPSHOT_CPUS) {
		s->cpus = SNAPSHOT_CPUS;
	}
	for (size_t i = 0; i < s->cpus; i++) {
		if (!read_cpu(s->gdb, i, &s->cpu[i])) {
			return false;
		}
	}
	return s->cpus > 0;
}

void snapshot_live(struct snapshot *s)
{
	s->core = core_file_live(&s->ram);
}

bool snapshot_memory(struct snapshot *s, const char *core_path)
{
	core_file_close(s->core);
	s->core = core_file_open(core_path);
	return s->core != NULL;
}

/* Variables of the hypervisor: any CPU that has EL2's tables will do. */
static bool read_el2(void *ctx, uint64_t va, void *buf, size_t len)
{
	const struct snapshot *s = ctx;

	for (size_t i = 0; i < s->cpus; i++) {
		if (s->cpu[i].ttbr0_el2 != 0 &&
		    snapshot_read(s, i, 2, va, buf, len)) {
			return true;
		}
	}
	return false;
}

static bool read_nothing(void *ctx, uint64_t va, void *buf, size_t len)
{
	(void)ctx, (void)va, (void)buf, (void)len;
	return false;
}

bool snapshot_hyp(struct snapshot *s, const char *elf)
{
	s->hyp = inspect_open(elf, read_el2, s);
	return s->hyp != NULL;
}

void snapshot_guest(struct snapshot *s, uint16_t vmid, const char *elf)
{
	if (vmid < SNAPSHOT_VMS && s->guest[vmid] == NULL) {
		s->guest[vmid] = inspect_open(elf, read_nothing, NULL);
	}
}

void snapshot_fini(struct snapshot *s)
{
	gdb_remote_close(s->gdb);
	core_file_close(s->core);
	ram_close(&s->ram);
	inspect_close(s->hyp);
	for (size_t i = 0; i < SNAPSHOT_VMS; i++) {
		inspect_close(s->guest[i]);
	}
	memset(s, 0, sizeof(*s));
}

/* What a CPU sees right now, by its own translation: both stages of EL1, or
 * EL2 when there is no core to walk in. */
static bool read_as_cpu(const struct snapshot *s, size_t cpu, uint64_t va,
                        void *buf, size_t len)
{
	return gdb_remote_select(s->gdb, cpu) &&
	       gdb_remote_memory(s->gdb, va, buf, len);
}

bool snapshot_read(const struct snapshot *s, size_t cpu, unsigned el,
                   uint64_t va, void *buf, size_t len)
{
	const struct snap_cpu *c = &s->cpu[cpu];
	uint8_t *to = buf;
	struct walk w;

	if (el < 2) {
		struct snap_regime r;

		snapshot_regime(c, &r);
		return c->el < 2 && (snapshot_read_guest(s, &r, va, buf, len) ||
		                     read_as_cpu(s, cpu, va, buf, len));
	}
	if (s->core == NULL) {
		return c->el == 2 && read_as_cpu(s, cpu, va, buf, len);
	}
	w = walk_el2(c->ttbr0_el2, c->tcr_el2);
	while (len > 0) {
		struct walk_leaf leaf;
		size_t part = 4096 - (size_t)(va & 4095);

		part = part < len ? part : len;
		if (!walk_find(s->core, &w, va, &leaf) ||
		    !core_file_read(s->core, leaf.pa, to, part)) {
			return false;
		}
		va += part;
		to += part;
		len -= part;
	}
	return true;
}

void snapshot_regime(const struct snap_cpu *c, struct snap_regime *r)
{
	bool has_stage2 = (c->hcr_el2 & HCR_VM) != 0;

	*r = (struct snap_regime){
		.sctlr = c->sctlr_el1,
		.ttbr0 = c->ttbr0_el1,
		.ttbr1 = c->ttbr1_el1,
		.tcr = c->tcr_el1,
		.vttbr = has_stage2 ? c->vttbr_el2 : 0,
		.vtcr = has_stage2 ? c->vtcr_el2 : 0,
	};
}

/* One page of a guest; the rest of [va, va + len) may lie elsewhere. */
static bool find_guest_page(const struct snapshot *s,
                            const struct snap_regime *r, uint64_t va,
                            uint64_t *pa)
{
	bool upper = (va & VA_UPPER) != 0;
	struct walk s2 = walk_stage2(r->vttbr, r->vtcr);
	struct walk s1 = walk_el1(upper ? r->ttbr1 : r->ttbr0, r->tcr, upper);
	struct walk_leaf leaf = { .pa = va };

	s1.nested = r->vtcr != 0 ? &s2 : NULL;
	if ((r->sctlr & SCTLR_M) != 0 && !walk_find(s->core, &s1, va, &leaf)) {
		return false;
	}
	if (r->vtcr != 0 && !walk_find(s->core, &s2, leaf.pa, &leaf)) {
		return false;
	}
	*pa = leaf.pa;
	return true;
}

bool snapshot_read_guest(const struct snapshot *s, const struct snap_regime *r,
                         uint64_t va, void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len > 0) {
		size_t part = 4096 - (size_t)(va & 4095);
		uint64_t pa;

		part = part < len ? part : len;
		if (s->core == NULL || !find_guest_page(s, r, va, &pa) ||
		    !core_file_read(s->core, pa, to, part)) {
			return false;
		}
		va += part;
		to += part;
		len -= part;
	}
	return true;
}

struct inspect *snapshot_image(const struct snapshot *s, unsigned el,
                               uint16_t vmid)
{
	if (el >= 2) {
		return s->hyp;
	}
	return vmid < SNAPSHOT_VMS ? s->guest[vmid] : NULL;
}

static const char *short_path(const char *path)
{
	static const char *const tops[] = { "/hyp/", "/guests/", "/firmware/" };

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		const char *at = strstr(path, tops[i]);

		if (at != NULL) {
			return at + 1;
		}
	}
	return path;
}

const char *snapshot_place(struct inspect *in, uint64_t pc, char *buf,
                           size_t size)
{
	uint64_t distance = 0;
	const char *symbol =
		in == NULL ? NULL : inspect_symbol(in, pc, &distance);
	const char *file;
	int line = 0;

	if (symbol == NULL) {
		snprintf(buf, size, "%#" PRIx64, pc);
		return buf;
	}
	file = inspect_line(in, pc, &line);
	if (file != NULL) {
		snprintf(buf, size, "%s (%s:%d)", symbol, short_path(file),
		         line);
	} else {
		snprintf(buf, size, "%s+%#" PRIx64, symbol, distance);
	}
	return buf;
}

size_t snapshot_frames(const struct snapshot *s, size_t cpu, uint64_t *pc,
                       size_t most)
{
	const struct snap_cpu *c = &s->cpu[cpu];
	uint64_t fp = c->fp;
	size_t count = 0;

	while (count < most && fp != 0 && fp % 8 == 0) {
		uint64_t pair[2];

		if (!snapshot_read(s, cpu, c->el, fp, pair, sizeof(pair)) ||
		    pair[1] == 0) {
			break;
		}
		/* The call is one instruction before where it returns to. */
		pc[count++] = pair[1] - 4;
		if (pair[0] <= fp) {
			break; /* a stack grows down; a loop ends here */
		}
		fp = pair[0];
	}
	return count;
}

void snapshot_backtrace(const struct snapshot *s, size_t cpu, FILE *out)
{
	const struct snap_cpu *c = &s->cpu[cpu];
	struct inspect *in = snapshot_image(s, c->el, c->vmid);
	uint64_t pc[FRAMES_MOST];
	size_t count = snapshot_frames(s, cpu, pc, FRAMES_MOST);
	char place[256];

	fprintf(out, "    %#" PRIx64 "  %s\n", c->pc,
	        snapshot_place(in, c->pc, place, sizeof(place)));
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "    %#" PRIx64 "  %s\n", pc[i],
		        snapshot_place(in, pc[i], place, sizeof(place)));
	}
}
