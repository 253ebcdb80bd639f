/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may rely on in the virtual PL011 (vdev/vpl011.h). */
#include <arm64/pl011.h>
#include <arm64/sysreg.h>

#include "machine.h"
#include "port.h"
#include "vdev/vpl011.h"
#include "vgic/vgic.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#undef ASSERT /* EL2's own; here it is the test's */
#include "greatest.h"

#define BASE  0x09000000
#define INTID 33
#define VMID  5
#define TO_VM "\033_T05\033\\"

static struct fake_uart port;
static struct vm vm;
static struct vcpu vcpu;
static struct mmio_bus bus;
static struct vpl011 uart;
static bool line;        /* the interrupt */
static unsigned changes; /* how often it was told */
static unsigned injected;

enum err vgic_set_level(struct vm *of, uint32_t vcpu_index, uint32_t intid,
                        bool is_high)
{
	(void)vcpu_index;
	if (of != &vm || intid != INTID) {
		abort();
	}
	line = is_high;
	changes++;
	return ERR_OK;
}

void vcpu_inject_abort(struct vcpu *v, uint64_t esr, uint64_t far)
{
	(void)v, (void)esr, (void)far;
	injected++;
}

static void setup(void *unused)
{
	(void)unused;
	fake_reset();
	fake_uart_init(&port);
	console_init(&port.uart, 255);
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&bus, 0, sizeof(bus));
	memset(&uart, 0, sizeof(uart));
	line = false;
	changes = injected = 0;
	vm.bus = &bus;
	vcpu.vm = &vm;
	if (vpl011_init(&uart, &vm, VMID, INTID) != ERR_OK ||
	    mmio_attach(&bus, ipa(BASE), &vpl011_model, &uart) != ERR_OK) {
		abort();
	}
}

static void teardown(void *unused)
{
	(void)unused;
	vpl011_fini(&uart);
}

static void access_reg(uint32_t offset, unsigned sas, uint64_t flags)
{
	uint64_t esr = DABT_ISV | field_put(DABT_SAS, sas) | flags;

	if (!mmio_handle_abort(&vcpu, esr, BASE + offset, ipa(BASE + offset))) {
		abort();
	}
}

static uint32_t get(uint32_t offset)
{
	access_reg(offset, 2, 0);
	return (uint32_t)vcpu.regs.x[0];
}

static void put(uint32_t offset, uint32_t value)
{
	vcpu.regs.x[0] = value;
	access_reg(offset, 2, DABT_WNR);
}

static void type(const char *text)
{
	fake_uart_type(&port, TO_VM, strlen(TO_VM));
	fake_uart_type(&port, text, strlen(text));
	console_rx_interrupt();
}

static void print_text(const char *text)
{
	while (*text != '\0') {
		put(PL011_DR, (uint8_t)*text++);
	}
}

TEST reset_values(uint32_t offset, uint32_t expected)
{
	ASSERT_EQ_FMT(expected, get(offset), "%#x");
	PASS();
}

TEST kept_registers_keep_their_bits(uint32_t offset, uint32_t expected)
{
	put(offset, 0xffffffff);
	ASSERT_EQ_FMT(expected, get(offset), "%#x");
	put(offset, 0);
	ASSERT_EQ_FMT(0u, get(offset), "%#x");
	PASS();
}

TEST status_registers_ignore_writes(uint32_t offset)
{
	uint32_t before = get(offset);

	put(offset, ~before);
	ASSERT_EQ_FMT(before, get(offset), "%#x");
	PASS();
}

TEST identification_is_a_pl011(void)
{
	static const uint8_t id[] = PL011_PERIPHID;

	for (uint32_t i = 0; i < 8; i++) {
		ASSERT_EQ_FMT((uint32_t)id[i], get(PL011_ID + 4 * i), "%#x");
		access_reg(PL011_ID + 4 * i, 0, 0); /* LDRB */
		ASSERT_EQ_FMT((uint32_t)id[i], (uint32_t)vcpu.regs.x[0], "%#x");
	}
	PASS();
}

