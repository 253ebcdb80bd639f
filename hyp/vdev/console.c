/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console multiplexer, output side.
 *
 * Invariant: what the far end believes to be the stream in focus is
 * wire.focus, because both change only here, mark and variable together, with
 * the wire lock held (or by the one CPU that survives a panic).
 *
 * Input lives in console_rx.c.
 */
#include "vdev/console.h"

#include <abi/console.h>

#include "arch/percpu.h"
#include "drv/timer.h"
#include "vdev/console_wire.h"

#define NOBODY     UINT32_MAX
#define FLUSH_US   10000u   /* how long half a line may wait */
#define PANIC_WAIT 1000000u /* polls; long enough for a line at 115200 baud */

static struct {
	struct spinlock lock;
	struct uart *port;
	uint16_t focus;
	bool mid_line; /* stream 0's last byte was not a newline */
	bool busy;     /* somebody is between begin and end */
	uint32_t dying_cpu;
} wire = { .dying_cpu = NOBODY };

static struct console_stream *streams[CONSOLE_VMIDS];

/* Armed on a CPU from the first byte of a line there, until it fires. */
static struct timer flush_timer[CPUS_MAX];

/*
 * @return false: this CPU must not write any more, a panic owns the wire.
 * The dying CPU needs no lock: console_panic has waited for the others.
 */
static bool wire_begin(void)
{
	uint32_t dying = __atomic_load_n(&wire.dying_cpu, __ATOMIC_RELAXED);

	if (dying != NOBODY) {
		return dying == cpu_index();
	}
	spin_lock(&wire.lock);
	__atomic_store_n(&wire.busy, true, __ATOMIC_RELAXED);
	/*
	 * Orders `busy` before the second look at `dying_cpu`, against the
	 * opposite order in console_panic: one of the two sees the other.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&wire.dying_cpu, __ATOMIC_RELAXED) != NOBODY) {
		__atomic_store_n(&wire.busy, false, __ATOMIC_RELEASE);
		spin_unlock(&wire.lock);
		return false;
	}
	return true;
}

static void wire_end(void)
{
	if (__atomic_load_n(&wire.dying_cpu, __ATOMIC_RELAXED) == cpu_index()) {
		return;
	}
	__atomic_store_n(&wire.busy, false, __ATOMIC_RELEASE);
	spin_unlock(&wire.lock);
}

static void put_raw(uint8_t byte)
{
	wire.port->ops->put(wire.port, byte);
}

static uint8_t hex_digit(unsigned value)
{
	return (uint8_t) "0123456789abcdef"[value & 15];
}

static void put_focus(uint16_t vmid)
{
	put_raw(CONSOLE_ESC);
	put_raw(CONSOLE_APC);
	put_raw(CONSOLE_MARK_TO);
	put_raw(hex_digit(vmid >> 4));
	put_raw(hex_digit(vmid));
	put_raw(CONSOLE_ESC);
	put_raw(CONSOLE_ST);
	wire.focus = vmid;
}

static void put_byte(uint8_t byte)
{
	put_raw(byte);
	if (byte == CONSOLE_ESC) {
		/* So far this looks like any mark; now say which. */
		put_raw(CONSOLE_APC);
		put_raw(CONSOLE_MARK_ESC);
		put_raw(CONSOLE_ESC);
		put_raw(CONSOLE_ST);
	}
}

static void emit(uint16_t vmid, const uint8_t *bytes, size_t len)
{
	if (wire.port == NULL || len == 0) {
		return;
	}
	if (wire.focus != vmid) {
		put_focus(vmid);
	}
	for (size_t i = 0; i < len; i++) {
		put_byte(bytes[i]);
	}
	if (vmid == CONSOLE_STREAM_HYP) {
		wire.mid_line = bytes[len - 1] != '\n';
	}
}

static void flush_locked(struct console_stream *s)
{
	assert_locked(&s->lock);
	if (s->len != 0 && wire_begin()) {
		emit(s->vmid, s->line, s->len);
		s->len = 0; /* before a panic may look at it */
		wire_end();
	}
	s->len = 0;
}

