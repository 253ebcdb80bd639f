# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f coverage.awk REASONS build/results/coverage/hyp.info
#
# Turns a measurement (--coverage) into docs/coverage.md: what never ran, by
# function, each with its reason.  Fails below 90 % of lines, when a hypercall
# of the table never ran, and for lines without a reason.  REASONS: three
# columns with tabs, regular expressions for the file and for the function or,
# behind "=", for the line's text; then the reason.  The first match counts.

BEGIN {
	FS = "\t"
	FLOOR = 90
	rules = 0
}

FILENAME == ARGV[1] {
	if ($0 !~ /^#/ && NF == 3) {
		rule_file[rules] = $1
		rule_what[rules] = $2
		rule_text[rules++] = $3
	}
	next
}

/^SF:/ {
	read_source(substr($0, 4))
}

/^FNDA:/ {
	split(substr($0, 6), part, ",")
	if (part[2] ~ /^hvc_/) {
		handlers++
		if (part[1] == 0) {
			complain("hypercall never ran: " part[2])
		}
	}
}

/^DA:/ {
	split(substr($0, 4), part, ",")
	all++
	ran += part[2]
	if (part[2] == 0) {
		note(part[1])
	}
}

# For each line its text and the function it is in, by the house style:
# a definition begins in column 1, its body with a brace there.
function read_source(path,  line, n, candidate, current)
{
	file = path
	sub(/^.*\/hyp\//, "hyp/", file)
	delete text
	delete where
	n = 0
	current = ""
	while ((getline line < file) > 0) {
		n++
		text[n] = line
		if (file ~ /\.S$/) {
			if (match(line, /^[a-z_][a-z0-9_]*:/)) {
				current = substr(line, 1, RLENGTH - 1)
			}
		} else if (line ~ /^[a-z].*\(/) {
			candidate = line
			sub(/\(.*/, "", candidate)
			sub(/^.*[ *]/, "", candidate)
			current = candidate
		} else if (line ~ /^}/) {
			where[n] = current
			current = ""
			continue
		}
		where[n] = current
	}
	close(file)
}

function complain(what)
{
	print "coverage: " what > "/dev/stderr"
	bad = 1
}

function reason_of(n,  i)
{
	for (i = 0; i < rules; i++) {
		if (file !~ ("^(" rule_file[i] ")$")) {
			continue
		}
		if (rule_what[i] ~ /^=/) {
			if (text[n] ~ substr(rule_what[i], 2)) {
				return rule_text[i]
			}
		} else if (where[n] ~ ("^(" rule_what[i] ")$")) {
			return rule_text[i]
		}
	}
	return ""
}

# Lines of one function with one reason are one row.
function note(n,  why, key)
{
	why = reason_of(n)
	if (why == "") {
		complain(file ":" n ": " where[n] ": no reason: " text[n])
		why = "?"
	}
	key = file SUBSEP where[n] SUBSEP why
	if (!(key in lines)) {
		order[rows++] = key
	}
	if (last[key] == n - 1 && lines[key] != "") {
		sub(/-[0-9]+$/, "", lines[key])
		lines[key] = lines[key] "-" n
	} else {
		lines[key] = lines[key] (lines[key] == "" ? "" : ", ") n
	}
	last[key] = n
}

END {
	print "<!-- SPDX-License-Identifier: BSD-2-Clause -->"
	print "# Coverage of hyp/"
	print ""
	print "Measured on the ordinary images, from QEMU's log of translated blocks; the"
	print "test image with seeded faults counts for the same lines. A line ran when one"
	print "of its instructions did. Made by `make coverage-page`, which boots the suite"
	print "with `--coverage` and fails below " FLOOR " % of lines, when a hypercall never ran,"
	print "and when a line below has no reason in `testsuite/coverage-reasons`."
	print ""
	printf "**%.2f %% of lines** (%d of %d); all %d handlers of hypercalls.\n",
	       100 * ran / all, ran, all, handlers
	print ""
	print "| file | function | lines | why it never ran |"
	print "|---|---|---|---|"
	for (i = 0; i < rows; i++) {
		split(order[i], part, SUBSEP)
		printf "| %s | %s | %s | %s |\n", part[1], part[2],
		       lines[order[i]], part[3]
	}
	if (ran * 100 < all * FLOOR) {
		complain("below " FLOOR " % of lines")
	}
	exit bad
}
