# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f lengths.awk FILE...       prints "file|function LINES WHERE"
#
# Lengths of files and of functions.  Sees formatted code, where a function's
# body stands between a '{' and a '}' in the first column.
FNR == 1 {
	if (last != "") {
		print "file", lines, last
	}
	last = FILENAME
	heading = ""
	inside = 0
}

{
	lines = FNR
}

/^[A-Za-z_].*\(/ {
	heading = $0
	begin = FNR
}

/;$/ && !inside {
	heading = ""
}

/^{$/ && heading != "" {
	inside = 1
}

/^}/ && inside {
	sub(/\(.*/, "", heading)
	sub(/^.*[ *]/, "", heading)
	print "function", FNR - begin + 1, FILENAME ":" begin ":" heading
	heading = ""
	inside = 0
}

END {
	if (last != "") {
		print "file", lines, last
	}
}