TEST double_words_and_holes_read_zero(void)
{
	access_reg(PL011_ID, 3, 0);
	ASSERT_EQ_FMT(0u, (uint32_t)vcpu.regs.x[0], "%#x");
	ASSERT_EQ_FMT(0u, get(0x8), "%#x");
	ASSERT_EQ_FMT(0u, get(0x80), "%#x");
	ASSERT_EQ_FMT(0u, injected, "%u");
	PASS();
}

SUITE(vpl011_registers)
{
	SET_SETUP(setup, NULL);
	SET_TEARDOWN(teardown, NULL);
	RUN_TESTp(reset_values, PL011_FR, PL011_FR_TXFE | PL011_FR_RXFE);
	RUN_TESTp(reset_values, PL011_CR, 0x300);
	RUN_TESTp(reset_values, PL011_IFLS, 0x12);
	RUN_TESTp(reset_values, PL011_IMSC, 0);
	RUN_TESTp(reset_values, PL011_RIS, 0);
	RUN_TESTp(reset_values, PL011_MIS, 0);
	RUN_TESTp(reset_values, PL011_RSR, 0);
	RUN_TESTp(reset_values, PL011_LCR_H, 0);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_ILPR, 0xff);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_IBRD, 0xffff);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_FBRD, 0x3f);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_LCR_H, 0xff);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_CR, 0xff87);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_IFLS, 0x3f);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_IMSC, 0x7ff);
	RUN_TESTp(kept_registers_keep_their_bits, PL011_DMACR, 0x7);
	RUN_TESTp(status_registers_ignore_writes, PL011_FR);
	RUN_TESTp(status_registers_ignore_writes, PL011_RIS);
	RUN_TESTp(status_registers_ignore_writes, PL011_MIS);
	RUN_TESTp(status_registers_ignore_writes, PL011_RSR);
	RUN_TESTp(status_registers_ignore_writes, PL011_ID);
	RUN_TEST(identification_is_a_pl011);
	RUN_TEST(double_words_and_holes_read_zero);
}

TEST transmit_needs_no_setting_up(void)
{
	print_text("hello\n");
	ASSERT_STR_EQ(TO_VM "hello\n", port.out);
	PASS();
}

TEST byte_stores_transmit(void)
{
	vcpu.regs.x[0] = 0xabcd0a;
	access_reg(PL011_DR, 0, DABT_WNR);
	ASSERT_STR_EQ(TO_VM "\n", port.out);
	PASS();
}

TEST polling_before_each_byte_keeps_the_line_whole(void)
{
	for (const char *s = "abc"; *s != '\0'; s++) {
		(void)get(PL011_FR);
		put(PL011_DR, (uint8_t)*s);
	}
	ASSERT_STR_EQ("", port.out);
	(void)get(PL011_FR);
	ASSERT_STR_EQ("", port.out);
	(void)get(PL011_FR); /* now it waits */
	ASSERT_STR_EQ(TO_VM "abc", port.out);
	PASS();
}

TEST a_read_of_data_shows_the_prompt(void)
{
	print_text("> ");
	(void)get(PL011_DR);
	ASSERT_STR_EQ(TO_VM "> ", port.out);
	PASS();
}

TEST loop_back_receives_what_is_sent(void)
{
	put(PL011_CR, PL011_CR_RESET | PL011_CR_UARTEN | PL011_CR_LBE);
	put(PL011_DR, 'q');
	ASSERT_FALSE(get(PL011_FR) & PL011_FR_RXFE);
	ASSERT_EQ_FMT((uint32_t)'q', get(PL011_DR), "%#x");
	ASSERT_STR_EQ("", port.out);
	PASS();
}

