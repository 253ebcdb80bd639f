/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames: the lines a test report is made of.
 *
 *     @T <src> <seq> <kind> <text> ~<crc>\n
 *
 *     src   VMID of the sender, two lower-case hex digits; it must be the
 *           stream that the line came by ("00" for firmware; on lane "ref",
 *           where there is no VMID, FRAME_SRC_REF)
 *     seq   decimal, counts the sender's frames from 0 without a gap
 *     kind  one word of the table below
 *     text  printable ASCII; may be empty (then two spaces stand in a row)
 *     crc   CRC-32 (the one of IEEE 802.3, as zlib's crc32()) of everything
 *           from '@' up to and including the last byte of text, 8 lower-case
 *           hex digits
 *
 * A line longer than FRAME_MAX is not a frame.  Bytes of a message outside
 * 0x20..0x7e, and the backslash, travel as \xhh.
 *
 * A report is: (suite plan (begin (pass|fail|skip))* )* end.  Tests run
 * outside a suite have neither suite nor plan.  After "end" comes nothing.
 *
 *     kind   text
 *     suite  NAME
 *     plan   N                       number of tests this suite will run
 *     begin  TEST
 *     pass   TEST [MESSAGE]
 *     fail   TEST FILE:LINE MESSAGE
 *     skip   TEST MESSAGE
 *     bench  ROW VALUE UNIT          one measured figure, VALUE decimal
 *     note   TEXT                    for the reader; no verdict
 *     end    PASSED FAILED SKIPPED
 *
 * The name of a test may begin with the numbers of the behaviours it shows
 * (docs/cases.md): c77_c78_loads_extend shows cases 77 and 78.
 */
#ifndef ABI_FRAME_H
#define ABI_FRAME_H

#define FRAME_MARK     "@T "
#define FRAME_MAX      1024 /* bytes with the newline */
#define FRAME_SRC_REF  0xfe
#define FRAME_CRC_POLY 0xedb88320u /* reflected */

#define FRAME_SUITE "suite"
#define FRAME_PLAN  "plan"
#define FRAME_BEGIN "begin"
#define FRAME_PASS  "pass"
#define FRAME_FAIL  "fail"
#define FRAME_SKIP  "skip"
#define FRAME_BENCH "bench"
#define FRAME_NOTE  "note"
#define FRAME_END   "end"

#endif
