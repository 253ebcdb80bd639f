# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f outside.awk hyp/floors FILE...    what is not the hypervisor
#
# Firmware, guests and harness share facts with the hypervisor, no code: of
# hyp/ they see hyp/include alone.  Sources may not include its floors, make
# files may not put hyp itself on the include path.
NR == FNR {
	if (!/^#/ && NF) {
		for (i = 1; i <= NF; i++) {
			floor[$i] = 1
		}
	}
	next
}

FNR == 1 {
	is_make = FILENAME ~ /\.mk$/
	split(FILENAME, part, "/")
	top = part[1]
}

# A floor's name may also be the name of a folder of one's own.
!is_make && /^[ \t]*#[ \t]*include[ \t]*["<]/ {
	split($0, quoted, /["<>]/)
	name = quoted[2]
	split(name, path, "/")
	own = (getline line < (top "/" name)) >= 0
	close(top "/" name)
	if (name ~ /(^|\/)hyp\// || (path[1] in floor && name ~ /\// && !own)) {
		print FILENAME ":" FNR ": includes " name " of the hypervisor"
	}
}

is_make && /-I[ ]*(\$\([A-Z]*\)\/)?hyp([ \t\/]|$)/ {
	line = $0
	gsub(/-I[ ]*hyp\/include/, "", line)
	if (line ~ /-I[ ]*hyp([ \t\/]|$)/) {
		print FILENAME ":" FNR ": only hyp/include may be on the path"
	}
}
