# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f abi.awk hyp/include/abi/hypercall.h hyp/call/table.c docs/abi.md
#
# Every hypercall of the table stands in docs/abi.md, with its number, name,
# number of arguments and results and its reserved argument, and no other.

FILENAME ~ /hypercall\.h$/ && /^#define HVC_[A-Z0-9_]+ +0x/ {
	number[$2] = hex($3)
	next
}

# An entry of the table may go over several lines.
FILENAME ~ /table\.c$/ && /^(\[|OWN\()HVC_/ { entry = "" ; inside = 1 }
FILENAME ~ /table\.c$/ && inside {
	entry = entry " " $0
	if (entry ~ /[)}],$/) {
		take(entry)
		inside = 0
	}
	next
}

FILENAME ~ /abi\.md$/ && /^\| 0x/ { compare($0) }

END {
	for (n in name) {
		if (!(n in documented)) {
			printf "docs/abi.md: %s (0x%x) is missing\n", name[n], n
		}
	}
}

function take(text,   key, n, f) {
	match(text, /HVC_[A-Z0-9_]+/)
	key = substr(text, RSTART, RLENGTH)
	if (!(key in number)) {
		print "hyp/call/table.c: " key " has no number"
		return
	}
	n = number[key]
	sub(/^[^=]*= */, "", text)
	if (match(text, /^CREATE\([a-z_]+\)/)) {
		name[n] = "partition_create_" substr(text, 8, RLENGTH - 8)
		ins[n] = 2
		outs[n] = 1
		reserved[n] = "R_ZERO"
		return
	}
	gsub(/^[^({]*[({]|[")}]/, "", text)
	split(text, f, / *, */)
	ins[n] = f[2]
	outs[n] = f[3]
	reserved[n] = f[4]
	# A raw row has two more columns in between.
	name[n] = f[5] ~ /true|false/ ? f[7] : f[5]
	gsub(/[ \t]/, "", name[n])
}

# mawk has no strtonum.
function hex(text,   i, value) {
	gsub(/ |^0x/, "", text)
	sub(/^0x/, "", text)
	text = tolower(text)
	for (i = 1; i <= length(text); i++) {
		value = value * 16 + \
			index("0123456789abcdef", substr(text, i, 1)) - 1
	}
	return value + 0
}

# Number of things in a list; "-" is none.
function count(list,   part) {
	gsub(/^ +| +$/, "", list)
	return list == "-" ? 0 : split(list, part, ",")
}

function compare(line,   col, n, want_ins, kind, arg, last) {
	split(line, col, "|")
	n = hex(col[2])
	gsub(/[ `]/, "", col[3])
	documented[n] = 1
	if (!(n in name)) {
		say(col[2] " " col[3] " is not in the table")
		return
	}
	want_ins = count(col[4])
	last = split(col[4], arg, ",")
	gsub(/ /, "", arg[last])
	kind = "R_NONE"
	if (arg[last] == "0" || arg[last] == "-1") {
		kind = arg[last] == "0" ? "R_ZERO" : "R_ONES"
		want_ins--
	}
	if (col[3] != name[n]) {
		say(col[3] ": is called " name[n])
	}
	if (want_ins != ins[n]) {
		say(col[3] ": takes " ins[n] " arguments, not " want_ins)
	}
	if (kind != reserved[n]) {
		say(col[3] ": reserved argument is " reserved[n])
	}
	# The results of a raw call begin in X0.
	if (count(col[5]) != outs[n]) {
		say(col[3] ": gives " outs[n] " results, not " count(col[5]))
	}
}

function say(what) {
	print FILENAME ":" FNR ": " what
}
