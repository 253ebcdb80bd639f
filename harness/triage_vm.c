/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs out of the snapshot: their end, shared interrupts, message queues; and
 * all that was read, as text. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <abi/rights.h>

#include "triage_hyp.h"

#define TRACE_SHOWN 200
#define CAP_VALID   1

static uint64_t get(struct ival from, uint64_t otherwise, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static uint64_t get(struct ival from, uint64_t otherwise, const char *fmt, ...)
{
	char path[80];
	va_list args;

	va_start(args, fmt);
	vsnprintf(path, sizeof(path), fmt, args);
	va_end(args);
	return ival_get(from, path, otherwise);
}

static void read_spis(struct ival vm, struct tri_vm *to)
{
	uint64_t banks = ival_get(vm, ".vgic->bank_count", 0);

	for (unsigned n = 1; n < banks && n < 32; n++) {
		uint64_t enabled =
			get(vm, 0, ".vgic->spis[%u]->bank.enabled", n);
		uint64_t latch = get(vm, 0, ".vgic->spis[%u]->bank.latch", n);
		uint64_t line = get(vm, 0, ".vgic->spis[%u]->bank.line", n);
		uint64_t edge = get(vm, 0, ".vgic->spis[%u]->bank.edge", n);
		uint64_t active = get(vm, 0, ".vgic->spis[%u]->bank.active", n);
		uint64_t listed = get(vm, 0, ".vgic->spis[%u]->bank.listed", n);
		uint64_t high = line & ~edge;
		uint64_t left = (latch | high | active | listed) & enabled;

		for (; left != 0 && to->spis < TRIAGE_SPIS; left &= left - 1) {
			unsigned bit = (unsigned)__builtin_ctzll(left);

			to->spi[to->spis++] = (struct tri_spi){
				.intid = n * 32 + bit,
				.to = (unsigned)get(
					vm, 0xff, ".vgic->spis[%u]->route[%u]",
					n, bit),
				.is_pending = ((latch | high) >> bit & 1) != 0,
				.is_active = (active >> bit & 1) != 0,
				.is_high = (high >> bit & 1) != 0,
			};
		}
	}
}

/* Which vCPU gets the interrupt that @source, one end of a queue, raises. */
static void read_receiver(struct ival mq, struct tri_queue *to)
{
	struct ival vm;

	if (get(mq, 0, ".receive_virq.vic") == 0 ||
	    !ival_step(mq, ".receive_virq.vic->vm->s2", &vm) ||
	    !inspect_cast(vm.in, "struct vm", vm.addr, &vm)) {
		return;
	}
	to->is_bound = true;
	to->vmid = (uint16_t)get(vm, 0, ".vmid");
	to->intid = (unsigned)get(mq, 0, ".receive_virq.intid");
	to->to = (unsigned)get(mq, 0, ".receive_virq.vcpu");
	if (to->intid >= 32) {
		to->to = (unsigned)get(vm, 0xff, ".vgic->spis[%u]->route[%u]",
		                       to->intid / 32, to->intid % 32);
	}
}

static void add_queue(struct ival cap, struct tri_hyp *hyp)
{
	uint64_t address = get(cap, 0, ".obj");
	struct tri_queue *to = &hyp->queue[hyp->queues];
	struct ival mq;

	for (size_t i = 0; i < hyp->queues; i++) {
		if (hyp->queue[i].address == address) {
			return; /* the other end's capability */
		}
	}
	if (hyp->queues == TRIAGE_QUEUES ||
	    !inspect_cast(cap.in, "struct msgqueue", address, &mq)) {
		return;
	}
	*to = (struct tri_queue){ .address = address };
	to->messages = (unsigned)get(mq, 0, ".used");
	read_receiver(mq, to);
	hyp->queues++;
}

/* Every message queue that the first thread of @vm has a capability for. */
static void read_queues(struct ival vm, struct tri_hyp *hyp)
{
	struct ival thread, pages;

	if (!inspect_cast(vm.in, "struct thread",
	                  get(vm, 0, ".vcpu[0]->object"), &thread) ||
	    !ival_step(thread, ".cspace->pages", &pages)) {
		return;
	}
	for (unsigned page = 0; page < ival_count(pages); page++) {
		uint64_t used = get(pages, 0, "[%u].used", page);

		for (; used != 0; used &= used - 1) {
			unsigned i = (unsigned)__builtin_ctzll(used);
			struct ival cap;
			char path[48];

			snprintf(path, sizeof(path), "[%u].slots[%u]", page, i);
			if (ival_step(pages, path, &cap) &&
			    get(cap, 0, ".state") == CAP_VALID &&
			    get(cap, 0, ".obj->type") == OBJ_MSGQUEUE) {
				add_queue(cap, hyp);
			}
		}
	}
}

void triage_read_vms(const struct snapshot *s, struct tri_hyp *hyp)
{
	struct ival vms;

	if (!inspect_find(s->hyp, "vms", &vms)) {
		return;
	}
	for (size_t i = 0; i < ival_count(vms) && hyp->vms < TRIAGE_VMS; i++) {
		struct tri_vm *to = &hyp->vm[hyp->vms];
		struct ival vm, at;
		char path[32];

		snprintf(path, sizeof(path), "[%zu]->vmid", i);
		if (!ival_step(vms, path, &at)) {
			continue;
		}
		snprintf(path, sizeof(path), "[%zu]->s2", i);
		if (!ival_step(vms, path, &at) ||
		    !inspect_cast(s->hyp, "struct vm", at.addr, &vm)) {
			continue;
		}
		hyp->vms++;
		to->vmid = (uint16_t)i;
		if (ival_step(vm, ".name", &at)) {
			ival_text(at, to->name, sizeof(to->name));
		}
		if (ival_get(vm, ".end", 0) != 0 &&
		    ival_step(vm, ".end", &at)) {
			const char *name = ival_enum(at);

			/* "VM_END_OFF" */
			to->end = name == NULL ? "?" : name + strlen("VM_END_");
		}
		read_spis(vm, to);
		read_queues(vm, hyp);
	}
}

static void print_bits(FILE *out, const char *label, uint32_t bits)
{
	fprintf(out, "    %s:", label);
	for (unsigned i = 0; i < 32; i++) {
		if (bits >> i & 1u) {
			fprintf(out, " %u", i);
		}
	}
	fprintf(out, "%s\n", bits == 0 ? " none" : "");
}

/* Times are those of the trace: seconds of the machine's counter. */
static void print_timers(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                         FILE *out)
{
	static const char *const names[] = { "virtual", "physical" };

	for (unsigned i = 0; v->has_timer && i < TRIAGE_TIMERS; i++) {
		const struct tri_timer *t = &v->timer[i];

		fprintf(out, "    %s timer: ", names[i]);
		if (!t->is_enabled) {
			fprintf(out, "not armed\n");
			continue;
		}
		if (t->due == TRIAGE_NEVER) {
			fprintf(out, "armed for never");
		} else {
			fprintf(out, "armed for %.6f s",
			        triage_seconds(hyp, t->due));
		}
		fprintf(out, "%s%s, %s\n", t->is_masked ? ", masked" : "",
		        t->is_deaf ? ", its interrupt disabled" : "",
		        t->has_fired        ? "has fired"
		        : v->loaded_on >= 0 ? "has not fired"
		        : v->is_watched || t->is_masked ||
		                        t->due == TRIAGE_NEVER
		                ? "not yet due"
		                : "not fired, and nobody watches it");
	}
}

static void print_sleep(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                        FILE *out)
{
	if (!triage_is_state(v, "VCPU_BLOCKED")) {
		return;
	}
	if (v->sleep_type == 0) {
		fprintf(out, "    blocked in WFI since ");
	} else {
		fprintf(out, "    blocked in CPU_SUSPEND %#x since ",
		        v->sleep_type);
	}
	if (v->blocked != 0) {
		fprintf(out, "%.6f s\n", triage_seconds(hyp, v->blocked));
	} else {
		fprintf(out, "before the trace begins; it ran at %.6f s\n",
		        triage_seconds(hyp, v->picked));
	}
}

static void print_vcpu(const struct tri_hyp *hyp, const struct tri_vcpu *v,
                       FILE *out)
{
	fprintf(out, "  vm %u vcpu %u: %s, %s, queue of cpu %u, ", v->vmid,
	        v->index, v->state, v->is_on ? "on" : "off", v->cpu);
	if (v->loaded_on >= 0) {
		fprintf(out, "registers in cpu %d", v->loaded_on);
	} else {
		fprintf(out, "loaded nowhere");
	}
	fprintf(out, ", asked %#" PRIx64 "%s\n", v->request,
	        !v->is_proxied  ? ""
	        : v->has_runner ? ", run by another one"
	                        : ", waits for another one to run it");
	fprintf(out, "    in %s, pc %#" PRIx64 " pstate %#" PRIx64 "\n",
	        v->place, v->pc, v->pstate);
	print_bits(out, "private interrupts pending and enabled", v->pending);
	print_bits(out, "    of them in list registers", v->listed);
	print_bits(out, "private interrupts active", v->active);
	print_sleep(hyp, v, out);
	print_timers(hyp, v, out);
	if (v->last[0] != '\0') {
		fprintf(out, "    last trace: %s\n", v->last);
	}
}

static void print_vm(const struct tri_vm *vm, FILE *out)
{
	fprintf(out, "  vm %u \"%s\": %s\n", vm->vmid, vm->name,
	        vm->end == NULL ? "runs" : vm->end);
	for (size_t i = 0; i < vm->spis; i++) {
		const struct tri_spi *spi = &vm->spi[i];

		fprintf(out, "    interrupt %u to vcpu %u:%s%s%s\n", spi->intid,
		        spi->to, spi->is_pending ? " pending" : "",
		        spi->is_active ? " active" : "",
		        spi->is_high ? " level high" : "");
	}
}

static void print_queue(const struct tri_queue *q, FILE *out)
{
	fprintf(out, "  queue at %#" PRIx64 ": %u messages, ", q->address,
	        q->messages);
	if (q->is_bound) {
		fprintf(out, "interrupt %u of vm %u tells vcpu %u\n", q->intid,
		        q->vmid, q->to);
	} else {
		fprintf(out, "no interrupt tells its receiver\n");
	}
}

void triage_hyp_print(const struct tri_hyp *hyp, FILE *out)
{
	fprintf(out, "virtual machines\n");
	for (size_t i = 0; i < hyp->vms; i++) {
		print_vm(&hyp->vm[i], out);
	}
	fprintf(out, "\nvirtual CPUs\n");
	for (size_t i = 0; i < hyp->vcpus; i++) {
		print_vcpu(hyp, &hyp->vcpu[i], out);
	}
	fprintf(out, "\nmessage queues\n");
	for (size_t i = 0; i < hyp->queues; i++) {
		print_queue(&hyp->queue[i], out);
	}
	fprintf(out, "\nlocks\n");
	for (size_t i = 0; i < hyp->cpus; i++) {
		if (hyp->cpu[i].waits) {
			fprintf(out, "  cpu %zu waits for %s, held by cpu %d\n",
			        i, hyp->cpu[i].lock, hyp->cpu[i].holder);
		}
	}
	fprintf(out, "\ntrace, all CPUs, the last %d records of %zu\n",
	        TRACE_SHOWN, hyp->log.count);
	trace_log_print(&hyp->log, out, TRACE_SHOWN);
	fprintf(out, "\ntrace, records by kind\n");
	trace_log_counts(&hyp->log, out);
}