TEST tx_interrupt_rises_with_each_byte_and_is_cleared(void)
{
	put(PL011_IMSC, PL011_INT_TX);
	ASSERT_FALSE(line); /* nothing was sent yet */
	put(PL011_DR, 'a');
	ASSERT(line);
	ASSERT_EQ_FMT(PL011_INT_TX, get(PL011_MIS), "%#x");
	put(PL011_ICR, PL011_INT_TX);
	ASSERT_FALSE(line);
	ASSERT_EQ_FMT(0u, get(PL011_RIS), "%#x");
	put(PL011_DR, 'b');
	ASSERT(line);
	put(PL011_IMSC, 0);
	ASSERT_FALSE(line);
	ASSERT_EQ_FMT(PL011_INT_TX, get(PL011_RIS), "%#x");
	ASSERT_EQ_FMT(0u, get(PL011_MIS), "%#x");
	put(PL011_IMSC, PL011_INT_TX);
	ASSERT(line);
	PASS();
}

SUITE(vpl011_transmit)
{
	SET_SETUP(setup, NULL);
	SET_TEARDOWN(teardown, NULL);
	RUN_TEST(transmit_needs_no_setting_up);
	RUN_TEST(byte_stores_transmit);
	RUN_TEST(polling_before_each_byte_keeps_the_line_whole);
	RUN_TEST(a_read_of_data_shows_the_prompt);
	RUN_TEST(loop_back_receives_what_is_sent);
	RUN_TEST(tx_interrupt_rises_with_each_byte_and_is_cleared);
}

TEST received_bytes_come_in_order(void)
{
	type("abc");
	ASSERT_EQ_FMT((uint32_t)'a', get(PL011_DR), "%#x");
	ASSERT_EQ_FMT((uint32_t)'b', get(PL011_DR), "%#x");
	ASSERT_FALSE(get(PL011_FR) & PL011_FR_RXFE);
	ASSERT_EQ_FMT((uint32_t)'c', get(PL011_DR), "%#x");
	ASSERT(get(PL011_FR) & PL011_FR_RXFE);
	ASSERT_EQ_FMT(0u, get(PL011_DR), "%#x");
	PASS();
}

TEST fifo_is_full_at(bool fifos, unsigned depth)
{
	put(PL011_LCR_H, fifos ? PL011_LCR_H_FEN : 0);
	for (unsigned i = 0; i < depth; i++) {
		ASSERT_FALSE(get(PL011_FR) & PL011_FR_RXFF);
		type("x");
	}
	ASSERT(get(PL011_FR) & PL011_FR_RXFF);
	(void)get(PL011_DR);
	ASSERT_FALSE(get(PL011_FR) & PL011_FR_RXFF);
	PASS();
}

TEST rx_interrupt_rises_at_its_level(uint32_t ifls, unsigned level)
{
	put(PL011_LCR_H, PL011_LCR_H_FEN);
	put(PL011_IFLS, ifls << 3);
	put(PL011_IMSC, PL011_INT_RX);
	for (unsigned i = 1; i < level; i++) {
		type("x");
		ASSERT_FALSE(line);
	}
	type("x");
	ASSERT(line);
	ASSERT_EQ_FMT(PL011_INT_RX, get(PL011_MIS), "%#x");
	(void)get(PL011_DR);
	ASSERT_FALSE(line);
	PASS();
}

TEST timeout_interrupt_stays_while_data_waits(void)
{
	put(PL011_LCR_H, PL011_LCR_H_FEN);
	put(PL011_IMSC, PL011_INT_RX | PL011_INT_RT);
	type("ab");
	ASSERT_EQ_FMT(PL011_INT_RT, get(PL011_MIS), "%#x");
	(void)get(PL011_DR);
	ASSERT(line);
	(void)get(PL011_DR);
	ASSERT_FALSE(line);
	PASS();
}

TEST cleared_rx_comes_back_with_the_next_byte(void)
{
	put(PL011_IMSC, PL011_INT_RX);
	type("a");
	ASSERT(line);
	put(PL011_ICR, PL011_INT_RX);
	ASSERT_FALSE(line);
	type("b"); /* waits behind the one-byte FIFO */
	ASSERT_FALSE(line);
	ASSERT_EQ_FMT((uint32_t)'a', get(PL011_DR), "%#x");
	ASSERT(line);
	PASS();
}