static void flush_late(struct timer *t)
{
	(void)t;
	console_flush_all();
}

/*
 * Not stopped when the line is done: while a guest writes, a look every 10 ms
 * costs less than moving the timer with each line.
 */
static void start_timer(void)
{
	struct timer *t = &flush_timer[cpu_index()];

	if (!timer_is_armed(t)) {
		timer_start(t, timer_now() + timer_us_to_ticks(FLUSH_US));
	}
}

void console_put(struct console_stream *s, uint8_t byte)
{
	if (!console_has_output(s)) {
		start_timer();
	}
	spin_lock(&s->lock);
	s->line[s->len] = byte;
	__atomic_store_n(&s->len, (uint16_t)(s->len + 1), __ATOMIC_RELAXED);
	if (byte == '\n' || s->len == CONSOLE_LINE_MAX) {
		flush_locked(s);
	}
	spin_unlock(&s->lock);
}

void console_flush(struct console_stream *s)
{
	spin_lock(&s->lock);
	flush_locked(s);
	spin_unlock(&s->lock);
}

void console_flush_all(void)
{
	console_input_lock(); /* nobody is detached meanwhile */
	for (unsigned i = 0; i < CONSOLE_VMIDS; i++) {
		if (streams[i] != NULL && console_has_output(streams[i])) {
			console_flush(streams[i]);
		}
	}
	console_input_unlock();
}

void console_hyp_write(const char *text, size_t len)
{
	if (wire_begin()) {
		emit(CONSOLE_STREAM_HYP, (const uint8_t *)text, len);
		wire_end();
	}
}

void console_panic(void)
{
	uint32_t expected = NOBODY;

	/* The first CPU to die tells the story; the others are silent. */
	if (!__atomic_compare_exchange_n(&wire.dying_cpu, &expected,
	                                 cpu_index(), false, __ATOMIC_SEQ_CST,
	                                 __ATOMIC_SEQ_CST)) {
		return;
	}
	/* Pairs with the fence in wire_begin. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (uint32_t i = 0; i < PANIC_WAIT; i++) {
		if (!__atomic_load_n(&wire.busy, __ATOMIC_ACQUIRE)) {
			break;
		}
	}
	if (wire.port == NULL) {
		return;
	}
	if (__atomic_load_n(&wire.busy, __ATOMIC_ACQUIRE)) {
		/* It died inside a mark, maybe: end that mark. */
		put_raw(CONSOLE_ESC);
		put_raw(CONSOLE_ST);
		wire.mid_line = true;
	}
	for (unsigned i = 0; i < CONSOLE_VMIDS; i++) {
		const struct console_stream *s = streams[i];

		if (s != NULL && s->len <= CONSOLE_LINE_MAX) {
			emit(s->vmid, s->line, s->len);
		}
	}
	put_focus(CONSOLE_STREAM_HYP);
	if (wire.mid_line) {
		put_byte('\n');
	}
}

void console_init(struct uart *port, uint16_t root_vmid)
{
	wire.port = port;
	wire.focus = CONSOLE_STREAM_HYP;
	wire.mid_line = false;
	for (unsigned i = 0; i < CPUS_MAX; i++) {
		timer_setup(&flush_timer[i], flush_late);
	}
	console_input_init(port, root_vmid);
}

bool console_attach(struct console_stream *s, uint16_t vmid,
                    struct console_reader reader)
{
	bool ok = false;

	console_input_lock();
	if (vmid != CONSOLE_STREAM_HYP && vmid < CONSOLE_VMIDS &&
	    streams[vmid] == NULL) {
		s->vmid = vmid;
		s->len = 0;
		s->reader = reader;
		streams[vmid] = s;
		ok = true;
	}
	console_input_unlock();
	return ok;
}

void console_detach(struct console_stream *s)
{
	console_flush(s);
	console_input_lock();
	if (streams[s->vmid] == s) {
		streams[s->vmid] = NULL;
	}
	console_input_unlock();
	/* A byte may have been held back for the VM that is gone now. */
	console_input_resume();
}

struct console_stream *console_find_locked(uint16_t vmid)
{
	return streams[vmid];
}
