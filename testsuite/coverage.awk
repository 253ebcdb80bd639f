# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f coverage.awk REASONS build/results/coverage/{hyp,rm}.info
#
# Turns a measurement (--coverage) into docs/coverage.md: what never ran, by
# function, each with its reason.  Fails below the floors, when a hypercall of
# the table never ran, and for lines without a reason.  REASONS: three
# columns with tabs, regular expressions for the file and for the function or,
# behind "=", for the line's text; then the reason.  The first match counts.

BEGIN {
	FS = "\t"
	# What the resource manager has no scenario for yet is told below.
	floor["hyp/"] = 90
	floor["guests/rm/"] = 85
	rules = 0
}

FNR == 1 && FILENAME != ARGV[1] {
	part_of[++parts] = FILENAME ~ /rm\.info$/ ? "guests/rm/" : "hyp/"
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
		handlers_ran += part[1] != 0
		if (part[1] == 0) {
			complain("hypercall never ran: " part[2])
		}
	}
}

/^DA:/ {
	split(substr($0, 4), part, ",")
	all[parts]++
	ran[parts] += part[2]
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
	sub(/^.*\/guests\/rm\//, "guests/rm/", file)
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
		order[parts, rows[parts]++] = key
	}
	if (last[key] == n - 1 && lines[key] != "") {
		sub(/-[0-9]+$/, "", lines[key])
		lines[key] = lines[key] "-" n
	} else {
		lines[key] = lines[key] (lines[key] == "" ? "" : ", ") n
	}
	last[key] = n
}

function say_part(p,  i, cell)
{
	print ""
	print "## " part_of[p]
	print ""
	print "| file | function | lines | why it never ran |"
	print "|---|---|---|---|"
	for (i = 0; i < rows[p]; i++) {
		split(order[p, i], cell, SUBSEP)
		printf "| %s | %s | %s | %s |\n", cell[1], cell[2],
		       lines[order[p, i]], cell[3]
	}
	if (ran[p] * 100 < all[p] * floor[part_of[p]]) {
		complain(part_of[p] ": below " floor[part_of[p]] " % of lines")
	}
}

function say_method()
{
	print "<!-- SPDX-License-Identifier: BSD-2-Clause -->"
	print "# Coverage of hyp/ and guests/rm/"
	print ""
	print "Measured on the ordinary images, from QEMU's log of translated blocks; the"
	print "test image with seeded faults counts for the same lines. A line ran when one"
	print "of its instructions did. Made by `make coverage-page`, which boots the suite"
	print "with `--coverage` and fails below the floors, when a hypercall never ran, and"
	print "when a line below has no reason in `testsuite/coverage-reasons`."
	print ""
	print "What the method cannot see:"
	print ""
	print "- The log knows virtual addresses, and no VM. An instruction counts when its"
	print "  address and its encoding are the image's. EL2's addresses are no guest's;"
	print "  the resource manager is linked where no other payload has text"
	print "  (`guests/rt/guest.ld` checks it). Another VM that runs the very same"
	print "  instruction there would count; none of ours does."
	print "- Only `guests/rm/` is counted of the resource manager, not `guests/rt/`, which"
	print "  it shares; scenarios with another root VM add nothing to it."
	print "- What runs before the MMU is on has other addresses, and is not seen."
	print "- An instruction behind a faulting one in the same block counts as run."
	print "- Lines and functions, no branches; how often is not known."
	print ""
	print "| part | of lines | lines | ran | floor |"
	print "|---|---|---|---|---|"
}

END {
	say_method()
	for (p = 1; p <= parts; p++) {
		printf "| `%s` | **%.2f %%** | %d | %d | %d %% |\n", part_of[p],
		       100 * ran[p] / all[p], all[p], ran[p],
		       floor[part_of[p]]
	}
	print ""
	printf "%d of %d handlers of hypercalls ran.\n", handlers_ran, handlers
	for (p = 1; p <= parts; p++) {
		say_part(p)
	}
	exit bad
}
