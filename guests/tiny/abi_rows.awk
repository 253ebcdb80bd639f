# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f abi_rows.awk docs/abi.md > abi_rows.inc
#
# The tables of docs/abi.md as rows for hvc_args.c: what each argument is, the
# right it needs, and the errors that a call may give.
#
# Arguments are letters: that of an object's type (k: a capability in the
# space that came before), z and o for reserved ones (0, -1), x for a value.

BEGIN {
	FS = " *[|] *"
	types = "partition=p cspace=s addrspace=a memextent=m thread=t " \
	        "doorbell=d msgqueue=q vic=v watchdog=w vpm_group=g hwirq=h any=k"
	split(types, pair, " ")
	for (i in pair) {
		split(pair[i], part, "=")
		letter[part[1]] = part[2]
	}
	general = "CAP_NULL CAP_REVOKED WRONG_OBJECT_TYPE INSUFFICIENT_RIGHTS OBJECT_STATE"
}

/^[|] 0x/ {
	args = ""
	rights = ""
	any_state = ""
	errors = "NOMEM " names_in($6)
	if ($4 != "-") {
		count = split($4, arg, /, */)
		for (i = 1; i <= count; i++) {
			take(arg[i])
		}
	}
	if (args ~ /[a-w]/) {
		errors = errors " " general
	}
	if (args ~ /[zo]/) {
		errors = errors " ARGUMENT_INVALID"
	}
	if ($6 ~ /as for a capability/) {
		errors = errors " " general
	}
	if ($6 ~ /as map/) {
		errors = errors " " error_of["addrspace_map"]
	}
	if ($6 ~ /as object_activate/) {
		errors = errors " " error_of["object_activate"]
	}
	error_of[$3] = errors
	gsub(/[A-Z_]+/, "HV_&,", errors)
	printf "{ %s, \"%s\", \"%s\", \"%s\", %s,\n\t{ %s },\n\t{ %s } },\n",
	       $2, args, any_state, $3, $6 ~ /always UNIMP/ ? "true" : "false",
	       rights, errors
}

# "from memextent:donate", "thread*", "its capability:activate", "0", "flags"
function take(text,   type, right) {
	if (text == "0" || text == "-1") {
		add(text == "0" ? "z" : "o", " ", "0")
		return
	}
	if (text ~ /^its capability/) {
		right = text ~ /:/ ? "OBJ_MAY_ACTIVATE" : "0"
		add("k", " ", right)
		return
	}
	sub(/^.* /, "", text)
	type = text
	sub(/[:*].*/, "", type)
	if (!(type in letter)) {
		add("x", " ", "0")
		return
	}
	right = "0"
	if (text ~ /[*]/) {
		right = "OBJ_MAY_ACTIVATE"
	} else if (text ~ /:/) {
		right = text
		sub(/.*:/, "", right)
		sub(/~/, "", right)
		right = right == "activate" ? "OBJ_MAY_ACTIVATE" \
		        : toupper((type == "vpm_group" ? "vpm" : type) "_may_" right)
	}
	add(letter[type], text ~ /[*~]/ ? "*" : " ", right)
}

function add(l, star, right) {
	args = args l
	any_state = any_state star
	rights = rights right ", "
}

# The errors' names, in capitals, in a cell of prose.
function names_in(text,   found) {
	found = ""
	while (match(text, /[A-Z][A-Z]+(_[A-Z]+)*/)) {
		name = substr(text, RSTART, RLENGTH)
		text = substr(text, RSTART + RLENGTH)
		if (name ~ /_/ || name ~ /^(BUSY|DENIED|NORESOURCES|NOMEM|RETRY|UNIMPLEMENTED)$/) {
			if (name !~ /^(TO_|PARENT)/) {
				found = found " " name
			}
		}
	}
	return found
}
