# SPDX-License-Identifier: BSD-2-Clause
# usage: awk -f braces.awk FILE...
#
# Every body of if, else, for, while and do has braces.  (clang-format learnt
# InsertBraces in version 15.)  Sees formatted code: a statement begins its
# line, and the line that ends its condition ends with '{' or is wrong.
FNR == 1 {
	waiting = 0
	in_comment = 0
	in_macro = 0
}

{
	# Comments, strings and characters hide brackets; take them out.
	code = $0
	gsub(/\\["'\\]/, "", code)
	gsub(/"[^"]*"/, "s", code)
	gsub(/'[^']*'/, "c", code)
	if (in_comment) {
		if (code !~ /\*\//) {
			next
		}
		sub(/^.*\*\//, "", code)
		in_comment = 0
	}
	gsub(/\/\*([^*]|\*[^\/])*\*\//, "", code)
	sub(/\/\/.*/, "", code)
	if (code ~ /\/\*/) {
		sub(/\/\*.*/, "", code)
		in_comment = 1
	}
	sub(/[ \t\\]+$/, "", code)
}

# Macros of the preprocessor are not formatted as statements are.
/^[ \t]*#/ || in_macro {
	in_macro = /\\$/
	next
}

code ~ /^[ \t]*}?[ \t]*(if|for|while|switch|else if|list_for_each[a-z_]*|range_for_each|bit_for_each)[ \t]*\(/ {
	if (code ~ /^[ \t]*}[ \t]*while/) {
		next
	}
	waiting = FNR
	depth = 0
}

code ~ /^[ \t]*}?[ \t]*(else|do)$/ {
	print FILENAME ":" FNR ": no braces"
}

waiting {
	opened = gsub(/\(/, "(", code)
	closed = gsub(/\)/, ")", code)
	depth += opened - closed
	if (depth <= 0) {
		if (code !~ /{$/) {
			print FILENAME ":" waiting ": no braces"
		}
		waiting = 0
	}
}
