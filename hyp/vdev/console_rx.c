/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console multiplexer, input side.
 *
 * Bytes run from the port through the parser of marks to the reader in focus.
 * Where a reader has no room, everything behind that byte waits too, in the
 * hardware and behind it in whoever sends: order is kept and nothing is lost.
 *
 * Invariant: the port's interrupt is on exactly when nothing is held back.
 */
#include <abi/console.h>

#include "vdev/console_wire.h"

/* How much of a mark has been seen. */
enum mark_state {
	MARK_NONE,
	MARK_ESC,     /* ESC */
	MARK_APC,     /* ESC _ */
	MARK_TO_1,    /* ESC _ T */
	MARK_TO_2,    /* ESC _ T h */
	MARK_BODY,    /* all but the end */
	MARK_BODY_ESC /* ... and its ESC */
};

static struct {
	struct spinlock lock;
	struct uart *port;
	uint16_t root_vmid;
	uint16_t focus;
	enum mark_state state;
	bool is_literal; /* the mark stands for one ESC */
	uint16_t target; /* the mark's two digits */
	bool has_held;
	uint8_t held; /* for the focus; its reader had no room */
} input;

void console_input_lock(void)
{
	spin_lock(&input.lock);
}

void console_input_unlock(void)
{
	spin_unlock(&input.lock);
}

/* @return -1 if it is not a lower-case hexadecimal digit. */
static int hex_value(uint8_t byte)
{
	if (byte >= '0' && byte <= '9') {
		return byte - '0';
	}
	if (byte >= 'a' && byte <= 'f') {
		return byte - 'a' + 10;
	}
	return -1;
}

/* The letter after ESC _ says what mark it is. */
static void begin_mark(uint8_t kind)
{
	input.target = 0;
	input.is_literal = kind == CONSOLE_MARK_ESC;
	if (input.is_literal) {
		input.state = MARK_BODY;
	} else if (kind == CONSOLE_MARK_TO) {
		input.state = MARK_TO_1;
	} else {
		input.state = MARK_NONE;
	}
}

/* A whole mark has come. @return true: it stands for one ESC byte. */
static bool end_mark(void)
{
	input.state = MARK_NONE;
	if (!input.is_literal) {
		input.focus = input.target;
	}
	return input.is_literal;
}

/* A digit of the mark; anything else makes the mark void. */
static void take_digit(uint8_t byte, enum mark_state next)
{
	int digit = hex_value(byte);

	input.target = (uint16_t)(input.target << 4 | (digit & 15));
	input.state = digit < 0 ? MARK_NONE : next;
}

/*
 * One byte from the wire.
 * @return true: *byte is for the stream in focus; false: part of a mark.
 * Of a malformed mark nothing is delivered, and the focus stays.
 */
static bool parse(uint8_t *byte)
{
	switch (input.state) {
	case MARK_NONE:
		if (*byte != CONSOLE_ESC) {
			return true;
		}
		input.state = MARK_ESC;
		return false;
	case MARK_ESC:
		input.state = *byte == CONSOLE_APC ? MARK_APC : MARK_NONE;
		return false;
	case MARK_APC:
		begin_mark(*byte);
		return false;
	case MARK_TO_1:
		take_digit(*byte, MARK_TO_2);
		return false;
	case MARK_TO_2:
		take_digit(*byte, MARK_BODY);
		return false;
	case MARK_BODY:
		input.state = *byte == CONSOLE_ESC ? MARK_BODY_ESC : MARK_NONE;
		return false;
	case MARK_BODY_ESC:
		if (*byte != CONSOLE_ST) {
			input.state = MARK_NONE;
			return false;
		}
		*byte = CONSOLE_ESC;
		return end_mark();
	}
	return false;
}

/* @return false: the reader has no room. Without a reader it is delivered. */
static bool deliver(uint8_t byte)
{
	uint16_t vmid = input.focus;
	struct console_stream *s;

	if (vmid == CONSOLE_STREAM_HYP) {
		vmid = input.root_vmid;
	}
	s = console_find_locked(vmid);
	return s == NULL || s->reader.put(s->reader.dev, byte);
}

static void pull_locked(void)
{
	uint8_t byte;

	assert_locked(&input.lock);
	if (input.has_held && !deliver(input.held)) {
		return;
	}
	input.has_held = false;
	while (input.port->ops->get(input.port, &byte)) {
		if (parse(&byte) && !deliver(byte)) {
			input.held = byte;
			input.has_held = true;
			break;
		}
	}
	input.port->ops->rx_irq(input.port, !input.has_held);
}

void console_rx_interrupt(void)
{
	if (input.port == NULL) {
		return;
	}
	spin_lock(&input.lock);
	pull_locked();
	spin_unlock(&input.lock);
}

void console_input_resume(void)
{
	console_rx_interrupt();
}

void console_input_init(struct uart *port, uint16_t root_vmid)
{
	input.port = port;
	input.root_vmid = root_vmid;
	input.focus = CONSOLE_STREAM_HYP;
	input.state = MARK_NONE;
	input.has_held = false;
	if (port != NULL) {
		port->ops->rx_irq(port, true);
	}
}
