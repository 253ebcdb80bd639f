/* SPDX-License-Identifier: BSD-2-Clause */
#include "help.h"

#include <getopt.h>
#include <stdio.h>

/* clang-format off */
static const char text[] =
"Touchstone boots scenarios in QEMU, watches every console, and judges.\n"
"\n"
"USAGE\n"
"  ./run-tests.sh [OPTIONS] [PATTERN...]\n"
"  ./run-tests.sh [OPTIONS] lint | unit | self-test | fresh\n"
"  ./run-tests.sh [OPTIONS] bench | mutants | demo [PATTERN...]\n"
"\n"
"  PATTERNs are shell globs on the names of scenarios. Without any, and\n"
"  without --tag, --lane or --qemu-mode, everything runs: lint, unit,\n"
"  self-test, and all scenarios but those tagged \"long\" or \"bench\".\n"
"  The last line is always: N passed, N failed, N skipped.\n"
"\n"
"PARTS\n"
"  lint        style, floors, headers, shell, device trees\n"
"  unit        host unit tests under the sanitizers\n"
"  self-test   the harness against QEMU programs that misbehave\n"
"  fresh       both commands of the README on minimal Debian 12 and 13\n"
"  bench       measure, and compare with the limits of testsuite/bench.dts\n"
"  mutants     boot each scenario with the faults it must catch\n"
"  demo        a short tour: consoles in colour, ends by itself\n"
"\n"
"WHAT TO RUN\n"
"  --tag T            scenarios with this tag; repeatable; smoke is fast\n"
"  --lane LANE        touchstone (our hypervisor) or ref (bare QEMU, EL1)\n"
"  --board B          a folder of boards/; default qemu-virt\n"
"  --qemu-mode MODE   mttcg, or icount=N with N from 0 to 10, instead of\n"
"                     the scenarios' own modes\n"
"  --shard I/N        the Ith of N equal shares\n"
"  --repeat N         each N times\n"
"  --list             print NAME, tab, tags, tab, the sentence it proves\n"
"  --dry-run          print how QEMU would be started, and start nothing\n"
"\n"
"HOW TO RUN\n"
"  -j, --jobs N       boots side by side; default 2\n"
"  --seed S           for random parts, instead of the scenarios' seeds\n"
"  --timeout-scale X  stretch every time limit; for slow or busy hosts\n"
"  --retries N        boot again after a failure, at most N times; passing\n"
"                     then is FLAKY, and the first evidence is kept\n"
"  --sweep N          N interleavings of each: speeds of virtual time, seeds,\n"
"                     and real concurrency; a failure prints its command\n"
"  --fail-on-flaky    exit 5 when something was FLAKY\n"
"  --greatest-text    reports come as the original greatest's own text\n"
"                     (also TOUCHSTONE_GREATEST_TEXT in the environment)\n"
"\n"
"WHERE IT GOES\n"
"  --output DIR       a folder per scenario; default build/results\n"
"  --junit FILE       JUnit XML          (all three: \"-\" is standard\n"
"  --tap FILE         TAP version 14      output)\n"
"  --json FILE        JSON; with bench: an array of name, value, unit, limit\n"
"  --coverage         which lines of the hypervisor ran, from its ordinary\n"
"                     image; DIR/coverage/hyp.txt and hyp.info (lcov)\n"
"  --timeline         timeline.json in each folder, for Perfetto: the last\n"
"                     few hundred records of each CPU\n"
"  -v, --verbose      every test by name; exits of each VM by reason\n"
"  --no-color         no colours, as with NO_COLOR in the environment\n"
"\n"
"BY HAND\n"
"  --gdb              boot one scenario stopped, print the gdb line to\n"
"                     paste; no time limits\n"
"  --console[=VM]     the terminal becomes that VM's console (default: the\n"
"                     first VM; \"hyp\" is the hypervisor); Ctrl-] leaves\n"
"  --replay FILE      boot the images beside this compiled scenario; what\n"
"                     repro.sh in a scenario's folder does\n"
"  --scenarios DIR    instead of testsuite/scenarios\n"
"  --images DIR       instead of build/BOARD\n"
"  --completion bash  print a completion script:\n"
"                     eval \"$(./run-tests.sh --completion bash)\"\n"
"  -h, --help         this text\n"
"\n"
"FILES of one scenario, below build/results/NAME.LANE.MODE/\n"
"  argv  qemu.log  raw.log  hyp.log  vm-NAME.log  frames.jsonl  result.json\n"
"  backtrace.txt (a crash); triage.txt, timeline.json, core.elf (a hang);\n"
"  repro.sh (the same boot again, with the images kept beside it)\n"
"\n"
"ENVIRONMENT\n"
"  TOUCHSTONE_QEMU    run this program instead of the board's QEMU\n"
"  CI                 one line per scenario even on a terminal\n"
"  NO_COLOR, TMPDIR   as usual\n"
"\n"
"EXIT STATUS\n"
"  0 all passed             1 a failure, crash, hang or timeout\n"
"  2 usage, configuration   3 only infrastructure faults\n"
"  4 nothing ran            5 flaky, under --fail-on-flaky\n"
"  77 all skipped           130 interrupted\n";
/* clang-format on */

void help_print(void)
{
	fputs(text, stdout);
}

void completion_print(const struct option *options, const char *const *commands)
{
	printf("_touchstone() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	       "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tcase $prev in\n"
	       "\t--lane) COMPREPLY=($(compgen -W 'touchstone ref' -- "
	       "\"$cur\")); return ;;\n"
	       "\t--qemu-mode) COMPREPLY=($(compgen -W 'mttcg icount=' -- "
	       "\"$cur\")); return ;;\n"
	       "\t--board) COMPREPLY=($(compgen -W \"$(cd boards 2>/dev/null "
	       "&& echo */ | tr -d /)\" -- \"$cur\")); return ;;\n"
	       "\t--tag) COMPREPLY=($(compgen -W \"$(build/host/touchstone "
	       "--list 2>/dev/null | cut -f2 | tr , '\\n' | sort -u)\" -- "
	       "\"$cur\")); return ;;\n"
	       "\t--output|--scenarios|--images) COMPREPLY=($(compgen -d -- "
	       "\"$cur\")); return ;;\n"
	       "\t--junit|--tap|--json|--replay) COMPREPLY=($(compgen -f -- "
	       "\"$cur\")); return ;;\n"
	       "\tesac\n"
	       "\tif [[ $cur == -* ]]; then\n"
	       "\t\tCOMPREPLY=($(compgen -W '");
	for (; options->name != NULL; options++) {
		printf("--%s ", options->name);
	}
	printf("' -- \"$cur\"))\n"
	       "\telse\n"
	       "\t\tCOMPREPLY=($(compgen -W '");
	for (; *commands != NULL; commands++) {
		printf("%s ", *commands);
	}
	printf("'\" $(build/host/touchstone --list 2>/dev/null | cut -f1)\" "
	       "-- \"$cur\"))\n"
	       "\tfi\n"
	       "}\n"
	       "complete -F _touchstone ./run-tests.sh run-tests.sh "
	       "touchstone\n");
}