TEST nothing_is_lost_when_the_guest_does_not_read(void)
{
	char text[3000], got[3001];

	for (unsigned i = 0; i < sizeof(text) - 1; i++) {
		text[i] = (char)('!' + i % 90);
	}
	text[sizeof(text) - 1] = '\0';
	type(text);
	ASSERT_FALSE(port.irq_on); /* the rest waits outside */
	ASSERT(port.in_next < port.in_len);

	for (unsigned i = 0; i < sizeof(text) - 1; i++) {
		ASSERT_FALSE(get(PL011_FR) & PL011_FR_RXFE);
		got[i] = (char)get(PL011_DR);
	}
	got[sizeof(text) - 1] = '\0';
	ASSERT_STR_EQ(text, got);
	ASSERT(get(PL011_FR) & PL011_FR_RXFE);
	ASSERT(port.irq_on);
	PASS();
}

TEST turning_fifos_on_and_off_keeps_bytes(void)
{
	type("abc");
	put(PL011_LCR_H, PL011_LCR_H_FEN);
	put(PL011_LCR_H, 0);
	ASSERT_EQ_FMT((uint32_t)'a', get(PL011_DR), "%#x");
	ASSERT_EQ_FMT((uint32_t)'b', get(PL011_DR), "%#x");
	ASSERT_EQ_FMT((uint32_t)'c', get(PL011_DR), "%#x");
	PASS();
}

TEST an_ended_vm_holds_nothing_up(void)
{
	char text[2001];

	memset(text, 'x', 2000);
	text[2000] = '\0';
	type(text);
	ASSERT_FALSE(port.irq_on);
	vpl011_end(&uart);
	ASSERT(port.irq_on);
	ASSERT_EQ_FMT(port.in_len, port.in_next, "%zu");
	PASS();
}

TEST the_vgic_hears_only_changes(void)
{
	put(PL011_IMSC, PL011_INT_RX | PL011_INT_TX);
	put(PL011_DR, 'a');
	put(PL011_DR, 'b');
	type("c");
	ASSERT_EQ_FMT(1u, changes, "%u");
	put(PL011_ICR, PL011_INT_MASK);
	ASSERT_EQ_FMT(2u, changes, "%u");
	PASS();
}

SUITE(vpl011_receive)
{
	SET_SETUP(setup, NULL);
	SET_TEARDOWN(teardown, NULL);
	RUN_TEST(received_bytes_come_in_order);
	RUN_TESTp(fifo_is_full_at, false, 1);
	RUN_TESTp(fifo_is_full_at, true, 16);
	RUN_TESTp(rx_interrupt_rises_at_its_level, 0, 2);
	RUN_TESTp(rx_interrupt_rises_at_its_level, 1, 4);
	RUN_TESTp(rx_interrupt_rises_at_its_level, 2, 8);
	RUN_TESTp(rx_interrupt_rises_at_its_level, 3, 12);
	RUN_TESTp(rx_interrupt_rises_at_its_level, 4, 14);
	RUN_TEST(timeout_interrupt_stays_while_data_waits);
	RUN_TEST(cleared_rx_comes_back_with_the_next_byte);
	RUN_TEST(nothing_is_lost_when_the_guest_does_not_read);
	RUN_TEST(turning_fifos_on_and_off_keeps_bytes);
	RUN_TEST(an_ended_vm_holds_nothing_up);
	RUN_TEST(the_vgic_hears_only_changes);
}

GREATEST_MAIN_DEFS();

int main(int argc, char **argv)
{
	GREATEST_MAIN_BEGIN();
	RUN_SUITE(vpl011_registers);
	RUN_SUITE(vpl011_transmit);
	RUN_SUITE(vpl011_receive);
	GREATEST_MAIN_END();
}
