# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f floors.awk hyp/floors FILE...       files of hyp/
#
# Every #include "folder/file.h" in the hypervisor must go down, or stay in its
# own folder.  The first file names the floors, lowest first.
NR == FNR {
	if (!/^#/ && NF) {
		level++
		for (i = 1; i <= NF; i++) {
			floor[$i] = level
		}
	}
	next
}

FNR == 1 {
	split(FILENAME, part, "/")
	here = part[2]
	if (!(here in floor)) {
		report("no such floor: " here)
	}
}

/^[ \t]*#[ \t]*include[ \t]*"[a-z0-9_]+\// {
	split($0, quoted, "\"")
	split(quoted[2], path, "/")
	there = path[1]
	if (!(there in floor)) {
		report("no such floor: " there)
	} else if (floor[there] > floor[here]) {
		report("goes up: " here " -> " there)
	} else if (floor[there] == floor[here] && there != here) {
		report("sideways: " here " -> " there)
	}
}

/^[ \t]*#[ \t]*include[ \t]*"[^"]*\.\.\// {
	report("an include path names the floor, not a way to it")
}

# EL2 has no C library, and Debian's cross compiler finds the host's headers.
/^[ \t]*#[ \t]*include[ \t]*</ {
	split($0, quoted, /[<>]/)
	if (quoted[2] !~ /^(abi|arm64)\// &&
	    quoted[2] !~ /^(stdarg|stdbool|stddef|stdint|stdnoreturn)\.h$/ &&
	    quoted[2] != "board.h") {
		report("not a header of the compiler: " quoted[2])
	}
}

function report(what) {
	print FILENAME ":" FNR ": " what
}
