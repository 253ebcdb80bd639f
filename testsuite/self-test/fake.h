/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A QEMU that is none: connects to the harness as QEMU does, and then plays
 * what a guest, a hypervisor or a broken machine could do to it.
 */
#ifndef FAKE_H
#define FAKE_H

#include <stddef.h>

#define FAKE_ROOT 0xff /* VMID of the one VM in scenario "report" */
#define FAKE_HYP  0

/* The wire. */
void put_bytes(const void *data, size_t len);
void put(const char *text);

/** The mark after which the wire belongs to stream @vmid. */
void put_focus(unsigned vmid);

/** The next good frame of @vmid, on the stream in focus. */
void put_frame(unsigned vmid, const char *kind, const char *text);

/** A frame as said, whatever it is: any @seq, and @spoil is added (xor) to
 * the checksum. */
void put_raw_frame(unsigned vmid, unsigned seq, const char *kind,
                   const char *text, unsigned spoil);

/** A whole good report of one suite with @count passes. */
void put_report(unsigned vmid, unsigned count);

/** The root VM's report up to and without its first result. */
void put_begin(unsigned planned);

/** A whole report in which the one test failed. */
void put_failed_report(void);

/** From here each byte is a write of its own. */
void put_slowly(void);

/** Wait, serving QMP; input from the wire is kept for take_line(). */
void wait_ms(unsigned ms);

/** The next line that came in by the wire, marks taken out; waits for it. */
const char *take_line(void);

/** What QEMU does when the guest powers off: tells it by QMP and ends. */
_Noreturn void power_off(void);

/** What "pmemsave" shall find; the fake has no memory of its own. */
extern const void *fake_memory;
extern size_t fake_memory_len;

/** As power_off(), but it was the watchdog, a reset, ... (QMP's reason). */
_Noreturn void end_with(const char *event, const char *reason);

/** Take no notice of QMP's "quit" and of SIGTERM. */
void be_stubborn(void);

/** How QMP answers. */
enum fake_qmp {
	FAKE_QMP_GOOD,
	FAKE_QMP_MUTE,    /* not at all */
	FAKE_QMP_RUBBISH, /* in what is no JSON */
	FAKE_QMP_LATE,    /* query-status, before the next command's answer */
};
extern enum fake_qmp fake_qmp_manner;

/** How often this case has been started before; counted in FAKE_STATE. */
unsigned earlier_starts(void);

struct play {
	const char *name;
	void (*run)(void);
	void (*before)(void); /* before the sockets are connected; or NULL */
};
/* Each ends with a row of NULLs. */
extern const struct play report_plays[], machine_plays[];

#endif
