/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console wire: many streams on one serial line, without loss.
 *
 * The wire carries plain bytes of the stream in focus and these marks, each
 * an APC string (ECMA-48, "APPLICATION PROGRAM COMMAND") that a terminal
 * ignores:
 *
 *     ESC _ T h h ESC \     the stream with VMID 0xhh is in focus from here
 *                           (two lower-case hexadecimal digits)
 *     ESC _ E ESC \         one ESC byte, literally, of the stream in focus
 *
 * A stream never puts a bare ESC on the wire, so no guest can forge a mark.
 * Both directions use the same marks.  Each direction starts with stream 0,
 * which belongs to the firmware and the hypervisor; input for stream 0 goes
 * to the root VM until a mark says otherwise.
 *
 * Without a hypervisor (lane "ref") nothing is marked and nothing is split:
 * the whole wire is the one VM's.
 */
#ifndef ABI_CONSOLE_H
#define ABI_CONSOLE_H

#define CONSOLE_ESC        0x1b
#define CONSOLE_APC        '_'  /* after ESC: a mark begins */
#define CONSOLE_ST         '\\' /* after ESC: the mark ends */
#define CONSOLE_MARK_TO    'T'  /* two hex digits follow */
#define CONSOLE_MARK_ESC   'E'  /* nothing follows */
#define CONSOLE_MARK_MAX   7    /* bytes of the longest mark */
#define CONSOLE_STREAM_HYP 0

/* Death strings: at the start of a line of the named stream, the end. */
#define CONSOLE_HYP_PANIC      "hyp: PANIC: "      /* stream 0 */
#define CONSOLE_FIRMWARE_FATAL "firmware: fatal: " /* stream 0 */
#define CONSOLE_GUEST_FATAL    "guest: fatal: "    /* a VM's own stream */

/* Stream 0 says how each VM ended: "hyp: vm <vmid> ended: <why>". */
#define CONSOLE_VM_ENDED "hyp: vm %u ended: "

/* Stream 0, before that: where the hypervisor's image lies, "0x<address>, ". */
#define CONSOLE_HYP_PLACE "firmware: hypervisor at "

#endif
