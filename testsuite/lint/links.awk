# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f links.awk FILE.md...
#
# Every relative link of a page, [text](path), leads to a file or folder.
FNR == 1 {
	folder = FILENAME
	if (!sub(/\/[^\/]*$/, "", folder)) {
		folder = "."
	}
	fenced = 0
}

/^[ \t]*```/ {
	fenced = !fenced
}

!fenced {
	rest = $0
	while (match(rest, /\]\([^)]*\)/)) {
		target = substr(rest, RSTART + 2, RLENGTH - 3)
		rest = substr(rest, RSTART + RLENGTH)
		sub(/#.*/, "", target)
		if (target == "" || target ~ /^[a-z]+:/) {
			continue
		}
		if (system("test -e '" folder "/" target "'") != 0) {
			print FILENAME ":" FNR ": leads nowhere: " target
		}
	}
}
